"""New attributes of many objects as a job: what is set is set, all else stays, and an undo brings it back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.editing.attributes import AttributeChange, Attributes
from s3tui.transfer.editing.state_facts import is_between
from s3tui.transfer.models import TransferState
from s3tui.transfer.requests import RunChange
from tests.fault_proxy import Answer, FaultProxy, Lost, Request, Reset
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import outcomes, planned_revert, planned_set, state_of
from tests.transfer.conftest import Rig

DESCRIBED: dict[str, Any] = {
    "ContentType": "text/csv", "CacheControl": "max-age=5", "Metadata": {"owner": "=?UTF-8?B?w6k=?="},
    "StorageClass": "STANDARD_IA", "Tagging": "a=1&b=2",
}  # fmt: skip
COPYING = AttributeChange(
    {"content_type": "text/plain", "cache_control": None}, {"new": "1"}, {"a": None}, storage_class="STANDARD"
)
TAGGING = AttributeChange(tags={"a": "2", "c": ""})


def described(rig: Rig, key: str) -> dict[str, object]:
    head = rig.oracle.head_object(Bucket=rig.bucket, Key=key)
    tags = rig.oracle.get_object_tagging(Bucket=rig.bucket, Key=key)["TagSet"]
    names = ("ContentType", "CacheControl", "Metadata", "StorageClass", "ETag", "ContentLength")
    return {name: head.get(name) for name in names} | {"tags": {tag["Key"]: tag["Value"] for tag in tags}}


def is_change(request: Request) -> bool:
    return request.method in ("PUT", "DELETE")


async def undo(rig: Rig, log: ChangeLog, id: int) -> Any:
    change = await log.change(id)
    assert change is not None
    request, totals = await planned_revert(rig.client, log, change)
    await through(rig, request)
    return totals


async def through(rig: Rig, request: RunChange) -> None:
    """Run a change to its end, trying again after each outage."""
    id = await rig.engine.add(request)
    for _ in range(5):
        if (await rig.end(id)).state is TransferState.DONE:
            return
        await rig.engine.retry(id)
    await rig.done(id)


@pytest.mark.parametrize("wanted", [COPYING, TAGGING], ids=["copies", "tags"])
async def test_what_is_set_is_set_and_undone_while_answers_are_lost(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy, wanted: AttributeChange
) -> None:
    keys = [f"p/{number}" for number in range(6)]
    for key in keys:
        versioned.put(key, key.encode(), **DESCRIBED)
    versioned.put("p/right", b"x", ContentType="text/plain", Metadata={"new": "1"}, Tagging="c=&b=2&a=2")
    before = state_of(versioned.oracle, versioned.bucket)
    was = {key: described(versioned, key) for key in keys}
    asked, outlook = await planned_set(
        versioned.client, log, versioned.bucket, wanted, Root("p/", True), Root("p/1", False)
    )
    assert outlook.changing == (6 if wanted is TAGGING else 7)
    proxy.add(Reset(), when=is_change)
    proxy.add(Lost(Answer(500)), when=is_change, times=2)
    await through(versioned, asked)
    for key in keys:
        now, old = described(versioned, key), was[key]
        if wanted is COPYING:
            assert now == {
                **old, "ContentType": "text/plain", "CacheControl": None, "StorageClass": None,
                "Metadata": {**old["Metadata"], "new": "1"}, "tags": {"b": "2"},  # type: ignore[dict-item]
            }  # fmt: skip
        else:
            assert now == {**old, "tags": {"a": "2", "b": "2", "c": ""}}
    latest = state_of(versioned.oracle, versioned.bucket)
    copies = 6 if wanted is COPYING else 0
    assert len(latest) == len(before) + copies, "a copy is made once, however its answer is lost"
    proxy.add(Lost(Answer(500)), when=is_change)
    totals = await undo(versioned, log, asked.change)
    assert (totals.changed, totals.lost) == (0, 0)
    assert state_of(versioned.oracle, versioned.bucket) == before
    assert {key: described(versioned, key) for key in keys} == was


async def test_without_versions_what_described_an_object_is_written_again_unless_others_changed_it(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(ministack, changes=log)
    for key in ("p/ours", "p/theirs"):
        rig.put(key, key.encode(), **DESCRIBED)
    was = described(rig, "p/ours")
    asked, _ = await planned_set(rig.client, log, rig.bucket, COPYING, Root("p/", True))
    await rig.done(await rig.engine.add(asked))
    tags = {"TagSet": [{"Key": "theirs", "Value": "1"}]}
    rig.oracle.put_object_tagging(Bucket=rig.bucket, Key="p/theirs", Tagging=tags)
    theirs = described(rig, "p/theirs")
    totals = await undo(rig, log, asked.change)
    assert (totals.objects, totals.changed) == (2, 1)
    assert described(rig, "p/ours") == was
    assert described(rig, "p/theirs") == theirs


async def test_what_changed_since_the_plan_or_would_be_refused_is_left_alone(
    versioned: Rig, log: ChangeLog
) -> None:
    full = "&".join(f"t{number}=" for number in range(10))
    for key, tagging in (("p/full", full), ("p/changed", "a=1"), ("p/gone", "a=1"), ("p/fine", "a=1")):
        versioned.put(key, b"x", Tagging=tagging)
    wanted = AttributeChange(tags={"more": "1"})
    asked, outlook = await planned_set(versioned.client, log, versioned.bucket, wanted, Root("p/", True))
    assert (outlook.alone, outlook.stuck) == (3, 1)
    assert outlook.first_stuck == "p/full: An object can have 10 tags, not 11."
    versioned.put("p/changed", b"theirs")
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/gone")
    done = await versioned.done(await versioned.engine.add(asked))
    assert (done.objects_done, done.skipped) == (4, 3)
    found = await outcomes(log, asked.change)
    assert {key for key, (state, _) in found.items() if state is ItemState.DONE} == {"p/fine"}
    assert described(versioned, "p/changed")["tags"] == {}


async def test_an_undo_of_what_was_refused_removes_nothing_that_others_wrote_since(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """Of the same size and with the same attributes, as a counter or a status is."""
    versioned.put("k", b"old1", **DESCRIBED)
    asked, _ = await planned_set(versioned.client, log, versioned.bucket, COPYING, Root("k", False))
    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=is_change)
    assert (await versioned.end(await versioned.engine.add(asked))).state is TransferState.FAILED
    versioned.put("k", b"new2", **DESCRIBED)
    before = state_of(versioned.oracle, versioned.bucket)
    assert (await undo(versioned, log, asked.change)).objects == 0
    assert (versioned.get("k"), state_of(versioned.oracle, versioned.bucket)) == (b"new2", before)


async def test_an_undo_writes_again_what_there_was_where_the_old_version_was_cleaned_up(
    versioned: Rig, log: ChangeLog
) -> None:
    versioned.put("k", b"bytes", **DESCRIBED)
    was = described(versioned, "k")
    first = versioned.oracle.head_object(Bucket=versioned.bucket, Key="k")["VersionId"]
    asked, _ = await planned_set(versioned.client, log, versioned.bucket, COPYING, Root("k", False))
    await versioned.done(await versioned.engine.add(asked))
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="k", VersionId=first)
    await undo(versioned, log, asked.change)
    assert (versioned.get("k"), described(versioned, "k")) == (b"bytes", was)


def facts(etag: str, version: str, **attributes: object) -> dict[str, Any]:
    return {
        "size": 4, "etag": etag, "version_id": version, "modified": version, "grants": [],
        "attributes": {**asdict(Attributes({}, {"n": "1"}, {})), **attributes},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("there", "is_ours"),
    [
        (facts("a-2", "1"), True),
        (facts("b" * 32, "2", metadata={"n": "2"}), True),
        (facts("b" * 32, "2"), False),
        (facts("b" * 32, "1", metadata={"n": "2"}), False),
        (facts("a-2", "2", metadata={"n": "3"}), False),
    ],
    ids=["nothing was sent", "a copy in one part", "of others", "one version has one etag", "a third value"],
)
def test_a_copy_of_what_was_in_parts_is_known_by_all_that_was_asked_for(
    there: dict[str, Any], is_ours: bool
) -> None:
    assert is_between(there, facts("a-2", "1"), Attributes({}, {"N": "2"}, {})) is is_ours
