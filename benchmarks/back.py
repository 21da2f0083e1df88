"""Going back to 100 000 rows: from the key to the frame that shows them, before a server that takes its time.

    python -m benchmarks.back [--keys 100000] [--latency 1500] [--times 20]

`⌫` leaves the rows for the prefix above them, `↵` goes in again, `alt ←` back. As in `responsiveness`, the
app is headless: layout, painting and encoding are real, only the write to a terminal is missing. CPU is that
of the UI's thread for the same, which neighbours on the machine change less. Without the cache, which is
measured beside it, each waits for the server's first answer.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable

from benchmarks.listing.__main__ import server as listing_server
from benchmarks.responsiveness import Bench, resident_mb, running, say, spread
from s3tui.background import collect_rarely
from s3tui.browse.place.listing_cache import ListingCache
from s3tui.browse.rows.listing import State
from s3tui.tui.widgets.tree.object_tree import ObjectTree

BUDGET_MS = 33
PREFIX = "data/"


async def key_to_rows(bench: Bench, key: str, prefix: str) -> tuple[float, float]:
    """Milliseconds, and those of CPU, from a key to the end of the first frame with the rows of a prefix."""
    screen, done = bench.screen, asyncio.Event()
    widget, display = screen.query_one(ObjectTree), bench.app._display

    def displayed(*arguments: object) -> None:
        display(*arguments)  # type: ignore[arg-type]  # passed through as they came
        root = widget.model.root
        if screen.location.prefix == root.prefix == prefix and len(root) and not took:
            took.extend(((time.perf_counter() - start) * 1000, (time.thread_time() - cpu) * 1000))
            done.set()

    bench.app._display = displayed  # type: ignore[method-assign,assignment]  # a stopwatch at the door
    took: list[float] = []
    start, cpu = time.perf_counter(), time.thread_time()
    bench.app.simulate_key(key)
    await asyncio.wait_for(done.wait(), 60)
    bench.app._display = display  # type: ignore[method-assign]
    await bench.pilot._wait_for_screen()
    return took[0], took[1]


async def measure(asked: argparse.Namespace, url: str) -> None:
    bucket = f"flat-{asked.keys}-{asked.latency}ms"
    async with running(url, bucket, "") as bench:
        await until_listed(bench, lambda: len(bench.screen.tree_model.root) > 0)
        took, _ = await key_to_rows(bench, "enter", PREFIX)
        say("↵, never seen before", f"{took:.0f} ms")
        await until_listed(bench, lambda: bench.screen.tree_model.root.prefix == PREFIX)
        rows = len(bench.screen.tree_model.root)
        say(f"{rows:,} rows listed, {asked.latency} ms an answer; resident", f"{resident_mb():.0f} MB")
        ways = {"⌫": ("backspace", ""), "↵": ("enter", PREFIX), "alt ←": ("alt+left", "")}
        kept: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
        for _ in range(asked.times):
            for way in ("⌫", "↵", "alt ←"):
                key, prefix = ways[way]
                kept[way].append(await key_to_rows(bench, key, prefix))
                await asyncio.sleep(0.05)
            await key_to_rows(bench, "enter", PREFIX)
        for way, found in kept.items():
            words = "up from" if way == "⌫" else "into" if way == "↵" else "back from"
            say(f"{way}, {words} {rows:,} rows (budget {BUDGET_MS} ms)", spread([ms for ms, _ in found]))
            say("    CPU of the UI", spread([ms for _, ms in found]))
        bench.screen.session.listings = ListingCache(most_rows=0)
        await key_to_rows(bench, "backspace", "")
        say("↵, without the cache", f"{(await key_to_rows(bench, 'enter', PREFIX))[0]:.0f} ms")


async def until_listed(bench: Bench, is_there: Callable[[], bool]) -> None:
    await bench.until(lambda: is_there() and bench.screen.tree_model.root.state is State.COMPLETE)
    await bench.pilot._wait_for_screen()


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.back", description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--latency", type=int, default=1500, metavar="MS", help="of each page")
    parser.add_argument("--times", type=int, default=20)
    collect_rarely()
    with listing_server() as url:
        asyncio.run(measure(parser.parse_args(arguments), url))


if __name__ == "__main__":
    main()
