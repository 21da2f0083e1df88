"""New objects: created where nothing is, and nowhere else."""

from __future__ import annotations

from textual.widgets import Input, TextArea

from s3tui.connect.connection import Connection
from s3tui.tui.screens.objects.editing.new_object_dialog import NewObjectDialog
from s3tui.tui.widgets.forms.choice import Choice
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until


async def test_text_and_folder_markers_are_created_where_nothing_is(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket, client = ministack.make_bucket(), ministack.boto3()
    client.put_object(Bucket=bucket, Key="in/there", Body=b"")

    async with running(connection, f"s3://{bucket}/in/", size=(80, 24)) as pilot:

        async def create(kind: int, name: str, text: str = "") -> None:
            await press(pilot, "n")
            dialog = pilot.app.screen
            assert isinstance(dialog, NewObjectDialog)
            dialog.query_one("#kind", Choice).chosen = kind
            dialog.query_one("#name", Input).value = name
            dialog.query_one("#text", TextArea).text = text
            await until(pilot, lambda: f"The key is in/{name}" in screen_text(pilot))
            await press(pilot, "ctrl+s")

        await create(0, "a.json", '{"a": 1}\n')
        await until(pilot, lambda: "Created in/a.json." in screen_text(pilot))
        await create(2, "sub")
        await until(pilot, lambda: "Created in/sub/." in screen_text(pilot))
        await create(1, "there")
        await until(pilot, lambda: "There is in/there already: nothing was written." in screen_text(pilot))
    found = client.get_object(Bucket=bucket, Key="in/a.json")
    assert (found["Body"].read(), found["ContentType"]) == (b'{"a": 1}\n', "application/json")
    assert client.head_object(Bucket=bucket, Key="in/sub/")["ContentLength"] == 0
