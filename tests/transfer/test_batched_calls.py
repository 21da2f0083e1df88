"""Batched calls: several small blocking calls per submission to a thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from s3tui.transfer.batched_calls import BatchedCalls
from tests.patience import PATIENCE_S


async def test_each_gets_its_own_answer_or_error() -> None:
    batched_calls = BatchedCalls()
    answers = await asyncio.gather(
        *(batched_calls.run(lambda n: 100 // n, number) for number in range(200)), return_exceptions=True
    )
    assert isinstance(answers[0], ZeroDivisionError)
    assert answers[1:] == [100 // number for number in range(1, 200)]


async def test_what_waits_goes_in_one_trip() -> None:
    batched_calls, limiter, threads = BatchedCalls(), threading.Event(), list[int]()
    first = asyncio.create_task(batched_calls.run(limiter.wait))
    await asyncio.sleep(0)
    others = [
        asyncio.create_task(batched_calls.run(lambda: threads.append(threading.get_ident())))
        for _ in range(50)
    ]
    await asyncio.sleep(0)
    assert not threads
    limiter.set()
    await asyncio.gather(first, *others)
    assert len(threads) == 50
    assert len(set(threads)) == 1


async def test_one_that_blocks_does_not_hold_up_a_crowd() -> None:
    batched_calls, limiter = BatchedCalls(), threading.Event()
    first = asyncio.create_task(batched_calls.run(limiter.wait))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE_S):
        done = [asyncio.create_task(batched_calls.run(lambda: 1)) for _ in range(64)]
        assert sum(await asyncio.gather(*done)) == 64
    limiter.set()
    assert await first


async def test_a_cancelled_caller_waits_until_its_call_is_over() -> None:
    batched_calls, started, limiter, over = BatchedCalls(), threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        started.set()
        limiter.wait()
        over.append(True)

    task = asyncio.create_task(batched_calls.run(work))
    await asyncio.to_thread(started.wait)
    task.cancel()
    await asyncio.sleep(0.01)
    assert not task.done()
    limiter.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert over == [True]
