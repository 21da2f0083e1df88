"""Picking: what is chosen, and what comes out at the other end of a pipe."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from datetime import datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.pick_output import Picked
from s3tui.connect.connection import Connection
from s3tui.tui.app import S3TuiApp
from tests.servers import S3Server
from tests.terminal import run_in_terminal
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until
from tests.tui.screens.objects.test_objects import put, tree_screen

ODD = "odd\nname.txt"


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("picked")
    put(ministack, name, ["a.txt", "b.txt", "logs/1.log", "z.txt"])
    return name


def picked(pilot: Pilot[None]) -> list[str]:
    assert isinstance(pilot.app, S3TuiApp)
    return [one.uri for one in pilot.app.picked]


async def test_enter_on_an_object_picks_it_and_on_a_prefix_goes_in(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", pick=True) as pilot:
        assert "choose" in screen_text(pilot)
        await press(pilot, "down", "down", "enter")
        assert tree_screen(pilot.app.screen).location.prefix == "logs/"
        await pilot.press("enter")
        await pilot.pause()
        assert picked(pilot) == [f"s3://{bucket}/logs/1.log"]
        assert pilot.app.return_code == 0


async def test_marked_rows_and_prefixes_are_picked_with_their_facts(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/", pick=True, pick_json=True) as pilot:
        await press(pilot, "space", "down", "space")
        await press(pilot, "ctrl+s")
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        lines = [json.loads(one.as_json()) for one in app.picked]
    theirs = ministack.boto3().head_object(Bucket=bucket, Key="a.txt")
    assert [line["key"] for line in lines] == ["a.txt", "logs/"]
    assert lines[0]["etag"] == theirs["ETag"].strip('"')
    assert lines[0]["size"] == theirs["ContentLength"]
    assert datetime.fromisoformat(lines[0]["modified"]) == theirs["LastModified"]
    assert lines[1] == {
        "uri": f"s3://{bucket}/logs/", "bucket": bucket, "key": "logs/",
        "size": None, "etag": None, "modified": None,
    }  # fmt: skip


async def test_without_pick_enter_opens_and_nothing_is_picked(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "ctrl+s", "enter")
        assert picked(pilot) == []
        assert pilot.app.is_running


def test_json_keeps_whatever_a_key_holds_on_one_line() -> None:
    line = Picked("b", f"{ODD}\u2028\udcff").as_json()
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert json.loads(line)["key"] == f"{ODD}\u2028\udcff"


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize(("keys", "status"), [(["Space", "Space", "C-s"], 0), (["q"], 1)])
def test_a_pipe_gets_the_uris_and_the_terminal_the_screen(
    ministack: S3Server, bucket: str, tmp_path: Path, home: Path, keys: list[str], status: int
) -> None:
    out = tmp_path / "out"
    words = [sys.executable, "-m", "s3tui", "--pick", "--endpoint-url", ministack.endpoint_url]
    command = f"{shlex.join([*words, f's3://{bucket}/'])} > {shlex.quote(str(out))}"
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(Path.cwd()),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "screen-256color",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "AWS_REGION": ministack.region,
    }
    with run_in_terminal(["sh", "-c", command], tmp_path, environment) as terminal:
        terminal.wait_for("a.txt", "z.txt", "choose")
        terminal.press(*keys)
        assert terminal.exit_status() == status
    expected = "" if status else f"s3://{bucket}/a.txt\ns3://{bucket}/b.txt\n"
    assert out.read_text() == expected


async def test_the_copy_menu_also_has_the_size(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("y")
        await until(pilot, lambda: "size in bytes" in screen_text(pilot))
        await press(pilot, "s")
        assert pilot.app.clipboard == str(len("a.txt"))
        assert f"Copied size in bytes: {len('a.txt')}" in screen_text(pilot)
