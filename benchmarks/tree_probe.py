"""What the object tree costs at a million rows: key to paint, appending, expanding, sorting, memory.

    python benchmarks/tree_probe.py [rows]

Key to paint runs from the key press to the end of the compositor's update, in a headless app: layout,
painting and encoding are real, only the write to a terminal is missing.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Footer

from s3tui.browse.listing import Listing
from s3tui.browse.tree import Tree
from s3tui.browse.view import Order, SortBy
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.tui.widgets.object_tree import ObjectTree

PER_PAGE = 1000
KEYS = {"down": "home", "up": "end", "pagedown": "home", "pageup": "end", "end": "home", "home": "end"}
"""Each key, and the one that brings the cursor where it has a way to go."""


def pages(rows: int, prefix: str = "", prefixes: tuple[str, ...] = ()) -> Iterator[ListObjectsPage]:
    random.seed(1)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for first in range(0, rows, PER_PAGE):
        numbers = range(first, min(rows, first + PER_PAGE))
        objects = tuple(
            ObjectSummary(
                f"{prefix}part-{n:012}.parquet", random.randrange(1 << 34), start + timedelta(seconds=n)
            )
            for n in numbers
        )
        more = numbers.stop < rows
        yield ListObjectsPage(objects, prefixes if not first else (), "more" if more else None)


class ProbeApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ObjectTree()
        yield Footer()


def resident_mb() -> float:
    pages_resident = int(Path("/proc/self/statm").read_text().split()[1])
    return pages_resident * 4096 / 1e6


def say(what: str, figure: str) -> None:
    print(f"{what:<44}{figure:>34}", flush=True)


def timed(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


async def painted(pilot: Pilot[None], act: Callable[[], object]) -> float:
    """Milliseconds from an act to an idle, painted screen."""
    start = time.perf_counter()
    act()
    await pilot.pause()
    return (time.perf_counter() - start) * 1000


async def keys_to_paint(app: ProbeApp, key: str, times: int) -> list[float]:
    """Milliseconds from each press of a key to the next paint."""
    took = []
    done = asyncio.Event()
    display = app._display

    def displayed(*arguments: object) -> None:
        display(*arguments)  # type: ignore[arg-type]  # passed through as they came
        done.set()

    app._display = displayed  # type: ignore[method-assign,assignment]  # a stopwatch at the compositor's door
    for _ in range(times):
        done.clear()
        start = time.perf_counter()
        app.simulate_key(key)
        await asyncio.wait_for(done.wait(), 5)
        took.append((time.perf_counter() - start) * 1000)
        await asyncio.sleep(0.02)
    app._display = display  # type: ignore[method-assign]
    return took


def spread(took: list[float]) -> str:
    ordered = sorted(took)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"median {statistics.median(took):.1f}  p95 {p95:.1f}  max {ordered[-1]:.1f} ms"


async def probe(rows: int) -> None:
    app = ProbeApp()
    async with app.run_test(size=(140, 40)) as pilot:
        widget, tree = app.query_one(ObjectTree), Tree(Listing())
        widget.show(tree)
        before = resident_mb()
        appended, repainted = [], []
        for page in pages(rows, prefixes=("deep/",)):
            appended.append(timed(lambda page=page: tree.append("", page)))
            repainted.append(await painted(pilot, widget.refresh_rows))
        gc.collect()
        say("append a page", spread(appended))
        say("repaint after a page (to idle)", spread(repainted))
        say("resident for the rows / in all", f"{resident_mb() - before:.0f} / {resident_mb():.0f} MB")
        for key, start in KEYS.items():
            repeats = 1 if key in ("end", "home") else 50
            took = []
            for _ in range(100 // repeats):
                await pilot.press(start)
                took += await keys_to_paint(app, key, repeats)
            say(f"key to paint: {key}", spread(took))
        tree.expand("deep/")
        for page in pages(100_000, "deep/"):
            tree.append("deep/", page)
        widget.refresh_rows()
        await pilot.pause()
        for act in (tree.collapse, tree.expand):
            took = await painted(pilot, lambda act=act: (act("deep/"), widget.refresh_rows()))
            say(f"{act.__name__} 100,000 children, to idle", f"{took:.1f} ms")
        orders = [Order(SortBy.SIZE, True), Order(SortBy.MODIFIED), Order(SortBy.NAME, True), Order()]
        for order in orders:
            took = timed(lambda order=order: tree.arrange(order=order))
            say(f"sort by {order.by.value}{' down' * order.descending}", f"{took:.0f} ms")
        for needle in ("part", "99999", ""):
            took = timed(lambda needle=needle: tree.arrange(needle=needle))
            say(f"filter {needle!r}: {tree.shown:,} rows", f"{took:.0f} ms")
        say("mark all", f"{timed(widget.action_mark_all):.0f} ms")


if __name__ == "__main__":
    asyncio.run(probe(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
