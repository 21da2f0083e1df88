"""Limits of concurrency that change while transfers run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from s3tui.transfer.models import Limits, TransferState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import ConcurrencyLimiter, run_workers
from tests.fault_proxy import FaultProxy, Request, Stall
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig
from tests.transfer.jobs.test_recursive import put_many


def is_get(request: Request) -> bool:
    return request.method == "GET"


@pytest.mark.parametrize("limits", [{"objects": 0}, {"parts": 0}, {"rate_bps": 0}])
def test_a_limit_below_one_is_refused(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="pause the transfers"):
        Limits(**limits)


def test_of_a_slow_or_broken_line_little_is_under_way_at_once() -> None:
    resources = Resources(Limits(objects=48, parts=16))
    assert (resources.is_steady, resources.parts.limit) == (True, 3)
    resources.interrupted()
    assert (resources.is_steady, resources.parts.limit) == (False, 1)
    for rate, parts in ((1000, 2), (2 * MIB, 2), (3 * MIB, 3)):
        resources = Resources(Limits(objects=48, parts=16, rate_bps=rate))
        assert (resources.is_steady, resources.parts.limit, resources.objects.limit) == (False, parts, 4)


class TestConcurrencyLimiter:
    async def test_who_waits_comes_in_as_soon_as_the_limit_is_raised(self) -> None:
        limiter, inside = ConcurrencyLimiter(1), list[int]()
        leave = asyncio.Event()

        async def visit(number: int) -> None:
            async with limiter:
                inside.append(number)
                await leave.wait()

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(visit(number))
            await asyncio.sleep(0)
            assert inside == [0]
            limiter.set_limit(3)
            await asyncio.sleep(0)
            assert inside == [0, 1, 2]
            limiter.set_limit(1)
            assert limiter.inside == 3, "nobody is thrown out"
            leave.set()
        assert inside == [0, 1, 2, 3]
        assert limiter.inside == 0

    async def test_giving_up_at_any_moment_takes_no_room_with_it(self) -> None:
        limiter = ConcurrencyLimiter(1)
        for turns in range(6):
            await limiter.__aenter__()
            tasks = [asyncio.create_task(limiter.__aenter__()) for _ in range(3)]
            await asyncio.sleep(0)
            if turns % 2:
                tasks[0].cancel()
            await limiter.__aexit__(None, None, None)
            tasks[0].cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks[1:]:
                await task
                await limiter.__aexit__(None, None, None)
            if not (await asyncio.gather(tasks[0], return_exceptions=True))[0]:
                await limiter.__aexit__(None, None, None)
            assert limiter.inside == 0

    async def test_workers_grow_with_the_limit_and_end(self) -> None:
        limiter, left = ConcurrencyLimiter(2), iter(range(50))
        leave = asyncio.Event()
        seen: list[int] = []

        async def work() -> None:
            for number in left:
                async with limiter:
                    await leave.wait()
                    seen.append(number)

        task = asyncio.create_task(run_workers(limiter, work))
        await asyncio.sleep(0.01)
        assert limiter.inside == 2
        limiter.set_limit(7)
        await asyncio.sleep(0.01)
        assert limiter.inside == 7
        leave.set()
        await task
        assert sorted(seen) == list(range(50))
        limiter.set_limit(9)
        assert limiter.on_raise == set()


async def test_the_queue_starts_more_as_soon_as_it_may(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=1))
    rig.put("k", b"x" * 1000)
    proxy.add(Stall(after=10), when=is_get, times=5)
    ids = [await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / str(i))) for i in range(5)]
    assert rig.engine.snapshot().running == 1
    await rig.engine.set_limits(Limits(objects=3))
    snapshot = rig.engine.snapshot()
    assert (snapshot.running, snapshot.queued, snapshot.limits.objects) == (3, 2, 3)
    await rig.engine.set_limits(Limits(objects=1))
    assert rig.engine.snapshot().running == 3, "what runs is finished first"
    assert await rig.engine.pause(*ids[:2]) == 2
    assert rig.transfer(ids[3]).state is TransferState.QUEUED
    await rig.engine.pause(ids[2])
    assert rig.transfer(ids[3]).state is TransferState.RUNNING
    assert rig.engine.snapshot().running == 1


async def test_a_prefix_that_runs_takes_the_new_room(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=2))
    put_many(rig, {f"p/{number}": b"x" * 1000 for number in range(20)})
    proxy.add(Stall(after=10), when=lambda request: "/p/" in request.target, times=None)
    id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))

    def asked() -> int:
        return sum("/p/" in request.target for request in proxy.requests)

    await rig.until(id, lambda _: asked() == 2)
    await rig.engine.set_limits(Limits(objects=6))
    await rig.until(id, lambda _: asked() == 6)
    proxy.clear()
    await rig.engine.pause(id)
    await rig.engine.resume(id)
    assert (await rig.done(id)).objects_done == 20


async def test_parts_that_run_take_the_new_room(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(parts=1))
    data = rig.put("k", b"0123456789abcdef" * (4 * MIB))
    proxy.add(Stall(after=10), when=is_get, times=None)
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    await rig.until(id, lambda transfer: transfer.parts.count(1) == 1)
    await rig.engine.set_limits(Limits(parts=4))
    await rig.until(id, lambda transfer: transfer.parts.count(1) == 4)
    proxy.clear()
    await rig.engine.pause(id)
    await rig.engine.resume(id)
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == data
