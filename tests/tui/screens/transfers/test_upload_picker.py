"""The upload picker: what is marked and typed is what goes up, to the keys that were shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.transfer.upload.local_folder import FileCount, LocalEntry
from s3tui.tui.screens.transfers.folder_counts import FolderCounts
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.text.transfers.upload import total_words
from s3tui.tui.widgets.forms.local_list import LocalList
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text, until

FILES = ("a.csv", "b.csv", "c.txt", ".hidden", "sub/d.csv", "sub/deep/e.csv", "other/a.csv", "other/f")


@pytest.fixture
def data(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a folder with files."""
    folder = home / "data"
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    return ministack.make_bucket("picked")


@asynccontextmanager
async def picking(
    running: Running, connection: Connection, bucket: str, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[Pilot[None]]:
    """Open the picker with the focus on its list."""
    async with running(connection, f"s3://{bucket}/in/", size=size) as pilot:
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker), "the picker")
        await press(pilot, "down")
        yield pilot


def files_of(pilot: Pilot[None]) -> LocalList:
    return pilot.app.screen.query_one(LocalList)


async def stand_on(pilot: Pilot[None], name: str) -> None:
    names = [row.path.name for row in files_of(pilot).rows]
    await press(pilot, "home", *["down"] * names.index(name))


def stored(server: S3Server, bucket: str) -> dict[str, str]:
    s3 = server.boto3()
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() for key in keys}


async def test_what_was_marked_in_several_folders_goes_up(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, data: Path
) -> None:
    async with picking(running, connection, bucket, (140, 40)) as pilot:
        await stand_on(pilot, "sub")
        await press(pilot, "space")
        await stand_on(pilot, "b.csv")
        await press(pilot, "space")
        await stand_on(pilot, "other")
        await press(pilot, "enter")
        assert "~/data/other/" in screen_text(pilot)
        await stand_on(pilot, "f")
        await press(pilot, "space", "left")
        current = files_of(pilot).current
        assert current is not None
        assert current.path.name == "other", "one stands where one came from"
        text = screen_text(pilot)
        assert f"→ s3://{bucket}/in/sub/…" in text
        assert f"→ s3://{bucket}/in/b.csv" in text
        assert f"→ s3://{bucket}/in/f" in text
        size = sum(len(name) for name in ("sub/d.csv", "sub/deep/e.csv", "b.csv", "other/f"))
        assert f"3 picked: 4 files, {size} B" in text
        await press(pilot, "ctrl+s")
        assert stored(ministack, bucket) == {
            "in/sub/d.csv": "sub/d.csv",
            "in/sub/deep/e.csv": "sub/deep/e.csv",
            "in/b.csv": "b.csv",
            "in/f": "other/f",
        }
        rows = pilot.app.transfers.snapshot.transfers  # type: ignore[attr-defined]  # the app's own
        assert sorted(row.name for row in rows) == ["2 of data/", "f"], "one transfer for each folder"


async def test_folders_go_without_their_names_where_that_is_wanted(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, data: Path
) -> None:
    async with picking(running, connection, bucket) as pilot:
        await stand_on(pilot, "sub")
        await press(pilot, "space")
        assert f"→ s3://{bucket}/in/sub/…" in screen_text(pilot)
        pilot.app.screen.query_one("#names").focus()
        await press(pilot, "right")
        assert f"→ s3://{bucket}/in/…" in screen_text(pilot)
        await press(pilot, "ctrl+s")
        assert set(stored(ministack, bucket)) == {"in/d.csv", "in/deep/e.csv"}


async def test_a_target_that_was_typed_stays_when_more_is_marked(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, data: Path
) -> None:
    async with picking(running, connection, bucket) as pilot:
        await stand_on(pilot, "a.csv")
        await press(pilot, "space")
        key = pilot.app.screen.query_one("#key", Input)
        assert key.value == "in/a.csv"
        key.value = "there/one.csv"
        await press(pilot, "space")
        assert key.value == "there/"
        await press(pilot, "ctrl+s")
        assert set(stored(ministack, bucket)) == {"there/a.csv", "there/b.csv"}


async def test_marking_like_a_pattern_filtering_and_hidden_files(
    running: Running, connection: Connection, bucket: str, data: Path
) -> None:
    async with picking(running, connection, bucket) as pilot:
        files = files_of(pilot)
        await press(pilot, "plus")
        await type_text(pilot, "*.csv")
        assert "2 like “*.csv”: ↵ marks them." in screen_text(pilot)
        await press(pilot, "enter")
        assert [path.name for path in files.marked] == ["a.csv", "b.csv"]
        await press(pilot, "slash")
        await type_text(pilot, "C.T")
        assert [row.path.name for row in files.rows] == ["..", "c.txt"]
        await press(pilot, "enter", "ctrl+a")
        assert [path.name for path in files.marked] == ["a.csv", "b.csv", "c.txt"]
        await press(pilot, "escape")
        assert ".hidden" not in [row.path.name for row in files.rows]
        await press(pilot, "full_stop")
        assert ".hidden" in [row.path.name for row in files.rows]
        await press(pilot, "escape")
        assert not files.marked
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, UploadPicker)


async def test_two_of_one_name_are_not_put_over_each_other(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, data: Path
) -> None:
    async with picking(running, connection, bucket) as pilot:
        await stand_on(pilot, "a.csv")
        await press(pilot, "space")
        await stand_on(pilot, "other")
        await press(pilot, "enter")
        await stand_on(pilot, "a.csv")
        await press(pilot, "space", "ctrl+s")
        assert "Two of these would get the key in/a.csv" in screen_text(pilot)
        assert stored(ministack, bucket) == {}


async def test_a_path_that_is_typed_goes_beside_what_is_marked(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, data: Path
) -> None:
    async with picking(running, connection, bucket) as pilot:
        await stand_on(pilot, "a.csv")
        await press(pilot, "space")
        source = pilot.app.screen.query_one("#source", Input)
        source.focus()
        source.value = "~/data/sub/none"
        await until(pilot, lambda: pilot.app.focused is source, "the field")
        await pilot.press("enter")
        await until(pilot, lambda: "There is no file ~/data/sub/none." in screen_text(pilot), "why not")
        source.value = "~/data/sub/d.csv"  # its event comes too late
        await press(pilot, "enter")
        assert set(stored(ministack, bucket)) == {"in/a.csv", "in/d.csv"}


async def test_a_count_that_was_stopped_goes_on_where_it_was(data: Path) -> None:
    folders, shown = [data / "sub", data / "other"], []

    def show() -> None:
        shown.append(counts.total.files)
        counts.is_stopped = len(shown) == 1

    counts = FolderCounts(lambda: folders, show)
    await counts.run()
    assert (counts.total.files, counts.is_whole, counts.is_counting) == (2, False, False)
    counts.is_stopped = False
    assert counts.is_counting
    await counts.run()
    assert (counts.total.files, counts.is_whole) == (4, True)
    folders.pop()
    assert counts.total.files == 2, "what was counted is known"


def test_a_count_says_how_far_it_is() -> None:
    there, below = [LocalEntry(Path("/d"), is_folder=True)], FileCount(1204, 4_200_000_000)
    assert total_words(there, below, is_counting=False, is_whole=True) == "1,204 files, 4.20 GB"
    more = [*there, LocalEntry(Path("/f"), is_folder=False, size=1)]
    counting = total_words(more, below, is_counting=True, is_whole=False)
    assert counting == "2 picked: counting … 1,205 files, 4.20 GB so far   esc stops"
    stopped = total_words(more, below, is_counting=False, is_whole=False)
    assert stopped == "2 picked: at least 1,205 files, 4.20 GB: the count was stopped"
    unread = total_words(there, FileCount(1, 2, 3), is_counting=False, is_whole=True)
    assert unread == "1 file, 2 B; 3 folders cannot be read"
