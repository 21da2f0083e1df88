"""Edits are in the log of changes: as what can be undone where versions are kept, and as nothing else."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest

from s3tui.s3 import S3Client
from s3tui.s3.errors import S3Error
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Undo
from s3tui.transfer.editing.content import ChangedMeanwhile, ContentEditing, Saved
from s3tui.transfer.editing.object_state import read_state
from s3tui.transfer.editing.recording import recorded_write
from tests.servers import S3Server


@pytest.mark.parametrize(
    ("case", "undo"),
    [("versions", Undo.YES), ("none", Undo.NO), ("conflict", Undo.NO), ("refused", Undo.NO)],
)
async def test_what_came_of_an_edit_says_whether_it_can_be_undone(
    ministack: S3Server, case: str, undo: Undo
) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    if case != "none":
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=bucket, Key="k", Body=b"first")
    assert ministack.readonly is not None
    keys = ministack.readonly if case == "refused" else ministack.credentials
    async with S3Client(ministack.endpoint, keys) as s3:
        before = await read_state(s3, bucket, "k")
        if case == "conflict":
            client.put_object(Bucket=bucket, Key="k", Body=b"theirs")
        editing = ContentEditing(s3, bucket, "k", before, obeys_if_match=True, now=lambda: datetime.now(UTC))
        with closing(ChangeLog.temporary()) as log:

            async def save() -> Saved | ChangedMeanwhile:
                return await recorded_write(
                    log, "c", bucket, "k", lambda: editing.save(b"mine"), title="Edit k", before=before,
                    written=lambda answer: answer.state if isinstance(answer, Saved) else None,
                )  # fmt: skip

            if case == "refused":
                with pytest.raises(S3Error):
                    await save()
            else:
                assert isinstance(await save(), ChangedMeanwhile if case == "conflict" else Saved)
            (change,) = await log.changes()
            assert change.undo is undo
            (item,) = [item async for item in log.all_items(change.id)]
            if case == "versions":
                version = client.head_object(Bucket=bucket, Key="k")["VersionId"]
                assert item.outcome["version_id"] == version
