"""The S3 thread: one asyncio loop in one daemon thread, and the bridge to it.

It owns every socket of the S3 core. Whoever lives in another loop (the UI) awaits a coroutine there as if it
ran here: results, exceptions and cancellation cross over.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from concurrent.futures import Future
from enum import Enum
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_COURTESY_S = 0.0001


def collect_rarely() -> None:
    """Raise the thresholds of Python's cyclic garbage collector for the whole process.

    Requests leave some behind, and at Python's own threshold the search takes a quarter of what small
    transfers cost, and stops the screen for it.
    """
    gc.set_threshold(20_000, 50, 100)


def yield_interpreter() -> None:
    """Hand the interpreter to whoever waits for it: the screen's thread.

    Unasked, it changes hands every 5 ms only, and pages come by the hundred a second. Blocks for a tenth of a
    millisecond, also in a coroutine: no other task of its loop waits for more than that.
    """
    time.sleep(_COURTESY_S)


class S3Thread:
    """An event loop in a thread of its own; start it once. Work given after `stop` counts as cancelled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False
        self._is_held = False
        self._jobs: set[_BackgroundCall[Any]] = set()

    def start(self) -> None:
        """Start the thread; once started, do nothing."""
        with self._lock:
            if self._loop is None and not self._stopped:
                self._loop = asyncio.new_event_loop()
                self._begin_thread()

    def hold(self) -> None:
        """Let all work wait until `release`, also that of a thread which is started meanwhile."""
        self._is_held = True

    def release(self) -> None:
        """Begin the work that was held; where none was, do nothing."""
        if self._is_held:
            with self._lock:
                self._is_held = False
                self._begin_thread()

    def _begin_thread(self) -> None:
        if self._thread is None and self._loop is not None and not self._is_held:
            self._thread = threading.Thread(target=_serve, args=(self._loop,), name="s3", daemon=True)
            self._thread.start()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run `coroutine` in the S3 thread without waiting; cancelling the future cancels it.

        Its exception is in the future and nowhere else: look there.
        """
        job = self._begin(coroutine)
        job.future.add_done_callback(lambda future: self._call(job.cancel) if future.cancelled() else None)
        return job.future

    async def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await `coroutine`, which runs in the S3 thread.

        Cancelling the caller cancels it and waits until it has ended, its sockets closed; an exception that
        it raised meanwhile is then the cause of the CancelledError.
        """
        job = self._begin(coroutine)
        ended = asyncio.wrap_future(job.future)
        try:
            await asyncio.wait({ended})
        except asyncio.CancelledError as cancelled:
            await self._cancel(job, ended)
            raise cancelled from (None if ended.cancelled() else ended.exception())
        return ended.result()

    async def iterate(self, generator: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Yield the items of `generator`, which runs in the S3 thread, one at a time and none ahead.

        Closing or cancelling this one closes that one; who leaves the loop early uses `contextlib.aclosing`.
        """
        try:
            while (item := await self.run(_next(generator))) is not _End.END:
                yield item
        finally:
            await self.run(_close(generator))

    def stop(self, timeout_s: float = 2.0) -> None:
        """Cancel all tasks, wait for them to end, and close the loop.

        A task that has not ended after `timeout_s` is given up: its waiters see a cancellation, and it dies
        with the process.
        """
        self.release()
        with self._lock:
            loop, thread = self._loop, self._thread
            if loop is not None and not self._stopped:
                loop.call_soon_threadsafe(
                    loop.stop
                )  # in order: the jobs begun before have their task by then
            self._stopped = True
        if thread is not None:
            thread.join(timeout_s)
        for job in tuple(self._jobs):
            job.future.cancel()

    def _begin(self, coroutine: Coroutine[Any, Any, T]) -> _BackgroundCall[T]:
        job = _BackgroundCall(coroutine)
        if self._loop is None and not self._stopped:
            coroutine.close()
            raise RuntimeError("start() the S3 thread before giving it work")
        self._jobs.add(job)
        job.future.add_done_callback(lambda _: self._jobs.discard(job))
        if not self._call(job.begin):
            coroutine.close()
            job.future.cancel()
        return job

    def _call(self, callback: Callable[[], object]) -> bool:
        """Schedule `callback` in the S3 thread; return whether it was, which it is not after `stop`."""
        with self._lock:
            if self._loop is None or self._stopped:
                return False
            self._loop.call_soon_threadsafe(callback)
            return True

    async def _cancel(self, job: _BackgroundCall[T], ended: asyncio.Future[T]) -> None:
        while not ended.done():
            self._call(job.cancel)
            try:
                await asyncio.wait({ended})
            except asyncio.CancelledError:
                continue  # the caller is being cancelled already; a second time is passed on like the first


async def abandonable(function: Callable[[], T]) -> T:
    """Run `function` in a daemon thread and return its result; the process ends without waiting for it.

    For calls that may wait for a person, such as a keyring's prompt. Cancelled, it is left to itself.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            result = function()
        except BaseException as error:  # handed to who waits, whatever it is
            if not future.cancelled():
                future.set_exception(error)
        else:
            if not future.cancelled():
                future.set_result(result)

    future.set_running_or_notify_cancel()
    threading.Thread(target=work, name="abandonable", daemon=True).start()
    return await asyncio.wrap_future(future)


class _BackgroundCall(Generic[T]):
    """A coroutine, its task in the S3 thread, and a future that is done only when that task has ended."""

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        self.future: Future[T] = Future()
        self._coroutine = coroutine
        self._task: asyncio.Task[T] | None = None

    def begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._coroutine)
        self._task.add_done_callback(self._finish)

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _finish(self, task: asyncio.Task[T]) -> None:
        if task.cancelled():
            self.future.cancel()
        if not self.future.set_running_or_notify_cancel():
            return  # nobody takes an exception now: unread in its task, it goes to asyncio's log
        error = task.exception()
        if error is None:
            self.future.set_result(task.result())
        else:
            self.future.set_exception(error)


class _End(Enum):
    END = "the generator has no more items"


async def _next(generator: AsyncGenerator[T, None]) -> T | _End:
    try:
        return await anext(generator)
    except StopAsyncIteration:
        return _End.END


async def _close(generator: AsyncGenerator[Any, None]) -> None:
    await generator.aclose()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(_end_tasks())
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


async def _end_tasks() -> None:
    while tasks := asyncio.all_tasks() - {asyncio.current_task()}:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
