"""Signing in inside of the app: the page and its code are shown, copied, left, and asked for once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from s3tui import paths
from s3tui.connect.connection import Connection, FromProfile, FromSso
from s3tui.connect.store import ConnectionStore
from s3tui.tui.screens.connections.sign_in import SignInDialog
from s3tui.tui.screens.connections.sso_picker import PickDialog
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled
from tests.s3.credentials.sign_in_server import START_URL, SignInServer, sign_in_server
from tests.s3.credentials.test_sign_in import CONFIG
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import lists_bucket, press, screen_text, type_text, until


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
        shown, fields = (pilot.app.screen.query_one(kind) for kind in (Scrolled, Fields))
        assert shown.size.height <= fields.size.height, "the dialog is no higher than what it says"
        assert server.role_keys is not None
        assert server.role_keys.access_key in screen_text(pilot)


async def test_an_account_and_a_role_make_a_connection(
    running: Running, ministack: S3Server, server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(None) as pilot:
        await press(pilot, "end", "enter")
        await until(pilot, lambda: "The start page of IAM Identity Center" in screen_text(pilot))
        assert START_URL in screen_text(pilot), "the one that the AWS tools' file names"
        await press(pilot, "enter")
        await until(pilot, lambda: "The region of the Identity Center" in screen_text(pilot))
        await type_text(pilot, "no region")
        await press(pilot, "enter")
        assert "is not a region" in screen_text(pilot)
        await type_text(pilot, "eu-west-1")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, PickDialog), "the accounts")
        assert "team 0   111122223333   0@corp.test" in screen_text(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Reader" in screen_text(pilot), "the roles")
        await pilot.press("down", "enter")
        await until(pilot, lambda: "team 0 Reader" in screen_text(pilot), "the connection")
    [saved] = ConnectionStore(paths.config_file()).connections()
    assert saved.name == "team 0 Reader"
    assert saved.credentials == FromSso(START_URL, "eu-west-1", "111122223333", "Reader")
    assert server.count("/device_authorization") == 1, "one sign-in is enough"
