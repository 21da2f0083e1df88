"""Versions are cleaned up, a prefix is brought back as it was, and a bucket goes with all that it holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from s3tui.connect.connection import Connection
from s3tui.s3.errors import AccessDenied
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.versions.cleaning import CleanRule, Doomed
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Asked
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.cleaning import CleaningPlan
from s3tui.tui.screens.objects.plans.cleaning_dialog import CleaningDialog
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


async def test_a_prefix_is_cleaned_brought_back_and_gone_with_its_bucket(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for number in range(3):
        client.put_object(Bucket=bucket, Key="p/a", Body=b"%d" % number)
    client.create_multipart_upload(Bucket=bucket, Key="p/up")

    def versions() -> int:
        found = client.list_object_versions(Bucket=bucket)
        return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))

    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "v", "D")
        await until(pilot, lambda: isinstance(pilot.app.screen, CleaningDialog))
        dialog = pilot.app.screen
        assert isinstance(dialog, CleaningDialog)
        dialog.form.query_one("#days").value = ""  # type: ignore[attr-defined]  # an Input
        dialog.form.query_one("#keep").value = "1"  # type: ignore[attr-defined]
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm) and pilot.app.screen.listens)
        assert "Delete 1 version?" in screen_text(pilot)
        await type_text(pilot, bucket)
        await press(pilot, "enter")
        await until(pilot, lambda: versions() == 2)

        await press(pilot, "T")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await type_text(pilot, "2001-01-01")
        await press(pilot, "enter", "P")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm) and pilot.app.screen.listens)
        assert "1 object was not there then, and will be hidden." in screen_text(pilot)
        await type_text(pilot, "1")
        await press(pilot, "enter")
        await until(pilot, lambda: versions() == 3)
        assert "Contents" not in client.list_objects_v2(Bucket=bucket)

        await press(pilot, "~")
        await settle(pilot)
        await press(pilot, "slash")
        await type_text(pilot, bucket)
        await press(pilot, "enter", "D")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm) and pilot.app.screen.listens)
        assert "2 versions, 1 delete marker, 1 unfinished upload" in screen_text(pilot)
        await type_text(pilot, bucket)
        await press(pilot, "enter")
        await until(pilot, lambda: bucket not in [each["Name"] for each in client.list_buckets()["Buckets"]])


class Unlisted:
    """A session that may list nothing, and transfers with a log of their own."""

    handle = "c"

    def __init__(self, log: ChangeLog) -> None:
        self._log = log

    async def run(self, question: object) -> None:
        raise AccessDenied("no", code="AccessDenied", status=403, operation="ListObjectVersions")

    async def stream(self, question: object) -> AsyncGenerator[None, None]:
        await self.run(question)
        yield

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def changes(self) -> ChangeLog:
        return self._log


@pytest.mark.parametrize("bucket_goes", [True, False])
async def test_a_bucket_whose_versions_cannot_be_listed_can_go_where_it_is_empty(bucket_goes: bool) -> None:
    with closing(ChangeLog.temporary()) as log:
        own: Any = Unlisted(log)
        plan = CleaningPlan(own, own, "b", [""], CleanRule(Doomed.EVERYTHING), bucket_goes=bucket_goes)
        *_, asked = [step async for step in plan._learn()]
        assert isinstance(asked, Asked)
        assert (asked.is_answerable, asked.expected, plan.is_empty) == (
            bucket_goes, "b" if bucket_goes else "", True
        )  # fmt: skip
        assert ": no." in asked.sentence  # why
