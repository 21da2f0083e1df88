"""Versions by plan: old ones cleaned up, everything of a bucket gone, a prefix as it was at an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from s3tui.s3.models import ObjectVersion
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ChangeKind, Undo
from s3tui.transfer.changes.versions.cleaning import CleanRule, Doomed, _doomed
from s3tui.transfer.changes.versions.returning import ReturnTotals, _return, state_at
from s3tui.transfer.editing.returned_object import _is_as_found
from s3tui.transfer.models import Direction, TransferState
from s3tui.transfer.requests import RunChange
from tests.fault_proxy import Answer, FaultProxy, Lost, Request
from tests.long import rng
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import (
    CONNECTION,
    planned_cleaning,
    planned_return,
    planned_undo,
    state_of,
)
from tests.transfer.conftest import Rig

T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = T0 + 100 * DAY


def history(text: str) -> list[ObjectVersion]:
    """Return a history, as a listing has it, of versions `v` and delete markers `m`, a day each."""
    entries = [
        ObjectVersion(
            "k", f"{day}", day == len(text) - 1, kind == "m", 1 if kind == "v" else None, T0 + day * DAY
        )
        for day, kind in enumerate(text)
    ]
    return entries[::-1]


@pytest.mark.parametrize(
    ("entries", "rule", "gone"),
    [
        ("vvv", CleanRule(Doomed.OLD), "10"),
        ("vvv", CleanRule(Doomed.OLD, keep=1), "0"),
        ("vvv", CleanRule(Doomed.OLD, keep=2), ""),
        ("vmvmv", CleanRule(Doomed.OLD, keep=1), "310"),
        ("vm", CleanRule(Doomed.OLD), "0"),
        ("vvv", CleanRule(Doomed.OLD, older_than=98 * DAY + timedelta(hours=1)), "0"),
        ("vvv", CleanRule(Doomed.OLD, older_than=99 * DAY), ""),
        ("mm", CleanRule(Doomed.MARKERS), "01"),
        ("vm", CleanRule(Doomed.MARKERS), ""),
        ("mv", CleanRule(Doomed.MARKERS), ""),
        ("vmv", CleanRule(Doomed.EVERYTHING), "210"),
        ("v", CleanRule(Doomed.UPLOADS), ""),
    ],
)
def test_a_rule_names_the_versions_that_go(entries: str, rule: CleanRule, gone: str) -> None:
    found = _doomed(history(entries), rule, NOW)
    assert "".join(facts["version"] for facts in found) == gone


@pytest.mark.parametrize("seed", range(40))
def test_what_was_there_at_an_instant_is_what_a_model_says(seed: int) -> None:
    chance = rng(f"as of {seed}")
    text = "".join(chance.choice("vm") for _ in range(chance.randrange(1, 6)))
    entries = history(text)
    for day in range(-1, len(text) + 1):
        there = text[: day + 1][-1:]  # in time's order, up to that day
        found = state_at(entries, T0 + day * DAY)
        assert ("" if found is None else "m" if found.is_delete_marker else "v") == there
        back = _return(entries, T0 + day * DAY, ReturnTotals())
        is_same = day >= len(text) - 1 or (there != "v" and text[-1] == "m")
        assert (back is None) == is_same
        if back is not None:
            assert back["from"] == (str(day) if there == "v" else None)


def is_change(request: Request) -> bool:
    return request.method in ("PUT", "DELETE", "POST")


async def test_old_versions_go_and_what_is_there_stays(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    for number in range(3):
        for key in ("p/a", "p/b", "pp/beside"):
            versioned.put(key, b"%d" % number)
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/b")
    asked, totals = await planned_cleaning(
        versioned.client, log, versioned.bucket, CleanRule(Doomed.OLD, keep=1), "p/"
    )
    assert (totals.objects, totals.markers, totals.keys_gone) == (3, 0, 0)
    # Somebody deletes the current version meanwhile: what was old is the current one now, and stays.
    current = versioned.oracle.head_object(Bucket=versioned.bucket, Key="p/a")["VersionId"]
    proxy.add(Lost(Answer(500)), when=is_change)
    await versioned.done(await versioned.engine.add(asked))
    left = state_of(versioned.oracle, versioned.bucket)
    assert sorted(key for key, _ in left) == [
        "p/a",
        "p/a",
        "p/b",
        "p/b",
        "pp/beside",
        "pp/beside",
        "pp/beside",
    ]
    assert left["p/a", current][1]


async def test_an_old_version_that_became_the_current_one_stays(versioned: Rig, log: ChangeLog) -> None:
    for number in range(2):
        versioned.put("k", b"%d" % number)
    asked, totals = await planned_cleaning(versioned.client, log, versioned.bucket, CleanRule(Doomed.OLD))
    assert totals.objects == 1
    current = versioned.oracle.head_object(Bucket=versioned.bucket, Key="k")["VersionId"]
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="k", VersionId=current)
    done = await versioned.done(await versioned.engine.add(asked))
    assert (done.skipped, versioned.get("k")) == (1, b"0")


@pytest.mark.parametrize("server", ["ministack", "moto_server"])
async def test_a_bucket_goes_with_all_that_is_in_it_or_says_what_came(
    request: pytest.FixtureRequest, make_rig: MakeRig, log: ChangeLog, server: str
) -> None:
    rig = make_rig(request.getfixturevalue(server), changes=log)
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b/c", "b/"):
        rig.put(key)
    rig.oracle.delete_object(Bucket=rig.bucket, Key="a")
    rig.oracle.create_multipart_upload(Bucket=rig.bucket, Key="up")
    asked, totals = await planned_cleaning(
        rig.client, log, rig.bucket, CleanRule(Doomed.EVERYTHING), bucket_goes=True
    )
    assert (totals.objects, totals.markers, totals.uploads, totals.keys_gone) == (5, 1, 1, 3)
    rig.put("newcomer")
    id = await rig.engine.add(asked)
    failed = await rig.end(id)
    assert failed.state is TransferState.FAILED
    assert "is not empty" in str(failed.error)
    assert rig.keys() == {"newcomer"}
    assert rig.open_uploads() == []
    newcomer = rig.oracle.head_object(Bucket=rig.bucket, Key="newcomer")["VersionId"]
    rig.oracle.delete_object(Bucket=rig.bucket, Key="newcomer", VersionId=newcomer)
    await rig.engine.retry(id)
    await rig.done(id)
    with pytest.raises(ClientError):
        rig.oracle.head_bucket(Bucket=rig.bucket)


async def test_a_prefix_is_brought_back_as_it_was_and_that_is_undone(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    described: dict[str, Any] = {"ContentType": "text/csv", "Metadata": {"a": "1"}, "Tagging": "t=1"}
    versioned.put("p/changed", b"then", **described)
    versioned.put("p/deleted", b"then", **described)
    versioned.put("p/same", b"then")
    versioned.put("p/hidden", b"before then")
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/hidden")
    last = versioned.oracle.list_object_versions(Bucket=versioned.bucket)["DeleteMarkers"][0]["LastModified"]
    at = last.replace(microsecond=0) + timedelta(seconds=1)
    while datetime.now(UTC) <= at + timedelta(seconds=1):  # a listing tells whole seconds
        versioned.oracle.list_buckets()
    versioned.put("p/changed", b"now")
    versioned.oracle.delete_object(Bucket=versioned.bucket, Key="p/deleted")
    versioned.put("p/new", b"now")
    versioned.put("p/hidden", b"now")
    before = state_of(versioned.oracle, versioned.bucket)
    asked, totals = await planned_return(versioned.client, log, versioned.bucket, at, "p/")
    assert (totals.objects, totals.hidden, totals.same, totals.unknown) == (4, 2, 1, 0)
    proxy.add(Lost(Answer(500)), when=is_change, times=2)
    id = await versioned.engine.add(asked)
    while (await versioned.end(id)).state is TransferState.FAILED:
        await versioned.engine.retry(id)
    assert versioned.keys() == {"p/changed", "p/deleted", "p/same"}
    for key in ("p/changed", "p/deleted"):
        head = versioned.oracle.head_object(Bucket=versioned.bucket, Key=key)
        assert (versioned.get(key), head["ContentType"], head["Metadata"]) == (
            b"then",
            "text/csv",
            {"a": "1"},
        )
    assert len(state_of(versioned.oracle, versioned.bucket)) == len(before) + 4
    change = await log.change(asked.change)
    assert change is not None
    undo, _ = await planned_undo(versioned.client, log, change)
    await versioned.done(await versioned.engine.add(undo))
    assert state_of(versioned.oracle, versioned.bucket) == before


def test_what_took_over_the_id_null_is_not_what_the_plan_found() -> None:
    found = [
        ObjectVersion("k", "null", True, False, 4, T0 + 3 * DAY, "a" * 32),
        ObjectVersion("k", "1", False, False, 4, T0, "b" * 32),
    ]
    facts = _return(found, T0 + DAY, ReturnTotals())
    assert facts is not None
    assert _is_as_found(found[0], facts)
    later = ObjectVersion("k", "null", True, False, 4, T0 + 4 * DAY, "c" * 32)
    hidden = ObjectVersion("k", "null", True, True, None, T0 + 3 * DAY)
    assert not _is_as_found(later, facts)
    assert not _is_as_found(hidden, facts)


async def test_a_version_that_is_brought_back_is_not_locked_anew(
    make_rig: MakeRig, ministack: S3Server, proxy: FaultProxy, log: ChangeLog
) -> None:
    rig = make_rig(ministack, proxy.endpoint, changes=log)
    rig.bucket = f"locks-{rig.bucket}"
    rig.oracle.create_bucket(Bucket=rig.bucket, ObjectLockEnabledForBucket=True)
    until = datetime.now(UTC) + DAY
    rig.put(
        "k", b"then", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until, ContentType="text/csv"
    )
    then = rig.oracle.head_object(Bucket=rig.bucket, Key="k")
    rig.put("k", b"now")
    now = rig.oracle.head_object(Bucket=rig.bucket, Key="k")
    change = await log.begin(ChangeKind.RETURN, CONNECTION, rig.bucket, "Return")
    facts = {"now": now["VersionId"], "now_marker": False, "from": then["VersionId"], "size": 4}
    await log.add(change, [("k", facts)], first=0)
    await log.agree(change, title="Return", undo=Undo.YES, why="")
    await rig.done(
        await rig.engine.add(RunChange(CONNECTION, change.id, Direction.RETURN, rig.bucket, "k", ""))
    )
    (copy,) = [each for each in proxy.requests if "x-amz-copy-source" in each.headers]
    assert not [name for name in copy.headers if "object-lock" in name.lower()]
    head = rig.oracle.head_object(Bucket=rig.bucket, Key="k")
    assert (rig.get("k"), head["ContentType"]) == (b"then", "text/csv")


async def test_a_bucket_that_holds_something_is_not_asked_to_go(
    versioned: Rig, log: ChangeLog, proxy: FaultProxy
) -> None:
    """Not every server refuses."""
    versioned.put("k")
    asked, _ = await planned_cleaning(
        versioned.client, log, versioned.bucket, CleanRule(Doomed.EVERYTHING), bucket_goes=True
    )
    versioned.put("newcomer")
    failed = await versioned.end(await versioned.engine.add(asked))
    assert "is not empty" in str(failed.error)
    bucket = f"/{versioned.bucket}"
    assert not [
        each for each in proxy.requests if each.method == "DELETE" and each.target.rstrip("/") == bucket
    ]
