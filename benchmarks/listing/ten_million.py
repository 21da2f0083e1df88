"""`python -m benchmarks.listing.ten_million [--keys N] [--latency MS]`: a bucket larger than any screen.

Lists it in parallel into the columns that the object tree is painted from, as the browser does, and prints
the time and the memory that this takes. The server is a process of its own and makes its keys up.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import time
from contextlib import aclosing

from benchmarks.listing.__main__ import server
from benchmarks.listing.clients import KEY, REGION, SECRET
from benchmarks.listing.shapes import Numbered
from s3tui.browse.rows.listing import Listing
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.listing.parallel import list_objects_parallel


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listing.ten_million", description=__doc__)
    parser.add_argument("--keys", type=int, default=10_000_000)
    parser.add_argument("--latency", type=int, default=0, metavar="MS")
    arguments = parser.parse_args()
    with server() as url:
        before = _peak_mb()
        started = time.perf_counter()
        listing = asyncio.run(_listed(url, f"numbered-{arguments.keys}-{arguments.latency}ms"))
        seconds = time.perf_counter() - started
    after = _peak_mb()
    assert len(listing) == arguments.keys
    assert all(listing.key(row) == key for row, key in enumerate(Numbered(arguments.keys)))
    print(f"{len(listing):,} keys in {seconds:.1f} s, {len(listing) / seconds:,.0f} a second")
    print(f"{after:,.0f} MB resident at the peak, {before:,.0f} of them before the first page")


async def _listed(url: str, bucket: str) -> Listing:
    listing = Listing()
    async with (
        S3Client(Endpoint.custom(url, region=REGION), Credentials(KEY, SECRET)) as client,
        aclosing(list_objects_parallel(client, bucket)) as pages,
    ):
        async for page in pages:
            listing.append(page)
    return listing


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
