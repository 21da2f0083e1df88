"""Part files and folders: writing, renaming, syncing, in batched calls."""

from __future__ import annotations

import errno
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3tui.s3.models import ObjectHead
from s3tui.transfer.batched_calls import sync_batch
from s3tui.transfer.download import ranges
from s3tui.transfer.download.part_file import (
    PartFile,
    ignores_case,
    look_at,
    make_folder,
    part_path,
    remove_part,
    written_since,
)
from s3tui.transfer.download.ranges import facts_of, is_same_boot
from s3tui.transfer.errors import TransferError, describe_failure
from s3tui.transfer.models import Conflict, Side
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
    assert {path.name for path in tmp_path.iterdir()} == set()


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
    assert {path.name for path in tmp_path.iterdir()} == set()


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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "downloads"
    made.mkdir()
    return made


def left_behind(target: Path, content: bytes = b"half") -> Path:
    path = part_path(target, "tag")
    path.write_bytes(content)
    return path


def test_a_part_file_is_hidden_beside_its_target_and_of_a_name_that_fits(folder: Path) -> None:
    assert part_path(folder / "k", "tag") == folder / ".k.tag.s3tui-part"
    assert part_path(folder / ("é" * 127), "tag").name == f".{'é' * 100}.tag.s3tui-part"
    assert part_path(folder / ("x" * 255), "tag").name == f".{'x' * 200}.tag.s3tui-part"
    assert part_path(folder / "a\udcffb", "t").name == ".ab.t.s3tui-part"


def test_what_an_earlier_process_left_is_gone_on_with(folder: Path) -> None:
    path = left_behind(folder / "k")
    part = PartFile.existing(folder / "k", 4, "tag")
    assert part is not None
    assert os.path.samestat(os.fstat(part.fd), path.stat())
    part.write(b"it", 2)
    assert part.publish(Conflict.FAIL, None) == folder / "k"
    assert [(file.name, file.read_bytes()) for file in folder.iterdir()] == [("k", b"hait")]


@pytest.mark.parametrize("how", ["absent", "longer", "shorter", "linked", "link", "folder", "pipe"])
def test_what_is_not_as_it_was_left_is_not_gone_on_with(folder: Path, how: str) -> None:
    path = part_path(folder / "k", "tag")
    match how:
        case "longer" | "shorter":
            left_behind(folder / "k", b"12345" if how == "longer" else b"123")
        case "linked":
            (folder / "published").hardlink_to(left_behind(folder / "k"))
        case "link":
            (folder / "other").write_bytes(b"half")
            path.symlink_to(folder / "other")
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
    before = len(os.listdir("/dev/fd"))
    assert PartFile.existing(folder / "k", 4, "tag") is None
    assert len(os.listdir("/dev/fd")) == before


def test_a_part_file_that_nobody_finishes_stays_for_the_next_process(folder: Path) -> None:
    part = PartFile(folder / "k", 4, "tag")
    part.write(b"half", 0)
    fd = part.fd
    del part
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        os.fstat(fd)
    assert PartFile.existing(folder / "k", 4, "tag") is not None
    remove_part(folder / "k", "other")
    assert os.listdir(folder) == [".k.tag.s3tui-part"]
    remove_part(folder / "k", "tag")
    remove_part(folder / "k", "tag")
    assert os.listdir(folder) == []


@pytest.mark.parametrize(("size", "there"), [(0, 0), (256 * 1024, 0), (256 * 1024 + 1, 256 * 1024 + 1)])
def test_a_large_part_file_has_its_size_from_the_beginning(folder: Path, size: int, there: int) -> None:
    part = PartFile(folder / "k", size, "tag")
    assert os.fstat(part.fd).st_size == there
    part.remove()
    part.remove()
    assert part.fd == -1
    assert os.listdir(folder) == []


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_file_has_the_permissions_that_any_new_one_gets(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        publish(folder, "k", b"content")
    finally:
        os.umask(before)
    assert (folder / "k").stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_file_has_the_time_of_its_object(folder: Path) -> None:
    when = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
    part = PartFile(folder / "k", 0, "tag")
    part.publish(Conflict.FAIL, when)
    info = (folder / "k").stat()
    assert (info.st_mtime, info.st_atime) == (when.timestamp(), when.timestamp())
    assert part.notice is None


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("utime", "this file system did not take the object's time: the file has that of now"),
        ("fsync", "this file system does not say when a file is safely on the disk"),
    ],
)
def test_what_a_file_system_refuses_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: str, said: str
) -> None:
    part = PartFile(folder / "k", 0, "tag")
    with monkeypatch.context() as system:
        system.setattr(os, call, refusing(errno.ENOTSUP))
        part.publish(Conflict.FAIL, datetime(2020, 1, 2, tzinfo=UTC))
    assert part.notice == said


def refusing(code: int) -> Callable[..., object]:
    def refuse(*_: object, **__: object) -> object:
        raise OSError(code, os.strerror(code))

    return refuse


def a_part(folder: Path, content: bytes = b"new") -> PartFile:
    part = PartFile(folder / "k", len(content), "tag")
    part.write(content, 0)
    return part


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize(
    ("conflict", "published", "content"),
    [
        (Conflict.OVERWRITE, "k", b"new"),
        (Conflict.OVERWRITE_IF_DIFFERENT, "k", b"new"),
        (Conflict.SKIP, None, b"old"),
        (Conflict.KEEP_BOTH, "k (2)", b"old"),
    ],
)
def test_a_name_that_is_taken_meanwhile_is_as_the_policy_says(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    conflict: Conflict,
    published: str | None,
    content: bytes,
    has_links: bool,
) -> None:
    if not has_links:
        monkeypatch.setattr(os, "link", refusing(errno.EPERM))
    (folder / "k").write_bytes(b"old")
    (folder / "k (1)").write_bytes(b"first")
    path = a_part(folder).publish(conflict, None)
    assert path == (None if published is None else folder / published)
    assert (folder / "k").read_bytes() == content
    assert (folder / "k (1)").read_bytes() == b"first"
    if published == "k (2)":
        assert (folder / published).read_bytes() == b"new"
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("conflict", [Conflict.FAIL, Conflict.ASK])
def test_a_name_that_is_taken_meanwhile_is_an_error_and_the_part_file_stays(
    folder: Path, conflict: Conflict
) -> None:
    (folder / "k").write_bytes(b"old")
    part = a_part(folder)
    with pytest.raises(TransferError, match=f"{folder / 'k'}"):
        part.publish(conflict, None)
    assert (folder / "k").read_bytes() == b"old"
    assert part_path(folder / "k", "tag").read_bytes() == b"new"
    part.remove()
    assert os.listdir(folder) == ["k"]


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EROFS])
def test_an_error_of_the_disk_names_the_target(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    part = a_part(folder)
    with monkeypatch.context() as system:
        system.setattr(os, "link", refusing(code))
        with pytest.raises(OSError, match=os.strerror(code)) as caught:
            part.publish(Conflict.FAIL, None)
        assert (caught.value.errno, caught.value.filename) == (code, str(folder / "k"))
        system.setattr(os, "pwrite", refusing(code))
        with pytest.raises(OSError, match=os.strerror(code)) as caught:
            part.write(b"more", 0)
        assert (caught.value.errno, caught.value.filename) == (code, str(folder))
    part.remove()


def test_a_reserved_name_is_given_back_where_the_file_cannot_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = a_part(folder)
    with monkeypatch.context() as system:
        system.setattr(os, "link", refusing(errno.EXDEV))
        system.setattr(os, "replace", refusing(errno.EIO))
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            part.publish(Conflict.FAIL, None)
    assert os.listdir(folder) == [".k.tag.s3tui-part"]
    part.remove()


def test_writes_that_the_system_takes_by_halves_are_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, whole = a_part(folder, b""), os.pwrite
    with monkeypatch.context() as system:
        system.setattr(os, "pwrite", lambda fd, data, offset: whole(fd, data[:3], offset))
        part.write(b"0123456789", 2)
    part.publish(Conflict.FAIL, None)
    assert (folder / "k").read_bytes() == b"\0\x000123456789"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EOPNOTSUPP, errno.EINTR])
def test_only_a_full_disk_stops_what_is_reserved(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    part = a_part(folder)
    is_full = code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    with monkeypatch.context() as system:
        system.setattr(os, "major", lambda device: 8)
        system.setattr(os, "posix_fallocate", refusing(code))
        part.reserve(0, 0)
        if is_full:
            with pytest.raises(OSError, match=os.strerror(code)) as caught:
                part.reserve(0, 10)
            assert caught.value.filename == str(folder / "k" if code == errno.EFBIG else folder)
        else:
            part.reserve(0, 10)
    part.remove()


@pytest.mark.parametrize(("major", "reserved"), [(8, [(5, 10)]), (0, [])])
def test_room_is_made_on_a_device_of_its_own_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, major: int, reserved: list[tuple[int, int]]
) -> None:
    asked: list[tuple[int, int]] = []
    part = a_part(folder)
    with monkeypatch.context() as system:
        system.setattr(os, "major", lambda device: major)
        system.setattr(os, "posix_fallocate", lambda fd, offset, count: asked.append((offset, count)))
        part.reserve(5, 10)
    assert asked == reserved
    part.remove()


def test_a_disk_without_room_is_known_before_the_first_byte(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Room:
        f_blocks, f_bavail, f_frsize = 1000, 100, 4096

    monkeypatch.setattr(os, "fstatvfs", lambda fd: Room)
    for size, code in ((100 * 4096 + 1, errno.ENOSPC), (1000 * 4096 + 1, errno.EFBIG)):
        with pytest.raises(OSError, match=os.strerror(code)) as caught:
            PartFile(folder / "k", size, "tag")
        assert caught.value.errno == code
        assert caught.value.filename == str(folder / "k" if code == errno.EFBIG else folder)
    assert os.listdir(folder) == []
    part = PartFile(folder / "k", 100 * 4096, "tag")
    part.remove()


@pytest.mark.parametrize(("code", "is_error"), [(errno.EPERM, False), (errno.EIO, True)])
def test_a_file_that_cannot_be_sized_grows_as_it_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, code: int, is_error: bool
) -> None:
    monkeypatch.setattr(os, "ftruncate", refusing(code))
    if is_error:
        with pytest.raises(OSError, match=os.strerror(code)):
            PartFile(folder / "k", 300_000, "tag")
        assert os.listdir(folder) == []
    else:
        PartFile(folder / "k", 300_000, "tag").remove()


def test_files_that_got_the_name_since_are_found(folder: Path) -> None:
    for name in ("k", "k (1)", "k (2)", "k (4)"):
        (folder / name).write_bytes(name.encode())
    since = (folder / "k (1)").stat().st_ctime
    long_ago, soon = since - 100, since + 100
    found = written_since(folder / "k", Conflict.KEEP_BOTH, long_ago)
    assert [path.name for path, _ in found] == ["k", "k (1)", "k (2)"]
    assert [info.st_size for _, info in found] == [1, 5, 5]
    assert [path.name for path, _ in written_since(folder / "k", Conflict.FAIL, long_ago)] == ["k"]
    assert written_since(folder / "k", Conflict.KEEP_BOTH, soon) == []
    assert written_since(folder / "none", Conflict.KEEP_BOTH, long_ago) == []
    last = (folder / "k (2)").stat().st_ctime
    assert "k (2)" in [path.name for path, _ in written_since(folder / "k", Conflict.KEEP_BOTH, last + 0.04)]
    (folder / "l").mkdir()
    (folder / "l (1)").symlink_to("k")
    (folder / "l (2)").write_bytes(b"")
    assert [p.name for p, _ in written_since(folder / "l", Conflict.KEEP_BOTH, long_ago)] == ["l (2)"]


def test_what_has_the_name_is_one_side_of_a_conflict(folder: Path) -> None:
    (folder / "k").write_bytes(b"content")
    os.utime(folder / "k", (1, 1_700_000_000.5))
    expected = datetime.fromtimestamp(1_700_000_000.5, UTC)
    assert look_at(folder / "k") == Side(str(folder / "k"), 7, expected)
    (folder / "d").mkdir()
    with pytest.raises(TransferError) as caught:
        look_at(folder / "d")
    assert (str(caught.value), caught.value.code) == (
        f"{folder / 'd'} is a folder: pick another name",
        "EISDIR",
    )


def test_folders_are_made_and_links_that_stay_inside_are_followed(folder: Path) -> None:
    root = folder / "to" / "be" / "made"
    assert make_folder(root, "") == root
    assert make_folder(root, "a/b") == root / "a" / "b"
    assert make_folder(root, "a/b") == root / "a" / "b"
    (root / "inside").symlink_to("a")
    assert make_folder(root, "inside/c") == root / "inside" / "c"
    assert (root / "a" / "c").is_dir()


def test_no_link_leads_out_of_the_folder(folder: Path) -> None:
    root, outside = folder / "root", folder / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / "up").symlink_to("..")
    (root / "file").write_bytes(b"")
    for name in ("out", "up"):
        with pytest.raises(TransferError) as caught:
            make_folder(root, f"{name}/x")
        said = f"{root / name} is a link that leads out of {root}: remove it, or pick another place"
        assert (str(caught.value), caught.value.code) == (said, "ELOOP")
    assert os.listdir(outside) == []
    with pytest.raises(NotADirectoryError) as no_folder:
        make_folder(root, "file/x")
    assert (no_folder.value.errno, no_folder.value.filename) == (errno.ENOTDIR, str(root / "file"))


def test_whether_case_counts_is_tried_with_a_file_that_goes_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    touch = Path.touch

    def note(path: Path) -> None:
        made.append(path.name)
        touch(path)

    monkeypatch.setattr(Path, "touch", note)
    assert ignores_case(folder, "tag") is False  # as on any file system of Linux by default
    assert ignores_case(folder) is False
    assert made[0] == ".tag-Case.s3tui-part"
    assert made[1] not in ("", made[0])
    assert os.listdir(folder) == []
    monkeypatch.setattr(os.path, "lexists", lambda path: Path(path).name == ".tag-case.s3tui-part")
    assert ignores_case(folder, "tag") is True
    assert os.listdir(folder) == []
