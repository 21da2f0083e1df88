"""Edits of one object where no versions are kept: what there was is written again, if it is still ours."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeKind, ItemState, Undo
from s3tui.transfer.changes.single import MOST_KEPT
from s3tui.transfer.editing.attributes import AttributeChange
from s3tui.transfer.editing.content import ContentEditing, Saved
from s3tui.transfer.editing.object_state import read_state
from s3tui.transfer.editing.recording import recorded_set, recorded_write
from s3tui.transfer.editing.reverting import is_reverted
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import planned_revert, planned_undo
from tests.transfer.conftest import Rig

NOW = datetime.now(UTC)
FULL = {"ContentType": "text/csv", "Metadata": {"a": "1"}, "Tagging": "t=1"}


async def edited(rig: Rig, log: ChangeLog, key: str, old: bytes, new: bytes) -> Change:
    before = await read_state(rig.client, rig.bucket, key)
    editing = ContentEditing(rig.client, rig.bucket, key, before, obeys_if_match=True, now=lambda: NOW)
    answer = await recorded_write(
        log, "here", rig.bucket, key, lambda: editing.save(new), title="Edit", before=before, data=old,
        written=lambda answer: answer.state if isinstance(answer, Saved) else None,
    )  # fmt: skip
    assert isinstance(answer, Saved)
    return (await log.changes(1))[0]


async def undo(rig: Rig, log: ChangeLog, change: Change) -> tuple[int, int]:
    request, totals = await planned_revert(rig.client, log, change)
    await rig.done(await rig.engine.add(request))
    return totals.objects, totals.changed


async def test_content_that_was_edited_is_written_back_and_a_later_edit_of_others_stays(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(ministack, changes=log)
    for key in ("ours", "theirs"):
        rig.put(key, b"first", **FULL)
        change = await edited(rig, log, key, b"first", b"second")
        assert change.undo is Undo.PARTLY
        assert is_reverted(change, await log.items(change.id))
        if key == "theirs":
            tags = {"TagSet": [{"Key": "theirs", "Value": "1"}]}
            rig.oracle.put_object_tagging(Bucket=rig.bucket, Key=key, Tagging=tags)
        assert await undo(rig, log, change) == (1, int(key == "theirs"))
    assert (rig.get("ours"), rig.get("theirs")) == (b"first", b"second")
    head = rig.oracle.head_object(Bucket=rig.bucket, Key="ours")
    assert (head["ContentType"], head["Metadata"]) == ("text/csv", {"a": "1"})
    assert rig.oracle.get_object_tagging(Bucket=rig.bucket, Key="ours")["TagSet"] == [
        {"Key": "t", "Value": "1"}
    ]


async def test_content_that_is_too_large_to_be_kept_is_said_to_be_gone(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(ministack, changes=log)
    large = rig.put("k", b"x" * (MOST_KEPT + 1))
    change = await edited(rig, log, "k", large, b"second")
    assert change.undo is Undo.NO
    assert not is_reverted(change, await log.items(change.id))


@pytest.mark.parametrize(
    "wanted",
    [
        AttributeChange({"content_type": "text/plain"}, {"a": None}, {"t": None, "u": "2"}),
        AttributeChange(access="public-read"),
        AttributeChange(legal_hold=True),
    ],
    ids=["headers", "access", "lock"],
)
async def test_attributes_of_one_object_are_set_and_undone(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog, wanted: AttributeChange
) -> None:
    rig = make_rig(ministack, changes=log)
    rig.bucket = f"own-{rig.bucket}"
    rig.oracle.create_bucket(
        Bucket=rig.bucket,
        ObjectOwnership="ObjectWriter",
        ObjectLockEnabledForBucket=wanted.legal_hold is True,
    )
    rig.oracle.delete_public_access_block(Bucket=rig.bucket)
    rig.put("k", b"first", **FULL)
    before = await read_state(rig.client, rig.bucket, "k")
    item = await recorded_set(rig.client, log, "here", rig.bucket, "k", wanted, before=before, now=NOW)
    assert (item.state, item.outcome.get("why")) == (ItemState.DONE, None)
    there = await read_state(rig.client, rig.bucket, "k")
    if wanted.access:
        grants = rig.oracle.get_object_acl(Bucket=rig.bucket, Key="k")["Grants"]
        assert any(grant["Grantee"].get("URI", "").endswith("/AllUsers") for grant in grants)
    assert there.head.legal_hold is bool(wanted.legal_hold)
    (change,) = await log.changes()
    assert change.kind is ChangeKind.SET
    assert await undo(rig, log, change) == (1, 0)
    after = await read_state(rig.client, rig.bucket, "k")
    assert (after.tags, after.grants, after.head.metadata) == (
        before.tags, before.grants, before.head.metadata
    )  # fmt: skip
    assert (after.head.content_type, after.head.legal_hold) == ("text/csv", False)


async def test_an_edit_is_all_that_is_left_once_the_old_version_was_cleaned_up_and_stays(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog
) -> None:
    rig = make_rig(ministack, changes=log)
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"first")["VersionId"]
    change = await edited(rig, log, "k", b"first", b"second")
    request, _ = await planned_undo(rig.client, log, change)
    rig.oracle.delete_object(Bucket=rig.bucket, Key="k", VersionId=first)
    assert (await rig.done(await rig.engine.add(request))).skipped == 1
    assert (await planned_undo(rig.client, log, change))[1].lost == 1
    assert rig.get("k") == b"second"
