"""How much happens at once: limits that change while things run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from s3tui.transfer.models import Limits, State
from s3tui.transfer.scheduling.capacity import Gate, crew
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


class TestGate:
    async def test_who_waits_comes_in_as_soon_as_the_limit_is_raised(self) -> None:
        gate, inside = Gate(1), list[int]()
        leave = asyncio.Event()

        async def visit(number: int) -> None:
            async with gate:
                inside.append(number)
                await leave.wait()

        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(visit(number))
            await asyncio.sleep(0)
            assert inside == [0]
            gate.set_limit(3)
            await asyncio.sleep(0)
            assert inside == [0, 1, 2]
            gate.set_limit(1)
            assert gate.inside == 3, "nobody is thrown out"
            leave.set()
        assert inside == [0, 1, 2, 3]
        assert gate.inside == 0

    async def test_giving_up_at_any_moment_takes_no_room_with_it(self) -> None:
        gate = Gate(1)
        for turns in range(6):
            await gate.__aenter__()
            tasks = [asyncio.create_task(gate.__aenter__()) for _ in range(3)]
            await asyncio.sleep(0)
            if turns % 2:
                tasks[0].cancel()
            await gate.__aexit__(None, None, None)
            tasks[0].cancel()
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks[1:]:
                await task
                await gate.__aexit__(None, None, None)
            if not (await asyncio.gather(tasks[0], return_exceptions=True))[0]:
                await gate.__aexit__(None, None, None)
            assert gate.inside == 0

    async def test_a_crew_grows_with_the_room_and_has_an_end(self) -> None:
        gate, left = Gate(2), iter(range(50))
        leave = asyncio.Event()
        seen: list[int] = []

        async def work() -> None:
            for number in left:
                async with gate:
                    await leave.wait()
                    seen.append(number)

        task = asyncio.create_task(crew(gate, work))
        await asyncio.sleep(0.01)
        assert gate.inside == 2
        gate.set_limit(7)
        await asyncio.sleep(0.01)
        assert gate.inside == 7
        leave.set()
        await task
        assert sorted(seen) == list(range(50))
        gate.set_limit(9)
        assert gate.on_raise == set()


async def test_the_queue_starts_more_as_soon_as_it_may(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=1))
    rig.put("k", b"x" * 1000)
    proxy.add(Stall(after=10), when=is_get, times=5)
    ids = [await rig.engine.download("c", rig.bucket, "k", rig.folder / str(i)) for i in range(5)]
    assert rig.engine.snapshot().running == 1
    await rig.engine.set_limits(Limits(objects=3))
    snapshot = rig.engine.snapshot()
    assert (snapshot.running, snapshot.queued, snapshot.limits.objects) == (3, 2, 3)
    await rig.engine.set_limits(Limits(objects=1))
    assert rig.engine.snapshot().running == 3, "what runs is finished first"
    assert await rig.engine.pause(*ids[:2]) == 2
    assert rig.transfer(ids[3]).state is State.QUEUED
    await rig.engine.pause(ids[2])
    assert rig.transfer(ids[3]).state is State.RUNNING
    assert rig.engine.snapshot().running == 1


async def test_a_prefix_that_runs_takes_the_new_room(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=2))
    put_many(rig, {f"p/{number}": b"x" * 1000 for number in range(20)})
    proxy.add(Stall(after=10), when=lambda request: "/p/" in request.target, times=None)
    id = await rig.engine.download_prefix("c", rig.bucket, "p/", rig.folder)

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
    id = await rig.engine.download("c", rig.bucket, "k", rig.folder / "k")
    await rig.until(id, lambda transfer: transfer.parts.count(1) == 1)
    await rig.engine.set_limits(Limits(parts=4))
    await rig.until(id, lambda transfer: transfer.parts.count(1) == 4)
    proxy.clear()
    await rig.engine.pause(id)
    await rig.engine.resume(id)
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == data
