"""FolderCounts: however often it is asked, each folder is walked once, and counted whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from s3tui.tui.screens.transfers.folder_counts import FolderCounts


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    made = [tmp_path / name for name in ("one", "two", "three")]
    for folder in made:
        for number in range(3000):
            path = folder / f"{number // 100}" / f"{number}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
    return made


async def test_asked_for_at_every_key_it_counts_once(folders: list[Path]) -> None:
    wanted: list[Path] = []
    counts = FolderCounts(lambda: wanted, lambda: None)
    runs = []
    for folder in folders:
        wanted.append(folder)
        runs += [asyncio.create_task(counts.run()) for _ in range(4)]
        await asyncio.sleep(0)
    await asyncio.gather(*runs)
    assert counts.is_whole
    assert counts.total.files == 9000
