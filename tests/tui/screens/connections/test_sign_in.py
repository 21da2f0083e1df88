"""Signing in inside of the app: the page and its code are shown, copied, left, and asked for once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui.connect.connection import Connection, FromProfile
from s3tui.tui.screens.connections.sign_in import SignInDialog
from tests.s3.credentials.sign_in_server import SignInServer, sign_in_server
from tests.s3.credentials.test_sign_in import CONFIG
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import lists_bucket, press, screen_text, until


@pytest.fixture
def server(ministack: S3Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")  # no AWS CLI, and no browser
    with sign_in_server() as server:
        server.role_keys = ministack.credentials
        for service in ("SSO_OIDC", "SSO", "SIGNIN"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
        yield server


async def test_a_session_is_signed_in_to_from_here(
    running: Running, ministack: S3Server, server: SignInServer
) -> None:
    bucket = ministack.make_bucket("signed-in")
    server.confirmed = False
    connection = Connection("aws:session", ministack.endpoint, FromProfile("session"))
    async with running(None) as pilot:
        pilot.app.connect(connection)  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInDialog), "the page")
        assert "ABCD-EFGH" in screen_text(pilot)
        assert f"{server.url}/device?user_code=ABCD-EFGH" in screen_text(pilot)
        await pilot.press("y")
        assert pilot.app.clipboard == f"{server.url}/device?user_code=ABCD-EFGH"
        await pilot.press("c")
        assert pilot.app.clipboard == "ABCD-EFGH"
        await pilot.press("enter")
        await until(pilot, lambda: "There is no browser to open here" in screen_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "the sign-in to corp was left" in screen_text(pilot), "that it was left")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, SignInDialog), "the page again")
        server.confirmed, server.pending = True, 0
        await until(pilot, lambda: lists_bucket(pilot, bucket), "the buckets")
        assert not isinstance(pilot.app.screen, SignInDialog)
        await press(pilot, "r")
        assert lists_bucket(pilot, bucket)
        await until(pilot, lambda: "keys 59m" in screen_text(pilot), "how long the role's keys last")
        pilot.app.action_whoami()  # type: ignore[attr-defined]
        await until(pilot, lambda: "IAM Identity Center, role Reader" in screen_text(pilot), "who it is")
        assert "renewed by themselves" in screen_text(pilot)
        assert server.role_keys is not None
        assert server.role_keys.access_key in screen_text(pilot)
