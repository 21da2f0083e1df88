"""Deletions that were planned: only what was planned goes, each key once, and all of it can be undone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.deleting import Deleter
from s3tui.transfer.changes.models import ChangeKind, ChangeState, ItemState, Undo
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.models import Direction, TransferState
from s3tui.transfer.requests import RunChange
from tests.fault_proxy import Answer, FaultProxy, Lost, Request, Reset
from tests.long import rng, share
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import outcomes, planned_deletion, planned_undo, state_of
from tests.transfer.conftest import Rig

DELETIONS = "?delete"


def put_all(rig: Rig, *keys: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: rig.put(key, key.encode()), keys))


def is_deletion(request: Request) -> bool:
    return request.method in ("POST", "DELETE") and (
        "?delete" in request.target or request.method == "DELETE"
    )


async def test_a_prefix_goes_with_its_slash_and_nothing_beside_it(versioned: Rig, log: ChangeLog) -> None:
    beside = ["logs", "logs.json", "logs-old/x", "logsx", "a/logs/x"]
    put_all(versioned, *beside, "logs/", "logs/1", "logs/b/2")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("logs/", True))
    before = state_of(versioned.oracle, versioned.bucket)
    done = await versioned.done(await versioned.engine.add(asked))
    assert (done.objects_done, done.objects_total, done.skipped) == (3, 3, 0)
    assert versioned.keys() == set(beside)
    change = await log.change(asked.change)
    assert change is not None
    undo, totals = await planned_undo(versioned.client, log, change)
    assert (totals.objects, totals.changed, totals.lost) == (3, 0, 0)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_a_plan_writes_nothing(versioned: Rig, log: ChangeLog, proxy: FaultProxy) -> None:
    put_all(versioned, "p/1", "p/2", "q")
    await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True), Root("q", False))
    assert {request.method for request in proxy.requests} <= {"GET", "HEAD"}


async def test_what_changed_or_came_since_the_plan_stays(versioned: Rig, log: ChangeLog) -> None:
    put_all(versioned, *(f"p/{n}" for n in range(8)))
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    versioned.put("p/3", b"another one")
    versioned.put("p/new", b"new")
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/5")
    done = await versioned.done(await versioned.engine.add(asked))
    assert versioned.keys() == {"p/3", "p/new"}
    assert (done.skipped, done.notice) == (2, "1 object came meanwhile: it stays")
    told = {key: item.outcome["why"] for key, (state, item) in (await outcomes(log, asked.change)).items()
            if state is ItemState.SKIPPED}  # fmt: skip
    assert told == {"p/3": "it changed since the plan was made", "p/5": "it was gone already"}
    markers = [key for (key, _), (is_marker, *_) in state_of(versioned.oracle, versioned.bucket).items()
               if is_marker and key == "p/5"]  # fmt: skip
    assert len(markers) == 1


@pytest.mark.parametrize("fault", [Reset(), Lost(Answer(500)), Reset(after=40)], ids=["reset", "500", "cut"])
async def test_an_answer_that_is_lost_leaves_one_marker_a_key(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy, fault: Any
) -> None:
    put_all(versioned, *(f"p/{n}" for n in range(9)))
    before = state_of(versioned.oracle, versioned.bucket)
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    proxy.add(fault, when=is_deletion)
    await versioned.done(await versioned.engine.add(asked))
    assert sum(is_deletion(request) for request in proxy.requests) == 1
    after = state_of(versioned.oracle, versioned.bucket)
    assert sum(is_marker for is_marker, *_ in after.values()) == 9
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_a_refused_key_and_one_without_a_word_are_told_apart(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    put_all(versioned, "p/1", "p/2", "p/3")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    said = (
        b"<DeleteResult><Deleted><Key>p/1</Key><DeleteMarkerVersionId>m</DeleteMarkerVersionId></Deleted>"
        b"<Error><Key>p/2</Key><Code>AccessDenied</Code><Message>not you</Message></Error></DeleteResult>"
    )
    proxy.add(Answer(200, body=said), when=is_deletion)
    failed = await versioned.end(await versioned.engine.add(asked))
    assert failed.state is TransferState.FAILED
    assert failed.error == "1 of 3 objects failed, the first because p/2: not you"
    states = {key: state for key, (state, _) in (await outcomes(log, asked.change)).items()}
    assert states["p/1"] is states["p/3"] is ItemState.DONE  # p/3 was looked for, and sent again
    await versioned.engine.retry(failed.id)
    await versioned.done(failed.id)
    assert versioned.keys() == {"p/1"}  # of which the answer lied


async def test_a_server_that_asks_for_less_gets_each_key_once(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    put_all(versioned, "p/1", "p/2")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    slow = b"<DeleteResult>" + b"".join(
        b"<Error><Key>p/%d</Key><Code>SlowDown</Code></Error>" % n for n in (1, 2)
    )
    proxy.add(Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"), when=is_deletion)
    proxy.add(Answer(200, body=slow + b"</DeleteResult>"), when=is_deletion)
    await versioned.done(await versioned.engine.add(asked))
    after = state_of(versioned.oracle, versioned.bucket)
    assert sum(is_marker for is_marker, *_ in after.values()) == 2


async def test_without_versions_it_is_gone_and_nothing_brings_it_back(
    make_rig: MakeRig, rclone_server: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(rclone_server, changes=log)
    put_all(rig, "p/1", "p/2", "q")
    asked = await planned_deletion(rig.client, log, rig.bucket, Root("p/", True), versions=False)
    await rig.done(await rig.engine.add(asked))
    assert rig.keys() == {"q"}
    change = await log.change(asked.change)
    assert change is not None
    _, totals = await planned_undo(rig.client, log, change)
    assert (totals.objects, totals.lost) == (0, 2)


async def test_an_undo_leaves_what_others_did_since(versioned: Rig, log: ChangeLog) -> None:
    put_all(versioned, "p/1", "p/2", "p/3")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    await versioned.done(await versioned.engine.add(asked))
    versioned.put("p/2", b"new")
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/3")
    change = await log.change(asked.change)
    assert change is not None
    undo, totals = await planned_undo(versioned.client, log, change)
    assert (totals.objects, totals.changed) == (3, 2)
    done = await versioned.done(await versioned.engine.add(undo))
    assert done.skipped == 2
    assert versioned.keys() == {"p/1", "p/2"}
    assert versioned.get("p/2") == b"new"


async def test_a_connection_that_may_only_read_pauses_the_job(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog, versioned: Rig
) -> None:
    put_all(versioned, "p/1")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    versioned.client._sender._read_only = True  # as another run may open it
    id = await versioned.engine.add(asked)
    paused = await versioned.until(id, lambda transfer: transfer.state is TransferState.PAUSED)
    assert "may only read" in (paused.error or "")
    assert versioned.keys() == {"p/1"}


FOREIGN = {
    f"{status} {kind}": Answer(status, headers={"content-type": kind}, body=body)
    for status in (200, 403, 404, 405)
    for kind, body in (("application/xml", b"<status>no</status>"), ("text/plain", b"no backend"))
}


@pytest.mark.drawn
@pytest.mark.parametrize("answer", rng("foreign deletion").sample(sorted(FOREIGN), share(3, len(FOREIGN))))
@pytest.mark.parametrize("stage", ["look", "deletion"])
async def test_an_answer_that_s3_did_not_give_deletes_nothing_blindly(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy, answer: str, stage: str
) -> None:
    put_all(versioned, *(f"p/{n}" for n in range(4)))
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    versioned.put("p/3", b"another one")
    begun: list[Request] = []

    def is_met(request: Request) -> bool:
        if stage == "look":
            return not is_deletion(request)
        if is_deletion(request):
            begun.append(request)
        return bool(begun)

    proxy.add(FOREIGN[answer], when=is_met, times=None)
    id = await versioned.engine.add(asked)
    row = await versioned.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state in (TransferState.WAITING, TransferState.FAILED)
    proxy.clear()
    assert len(versioned.keys()) == 4
    await versioned.engine.retry(id)
    await versioned.done(id)
    assert versioned.keys() == {"p/3"}


async def test_a_job_that_is_cancelled_in_the_middle_is_undone_as_far_as_it_went(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    put_all(versioned, "p/1", "p/2", "p/")
    before = state_of(versioned.oracle, versioned.bucket)
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    seen: list[Request] = []

    def is_second(request: Request) -> bool:
        seen.extend([request] * is_deletion(request))
        return is_deletion(request) and len(seen) > 1

    proxy.add(Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"), when=is_second, times=None)
    id = await versioned.engine.add(asked)
    await versioned.until(id, lambda transfer: transfer.objects_done == 2)
    await versioned.engine.cancel(id)
    assert versioned.keys() == {"p/"}
    proxy.clear()
    change = await log.change(asked.change)
    assert change is not None
    assert change.state is ChangeState.OVER
    undo, totals = await planned_undo(versioned.client, log, change)
    assert totals.objects == 2
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_an_undo_where_versioning_is_suspended_spares_what_took_the_place_of_its_marker(
    versioned: Rig, log: ChangeLog
) -> None:
    put_all(versioned, "p/1", "p/2")
    before = state_of(versioned.oracle, versioned.bucket)
    versioned.oracle.put_bucket_versioning(
        Bucket=versioned.bucket, VersioningConfiguration={"Status": "Suspended"}
    )
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    await versioned.done(await versioned.engine.add(asked))
    versioned.put("p/2", b"new")  # its version id is `null`, as that of the marker was
    change = await log.change(asked.change)
    assert change is not None
    undo, totals = await planned_undo(versioned.client, log, change)
    assert (totals.objects, totals.changed) == (2, 1)
    done = await versioned.done(await versioned.engine.add(undo))
    assert done.skipped == 1
    assert versioned.get("p/2") == b"new"
    after = state_of(versioned.oracle, versioned.bucket)
    assert {key: state for key, state in after.items() if key[0] == "p/1"} == {
        key: state for key, state in before.items() if key[0] == "p/1"
    }


async def test_where_versions_may_not_be_looked_at_what_changed_since_stays(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """Several batches learn it at the same time."""
    put_all(versioned, "p/1", "p/2", "p/", "q/1", "q/2")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    versioned.put("p/1", b"another one")
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda request: "versions" in request.target, times=None)
    deleter = Deleter(log, asked.change, versioned.bucket, versions=True)
    items = await log.items(asked.change)
    client = ReadingClient(versioned.client)
    looks = [deleter._look(client, items[:1], None) for _ in range(4)]
    for there in await asyncio.gather(*looks):
        assert there is not None
    batch = await deleter.delete(versioned.client, items, after=None)
    assert batch.over[ItemState.SKIPPED] == 1
    assert versioned.keys() == {"p/1", "q/1", "q/2"}


async def test_a_key_that_was_deleted_although_the_answer_says_internal_error_can_be_undone(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    put_all(versioned, "p/1")
    before = state_of(versioned.oracle, versioned.bucket)
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    failed = (
        b"<DeleteResult><Error><Key>p/1</Key><Code>InternalError</Code>"
        b"<Message>we met an error</Message></Error></DeleteResult>"
    )
    proxy.add(Lost(Answer(200, body=failed)), when=is_deletion)
    done = await versioned.done(await versioned.engine.add(asked))
    assert (done.objects_done, done.skipped) == (1, 0)
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_a_change_is_called_after_a_key_that_is_no_text(log: ChangeLog) -> None:
    key = "p/\udcff"
    change = await log.begin(ChangeKind.DELETE, "here", "b", f"Delete {key}")
    await log.add(change, [(key, {"size": 1})], first=0)
    await log.agree(change, title=f"Delete {key}", undo=Undo.YES, why="")
    change = await log.start(change)
    assert change.title == "Delete p/⟨DCFF⟩"
    assert [item.key for item in await log.items(change.id)] == [key]


async def test_a_server_that_lists_its_markers_behind_the_versions_gets_one_marker_a_key(
    make_rig: MakeRig, moto_server: S3Server, log: ChangeLog
) -> None:
    with FaultProxy(moto_server.endpoint.url) as proxy:
        rig = make_rig(moto_server, proxy.endpoint, changes=log)
        rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
        put_all(rig, "p/1")
        put_all(rig, "p/1", "p/2")
        before = state_of(rig.oracle, rig.bucket)
        asked = await planned_deletion(rig.client, log, rig.bucket, Root("p/", True))
        proxy.add(Lost(Answer(500)), when=is_deletion)
        await rig.done(await rig.engine.add(asked))
        assert sum(is_marker for is_marker, *_ in state_of(rig.oracle, rig.bucket).values()) == 2
        change = await log.change(asked.change)
        assert change is not None
        undo, totals = await planned_undo(rig.client, log, change)
        assert totals.changed == 0
        await rig.done(await rig.engine.add(undo))
        assert state_of(rig.oracle, rig.bucket) == before
        await rig.engine.aclose()
        await rig.client.aclose()


async def test_a_null_version_that_was_written_anew_since_the_plan_stays(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(ministack, changes=log)  # it keeps no versions: each object is the version `null`
    put_all(rig, "changed", "same")
    listed = {found["Key"]: found for found in rig.oracle.list_objects_v2(Bucket=rig.bucket)["Contents"]}
    change = await log.begin(ChangeKind.DELETE_VERSIONS, "here", rig.bucket, "Delete")
    items = [
        (key, {"version": "null", "size": found["Size"], "modified": found["LastModified"].isoformat()})
        for key, found in listed.items()
    ]
    await log.add(change, items, first=0)
    await log.agree(change, title="Delete", undo=Undo.NO, why="")
    rig.put("changed", b"longer than it was")
    request = RunChange("here", change.id, Direction.DELETE, rig.bucket, "objects", "")
    done = await rig.done(await rig.engine.add(request))
    assert (done.skipped, rig.keys()) == (1, {"changed"})


async def test_an_undo_that_failed_can_be_asked_for_again(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    put_all(versioned, "p/1")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("p/", True))
    await versioned.done(await versioned.engine.add(asked))
    deleted = await log.change(asked.change)
    assert deleted is not None
    undo, _ = await planned_undo(versioned.client, log, deleted)
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=is_deletion)
    id = await versioned.engine.add(undo)
    assert (await versioned.end(id)).state is TransferState.FAILED
    again = await log.change(asked.change)
    assert again is not None
    assert again.undone_by is None
    await versioned.engine.retry(id)
    await versioned.done(id)
    over = await log.change(asked.change)
    assert over is not None
    assert over.undone_by == undo.change


async def test_a_prefix_without_its_slash_holds_nothing(versioned: Rig, log: ChangeLog) -> None:
    """A server may call `logs` a common prefix of `logs/1`."""
    put_all(versioned, "logs/1", "logs-old/1", "logs")
    asked = await planned_deletion(versioned.client, log, versioned.bucket, Root("logs", True))
    assert await outcomes(log, asked.change) == {}


async def test_an_undo_that_is_given_up_takes_nothing_from_a_later_one(log: ChangeLog) -> None:
    undone = await log.begin(ChangeKind.DELETE, "here", "b", "Delete")
    first, second = [
        await log.begin(ChangeKind.UNDO, "here", "b", "Undo", undoes=undone.id) for _ in range(2)
    ]
    for undo in (first, second):
        await log.start(undo)
    await log.over(second)
    await log.over(first, is_whole=False)
    found = await log.change(undone.id)
    assert found is not None
    assert found.undone_by == second.id
