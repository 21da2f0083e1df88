"""How long an S3 Inventory report takes to open and to browse, and how much memory that takes at most.

`python -m benchmarks.listing.inventory [ROWS [FOLDER]]`: a report of CSV.gz files in no order is generated in
FOLDER, its database is made, and then levels of the tree are read. Each half runs in a process of its own,
whose peak (`VmHWM`) is what counts.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from s3tui.browse.inventory.build import build
from s3tui.browse.inventory.inventory import Inventory, connect
from s3tui.browse.inventory.manifest import local_report
from s3tui.browse.source.source import PageRequest

ROWS = 5_000_000
_FILE_ROWS = 500_000
_KEY = """CASE WHEN i % 10 < 7 THEN format('events/2026/{:02d}/{:02d}/{:02d}/part-{:08d}.parquet',
        i % 12 + 1, i // 12 % 28 + 1, i // 336 % 24, i)
    WHEN i % 10 < 9 THEN 'flat/' || md5(i::VARCHAR)
    ELSE format('users/{}/{:08d}.json', substr(md5((i // 50)::VARCHAR), 1, 12), i) END"""
_SPAWN = multiprocessing.get_context("spawn")


def generate(folder: Path, rows: int) -> Path:
    """Write a report of CSV.gz files, and return its manifest."""
    import duckdb

    files = []
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        for first in range(0, rows, _FILE_ROWS):
            file = folder / f"part-{first // _FILE_ROWS:04}.csv.gz"
            last = min(rows, first + _FILE_ROWS)
            # Every file has keys of all prefixes, as those of S3 may have.
            database.execute(
                f"""COPY (SELECT 'b' AS b, replace({_KEY}, '/', '%2F') AS k, hash(i) % 10000000 AS s,
                    '2026-01-02T03:04:05.000Z' AS t, md5(i::VARCHAR) AS e, 'STANDARD' AS c
                    FROM (SELECT (i * 7919) % {rows} AS i FROM range({first}, {last}) r(i)))
                    TO '{file}' (FORMAT csv, HEADER false, FORCE_QUOTE *, COMPRESSION gzip)"""
            )
            md5 = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()
            files.append({"key": f"data/{file.name}", "size": file.stat().st_size, "MD5checksum": md5})
    values = {
        "sourceBucket": "b",
        "creationTimestamp": "1763600000000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, LastModifiedDate, ETag, StorageClass",
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(values))
    return folder / "manifest.json"


async def make(folder: Path) -> None:
    report = local_report(folder / "manifest.json")
    print(f"  {report.manifest.size / 1e6:,.0f} MB of CSV.gz in {len(report.files)} files")
    begun, last = time.perf_counter(), ""
    async with aclosing(build(report.manifest, report.files, folder / "cache")) as steps:
        async for step in steps:
            if (words := step.words.partition(" file ")[0]) != last:
                print(f"  {time.perf_counter() - begun:7.1f} s  {words}")
                last = words
    print(
        f"  {time.perf_counter() - begun:7.1f} s  the database is there: "
        f"{_database(folder).stat().st_size / 1e6:,.0f} MB"
    )


def _database(folder: Path) -> Path:
    return next((folder / "cache").glob("*.duckdb"))


async def browse(folder: Path) -> None:
    begun = time.perf_counter()
    source = Inventory.open(_database(folder))
    print(f"  {1000 * (time.perf_counter() - begun):7.0f} ms  open: {source.objects:,} objects")
    with connect(source.file) as database:
        row = database.execute("SELECT count(*), max(objects) FROM folders").fetchone()
        assert row is not None
        print(f"  {row[0]:,} folders")
    for prefix in ("", "events/", "events/2026/07/14/03/", "users/", "flat/"):
        await _read(source, prefix)
    await _read(source, "", delimiter="", name="(flat)")


async def _read(source: Inventory, prefix: str, *, delimiter: str = "/", name: str = "") -> None:
    begun = time.perf_counter()
    first_s, rows, pages = 0.0, 0, 0
    async with aclosing(source.pages(None, PageRequest("b", prefix, delimiter))) as listed:
        async for page in listed:
            first_s = first_s or time.perf_counter() - begun
            rows += len(page.objects) + len(page.common_prefixes)
            pages += 1
            if pages == 100:
                break
    all_s = time.perf_counter() - begun
    begun = time.perf_counter()
    sizes = await source.sizes(prefix, source.created_at)
    sizes_s = time.perf_counter() - begun
    print(
        f"  {1000 * first_s:7.0f} ms  first rows of {prefix or '/'}{name}; {rows:,} rows in {all_s:.2f} s; "
        f"sizes of {len(sizes.children):,} prefixes, {sizes.total.objects:,} objects below: "
        f"{1000 * sizes_s:.0f} ms"
    )


def _run(what: Callable[[Path], object], folder: Path) -> None:
    asyncio.run(what(folder))  # type: ignore[arg-type]  # a coroutine function
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert peak is not None
    print(f"  peak {int(peak[1]) / 1024:,.0f} MiB")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if len(sys.argv) > 2 else None) as name:
        folder = Path(name)
        print(f"{rows:,} rows: generating")
        generate(folder, rows)
        for what in (make, browse):
            print(what.__name__)
            process = _SPAWN.Process(target=_run, args=(what, folder))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
