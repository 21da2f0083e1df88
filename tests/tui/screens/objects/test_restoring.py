"""Archived objects are restored by a form, which a download of one leads to, too."""

from __future__ import annotations

from s3tui.connect.connection import Connection, Given
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.editing.restore_dialog import RestoreDialog
from s3tui.tui.text.archive_words import restore_note, tiers_of
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text, until


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
        client.put_object(Bucket=bucket, Key="p/older.tar", Body=b"x", StorageClass="DEEP_ARCHIVE")
        client.put_object(Bucket=bucket, Key="p/plain.txt", Body=b"x")
        await press(pilot, "r", "home", "ctrl+a", "A")
        await until(pilot, lambda: isinstance(pilot.app.screen, RestoreDialog))
        assert "2 others can be read as they are" in screen_text(pilot)
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
        await type_text(pilot, "2")
        await press(pilot, "enter")
        await until(pilot, lambda: "Restore" in client.head_object(Bucket=bucket, Key="p/older.tar"))


def test_what_a_restore_takes_is_said_by_class_and_tier() -> None:
    assert tiers_of({"GLACIER", "DEEP_ARCHIVE"}) == ("Standard", "Bulk")
    assert "Expedited" in tiers_of({"GLACIER"})
    assert restore_note({"DEEP_ARCHIVE"}, "Bulk", 1).startswith(
        "It takes 48 hours. A copy can be read for 1 day"
    )
    assert restore_note({"INTELLIGENT_TIERING"}, "Standard", None).endswith("come back for good.")
