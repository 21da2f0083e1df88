"""Archived objects are restored by a form, which a download of one leads to, too."""

from __future__ import annotations

from typing import cast

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.connect.connection import Connection, Given
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.editing.restore_dialog import RestoreDialog
from s3tui.tui.screens.objects.editing.restoring import RestoreController
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.text.archive_words import restore_note, tiers_of
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until


async def test_a_download_of_what_is_archived_leads_to_its_restore(
    running: Running, moto_server: S3Server
) -> None:
    bucket, client = moto_server.make_bucket(), moto_server.boto3()
    client.put_object(Bucket=bucket, Key="old.tar", Body=b"x", StorageClass="GLACIER")
    client.put_object(Bucket=bucket, Key="plain.txt", Body=b"x")
    connection = Connection("moto", moto_server.endpoint, Given(moto_server.credentials))
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Restore it first?" in screen_text(pilot)
        await press(pilot, "right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestoreDialog))
        assert "It takes 3 to 5 hours. A copy can be read" in screen_text(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "old.tar is being restored" in screen_text(pilot))
        assert "Restore" in client.head_object(Bucket=bucket, Key="old.tar")
        await press(pilot, "end", "A")
        await until(pilot, lambda: "Only what is archived is restored" in screen_text(pilot))


class Host:
    """A screen with two versions of an object marked."""

    bucket = "b"

    def __init__(self) -> None:
        self.said: list[str] = []

    def may_write(self) -> bool:
        return True

    def targets(self) -> list[Row]:
        return [
            Row(Kind.OBJECT, "k", "k", 1, None, "GLACIER", version_id=version, status=status)
            for version, status in (("2", VersionStatus.CURRENT), ("1", VersionStatus.OLDER))
        ]

    def say(self, sentence: str, kind: str = "fact") -> None:
        self.said.append(sentence)

    async def ask(self, question: object) -> None:
        return None


async def test_two_versions_of_an_object_are_not_restored_as_one() -> None:
    host = Host()
    await RestoreController(cast(ObjectHost, host)).ask()
    assert host.said == ["Versions of one object are restored one by one: mark one of them."]


def test_what_a_restore_takes_is_said_by_class_and_tier() -> None:
    assert tiers_of({"GLACIER", "DEEP_ARCHIVE"}) == ("Standard", "Bulk")
    assert "Expedited" in tiers_of({"GLACIER"})
    assert restore_note({"DEEP_ARCHIVE"}, "Bulk", 1).startswith(
        "It takes 48 hours. A copy can be read for 1 day"
    )
    assert restore_note({"INTELLIGENT_TIERING"}, "Standard", None).endswith("come back for good.")
