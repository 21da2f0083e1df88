"""The S3 thread: results, exceptions and cancellation across loops, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import CancelledError as FutureCancelled

import pytest

from s3tui.background import S3Thread, abandonable
from tests.patience import PATIENCE_S


@pytest.fixture
def thread() -> Iterator[S3Thread]:
    thread = S3Thread()
    thread.start()
    yield thread
    thread.stop()
    gc.collect()  # a coroutine that was never awaited would warn now, and warnings are errors here


class Recorder:
    """A coroutine and a generator that write down what happens to them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.running = threading.Event()

    async def sleep(self, *, cleanup_s: float = 0.0, then: BaseException | None = None) -> None:
        self.running.set()
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(cleanup_s)
            self.seen.append("ended")
            if then is not None:
                raise then

    async def count(self, upto: int, *, then_sleep: bool = False) -> AsyncGenerator[int, None]:
        try:
            for number in range(upto):
                self.seen.append(f"made {number}")
                yield number
            if then_sleep:
                self.running.set()
                await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            self.seen.append(f"closed in {threading.current_thread().name}")


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 5)


async def name_of_thread() -> str:
    return threading.current_thread().name


async def fail() -> None:
    raise KeyError("lost?")


async def test_a_coroutine_runs_over_there_and_its_result_comes_back(thread: S3Thread) -> None:
    thread.start()
    assert await thread.run(name_of_thread()) == "s3"
    assert thread.submit(name_of_thread()).result(PATIENCE_S) == "s3"


async def test_an_exception_arrives_with_its_type_and_traceback(thread: S3Thread) -> None:
    with pytest.raises(KeyError, match="lost") as caught:
        await thread.run(fail())
    assert caught.traceback[-1].name == "fail"
    assert isinstance(thread.submit(fail()).exception(5), KeyError)


async def test_cancelling_the_awaiter_cancels_over_there_and_waits_for_the_end(thread: S3Thread) -> None:
    there = Recorder()
    here = asyncio.create_task(thread.run(there.sleep(cleanup_s=0.05)))
    await until(there.running)
    here.cancel()
    with pytest.raises(asyncio.CancelledError):
        await here
    assert there.seen == ["ended"]


async def test_cancelling_before_the_first_step_never_starts_it(thread: S3Thread) -> None:
    there = Recorder()
    here = asyncio.create_task(thread.run(there.sleep()))
    await asyncio.sleep(0)
    here.cancel()
    with pytest.raises(asyncio.CancelledError):
        await here
    assert thread.submit(name_of_thread()).result(PATIENCE_S) == "s3"


async def test_a_second_cancellation_still_waits_for_the_end(thread: S3Thread) -> None:
    there = Recorder()
    here = asyncio.create_task(thread.run(there.sleep(cleanup_s=60)))
    await until(there.running)
    here.cancel()
    await asyncio.sleep(0.02)
    assert there.seen == []
    here.cancel()
    with pytest.raises(asyncio.CancelledError):
        await here


async def test_an_exception_raised_while_being_cancelled_is_the_cause(thread: S3Thread) -> None:
    there = Recorder()
    here = asyncio.create_task(thread.run(there.sleep(then=ValueError("in the cleanup"))))
    await until(there.running)
    here.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await here
    assert repr(caught.value.__cause__) == "ValueError('in the cleanup')"


async def test_a_time_limit_of_the_caller_works(thread: S3Thread) -> None:
    there = Recorder()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await thread.run(there.sleep())
    assert there.seen == ["ended"]


async def test_cancelling_the_future_cancels_over_there(thread: S3Thread) -> None:
    there = Recorder()
    ended = threading.Event()

    async def body() -> None:
        try:
            await there.sleep()
        finally:
            ended.set()

    future = thread.submit(body())
    await until(there.running)
    assert future.cancel()
    await until(ended)


async def test_a_generator_is_iterated_over_there_one_item_at_a_time(thread: S3Thread) -> None:
    there = Recorder()
    numbers = thread.iterate(there.count(3))
    assert await anext(numbers) == 0
    assert there.seen == ["made 0"]
    assert [number async for number in numbers] == [1, 2]
    assert there.seen[-1] == "closed in s3"


async def test_leaving_early_closes_the_generator_over_there(thread: S3Thread) -> None:
    there = Recorder()
    async with contextlib.aclosing(thread.iterate(there.count(3))) as numbers:
        async for _ in numbers:
            break
    assert there.seen == ["made 0", "closed in s3"]


async def test_cancelling_the_reader_closes_the_generator_over_there(thread: S3Thread) -> None:
    there = Recorder()

    async def read() -> list[int]:
        return [number async for number in thread.iterate(there.count(1, then_sleep=True))]

    here = asyncio.create_task(read())
    await until(there.running)
    here.cancel()
    with pytest.raises(asyncio.CancelledError):
        await here
    assert there.seen[-1] == "closed in s3"


async def test_an_exception_of_the_generator_arrives(thread: S3Thread) -> None:
    async def broken() -> AsyncGenerator[int, None]:
        yield 1
        raise KeyError("page 2")

    numbers = thread.iterate(broken())
    assert await anext(numbers) == 1
    with pytest.raises(KeyError, match="page 2"):
        await anext(numbers)


async def test_stop_ends_what_runs_and_its_awaiters_see_a_cancellation() -> None:
    thread, there = S3Thread(), Recorder()
    thread.start()
    here = asyncio.create_task(thread.run(there.sleep(cleanup_s=0.02)))
    future = thread.submit(there.sleep())
    reader = thread.iterate(there.count(2))
    assert await anext(reader) == 0
    await until(there.running)
    await asyncio.to_thread(thread.stop)
    with pytest.raises(asyncio.CancelledError):
        await here
    with pytest.raises(FutureCancelled):
        future.result(0)
    assert sorted(there.seen) == ["closed in s3", "ended", "ended", "made 0"]
    with pytest.raises(asyncio.CancelledError):
        await anext(reader)


async def test_after_stop_everything_counts_as_cancelled_and_nothing_warns() -> None:
    thread = S3Thread()
    thread.start()
    thread.stop()
    thread.stop()
    assert thread.submit(fail()).cancelled()
    with pytest.raises(asyncio.CancelledError):
        await thread.run(fail())
    gc.collect()


async def test_what_was_submitted_just_before_stop_is_not_forgotten() -> None:
    for _ in range(50):
        thread = S3Thread()
        thread.start()
        futures = [thread.submit(name_of_thread()) for _ in range(20)]
        thread.stop()
        assert all(future.done() for future in futures)
    gc.collect()


def test_what_does_not_end_in_time_is_given_up() -> None:
    thread, release = S3Thread(), threading.Event()
    thread.start()

    async def stubborn() -> None:
        release.wait(PATIENCE_S)

    future = thread.submit(stubborn())
    thread.stop(timeout_s=0.05)
    assert future.cancelled()
    release.set()


def test_work_before_start_is_a_mistake_that_is_named() -> None:
    with pytest.raises(RuntimeError, match="start"):
        S3Thread().submit(fail())
    gc.collect()


async def test_what_waits_for_a_person_is_left_to_itself() -> None:
    answer, asked = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def ask() -> None:
        threads.append(threading.current_thread())
        asked.set()
        answer.wait()

    waiting = asyncio.create_task(abandonable(ask))
    await asyncio.to_thread(asked.wait)
    [thread] = threads
    assert thread.daemon  # the interpreter ends without it
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    answer.set()
    thread.join()
    assert await abandonable(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await abandonable(lambda: 1 // 0)


async def test_work_that_is_held_begins_when_it_is_released() -> None:
    thread = S3Thread()
    thread.hold()
    thread.start()
    waiting = asyncio.ensure_future(thread.run(_where()))
    try:
        await asyncio.sleep(0.01)  # nothing else tells that something does not happen
        assert not waiting.done()
        assert not _s3_threads()
        thread.release()
        async with asyncio.timeout(PATIENCE_S):
            assert await waiting == "s3"
    finally:
        thread.stop()


def test_work_that_is_never_released_is_cancelled_by_the_end() -> None:
    thread = S3Thread()
    thread.hold()
    thread.start()
    work = thread.submit(asyncio.sleep(3600))
    thread.stop()
    assert work.cancelled()
    assert not _s3_threads()


async def _where() -> str:
    return threading.current_thread().name


def _s3_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "s3"]
