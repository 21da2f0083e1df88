"""What a key press costs at a million rows: the real app, its screens and S3 thread, on a synthetic listing.

    python -m benchmarks.responsiveness [--keys 1000000] [--latency 20] [--without-transfers]

Key to paint runs from the press to the end of the compositor's update that shows the cursor elsewhere. The
app is headless: layout, painting and encoding are real, only the write to a terminal is missing. CPU is that
of the UI's thread from a press to an idle screen: neighbours on the machine change it less. A stall is the
longest time in which the UI's loop did not come round, over the 1 ms that it was asked to wait.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import shutil
import statistics
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.core.peers import ACCESS_KEY, SECRET_KEY
from benchmarks.core.server import BUCKET, nginx
from benchmarks.listing.__main__ import server as listing_server
from s3tui.background import collect_rarely
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.s3 import Credentials, Endpoint
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import Settings
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import DownloadPrefix
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.tree.object_tree import ObjectTree

if TYPE_CHECKING:
    from textual.pilot import Pilot

CHILDREN = 100_000
PATIENCE_S = 120
KEYS = {"down": "home", "pagedown": "home", "end": "home", "home": "end", "pageup": "end"}
"""Each key, and the one that brings the cursor where it has a way to go."""
PRESSES = {"end": 1, "home": 1}
"""After how many presses the cursor has no way to go any more; of the others it is never."""


class Bench:
    def __init__(self, app: S3TuiApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    @property
    def screen(self) -> ObjectTreeScreen:
        assert isinstance(self.app.screen, ObjectTreeScreen)
        return self.app.screen

    async def until(self, condition: Callable[[], object], pause_s: float = 0.005) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():  # noqa: ASYNC110 - what is waited for says nothing
                await asyncio.sleep(pause_s)

    async def press(self, key: str) -> None:
        await self.to_idle(key)
        await asyncio.sleep(0.02)

    async def keys_to_paint(self, key: str, times: int) -> list[float]:
        """Milliseconds from each press of a key to the paint that shows what it did."""
        widget, took, done = self.screen.query_one(ObjectTree), [], asyncio.Event()
        display, before = self.app._display, 0

        def displayed(*arguments: object) -> None:
            display(*arguments)  # type: ignore[arg-type]  # passed through as they came
            if widget.model.cursor != before:
                done.set()

        self.app._display = displayed  # type: ignore[method-assign,assignment]  # a stopwatch at the door
        for number in range(times):
            if number % PRESSES.get(key, times) == 0:
                await self.press(KEYS[key])
            done.clear()
            before = widget.model.cursor
            start = time.perf_counter()
            self.app.simulate_key(key)
            await asyncio.wait_for(done.wait(), 5)
            took.append((time.perf_counter() - start) * 1000)
            await asyncio.sleep(0.02)
        self.app._display = display  # type: ignore[method-assign]
        return took

    async def cpu_ms(self, key: str, times: int) -> float:
        await self.press(KEYS[key])
        start = time.thread_time()
        for _ in range(times):
            await self.to_idle(key)
        return (time.thread_time() - start) * 1000 / times

    async def to_idle(self, key: str) -> float:
        start = time.perf_counter()
        self.app.simulate_key(key)
        await self.pilot._wait_for_screen()
        return (time.perf_counter() - start) * 1000

    async def stalled(self, act: Callable[[], Awaitable[None]]) -> tuple[float, float]:
        """Return how long `act` took and how long the loop stalled at most meanwhile, in milliseconds."""
        longest = 0.0

        async def watch() -> None:
            nonlocal longest
            while True:
                last = time.perf_counter()
                await asyncio.sleep(0.001)
                longest = max(longest, time.perf_counter() - last - 0.001)

        watcher, start = asyncio.create_task(watch()), time.perf_counter()
        await asyncio.sleep(0)
        await act()
        took = time.perf_counter() - start
        watcher.cancel()
        return took * 1000, longest * 1000


@asynccontextmanager
async def running(url: str, bucket: str, prefix: str) -> AsyncIterator[Bench]:
    connection = Connection("bench", Endpoint.custom(url, region="us-east-1"), Anonymous())
    downloads = Path(tempfile.gettempdir())
    app = S3TuiApp(Settings(uri=S3Uri(bucket, prefix), download_dir=downloads), connection)
    async with app.run_test(size=(140, 40)) as pilot:
        bench = Bench(app, pilot)
        await bench.until(lambda: isinstance(app.screen, ObjectTreeScreen))
        yield bench


async def measure(asked: argparse.Namespace, url: str) -> None:
    bucket = f"flat-{asked.keys}-{asked.latency}ms"
    say("one page of 1,000, without us", f"{await asyncio.to_thread(one_page, url, bucket):.0f} ms")
    async with running(url, bucket, "elsewhere/") as bench:
        await bench.until(lambda: bench.screen.tree_model.root.state is State.COMPLETE)
        start = time.perf_counter()
        bench.screen.go(Location(bucket, "data/"))
        await bench.until(lambda: len(bench.screen.tree_model.root), 0.001)
        await bench.pilot._wait_for_screen()
        say("first rows, painted", f"{(time.perf_counter() - start) * 1000:.0f} ms")
        took = [ms for key in ("down", "pagedown") for ms in await bench.keys_to_paint(key, 40)]
        state = bench.screen.tree_model.root.state
        say(f"key to paint while loading (at the end: {state.value})", spread(took))

        async def all_rows() -> None:
            await bench.until(lambda: bench.screen.tree_model.root.state is not State.LOADING)

        _, stall = await bench.stalled(all_rows)
        rows = len(bench.screen.tree_model.root)
        say(
            f"{rows:,} rows loaded, {bench.screen.tree_model.root.state.value}",
            f"{time.perf_counter() - start:.1f} s",
        )
        say("longest stall while loading", f"{stall:.1f} ms")
        gc.collect()
        say("resident, the whole process", f"{resident_mb():.0f} MB")
        for key in KEYS:
            say(f"key to paint, {rows:,} rows: {key}", spread(await bench.keys_to_paint(key, 100)))
        for key in ("down", "pagedown"):
            say(f"CPU of the UI for one {key}", f"{await bench.cpu_ms(key, 50):.1f} ms")
        await sort_and_filter(bench)
        if not asked.without_transfers:
            await beside_transfers(bench)
        say("resident at the end", f"{resident_mb():.0f} MB")
    async with running(url, f"flat-{CHILDREN}-0ms", "") as bench:
        await fold(bench)


async def sort_and_filter(bench: Bench) -> None:
    tree = bench.screen.tree_model

    async def arranged(order: str, needle: str) -> None:
        def is_there() -> bool:
            said = f"{tree.order.by.value}{' down' * tree.order.descending}"
            return (said, tree.needle) == (order, needle)

        await bench.until(is_there, 0.001)

    for order in ("name down", "size down", "modified down", "modified", "name"):
        bench.app.simulate_key("o")
        took, stall = await bench.stalled(partial(arranged, order, ""))
        say(f"sort by {order}", f"{took:.0f} ms, longest stall {stall:.1f} ms")
    await bench.press("slash")
    for key, needle in (("p", "p"), ("backspace", ""), ("7", "7"), ("7", "77"), ("7", "777")):
        bench.app.simulate_key(key)
        took, stall = await bench.stalled(partial(arranged, "name", needle))
        say(f"filter {needle!r}: {tree.shown:,} rows", f"{took:.0f} ms, longest stall {stall:.1f} ms")
    await bench.press("escape")
    took, stall = await bench.stalled(lambda: bench.press("ctrl+a"))
    say(f"mark all {tree.selection.count:,}", f"longest stall {stall:.1f} ms")
    await bench.press("escape")


async def beside_transfers(bench: Bench) -> None:
    """Download small objects over and over, 64 at a time, and go on pressing keys."""
    app, home = bench.app, Path(tempfile.mkdtemp(prefix="s3tui-bench-", dir=in_memory()))
    try:
        with nginx(home, count=20_000, size=16 * 1024) as small:
            connection = Connection(
                "small", Endpoint.custom(small.http_url), Given(Credentials(ACCESS_KEY, SECRET_KEY))
            )
            app.sessions.of(connection)
            await app.transfers.command(
                lambda queue: queue.add(
                    DownloadPrefix("small", BUCKET, "", home / "down", conflict=Conflict.OVERWRITE)
                )
            )
            await bench.until(lambda: (home / "down").is_dir() and any((home / "down").iterdir()))
            start, first = time.perf_counter(), sum(1 for _ in (home / "down").iterdir())
            took = [ms for key in ("down", "pagedown") for ms in await bench.keys_to_paint(key, 60)]
            moved = sum(1 for _ in (home / "down").iterdir()) - first
            rate = moved / (time.perf_counter() - start)
            was_busy = app.transfers.busy
            say(
                f"key to paint beside transfers, {rate:,.0f}/s" + " (ended early)" * (not was_busy),
                spread(took),
            )
            for transfer in app.transfers.snapshot.transfers:
                await app.transfers.command(methodcaller("cancel", transfer.id))
    finally:
        shutil.rmtree(home)


async def fold(bench: Bench) -> None:
    tree = bench.screen.tree_model
    await bench.until(lambda: len(tree.root))
    await bench.press("right")
    await bench.until(lambda: tree.loaded > CHILDREN)
    await bench.pilot._wait_for_screen()
    took: dict[str, list[float]] = {"left": [], "right": []}
    for _ in range(10):
        for key, found in took.items():
            found.append(await bench.to_idle(key))
            await asyncio.sleep(0.02)
    say(f"collapse {CHILDREN:,} children, to idle", spread(took["left"]))
    say(f"expand {CHILDREN:,} children, to idle", spread(took["right"]))


def one_page(url: str, bucket: str) -> float:
    """Milliseconds for a bare request, at best: the server renders the keys when it is first asked."""
    target = f"{url}/{bucket}?list-type=2&prefix=data/&delimiter=/"
    took = []
    for _ in range(5):
        start = time.perf_counter()
        urllib.request.urlopen(target).read()
        took.append((time.perf_counter() - start) * 1000)
    return min(took)


def resident_mb() -> float:
    pages_resident = int(Path("/proc/self/statm").read_text().split()[1])
    return pages_resident * 4096 / 1e6


def in_memory() -> Path | None:
    return Path("/dev/shm") if Path("/dev/shm").is_dir() else None


def say(what: str, figure: str) -> None:
    print(f"{what:<58}{figure:>40}", flush=True)


def spread(took: list[float]) -> str:
    ordered = sorted(took)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"median {statistics.median(took):.1f}  p95 {p95:.1f}  max {ordered[-1]:.1f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.responsiveness", description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000)
    parser.add_argument("--latency", type=int, default=20, metavar="MS", help="of each page")
    parser.add_argument("--without-transfers", action="store_true")
    collect_rarely()
    with listing_server() as url:
        asyncio.run(measure(parser.parse_args(), url))


if __name__ == "__main__":
    main()
