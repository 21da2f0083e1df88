"""Batch jobs whose later lives are told another order: each object once, whatever each life was told.

Keys, the order of each life, repeats, and the instants at which a life is paused or ended are drawn.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from s3tui.s3.client import S3Client
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal import recovery
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.journal.record import ItemTable
from s3tui.transfer.models import Conflict, Limits, Transfer, TransferState
from s3tui.transfer.requests import DownloadPrefix, Request
from tests.long import share
from tests.s3.scripted import KEYS, Reply, ScriptedServer, Seen, error_reply, scripted
from tests.transfer.jobs.test_listing_order import Unordered, body_of, requests
from tests.transfer.journal.test_journal import row

PATIENCE_S = 60
LIMITS = Limits(objects=3, parts=2)
NAMES = st.text("abAé ~%4/", min_size=1, max_size=4).map("p/{}".format)


@dataclass(frozen=True, slots=True)
class Life:
    order: list[str]
    pages: int = 10**9
    """It ends when it asks for more of the listing than so many pages."""
    tries: int = 1
    """So often it asks."""
    is_paused: bool = False
    """The process lives on."""


@st.composite
def orders(draw: st.DrawFn, keys: list[str]) -> list[str]:
    """Draw an order of one or more ascending runs, or of none; some keys come more than once."""
    runs = draw(st.lists(st.integers(0, 2), min_size=len(keys), max_size=len(keys)))
    order = [key for _, key in sorted(zip(runs, keys, strict=True))]
    cut = draw(st.sampled_from([len(order), len(order) // 2, 0]))
    order[cut:] = draw(st.permutations(order[cut:]))
    for key in draw(st.lists(st.sampled_from(keys), max_size=2)):
        order.insert(draw(st.integers(0, len(order))), key)
    return order


@st.composite
def many_lives(draw: st.DrawFn) -> list[Life]:
    keys = sorted(draw(st.sets(NAMES, min_size=4, max_size=40)))
    ends = draw(
        st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.booleans()), min_size=1, max_size=3)
    )
    lives = [Life(draw(orders(keys)), *end) for end in ends]
    return [*lives, Life(draw(st.one_of(st.just(keys), orders(keys))))]


SKIPPED = [
    Life(["p/a", "p/d", "p/b", "p/c"], pages=1, tries=3),
    Life(["p/a", "p/b", "p/c", "p/d"]),
]
"""The first life stops behind two keys that ascend, and the next one is told others between them."""


class Lives:
    """Runs one transfer through many lives."""

    def __init__(self, server: Unordered, state: Path) -> None:
        self._server = server
        self._state = state
        self._engine: TransferEngine | None = None
        self._wakes = asyncio.Event()
        self._pages = self._tries = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[ScriptedServer]:
        retry = RetryPolicy(attempts=3, base_s=0.005)
        async with (
            scripted(self._script) as running,
            S3Client(running.endpoint, KEYS, retry=retry) as self._client,
        ):
            try:
                yield running
            finally:
                await self._end()

    def _script(self, seen: Seen) -> Reply:
        if b"list-type" in seen.target:
            self._pages -= 1
            if self._pages < 0:
                self._tries -= 1
                if self._tries <= 0:
                    self._wakes.set()
                return error_reply(503, "SlowDown")
        return self._server.script(seen)

    async def _client_for(self, connection: str) -> S3Client:
        return self._client

    async def _engine_of(self, request: Request) -> TransferEngine:
        engine = TransferEngine(
            self._client_for,
            journal=Journal.open(self._state),
            limits=LIMITS,
            processes=0,
            on_finished=lambda _: self._wakes.set(),
        )
        await engine.resume(*await engine.start()) or await engine.add(request)
        return engine

    async def live(self, life: Life, request: Request) -> Transfer:
        """Live until the end of the transfer, or that of the life; return how far it is."""
        self._server.reorder(life.order)
        self._pages, self._tries = life.pages, life.tries
        self._wakes.clear()
        if self._engine is None:
            self._engine = await self._engine_of(request)
        else:
            await self._engine.resume(self._engine.snapshot().transfers[0].id)
        async with asyncio.timeout(PATIENCE_S):
            await self._wakes.wait()
        engine = self._engine
        reached = engine.snapshot().transfers[0]
        if life.is_paused and not reached.state.is_final:
            await engine.pause(reached.id)
        else:
            await self._end()
        return reached

    async def _end(self) -> None:
        if self._engine is not None:
            await self._engine.aclose(keep=True)
            self._engine = None


async def lived(lives: list[Life], number: int, folder: Path) -> None:
    server = Unordered(random.Random(number), lives[0].order)
    request = requests(folder)[number % 6]
    run = Lives(server, folder / "state")
    async with run.begin():
        for life in lives:
            reached = await run.live(life, request)
            if reached.state.is_final:
                break
    keys = sorted(set(server.listed))
    assert (reached.state, reached.error, reached.failed_objects) == (TransferState.DONE, None, 0)
    assert moved(server, request) == sorted(map(body_of, keys))
    assert reached.objects_done == reached.objects_total == len(keys)


def moved(server: Unordered, request: Request) -> list[bytes]:
    """Return all that is there in the end, in order."""
    if isinstance(request, DownloadPrefix):
        return sorted(path.read_bytes() for path in request.target.rglob("*") if path.is_file())
    objects = {key: body for (bucket, key), body in server.objects.items() if bucket == "other"}
    assert all(body == body_of("p/" + key.removeprefix("q/")) for key, body in objects.items())
    return sorted(objects.values())


@pytest.mark.long
@settings(max_examples=share(40, 3000), suppress_health_check=[HealthCheck.too_slow])
@given(lives=many_lives(), number=st.integers(0, 2**16))
@example(lives=SKIPPED, number=6)  # a download, whose first page has two keys
@example(lives=SKIPPED, number=183)  # and a copy
def test_whatever_order_each_life_is_told_each_object_is_moved_once(lives: list[Life], number: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(lived(lives, number, Path(folder)))


@pytest.mark.parametrize("number", range(share(12, 300)))
async def test_what_an_earlier_release_left_counts_as_found_while_its_order_holds(
    number: int, tmp_path: Path
) -> None:
    """It kept a frontier, and no digests."""
    dice = random.Random(number)
    keys = sorted(f"p/{dice.choice('abc')}{place}" for place in range(30))
    frontier, order = dice.randrange(30), list(keys)
    broken = dice.choice((0, frontier + 1, 30))
    order[broken:] = dice.sample(order[broken:], 30 - broken)
    is_kept = order[: frontier + 1] == keys[: frontier + 1]
    server = Unordered(dice, order)
    asked: list[str] = []
    root = tmp_path / "files"
    request = DownloadPrefix("c", "data", "p/", root, dice.choice((Conflict.SKIP, Conflict.OVERWRITE)))
    journal = Journal.open(tmp_path / "state")
    items = ItemTable(await recovery.recorded(journal, request, row()))
    found = keys[: frontier + 1]
    await items.give_out([(key, {}) for key in found], found[-1])
    root.mkdir()
    for key in found:
        (root / key.removeprefix("p/")).write_bytes(body_of(key))
        items.over(key, len(body_of(key)))
    journal.close()
    run = Lives(server, tmp_path / "state")
    async with run.begin() as running:
        reached = await run.live(Life(order), request)
        asked = [seen.target.decode().rpartition("/")[2] for seen in running.requests]
    assert (reached.state, reached.error) == (TransferState.DONE, None)
    assert moved(server, request) == sorted(map(body_of, keys))
    untouched = set(found) - {f"p/{name}" for name in asked}
    assert untouched == set(found) or not is_kept


Damage = Callable[[bytes], object]


@pytest.mark.parametrize("damage", [lambda row: row[:-1], bytes.hex, lambda row: b""])
@pytest.mark.parametrize("number", range(6))
async def test_what_cannot_be_read_of_an_earlier_life_fails_with_a_sentence(
    damage: Damage, number: int, tmp_path: Path
) -> None:
    keys = [f"p/{place:03}" for place in range(300)]
    server = Unordered(random.Random(number), keys)
    request = requests(tmp_path)[number]
    run = Lives(server, tmp_path / "state")
    async with run.begin():
        first = await run.live(Life(keys, pages=3, tries=3), request)
        assert not first.state.is_final
        journal = Journal.open(tmp_path / "state")

        def change(database: sqlite3.Connection) -> None:
            rows = database.execute("SELECT digest FROM listed_key").fetchall()
            assert rows
            (digests,) = rows[0]
            database.execute("UPDATE listed_key SET digest = ? WHERE digest = ?", (damage(digests), digests))

        await journal.commit(change)
        journal.close()
        before = len(server.objects)
        reached = await run.live(Life(keys), request)
    assert reached.state is TransferState.FAILED
    assert "the journal cannot tell what was found before" in (reached.error or "")
    assert len(server.objects) <= before + 27, "what was given out on three pages"
