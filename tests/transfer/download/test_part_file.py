"""Part files and folders: writing, renaming, syncing, in batched calls."""

from __future__ import annotations

import errno
import itertools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui.s3.models import ObjectHead
from s3tui.transfer.batched_calls import sync_batch
from s3tui.transfer.download import ranges
from s3tui.transfer.download.part_file import PartFile, look_at, make_folder, part_path
from s3tui.transfer.download.ranges import facts_of, is_same_boot
from s3tui.transfer.errors import TransferError, describe_failure
from s3tui.transfer.models import Conflict
from s3tui.transfer.upload.local_file import SourceFile

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
        with sync_batch():
            for number in range(10):
                publish(folder, f"k{number}", b"content")
            assert heard.count(f"open {folder}") == 0  # not safe yet, and nobody says so
        assert heard.count(f"open {folder}") == 1
        assert heard.count(f"os.mkdir {folder}") == 1
        publish(folder, "alone", b"content")
        assert heard.count(f"open {folder}") == 2
    assert sorted(path.name for path in folder.iterdir()) == ["alone", *(f"k{n}" for n in range(10))]


def test_a_trip_that_fails_is_over(tmp_path: Path) -> None:
    with suppress(ZeroDivisionError), sync_batch():
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


REFUSED = (errno.EPERM, errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)
"""Errors of NFS, SMB, FUSE and exFAT on calls that they do not support."""
CALLS = ("utime", "fsync", "link", "ftruncate", "posix_fallocate")


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("refused", [*itertools.combinations(CALLS, 1), CALLS], ids=",".join)
def test_what_a_file_system_refuses_costs_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: tuple[str, ...], code: int
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    content, when = b"x" * 300_000, datetime(2020, 1, 2, tzinfo=UTC)
    for conflict in (Conflict.OVERWRITE, Conflict.FAIL, Conflict.KEEP_BOTH):
        target = tmp_path / conflict.name
        with monkeypatch.context() as system:
            for name in refused:
                system.setattr(os, name, refuse)
            part = PartFile(target, len(content), "tag")
            part.reserve(0, len(content))
            part.write(content, 0)
            assert part.publish(conflict, when) == target
        assert target.read_bytes() == content
        assert (part.notice is not None) == bool({"utime", "fsync"} & set(refused))
    assert {path.name for path in tmp_path.iterdir()} >= {"OVERWRITE", "FAIL", "KEEP_BOTH"}
    assert not list(tmp_path.glob("*.s3tui-part"))


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fails_while_it_is_flushed_is_no_notice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def fail(fd: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    part = PartFile(tmp_path / "k", 3, "tag")
    part.write(b"one", 0)
    with pytest.raises(OSError, match=os.strerror(code)):
        part.publish(Conflict.OVERWRITE, None)
    part.remove()
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


@pytest.mark.parametrize("conflict", [Conflict.OVERWRITE, Conflict.FAIL, Conflict.SKIP, Conflict.KEEP_BOTH])
@pytest.mark.parametrize("how", ["file", "link", "hard link"])
def test_somebody_elses_part_file_is_not_published(tmp_path: Path, conflict: Conflict, how: str) -> None:
    part = PartFile(tmp_path / "k", 3, "tag")
    part.write(b"one", 0)
    path = part_path(tmp_path / "k", "tag")
    path.unlink()
    other = tmp_path / "other"
    other.write_bytes(b"two")
    match how:
        case "file":
            path.write_bytes(b"two")
        case "link":
            path.symlink_to(other)
        case "hard link":
            path.hardlink_to(other)
    with pytest.raises(TransferError, match="somebody else"):
        part.publish(conflict, None)
    part.remove()
    assert not (tmp_path / "k").exists()
    assert os.path.lexists(path)  # it is theirs


@pytest.mark.parametrize("conflict", [Conflict.OVERWRITE, Conflict.FAIL, Conflict.SKIP, Conflict.KEEP_BOTH])
def test_a_part_file_that_was_removed_is_not_said_to_be_replaced(tmp_path: Path, conflict: Conflict) -> None:
    part = PartFile(tmp_path / "k", 3, "tag")
    part_path(tmp_path / "k", "tag").unlink()
    with pytest.raises(FileNotFoundError) as caught:
        part.publish(conflict, None)
    part.remove()
    assert describe_failure(caught.value) == (
        f"{tmp_path / 'k'} is not there, or was removed meanwhile",
        "ENOENT",
    )
    assert not (tmp_path / "k").exists()


def test_what_is_larger_than_the_disk_is_not_said_to_fill_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=os.strerror(errno.EFBIG)) as caught:
        PartFile(tmp_path / "k", 2**63 - 1, "tag")
    said = f"{tmp_path / 'k'} is larger than a file can be on its disk (FAT32: 4 GiB): pick another disk"
    assert describe_failure(caught.value) == (said, "EFBIG")
    assert {path.name for path in tmp_path.iterdir()} == {"home"}


def test_where_nothing_tells_of_a_boot_it_is_another_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = facts_of(ObjectHead(3, "etag"), 3)
    assert is_same_boot(facts)
    assert not is_same_boot({**facts, "boot": "other"})
    monkeypatch.setattr(ranges, "_BOOT_ID", tmp_path / "absent")  # as on macOS
    ranges.boot_id.cache_clear()
    try:
        assert not is_same_boot(facts_of(ObjectHead(3, "etag"), 3))
    finally:
        ranges.boot_id.cache_clear()


@pytest.mark.parametrize("seconds", [-1, 253402300800, 300_000_000_000, -62135596801, -70_000_000_000])
def test_a_file_whose_time_no_calendar_has_is_looked_at(tmp_path: Path, seconds: int) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"data")
    try:
        os.utime(file, (seconds, seconds))
    except (OSError, OverflowError):
        pytest.skip("this disk keeps no such time")
    kept = file.stat().st_mtime
    expected = datetime.fromtimestamp(kept, UTC) if -62135596800 <= kept < 253402300800 else None
    found = look_at(file)
    assert found is not None
    assert found.modified == expected
    source = SourceFile(file, follow_links=False)
    source.close()
    assert source.modified == expected
