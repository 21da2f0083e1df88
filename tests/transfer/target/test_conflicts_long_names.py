"""Numbered names where the name is as long as it may be."""

from __future__ import annotations

import pytest

from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import CopyObject, DownloadObject
from tests.transfer.conftest import Rig


@pytest.mark.parametrize("name", ["x" * 255, "x" * 251 + ".txt", "日" * 85, "é" * 125 + ".jpeg"])
async def test_a_download_is_kept_beside_a_file_of_the_longest_name(faulty: Rig, name: str) -> None:
    faulty.put("k", b"new")
    (faulty.folder / name).write_bytes(b"mine")
    for _ in range(2):
        await faulty.done(
            await faulty.engine.add(
                DownloadObject("c", faulty.bucket, "k", faulty.folder / name, conflict=Conflict.KEEP_BOTH)
            )
        )
    assert (faulty.folder / name).read_bytes() == b"mine"
    others = [path for path in faulty.folder.iterdir() if path.name != name]
    assert [path.read_bytes() for path in others] == [b"new", b"new"]
    assert all("(" in path.name for path in others)


async def test_a_copy_is_kept_beside_a_key_of_the_greatest_length(faulty: Rig) -> None:
    key = "k" * 1024
    faulty.put("from", b"new")
    faulty.put(key, b"mine")
    copied = await faulty.engine.add(
        CopyObject("c", faulty.bucket, "from", faulty.bucket, key, conflict=Conflict.KEEP_BOTH)
    )
    await faulty.done(copied)
    assert faulty.get(key) == b"mine"
    assert faulty.get("k" * 1020 + " (1)") == b"new"
