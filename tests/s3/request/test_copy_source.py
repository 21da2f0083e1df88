"""The header that names the source of a copy, against the one that botocore's client sends."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config

from s3tui.s3.request.options import source_headers

POINT = "arn:aws:s3:us-west-2:123456789012:accesspoint/finance"
OUTPOST = "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/finance"
MULTI_REGION = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"


class _Sent(Exception):
    pass


@pytest.fixture(scope="module")
def botocore_client() -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIAIOSFODNN7EXAMPLE", "secret")
    return session.create_client("s3", "us-west-2", config=Config(retries={"total_max_attempts": 1}))


@pytest.mark.parametrize("key", ["k", "a b/c+d", "object/x", "é//?versionId=1"])
@pytest.mark.parametrize("bucket", ["photos", POINT, POINT.replace("t/", "t:"), OUTPOST, MULTI_REGION])
def test_a_copys_source_is_named_as_botocore_names_it(botocore_client: Any, bucket: str, key: str) -> None:
    sent: list[str] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request.headers["x-amz-copy-source"].decode())
        raise _Sent

    botocore_client.meta.events.register("before-send.s3", stop, unique_id="stop")
    with pytest.raises(_Sent):
        botocore_client.copy_object(Bucket="there", Key="k", CopySource={"Bucket": bucket, "Key": key})
    botocore_client.meta.events.unregister("before-send.s3", unique_id="stop")
    assert [source_headers(f"{bucket}/{key}", {})["x-amz-copy-source"]] == sent


@pytest.mark.parametrize("source", ["photos", "photos/", "/k", POINT, f"{POINT}/"])
def test_a_source_that_names_no_object_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="names no object to copy"):
        source_headers(source, {})
