"""Previews: requests, bytes and time for a file of each kind, as the pane beside the rows reads it.

    python -m benchmarks.preview [--times 5] [--latency 20]

A proxy in front of an S3 server on this machine counts; each request waits for `--latency` ms. *First* is the
first look of its kind in a run, which imports what it needs; *next* the median of those behind it, each of
the object anew. With the extra `preview`, rows and pictures, too.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from s3tui.preview.child.isolation import Isolation
from s3tui.preview.kinds.table import PICTURE, ROWS, Kind
from s3tui.preview.object_bytes import fetch_range
from s3tui.preview.preview import Preview, Room
from s3tui.preview.ranged_file import RangedFile, Served
from s3tui.preview.reader import PANE_BOUND, read_preview
from s3tui.preview.source import Span
from s3tui.s3.client import S3Client
from tests.fault_proxy import FaultProxy
from tests.preview.samples import samples
from tests.servers import S3Server, ministack

FULL_BOUND = 8 * 1024 * 1024
Look = Callable[[RangedFile], Awaitable[Preview]]


def opened(s3: S3Client, bucket: str, key: str, size: int, bound: int, latency_s: float) -> RangedFile:
    async def fetch(span: Span, etag: str | None) -> Served:
        await asyncio.sleep(latency_s)
        return await fetch_range(s3, bucket, key, span, etag=etag)

    return RangedFile(fetch, size, bound=bound)


async def measured(look: Look, fresh: Callable[[], RangedFile], times: int) -> tuple[float, float, Preview]:
    """Return the milliseconds of the first look and of those behind it, and the last preview."""
    took = []
    for _ in range(times):
        file = fresh()
        begun = time.perf_counter()
        preview = await look(file)
        took.append((time.perf_counter() - begun) * 1000)
    return took[0], statistics.median(took[1:] or took), preview


def looks(files: Iterable[str], isolation: Isolation) -> Iterator[tuple[str, str, int, Look]]:
    """Yield names of files, what is looked at, the bound, and how."""

    def whole(name: str) -> Look:
        return lambda file: read_preview(file, name, Room(60), isolation.look)

    def of_kind(kind: Kind, name: str) -> Look:
        return lambda file: isolation.look(kind, file, name, Room(50))

    for name in files:
        yield name, "", PANE_BOUND, whole(name)
    if find_spec("pyarrow") is not None:
        yield "a.parquet", ", rows", FULL_BOUND, of_kind(ROWS["Parquet"], "a.parquet")
    if find_spec("PIL") is not None:
        yield "a.png", ", picture", FULL_BOUND, of_kind(PICTURE, "a.png")


async def measure(server: S3Server, files: Mapping[str, bytes], asked: argparse.Namespace) -> None:
    bucket = server.make_bucket("previews")
    for key, data in files.items():
        server.boto3().put_object(Bucket=bucket, Key=key, Body=data)
    print("| file | size | kind | requests | bytes | first ms | next ms |\n|---|---|---|---|---|---|---|")
    isolation = Isolation(turn_s=30)
    with FaultProxy(server.endpoint_url) as proxy:
        async with S3Client(proxy.endpoint, server.credentials) as s3:
            for key, what, bound, look in looks(files, isolation):
                before = len(proxy.passages)
                fresh = partial(opened, s3, bucket, key, len(files[key]), bound, asked.latency / 1000)
                first, following, preview = await measured(look, fresh, asked.times)
                passages = proxy.passages[before:]
                received = sum(each.received for each in passages) / asked.times
                numbers = (
                    f"{len(passages) / asked.times:.0f} | {received:,.0f} | {first:.0f} | {following:.0f}"
                )
                print(f"| {key}{what} | {len(files[key]):,} | {preview.kind} | {numbers} |")
    isolation.close()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--latency", type=float, default=20)
    asked = parser.parse_args([] if arguments is None else arguments)
    with tempfile.TemporaryDirectory(prefix="s3tui-preview-") as name, ministack(Path(name)) as server:
        asyncio.run(measure(server, samples(Path(name)), asked))


if __name__ == "__main__":
    main(sys.argv[1:])
