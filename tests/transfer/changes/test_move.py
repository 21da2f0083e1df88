"""Moves that were planned: copied, proven, then deleted; never lost, never two, and undone."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.changes.moving import MoveRoot, overlap
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.models import TransferState
from tests.fault_proxy import Answer, FaultProxy, Lost, Request, Reset
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import outcomes, planned_move, planned_undo, state_of
from tests.transfer.conftest import Rig

NAMES = ["p/1", "p/a/2", "p/p/3", "p/", "p/é +%41&<", "p//double"]


def is_copy(request: Request) -> bool:
    return request.method == "PUT" and "x-amz-copy-source" in request.headers


def copies_to(target: str, request: Request) -> bool:
    return is_copy(request) and request.target.endswith(target)


def is_removal(request: Request) -> bool:
    return request.method == "DELETE"


async def test_a_prefix_moves_with_all_that_describes_it_and_is_undone(
    versioned: Rig, log: ChangeLog
) -> None:
    described: dict[str, Any] = {
        "ContentType": "text/csv", "CacheControl": "max-age=5", "Metadata": {"owner": "=?UTF-8?B?w6k=?="},
        "StorageClass": "STANDARD_IA", "Tagging": "a=1&b=2",
    }  # fmt: skip
    for key in NAMES:
        versioned.put(key, key.encode(), **described)
    versioned.put("pp/beside")
    before = state_of(versioned.oracle, versioned.bucket)
    asked, totals = await planned_move(
        versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "new/q/")
    )
    assert (totals.objects, totals.taken, totals.chained) == (6, 0, 0)
    done = await versioned.done(await versioned.engine.add(asked))
    assert (done.objects_done, done.skipped) == (6, 0)
    moved = {f"new/q/{key[2:]}" for key in NAMES}
    assert versioned.keys() == moved | {"pp/beside"}
    for key in NAMES:
        head = versioned.oracle.head_object(Bucket=versioned.bucket, Key=f"new/q/{key[2:]}")
        assert versioned.get(f"new/q/{key[2:]}") == key.encode()
        assert (head["ContentType"], head["CacheControl"]) == ("text/csv", "max-age=5")
        assert head["StorageClass"] == "STANDARD_IA"
        assert (
            head["Metadata"]["owner"]
            == versioned.oracle.head_object(
                Bucket=versioned.bucket, Key=key, VersionId=next(v for k, v in before if k == key)
            )["Metadata"]["owner"]
        )
        tags = versioned.oracle.get_object_tagging(Bucket=versioned.bucket, Key=f"new/q/{key[2:]}")
        assert {tag["Key"]: tag["Value"] for tag in tags["TagSet"]} == {"a": "1", "b": "2"}
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


@pytest.mark.parametrize("fault", [Reset(), Lost(Answer(500))], ids=["reset", "500"])
@pytest.mark.parametrize("which", [is_copy, is_removal], ids=["copy", "delete"])
async def test_an_answer_that_is_lost_loses_no_object(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy, fault: Any, which: Any
) -> None:
    for number in range(4):
        versioned.put(f"p/{number}", b"%d" % number)
    before = state_of(versioned.oracle, versioned.bucket)
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    proxy.add(fault, when=which, times=2)
    id = await versioned.engine.add(asked)
    for _ in range(3):
        if (await versioned.end(id)).state is TransferState.DONE:
            break
        await versioned.engine.retry(id)
    await versioned.done(id)
    assert versioned.keys() == {f"q/{number}" for number in range(4)}
    markers = [key for (key, _), (is_marker, *_) in state_of(versioned.oracle, versioned.bucket).items()
               if is_marker]  # fmt: skip
    assert sorted(markers) == [f"p/{number}" for number in range(4)]
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_a_copy_that_is_none_keeps_its_source(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    lies = [
        Answer(200, body=b"<Error><Code>InternalError</Code></Error>"),
        Answer(200, body=b""),
        Answer(200, body=b"<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>"),
    ]
    for number in range(len(lies)):
        versioned.put(f"p/{number}", b"bytes")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    for number, lie in enumerate(lies):
        proxy.add(lie, when=partial(copies_to, f"/q/{number}"), times=None)
    assert (await versioned.end(await versioned.engine.add(asked))).state is TransferState.FAILED
    assert versioned.keys() == {"p/0", "p/1", "p/2"}


async def test_what_is_there_stays_and_what_changed_is_not_deleted(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    for key in ("p/1", "p/2", "p/3"):
        versioned.put(key, b"old")
    versioned.put("q/1", b"theirs")
    asked, totals = await planned_move(
        versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/")
    )
    assert totals.taken == 1
    versioned.put("p/2", b"newer")
    done = await versioned.done(await versioned.engine.add(asked))
    assert done.skipped == 2
    assert versioned.keys() == {"p/1", "p/2", "q/1", "q/3"}
    assert (versioned.get("q/1"), versioned.get("p/2")) == (b"theirs", b"newer")
    told = await outcomes(log, asked.change)
    assert {
        key: item.outcome["why"] for key, (state, item) in told.items() if state is ItemState.SKIPPED
    } == {
        "p/1": "its new key is taken",
        "p/2": "it changed since the plan was made",
    }


async def test_a_server_without_versions_moves_too(
    make_rig: MakeRig, rclone_server: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(rclone_server, changes=log)
    rig.put("p/1", b"one")
    asked, _ = await planned_move(
        rig.client, log, rig.bucket, MoveRoot(Root("p/", True), "q/"), versions=False
    )
    await rig.done(await rig.engine.add(asked))
    assert rig.keys() == {"q/1"}
    assert rig.get("q/1") == b"one"


async def test_objects_that_take_the_place_of_one_another_are_counted(versioned: Rig, log: ChangeLog) -> None:
    for key in ("p/p/x", "p/x"):
        versioned.put(key)
    _, totals = await planned_move(
        versioned.client, log, versioned.bucket, MoveRoot(Root("p/p/", True), "p/")
    )
    assert (totals.taken, totals.chained) == (1, 0)
    _, totals = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), ""))
    assert totals.chained == 1  # p/p/x becomes p/x, which moves itself


def move(key: str, to: str) -> MoveRoot:
    return MoveRoot(Root(key, key.endswith("/")), to)


@pytest.mark.parametrize(
    ("roots", "is_fine"),
    [
        ([move("a", "a")], False),
        ([move("a/", "a/")], False),
        ([move("a/", "a/b/")], False),
        ([move("a/", "ab/")], True),
        ([move("a", "a/b")], True),
        ([move("a", "c"), move("b", "c")], False),
        ([move("a/b/", "a/")], True),
    ],
)
def test_moves_onto_itself_into_itself_and_to_one_key_are_refused(
    roots: list[MoveRoot], is_fine: bool
) -> None:
    assert (overlap(roots, same_bucket=True) is None) is is_fine


def test_a_new_key_has_exactly_its_leading_bytes_cut() -> None:
    assert move("data/x/", "y/").target_of("data/x/data/x/1") == "y/data/x/1"
    assert move("a.*/", "").target_of("a.*//b") == "/b"


async def test_what_took_the_place_of_a_copy_is_not_taken_for_it(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """Of the same size, written between the copy and the look at it."""
    versioned.put("p/1", b"bytes", ChecksumAlgorithm="SHA256")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    copied: list[Request] = []

    def is_look_afterwards(request: Request) -> bool:
        if is_copy(request):
            copied.append(request)
        if request.method == "HEAD" and request.target.endswith("/q/1") and copied:
            versioned.put("q/1", b"other")
        return False

    proxy.add(Reset(), when=is_look_afterwards, times=None)
    assert (await versioned.end(await versioned.engine.add(asked))).state is TransferState.FAILED
    assert (versioned.get("p/1"), versioned.get("q/1")) == (b"bytes", b"other")


async def test_an_answer_that_s3_did_not_give_skips_nothing(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    versioned.put("p/1", b"bytes")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    proxy.add(Answer(404, headers={"content-type": "text/plain"}, body=b"no backend"), times=None)
    id = await versioned.engine.add(asked)
    row = await versioned.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state in (TransferState.WAITING, TransferState.FAILED)
    proxy.clear()
    await versioned.engine.retry(id)
    await versioned.done(id)
    assert versioned.keys() == {"q/1"}


async def test_where_versions_may_not_be_looked_at_a_move_ends(
    make_rig: MakeRig, ministack: S3Server, proxy: FaultProxy, log: ChangeLog
) -> None:
    rig = make_rig(ministack, proxy.endpoint, changes=log)
    rig.put("p/1", b"bytes")
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda request: "versions" in request.target, times=None)
    asked, _ = await planned_move(rig.client, log, rig.bucket, MoveRoot(Root("p/", True), "q/"))
    await rig.done(await rig.engine.add(asked))
    assert rig.keys() == {"q/1"}


async def test_an_undo_takes_away_copies_whose_source_stayed(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    for key in ("p/1", "p/2"):
        versioned.put(key)
    before = state_of(versioned.oracle, versioned.bucket)
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(
        denied, when=lambda request: is_removal(request) and request.target.endswith("/p/2"), times=None
    )
    assert (await versioned.end(await versioned.engine.add(asked))).state is TransferState.FAILED
    assert versioned.keys() == {"q/1", "q/2", "p/2"}
    proxy.clear()
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_an_undo_knows_what_an_interrupted_move_deleted(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    versioned.put("p/1")
    before = state_of(versioned.oracle, versioned.bucket)
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    proxy.add(Lost(Answer(500)), when=is_removal)
    proxy.add(Reset(), when=lambda request: "versions" in request.target, times=None)
    await versioned.end(await versioned.engine.add(asked))
    assert versioned.keys() == {"q/1"}
    assert (await outcomes(log, asked.change))["p/1"][0] is ItemState.COPIED
    proxy.clear()
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


async def test_what_was_retried_tells_no_more_why_it_failed(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    versioned.put("p/1")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=is_removal)
    id = await versioned.engine.add(asked)
    assert (await versioned.end(id)).state is TransferState.FAILED
    await versioned.engine.retry(id)
    await versioned.done(id)
    state, item = (await outcomes(log, asked.change))["p/1"]
    assert state is ItemState.DONE
    assert item.outcome.keys().isdisjoint({"why", "code", "was"})


async def test_a_delete_marker_of_somebody_else_is_not_taken_back(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    versioned.put("p/1")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    seen: list[Request] = []

    def is_last_look(request: Request) -> bool:
        seen.append(request)
        is_look = request.method == "HEAD" and request.target.endswith("/p/1")
        if is_look and any(map(is_copy, seen)):
            versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/1")
        return False

    proxy.add(Reset(), when=is_last_look, times=None)
    await versioned.done(await versioned.engine.add(asked))
    before = state_of(versioned.oracle, versioned.bucket)
    change = await log.change(asked.change)
    assert change is not None
    _, totals = await planned_undo(versioned.client, log, change)
    assert totals.objects == 0
    assert state_of(versioned.oracle, versioned.bucket) == before
    assert versioned.keys() == {"q/1"}


async def test_an_undo_deletes_no_copy_whose_source_was_cleaned_up(versioned: Rig, log: ChangeLog) -> None:
    """Before its plan, or between its plan and its run: below the delete marker there is nothing any more."""
    ids = {key: versioned.oracle.put_object(Bucket=versioned.bucket, Key=key, Body=key.encode())["VersionId"]
           for key in ("p/1", "p/2", "p/3")}  # fmt: skip
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    await versioned.done(await versioned.engine.add(asked))
    change = await log.change(asked.change)
    assert change is not None
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/1", VersionId=ids["p/1"])
    undo, totals = await planned_undo(versioned.client, log, change)
    assert (totals.objects, totals.lost) == (2, 1)
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/2", VersionId=ids["p/2"])
    await versioned.done(await versioned.engine.add(undo))
    assert versioned.keys() == {"q/1", "q/2", "p/3"}
    assert (versioned.get("q/1"), versioned.get("q/2")) == (b"p/1", b"p/2")


async def test_a_source_that_got_other_metadata_since_it_was_copied_stays(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """Its etag is the same."""
    versioned.put("p/1", b"bytes")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=is_removal)
    id = await versioned.engine.add(asked)
    await versioned.end(id)
    versioned.put("p/1", b"bytes", Metadata={"theirs": "1"})
    await versioned.engine.retry(id)
    failed = await versioned.end(id)
    assert "it changed after it was copied" in str(failed.error)
    assert versioned.keys() == {"p/1", "q/1"}


async def test_a_copy_in_parts_without_the_tags_moves_nothing(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("s3tui.transfer.copy.route.MAX_COPY", 1)
    versioned.put("p/1", b"bytes", Tagging="a=1")
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, MoveRoot(Root("p/", True), "q/"))
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda request: "tagging" in request.target, times=None)
    id = await versioned.engine.add(asked)
    assert (await versioned.end(id)).state is TransferState.FAILED
    assert (versioned.keys(), versioned.open_uploads()) == ({"p/1"}, [])
    proxy.clear()
    await versioned.engine.retry(id)  # now they are sent, but MiniStack takes none where an upload begins
    await versioned.done(id)
    tags = versioned.oracle.get_object_tagging(Bucket=versioned.bucket, Key="q/1")["TagSet"]
    assert (versioned.keys(), tags) == ({"q/1"}, [{"Key": "a", "Value": "1"}])


async def test_what_a_listing_showed_is_what_moves_and_lost_access_is_told(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """A listing tells size and time: of what was written again with as many bytes only the time differs."""
    versioned.put("changed", b"bytes")
    versioned.put("p/1", b"bytes")
    facts = {"size": 5, "modified": "2026-01-01T00:00:00+00:00"}
    roots = MoveRoot(Root("changed", False, facts), "q/0"), MoveRoot(Root("p/", True), "q/")
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(
        denied, when=lambda request: "acl" in request.target or "ownership" in request.target, times=None
    )
    asked, _ = await planned_move(versioned.client, log, versioned.bucket, *roots)
    await versioned.done(await versioned.engine.add(asked))
    assert versioned.keys() == {"changed", "q/1"}
    _, moved = (await outcomes(log, asked.change))["p/1"]
    assert moved.outcome["why"] == "its access control list may not be read, and was not kept"
