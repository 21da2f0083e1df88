"""Folders of this machine as the upload picker lists and counts them; `find` says what is there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from s3tui.transfer.upload.local_folder import count_files, entry_at, list_folder


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / ".git").mkdir()
    for number in range(1200):
        (folder / "sub" / f"{number}.txt").write_bytes(b"x" * (number % 7))
    for name in ("b.csv", "a.csv", ".hidden", ".git/HEAD", "sub/deep/z"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("b.csv")
    (folder / "folder-link").symlink_to("sub")
    (folder / "nowhere").symlink_to("none")
    os.mkfifo(folder / "pipe")
    return folder


def find(folder: Path, *what: str) -> list[str]:
    found = subprocess.run(["find", folder, *what], capture_output=True, text=True, check=True)
    return found.stdout.splitlines()


def test_the_count_is_that_of_find(there: Path) -> None:
    counts = [(count.files, count.size) for count in count_files(there)]
    sizes = [int(size) for size in find(there, "-type", "f", "-printf", "%s\\n")]
    assert counts[-1] == (len(sizes), sum(sizes))
    assert counts == sorted(counts)
    assert len(counts) > 2, "it tells how far it is"


def test_what_downloads_write_to_is_left_out(there: Path) -> None:
    *_, before = count_files(there)
    for name in (".a.csv.0f3e.s3tui-part", "sub/.0f3e-Case.s3tui-part"):
        (there / name).write_bytes(b"half")
    (there / "named.s3tui-part").write_bytes(b"not hidden")
    *_, count = count_files(there)
    assert (count.files, count.part_files) == (before.files + 1, 2)


def test_a_folder_that_cannot_be_read_is_counted_as_such(there: Path) -> None:
    *_, count = count_files(there / "none")
    assert (count.files, count.unreadable) == (0, 1)


def test_a_folder_lists_folders_first_and_says_what_is_no_file(there: Path) -> None:
    entries = {entry.path.name: entry for entry in list_folder(there)}
    assert list(entries) == [
        ".git", "folder-link", "sub", ".hidden", "a.csv", "b.csv", "link", "nowhere", "pipe"
    ]  # fmt: skip
    assert [name for name, entry in entries.items() if not entry.can_be_uploaded] == ["nowhere", "pipe"]
    assert (entries["link"].size, entries["folder-link"].is_folder) == (5, True)
    modified = entries["a.csv"].modified
    assert modified is not None
    assert modified.timestamp() == pytest.approx((there / "a.csv").stat().st_mtime)


def test_what_is_typed_is_looked_at(there: Path) -> None:
    assert entry_at(there / "a.csv") == next(e for e in list_folder(there) if e.path.name == "a.csv")
    for path in ("none", "a.csv/x", "nul\0"):
        assert entry_at(there / path) is None
