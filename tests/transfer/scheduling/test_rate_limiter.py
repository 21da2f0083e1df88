"""The rate limiter that all transfers share."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.models import Limits, PartState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFolder
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.scheduling.thread_progress import ThreadProgressMeter
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig
from tests.transfer.jobs.test_recursive import put_many


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 3)), min_size=1, max_size=50))
def test_no_more_passes_than_the_rate_allows_and_no_less(steps: list[tuple[int, float]]) -> None:
    clock = Clock()
    throttle = Throttle(1000, clock=clock)
    moved, busy_since = 0, 0.0
    for count, rest in steps:
        delay = throttle.delay_s(throttle.ticket(count))
        assert delay <= count / 1000 + 1e-6, "nobody waits longer than for what it moved"
        clock.now += delay
        moved += count
        assert moved <= (clock.now - busy_since) * 1000 + 100 + 1e-3
        clock.now += rest
        if rest > 0.1:  # what was not used is forgotten
            moved, busy_since = 0, clock.now
            assert throttle.delay_s(throttle.ticket(100)) == 0
            moved = 100


def test_a_new_rate_holds_for_who_waits_already() -> None:
    clock = Clock()
    throttle = Throttle(10, clock=clock)
    ticket = throttle.ticket(1000)
    assert throttle.delay_s(ticket) == pytest.approx(100)
    throttle.set_rate(500)
    assert throttle.delay_s(ticket) == pytest.approx(2)
    throttle.set_rate(None)
    assert throttle.delay_s(ticket) == 0
    throttle.set_rate(100)
    assert throttle.delay_s(ticket) == 0
    assert throttle.delay_s(throttle.ticket(100)) == pytest.approx(1)


def test_chunks_are_small_where_the_rate_is_low() -> None:
    throttle = Throttle(None)
    assert throttle.chunk(MIB) == MIB
    throttle.set_rate(1000)
    assert 0 < throttle.chunk(MIB) <= 8192
    throttle.set_rate(1024 * MIB)
    assert throttle.chunk(MIB) == MIB


async def test_a_thread_is_held_up_until_its_task_is_cancelled() -> None:
    throttle, counters = Throttle(1000), Counters()
    meter, moving = ThreadProgressMeter(ProgressMeter(counters), throttle), threading.Event()

    def move() -> None:
        moving.set()
        meter.moved(1_000_000)  # a quarter of an hour's worth

    async def transfer() -> None:
        nonlocal meter
        meter = ThreadProgressMeter(ProgressMeter(counters), throttle)
        thread = asyncio.ensure_future(asyncio.to_thread(move))
        try:
            await asyncio.shield(thread)
        finally:
            await thread
            meter.settle()

    task = asyncio.create_task(transfer())
    await asyncio.to_thread(moving.wait, 10)
    await asyncio.sleep(0.1)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert counters.bytes_done == 1_000_000


RATE = 4 * MIB


@pytest.mark.parametrize("size", [100 * 1024, 8 * MIB - 1, 24 * MIB], ids=["small", "medium", "large"])
@pytest.mark.parametrize("way", ["down", "up"])
async def test_the_rate_is_kept(
    make_rig: Callable[..., Rig], ministack: S3Server, size: int, way: str
) -> None:
    rig = make_rig(ministack, limits=Limits(rate_bps=RATE, objects=8, parts=8))
    count = max(1, 8 * MIB // size)
    data = os.urandom(size)
    if way == "down":
        put_many(rig, {f"p/{number}": data for number in range(count)})
    else:
        for number in range(count):
            (rig.folder / str(number)).write_bytes(data)
    started = time.monotonic()
    if way == "down":
        await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder)))
    else:
        await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "p/")))
    assert time.monotonic() - started >= size * count / RATE * 0.8
    assert rig.get("p/0") == (rig.folder / "0").read_bytes() == data


async def test_the_file_transport_obeys_a_rate_that_comes_while_it_runs(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    rig = make_rig(ministack, limits=Limits(rate_bps=130 * MIB, objects=8, parts=2))
    data = rig.put("k", os.urandom(64 * MIB))
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    await rig.until(id, lambda transfer: PartState.MOVING in transfer.parts)
    await rig.engine.set_limits(Limits(rate_bps=1000))
    assert await rig.engine.pause(id), "threads that wait for their turn give way"
    assert rig.transfer(id).bytes_done < 64 * MIB
    await rig.engine.set_limits(Limits())
    await rig.engine.resume(id)
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == data
