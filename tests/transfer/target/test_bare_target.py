"""A target that something calls missing, or closed, without a sign of S3: nothing is written on its word."""

from __future__ import annotations

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import ServiceError
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.errors import leaves_the_rest
from s3tui.transfer.models import Conflict, Side
from s3tui.transfer.target.target_key import IncomingObject, TargetKey
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

LISTING = b"<ListBucketResult><IsTruncated>false</IsTruncated>%s</ListBucketResult>"
BESIDE = {
    "nobody": None,
    "a listing with it": Reply(body=LISTING % b"<Contents><Key>k</Key><Size>1</Size></Contents>"),
    "a listing without it": Reply(body=LISTING % b""),
    "a refusal of S3's": error_reply(403, "AccessDenied"),
}
WRITES = {(404, "a listing without it"), *((403, beside) for beside in BESIDE if beside != "nobody")}
"""S3 says that nothing is there, or it answers, and these keys may not look."""


@pytest.mark.parametrize("conflict", [each for each in Conflict if each is not Conflict.OVERWRITE])
@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("status", [403, 404, 410])
async def test_only_s3_says_that_a_target_is_free(status: int, beside: str, conflict: Conflict) -> None:
    def script(seen: Seen) -> Reply:
        is_listing = seen.target.startswith(b"/b?")
        return (BESIDE[beside] if is_listing else None) or Reply(status)

    written: list[tuple[str, str | None]] = []

    async def write(key: str, if_none_match: str | None) -> None:
        written.append((key, if_none_match))

    async def is_same(_: object) -> bool:
        raise AssertionError("nothing was seen that it could be compared with")

    async def start_over() -> None:
        raise AssertionError("nothing was begun")

    async with (
        scripted(script) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as s3,
    ):
        incoming = IncomingObject(Side("/k", 1), is_same)
        placed = TargetKey("b", "k", conflict).place(s3, write, incoming=incoming, start_over=start_over)
        if (status, beside) in WRITES:
            assert await placed == "k"
        else:
            with pytest.raises(ServiceError) as raised:
                await placed
            assert leaves_the_rest(raised.value) or status == 410
    condition = None if conflict is Conflict.OVERWRITE_IF_DIFFERENT else "*"
    assert written == ([("k", condition)] if (status, beside) in WRITES else [])
