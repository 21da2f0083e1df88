"""A home as an earlier release left it: journal, state database, snapshot and settings."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from s3tui import paths
from s3tui.transfer.journal.journal import FILE

FIXTURES = Path(__file__).parent / "fixtures" / "earlier_release"
LOGS = {f"logs/{number:02}": b"line %02d\n" % number for number in range(30)}
OVER = {f"logs/{number:02}" for number in range(20) if number % 5 < 3}
"""The state when it was killed."""
PHOTOS = {"photos/2024/a.jpg": b"a" * 10, "photos/2024/b.jpg": b"b" * 20, "photos/c.jpg": b"c" * 30}
LARGE = bytes(range(256)) * 4096 * 20


def lay_out(folder: Path, *, data: str = "data", other: str = "other") -> None:
    """Put the files where this test's home has them.

    Args:
        folder: where the local files of its transfers are.
        data, other: the names that its two buckets have in this test.
    """
    for name, place in (
        ("state.sqlite", paths.state_dir()),
        (FILE, paths.state_dir()),
        ("photos.s3tui.db", paths.snapshots_dir()),
        ("config.toml", paths.config_file().parent),
    ):
        place.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(FIXTURES / name, place / name)
    with closing(sqlite3.connect(paths.state_dir() / FILE, isolation_level=None)) as database:
        for was, now in (('"data"', f'"{data}"'), ('"other"', f'"{other}"'), ("/earlier", str(folder))):
            database.execute("UPDATE transfer SET request = replace(request, ?, ?)", (was, now))
            database.execute("UPDATE transfer SET row = replace(row, ?, ?)", (was, now))
    (folder / "files" / "logs").mkdir(parents=True)
    for key in OVER:
        (folder / "files" / key).write_bytes(LOGS[key])
    (folder / "big.bin").write_bytes(LARGE)


def fill(boto3: Any, data: str) -> None:
    """Put the objects into the bucket that its transfers read from."""
    for key, body in {**LOGS, **PHOTOS, "large.bin": LARGE}.items():
        boto3.put_object(Bucket=data, Key=key, Body=body)
