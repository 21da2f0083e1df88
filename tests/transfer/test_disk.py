"""Part files and folders: what many small files have in common is done once a trip."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from s3tui.transfer.disk import PartFile, look_at, make_folder, part_path, trip
from s3tui.transfer.failures import TransferError
from s3tui.transfer.models import Conflict

_listening: list[list[str]] = []


def _hear(event: str, details: tuple[object, ...]) -> None:
    if _listening and event in ("open", "os.mkdir"):
        _listening[-1].append(f"{event} {details[0]}")


sys.addaudithook(_hear)  # for good: Python takes none away


@contextmanager
def asked_of_the_system() -> Iterator[list[str]]:
    """Gather each `open` and `mkdir` with its path."""
    heard: list[str] = []
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening.remove(heard)


def publish(folder: Path, name: str, content: bytes) -> Path | None:
    make_folder(folder.parent, folder.name)
    part = PartFile(folder / name, len(content), "tag")
    part.write(content, 0)
    return part.publish(Conflict.OVERWRITE, None)


def test_a_folder_is_made_and_written_to_the_disk_once_a_trip(tmp_path: Path) -> None:
    folder = tmp_path / "sub"
    with asked_of_the_system() as heard:
        with trip():
            for number in range(10):
                publish(folder, f"k{number}", b"content")
            assert heard.count(f"open {folder}") == 0  # not safe yet, and nobody says so
        assert heard.count(f"open {folder}") == 1
        assert heard.count(f"os.mkdir {folder}") == 1
        publish(folder, "alone", b"content")
        assert heard.count(f"open {folder}") == 2
    assert sorted(path.name for path in folder.iterdir()) == ["alone", *(f"k{n}" for n in range(10))]


def test_a_trip_that_fails_is_over(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), trip():
        publish(tmp_path / "sub", "k", b"content")
        raise ZeroDivisionError
    with asked_of_the_system() as heard:
        publish(tmp_path / "sub", "next", b"content")
    assert f"open {tmp_path / 'sub'}" in heard


def test_what_an_earlier_process_left_under_the_name_is_not_written_over(tmp_path: Path) -> None:
    target = tmp_path / "k"
    left = part_path(target, "tag")
    left.write_bytes(b"published before")
    published = tmp_path / "second name"
    published.hardlink_to(left)
    part = PartFile(target, 3, "tag")
    part.write(b"new", 0)
    assert part.publish(Conflict.OVERWRITE, None) == target
    assert (target.read_bytes(), published.read_bytes()) == (b"new", b"published before")
    assert not left.exists()


@pytest.mark.parametrize("conflict", [Conflict.OVERWRITE, Conflict.SKIP, Conflict.KEEP_BOTH])
def test_removing_what_is_published_leaves_its_successor_alone(tmp_path: Path, conflict: Conflict) -> None:
    folder = make_folder(tmp_path, "sub")
    part = PartFile(folder / "k", 3, "tag")
    part.write(b"one", 0)
    part.publish(conflict, None)
    successor = PartFile(folder / "k", 3, "tag")
    part.remove()
    assert part_path(folder / "k", "tag").exists()
    successor.remove()
    assert [path.name for path in folder.iterdir()] == ["k"]


def test_a_link_to_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("nothing")
    for name in ("folder", "link"):
        with pytest.raises(TransferError, match="is a folder"):
            look_at(tmp_path / name)
    assert look_at(tmp_path / "dangling") is not None
    assert look_at(tmp_path / "absent") is None
