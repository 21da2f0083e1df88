from __future__ import annotations

import pytest

from s3tui.s3 import Endpoint, IpFamily, S3Client
from s3tui.s3.errors import TransportError
from s3tui.s3.retries import RetryPolicy
from tests.servers import S3Server


async def test_only_addresses_of_the_chosen_family_are_connected_to(ministack: S3Server) -> None:
    url = ministack.endpoint_url  # 127.0.0.1
    async with S3Client(Endpoint.custom(url, family=IpFamily.V4), ministack.credentials) as s3:
        await s3.list_buckets()
    v6 = Endpoint.custom(url.replace("127.0.0.1", "localhost"), family=IpFamily.V6)
    async with S3Client(v6, ministack.credentials, retry=RetryPolicy(attempts=1)) as s3:
        with pytest.raises(TransportError):  # the server listens on 127.0.0.1 alone
            await s3.list_buckets()
