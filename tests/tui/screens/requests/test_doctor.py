"""The doctor on screen: findings as they come, writes where they are allowed, what is learned."""

from __future__ import annotations

from dataclasses import replace

from s3tui.connect.connection import Connection, Given
from s3tui.s3.sending.capabilities import Capability
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.requests.doctor import DoctorScreen
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


async def test_findings_are_shown_and_the_open_connection_goes_by_them(
    rclone_server: S3Server, running: Running
) -> None:
    bucket = rclone_server.make_bucket("screen")
    connection = Connection("nasty", rclone_server.endpoint, Given(rclone_server.credentials))
    async with running(connection) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        assert app.session is not None
        app.action_doctor()
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, DoctorScreen)
        assert "✓ signature" in screen_text(pilot)
        assert "Nothing was written." in screen_text(pilot)
        await press(pilot, "W")
        await type_text(pilot, f"s3://{bucket}/given/")
        await press(pilot, "enter")
        await until(pilot, lambda: {"throughput"} <= {each.check for each in screen.findings})
        await settle(pilot)
        assert "not supported" in screen_text(pilot)
        await press(pilot, "G")
        assert "throughput" in screen_text(pilot)
        await press(pilot, "y")
        assert "– if-none-match" in app.clipboard
        known = await app.session.run(lambda s3: lacks(s3.capabilities.has(Capability.PUT_IF_MATCH)))
        assert known is True
        assert any(each.operation == "ProbePutObject" for each in app.requests.log.recent())
        await press(pilot, "escape")
        app.connect(replace(connection, name="careful", production=True))
        await settle(pilot)
        app.action_doctor()
        await settle(pilot)
        await press(pilot, "W", "r")
        assert isinstance(app.screen, DoctorScreen)
        assert "Nothing was written." in screen_text(pilot)
        await press(pilot, "backspace")
    assert "Contents" not in rclone_server.boto3().list_objects_v2(Bucket=bucket)


async def lacks(known: bool | None) -> bool:
    return known is False
