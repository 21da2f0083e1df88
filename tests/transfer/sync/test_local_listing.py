"""Listings of folders: in the order of keys, with a reason for whatever cannot be synced."""

from __future__ import annotations

import os
import socket
from contextlib import nullcontext
from pathlib import Path

import pytest

from s3tui.transfer.sync.local_listing import NoFolder, ignores_case, list_folder
from s3tui.transfer.sync.models import Entry, Found


async def _listed(root: Path, *, folders: bool = False) -> list[Entry]:
    return [entry async for page in list_folder(root, folders=folders) for entry in page]


async def test_files_come_in_the_order_of_the_bytes_of_their_keys(tmp_path: Path) -> None:
    names = [
        "test/a", "test-1.txt", "test.d/b", "test/sub/c", "test0", "Test", "é/x", "e\u0301/x", "\uffee/x",
        "\U0001d11e", "a/-/b", "a/.b/c", "a-/b", "a0",
    ]  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [entry.path for entry in await _listed(tmp_path)]
    assert found == sorted(names, key=str.encode)


def _make_odd_things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / ".x.s3tui-part").write_bytes(b"")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_bytes(b"")
    listener = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)  # its path may be longer than a socket's may
    listener.bind("socket")
    listener.close()


async def test_what_cannot_be_synced_is_listed_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _make_odd_things(tmp_path, monkeypatch)
    found = {entry.path: entry for entry in await _listed(tmp_path, folders=True)}
    assert list(found) == ["fifo", "file", "folder", "loop", "loop/", "nowhere", "socket", "\udcff"]
    assert [path for path, entry in found.items() if entry.obstacle is None] == ["file"]
    assert (found["file"].size, found["file"].mtime_ns) == (3, (tmp_path / "file").stat().st_mtime_ns)
    assert found["folder"].kind is Found.FOLDER
    assert found["loop/"].kind is Found.UNREADABLE


async def test_a_folder_that_cannot_be_read_is_told_of_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a/x", "b/x", "c/x"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "b").rename(tmp_path / "b-gone")
    (tmp_path / "b").mkdir()
    scan = os.scandir

    def refuse(path: str) -> object:  # the tests' user may be one who may read all
        if Path(path) == tmp_path / "b":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        found = await _listed(tmp_path)
    assert [(entry.path, entry.kind) for entry in found] == [
        ("a/x", Found.OBJECT),
        ("b-gone/x", Found.OBJECT),
        ("b/", Found.UNREADABLE),
        ("c/x", Found.OBJECT),
    ]


async def test_files_in_a_folder_that_only_tells_their_names_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"x")

    def refuse(found: object, *, follow_symlinks: bool = True) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    class Shut:
        """An entry of a folder that may be read and not entered."""

        name = "a"
        stat = refuse

        def is_dir(self, *, follow_symlinks: bool = True) -> bool:
            return False

        def is_symlink(self) -> bool:
            return False

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", lambda path: nullcontext([Shut()]))
        (found,) = await _listed(tmp_path)
    assert (found.path, found.kind, found.obstacle) == (
        "a",
        Found.UNREADABLE,
        "it cannot be read: Permission denied",
    )


@pytest.mark.parametrize("inside", [("Photo.jpg",), ("2024", "a.txt"), ("2024", "é"), ()])
def test_a_name_in_a_folder_tells_whether_its_disk_tells_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: tuple[str, ...]
) -> None:
    root = tmp_path / "1"  # its own name tells nothing
    root.mkdir()
    for name in inside:
        (root / name).write_bytes(b"")
    assert not ignores_case(root)
    lstat, names = os.lstat, {name.lower(): name for name in inside}

    def without_case(path: Path) -> os.stat_result:
        return lstat(path.with_name(names.get(path.name.lower(), path.name)))

    with monkeypatch.context() as patch:
        patch.setattr(os, "lstat", without_case)
        assert ignores_case(root) is any(name.isascii() and not name.isdigit() for name in inside)


@pytest.mark.parametrize("name", ["gone", "file"])
async def test_a_root_that_is_no_folder_is_no_empty_one(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NoFolder):
        await _listed(tmp_path / name)
