"""Comparing with a folder or a prefix: the plan is shown, lines are left out, and the rest is a job."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from s3tui import paths
from s3tui.connect.connection import Connection, Given
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.objects.syncs.dialog import SyncDialog
from s3tui.tui.screens.objects.syncs.screen import SyncScreen
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, settle, type_text, until
from tests.tui.screens.objects.test_deletion import keys_of, put, told


async def test_a_folder_is_synced_to_a_prefix_without_what_is_left_out_and_undone(
    running: Running, connection: Connection, ministack: S3Server, tmp_path: Path
) -> None:
    bucket = put(ministack, "www/a", "www/old", "www/older", "www/same", versions=True)
    site = tmp_path / "site"
    (site / "img").mkdir(parents=True)
    for name, content in {"a": "anew", "img/é": "x", "new": "y", "same": ""}.items():
        (site / name).write_text(content)
    before = keys_of(ministack, bucket)
    async with running(connection, f"s3://{bucket}/www/") as pilot:
        await until(pilot, lambda: "same" in screen_text(pilot))
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncDialog))
        await type_text(pilot, str(site))
        await pilot.press("down", "down", "down", "right", "ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncScreen))
        await until(pilot, lambda: "+2 ~1 −2 · 1 same" in screen_text(pilot))
        assert keys_of(ministack, bucket) == before
        await pilot.press("home", "space")  # a
        await until(pilot, lambda: "+2 ~0 −2" in screen_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: "img/é: new." in screen_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
        await until(pilot, lambda: "2 new objects sent, 2 objects deleted" in screen_text(pilot))
        assert "Can be undone: versioning is on." in screen_text(pilot)
        await type_text(pilot, "2")
        await pilot.press("enter")
        await until(pilot, lambda: f"Synced {site}"[:40] in told(pilot))
        assert keys_of(ministack, bucket) == ["www/a", "www/img/é", "www/new", "www/same"]
        oracle = ministack.boto3()
        assert oracle.get_object(Bucket=bucket, Key="www/a")["Body"].read() == b""
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen))
        await settle(pilot)
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm | TypedConfirm))
        await until(pilot, lambda: "4 objects will be as before." in screen_text(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: keys_of(ministack, bucket) == before)


async def test_a_saved_sync_is_named_and_one_that_cannot_be_planned_says_why(
    running: Running, connection: Connection, ministack: S3Server, tmp_path: Path
) -> None:
    bucket = put(ministack, "from/a", "from/b", "to/a")
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        f'[syncs.mirror]\nsource = "s3://{bucket}/from/"\ntarget = "s3://{bucket}/to/"\n'
        f'[syncs.gone]\nsource = "{tmp_path}/gone"\ntarget = "s3://{bucket}/to/"\ndelete = true\n'
    )
    async with running(connection, f"s3://{bucket}/") as pilot:
        await until(pilot, lambda: "from/" in screen_text(pilot))
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncDialog))
        await type_text(pilot, "gone")
        await until(pilot, lambda: "Same by" not in screen_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "There is no plan" in screen_text(pilot))
        assert "cannot be read" in screen_text(pilot)
        await pilot.press("escape", "equals_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncDialog))
        await type_text(pilot, "mirror")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "+1 ~0 −0 · 1 same" in screen_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "1 new object sent." in screen_text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "Synced mirror." in told(pilot))
        await pilot.press("t")
        await until(pilot, lambda: "mirror" in screen_text(pilot))
    assert keys_of(ministack, bucket) == ["from/a", "from/b", "to/a", "to/b"]


async def test_a_sync_is_of_the_connections_that_it_names_whichever_is_open(
    running: Running,
    connection: Connection,
    ministack: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bucket = put(ministack, "from/a")
    site = tmp_path / "site"
    site.mkdir()
    file = paths.config_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    there = f"s3://{bucket}/from/"
    file.write_text(
        f'[syncs.down]\nsource = "{there}"\ntarget = "{site}"\n'
        f'[syncs.up]\nsource = "{site}"\ntarget = "{there}"\ndelete = true\n'
    )
    async with running(replace(connection, read_only=True), f"s3://{bucket}/") as pilot:

        async def planned(name: str, said: str) -> None:
            await until(pilot, lambda: "from/" in screen_text(pilot))
            await pilot.press("equals_sign")
            await until(pilot, lambda: isinstance(pilot.app.screen, SyncDialog))
            await type_text(pilot, name)
            await pilot.press("ctrl+s")
            await until(pilot, lambda: said in screen_text(pilot))

        await planned("down", "+1 ~0 −0")  # what only reads may be synced from
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("y")
        await until(pilot, lambda: (site / "a").exists())
        (site / "new").write_text("x")
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen))
        await planned("up", "+1 ~0 −0")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "is read-only: nothing is uploaded" in screen_text(pilot))
        await pilot.press("escape")
        # An address without a name is that of the environment, here as in cron.
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYHASTHISKEY")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", ministack.endpoint_url)
        await planned("up", "cannot be listed to its end")


async def test_a_server_that_obeys_no_condition_is_told_of_before_anything_is_replaced(
    running: Running, rclone_server: S3Server, tmp_path: Path
) -> None:
    bucket = put(rclone_server, "www/a")
    site = tmp_path / "site"
    site.mkdir()
    (site / "a").write_text("longer")
    nasty = Connection("nasty", rclone_server.endpoint, Given(rclone_server.credentials))
    async with running(nasty, f"s3://{bucket}/www/", size=(80, 24)) as pilot:
        await until(pilot, lambda: "1 loaded" in screen_text(pilot))
        await pilot.press("equals_sign")
        await until(pilot, lambda: isinstance(pilot.app.screen, SyncDialog))
        await type_text(pilot, str(site))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "+0 ~1 −0" in screen_text(pilot))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "This server does not obey If-Match." in screen_text(pilot))
        assert "1 object replaced." in screen_text(pilot)
    assert keys_of(rclone_server, bucket) == ["www/a"]
