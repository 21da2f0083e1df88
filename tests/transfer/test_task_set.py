"""Task sets: whenever they are cancelled they are, and whatever fails ends the others."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.task_set import TaskSet

STEPS = st.integers(0, 6)


class Broken(Exception):
    pass


async def steps(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def member(running: int, ending: int, *, fails: bool) -> None:
    """Run for so many steps of the loop, and need some more to end."""
    try:
        await steps(running)
        if fails:
            raise Broken
    finally:
        await steps(ending)


@given(
    members=st.lists(st.tuples(STEPS, STEPS, st.booleans()), min_size=1, max_size=4),
    cancelled_after=st.integers(0, 14),
)
def test_what_is_cancelled_at_any_instant_is_over_or_cancelled(
    members: list[tuple[int, int, bool]], cancelled_after: int
) -> None:
    async def run() -> None:
        tasks = TaskSet()
        started = [tasks.start(member(*times, fails=fails)) for *times, fails in members]
        try:
            await tasks.join()
        finally:
            assert all(task.done() for task in started)

    async def main() -> None:
        task = asyncio.create_task(run())
        await steps(cancelled_after)
        was_asked = task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() is was_asked
        if not was_asked:
            assert isinstance(task.exception(), Broken) is any(fails for *_, fails in members)

    asyncio.run(main())


async def test_a_failure_leaves_no_cancellation_behind() -> None:
    for running in range(3):
        tasks = TaskSet()
        tasks.start(member(running, 0, fails=True))
        waits = tasks.start(asyncio.Event().wait())
        with pytest.raises(Broken):
            await tasks.join()
        assert waits.cancelled()
        assert tasks.is_ending
        current = asyncio.current_task()
        assert current is not None
        assert current.cancelling() == 0


async def test_what_is_started_meanwhile_is_waited_for() -> None:
    tasks, seen = TaskSet(), list[int]()

    async def add(left: int) -> None:
        await steps(1)
        seen.append(left)
        if left:
            tasks.start(add(left - 1))

    tasks.start(add(5))
    await tasks.join()
    assert seen == [5, 4, 3, 2, 1, 0]
