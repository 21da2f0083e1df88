"""S3 Inventory on screen: a report in a folder, one in a bucket, and what can be wrong with either."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from s3tui import paths
from s3tui.browse.inventory.inventory import Inventory
from s3tui.connect.connection import Connection
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.browse.inventory.inventories import csv_file, of, write_report
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, text_of, type_text, until
from tests.tui.screens.objects.test_objects import shown_keys, tree_screen

KEYS = ["big/" + "x" * 40, "big/deep/" + "y" * 20, "small/1", "top"]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    return write_report(tmp_path, [csv_file(of(KEYS[:2])), csv_file(of(KEYS[2:]))])


def put_report(server: S3Server, manifest: Path) -> str:
    """Put a report into a bucket as S3 does, and return its folder's name there."""
    bucket, client = server.make_bucket("inventories"), server.boto3()
    root = manifest.parents[3]
    for file in root.rglob("*"):
        if file.is_file() and root / "home" not in file.parents:
            client.put_object(Bucket=bucket, Key=f"inv/{file.relative_to(root)}", Body=file.read_bytes())
    return f"s3://{bucket}/inv/source/daily/2026-11-20T01-00Z/"


def say_larger(manifest: Path) -> None:
    """Have the manifest say that a file is larger than it is."""
    values = json.loads(manifest.read_bytes())
    values["files"][0]["size"] = 250_000_000
    manifest.write_text(json.dumps(values))
    (manifest.parent / "manifest.checksum").unlink()


def line_with(text: str, part: str) -> str:
    return next(line for line in text.splitlines() if part in line)


async def test_a_report_in_a_folder_is_browsed_with_sizes(running: Running, manifest: Path) -> None:
    async with running(None, inventory=manifest, size=(110, 30)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectTreeScreen))
        await settle(pilot)
        screen = tree_screen(pilot.app.screen)
        assert shown_keys(screen) == ["big/", "small/", "top"]
        text = screen_text(pilot)
        assert "inventory of 2026-11-20 · 3 loaded" in text
        assert "73  B" in line_with(text, "▸ big/")
        assert line_with(text, "▸ big/").count("▇") == 10
        assert "7  B" in line_with(text, "▸ small/")
        await press(pilot, "right")
        assert "29  B" in line_with(screen_text(pilot), "▸ deep/")
        await press(pilot, "D")
        assert "for the bucket as it is" in screen_text(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_a_report_is_opened_from_its_manifest_in_a_bucket(
    running: Running, connection: Connection, ministack: S3Server, manifest: Path
) -> None:
    async with running(connection, put_report(ministack, manifest)) as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "I")
        assert screen.location.source.is_live, "a checksum is no manifest"
        assert "on the row of its manifest.json" in screen_text(pilot)
        await press(pilot, "end", "I")
        await until(pilot, lambda: isinstance(screen.location.source, Inventory))
        await settle(pilot)
        assert shown_keys(screen) == ["big/", "small/", "top"]
        assert screen.location.bucket == "source"
        assert "73  B" in line_with(screen_text(pilot), "▸ big/")
        await press(pilot, "enter", "F")
        assert shown_keys(screen) == [KEYS[1], KEYS[0]]
        assert [file.suffix for file in paths.inventories_dir().iterdir()] == [".duckdb"]
        await press(pilot, "alt+left", "alt+left", "alt+left")
        assert str(shown_keys(screen)[-1]).endswith("manifest.json")


async def test_the_command_line_takes_a_manifest_in_a_bucket(
    running: Running, connection: Connection, ministack: S3Server, manifest: Path
) -> None:
    uri = put_report(ministack, manifest) + "manifest.json"
    async with running(connection, uri, opens_inventory=True) as pilot:
        await until(pilot, lambda: "inventory of 2026-11-20" in screen_text(pilot))
        assert shown_keys(tree_screen(pilot.app.screen)) == ["big/", "small/", "top"]


async def test_a_damaged_file_is_said_and_left(
    running: Running, connection: Connection, ministack: S3Server, manifest: Path
) -> None:
    for file in (manifest.parents[1] / "data").iterdir():
        file.write_bytes(file.read_bytes() + b"x")
    async with running(connection, put_report(ministack, manifest)) as pilot:
        await press(pilot, "end", "I")
        await until(
            pilot, lambda: any("is damaged" in text_of(each) for each in pilot.app.screen.query("#stage"))
        )
        await press(pilot, "escape")
        assert tree_screen(pilot.app.screen).location.source.is_live
        assert [*paths.inventories_dir().rglob("*.part"), *paths.inventories_dir().rglob("*.gz")] == []


async def test_large_reports_are_asked_for(
    running: Running, connection: Connection, ministack: S3Server, manifest: Path
) -> None:
    say_larger(manifest)
    async with running(connection, put_report(ministack, manifest)) as pilot:
        await press(pilot, "end", "I")
        await until(pilot, lambda: "2 files, 250 MB, are downloaded" in " ".join(screen_text(pilot).split()))
        await press(pilot, "enter")
        assert tree_screen(pilot.app.screen).location.source.is_live
        assert not paths.inventories_dir().exists()


async def test_a_folder_without_a_report_is_a_sentence(running: Running, tmp_path: Path) -> None:
    async with running(None, inventory=tmp_path / "nowhere") as pilot:
        await until(pilot, lambda: "nowhere cannot be read" in " ".join(screen_text(pilot).split()))
        await press(pilot, "I")
        await type_text(pilot, str(tmp_path))
        await press(pilot, "enter")
        await until(pilot, lambda: "manifest.json cannot be read" in " ".join(screen_text(pilot).split()))
