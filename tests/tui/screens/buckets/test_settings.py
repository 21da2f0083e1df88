"""A bucket's settings by forms: versioning, tags, and which public access is refused."""

from __future__ import annotations

from textual.widgets import TextArea

from s3tui.connect.connection import Connection
from s3tui.tui.screens.buckets.settings_dialogs import PublicAccessDialog, TagsDialog, VersioningDialog
from s3tui.tui.widgets.forms.choice import Choice
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until


async def test_versioning_tags_and_public_access(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket, client = ministack.make_bucket("a"), ministack.boto3()
    async with running(connection, size=(80, 24)) as pilot:
        await press(pilot, "home", "i", "e", "v")
        await until(pilot, lambda: isinstance(pilot.app.screen, VersioningDialog))
        assert "is never off again" in " ".join(screen_text(pilot).replace("│", " ").split())
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: f"Versioning of {bucket} is on." in screen_text(pilot))
        assert client.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"

        await press(pilot, "e", "t")
        await until(pilot, lambda: isinstance(pilot.app.screen, TagsDialog))
        pilot.app.screen.query_one("#tags", TextArea).text = "team=a b"
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "Changed the tags" in screen_text(pilot))
        assert client.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "team", "Value": "a b"}]

        await press(pilot, "e", "b")
        await until(pilot, lambda: isinstance(pilot.app.screen, PublicAccessDialog))
        choice = pilot.app.screen.query_one("#ignore_public_acls", Choice)
        choice.chosen = 1 - choice.chosen
        await pilot.pause()
        await press(pilot, "ctrl+s")
        await until(pilot, lambda: "Changed which public access" in screen_text(pilot))
    assert "PublicAccessBlockConfiguration" in client.get_public_access_block(Bucket=bucket)
