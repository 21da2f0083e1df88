"""Changes are pinned to the account that owns their bucket, where the keys tell whose that is."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from s3tui.s3 import Credentials, Endpoint, S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ChangeKind, ChangeState, ItemState, Undo
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.models import Direction, TransferState
from s3tui.transfer.requests import RunChange
from tests.fault_proxy import Answer, FaultProxy
from tests.transfer.changes.rigged import outcomes, planned_deletion
from tests.transfer.conftest import Rig

KEY, ACCOUNT = "ASIAQNZGKIQY56JQ7WML", "029608264753"
"""As published with the way in which keys tell it (`aws sts get-access-key-info` answers the same)."""
OWNER = "x-amz-expected-bucket-owner"


def at_amazon(answer: Callable[[httpx.Request], httpx.Response], key: str = KEY) -> S3Client:
    return S3Client(Endpoint.aws("eu-west-1"), Credentials(key, "s"), transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("key", "theirs", "owner"),
    [(KEY, (), ACCOUNT), (KEY, ("other",), None), ("minioadmin", (), None), ("AKIA0189", (), None)],
)
async def test_an_owner_is_known_where_every_bucket_is_of_the_account_that_the_key_tells(
    key: str, theirs: tuple[str, ...], owner: str | None
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if any(name in str(request.url) for name in theirs):
            return httpx.Response(403)
        return httpx.Response(200 if request.headers[OWNER] == ACCOUNT else 403)

    async with at_amazon(answer, key) as client:
        assert await ReadingClient(client).owner("ours", "other") == owner


async def test_every_request_of_a_pinned_change_names_the_owner_and_a_strangers_bucket_loses_nothing(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    versioned.put("p/1")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    change = await log.begin(ChangeKind.DELETE, "here", versioned.bucket, "x", options={"owner": ACCOUNT})
    await log.add(change, [(item.key, item.facts) for item in await log.items(asked.change)], first=0)
    pinned = RunChange("here", change.id, Direction.DELETE, versioned.bucket, "objects", "")
    before = len(proxy.requests)
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda request: True, times=50)
    id = await versioned.engine.add(pinned)
    assert (await versioned.end(id)).state is TransferState.FAILED
    assert {request.headers.get(OWNER) for request in proxy.requests[before:]} == {ACCOUNT}
    proxy.clear()
    assert versioned.keys() == {"p/1"}
    assert [state for state, _ in (await outcomes(log, change.id)).values()] != [ItemState.DONE]


async def test_a_change_whose_job_was_never_queued_is_still_a_plan(log: ChangeLog) -> None:
    change = await log.begin(ChangeKind.DELETE, "here", "b", "Delete")
    await log.agree(change, title="Delete k", undo=Undo.YES, why="")
    assert await log.changes() == []  # the process dies here: nothing stands in the way of another undo
    begun = await log.start(change)
    assert (begun.state, begun.title) == (ChangeState.BEGUN, "Delete k")
    await log.over(change)
    assert (await log.start(change)).state is ChangeState.OVER
