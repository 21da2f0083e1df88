"""Rename and move: the new place is asked, then what that comes to; the job is undone by U."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s3tui.connect.connection import Connection
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.rename_dialog import RenameDialog
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, type_text, until
from tests.tui.screens.objects.test_deletion import keys_of, put, told


async def test_a_prefix_is_renamed_and_undone_and_a_report_written(
    running: Running, connection: Connection, ministack: S3Server, home: Path
) -> None:
    bucket = put(ministack, "logs/1", "logs/2", "logs.json", "new/2", versions=True)
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("down", "R")
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "new")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
        await until(pilot, lambda: "Type 2 to go on." in screen_text(pilot))
        assert "1 new key is taken: what would get it stays where it is." in screen_text(pilot)
        await type_text(pilot, "2")
        await pilot.press("enter")
        await until(pilot, lambda: "Moved 2 objects. 1 skipped." in told(pilot))
        assert keys_of(ministack, bucket) == ["logs.json", "logs/2", "new/1", "new/2"]
        await pilot.press("t")
        await until(pilot, lambda: "2 objects → s3://" in screen_text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TransferDetail))
        await until(pilot, lambda: "its new key is taken" in screen_text(pilot))
        await pilot.press("e")
        await until(pilot, lambda: "2 lines in" in told(pilot))
        (file,) = (home / "Downloads").glob("s3tui-change-*.jsonl")
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert [(line["key"], line["to"], line["state"]) for line in lines] == [
            ("logs/1", "new/1", "done"),
            ("logs/2", "new/2", "skipped"),
        ]
        await pilot.press("escape", "t")
        await until(pilot, lambda: "logs.json" in screen_text(pilot))
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "1 object will be as before." in screen_text(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Brought back logs/1." in told(pilot))
        assert keys_of(ministack, bucket) == ["logs.json", "logs/1", "logs/2", "new/2"]


@pytest.mark.parametrize(("key", "typed"), [("M", "logs/"), ("M", "logs/deeper/"), ("R", "logs")])
async def test_a_move_onto_or_into_itself_is_refused(
    running: Running, connection: Connection, ministack: S3Server, key: str, typed: str
) -> None:
    bucket = put(ministack, "logs/1")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press(key)
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt))
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, typed if key == "R" else f"s3://{bucket}/{typed}")
        await pilot.press("enter")
        await until(pilot, lambda: "logs/ is there already" in screen_text(pilot)
                    or "cannot be moved into itself" in screen_text(pilot))  # fmt: skip
    assert keys_of(ministack, bucket) == ["logs/1"]


async def test_what_is_marked_is_renamed_by_a_pattern_which_is_previewed(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = put(ministack, "IMG_1.jpg", "IMG_2.jpg", "other")
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await pilot.press("ctrl+a", "R")
        await until(pilot, lambda: isinstance(pilot.app.screen, RenameDialog))
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "s/IMG_1/IMG_2/")
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "would both be IMG_2.jpg" in screen_text(pilot))
        await pilot.press("ctrl+a", "ctrl+k")
        await type_text(pilot, "s/IMG_/img-/")
        await until(pilot, lambda: "IMG_2.jpg → img-2.jpg" in screen_text(pilot))
        assert "Of 3 objects 2 will be called otherwise." in screen_text(pilot)
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "Type 2 to go on." in screen_text(pilot))
        await type_text(pilot, "2")
        await pilot.press("enter")
        await until(pilot, lambda: keys_of(ministack, bucket) == ["img-1.jpg", "img-2.jpg", "other"])
