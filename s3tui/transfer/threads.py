"""Blocking work in threads, awaited so that a cancelled caller never leaves it running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")


T = TypeVar("T")


async def see_through(work: Awaitable[T], *, patience_s: float | None = None) -> T:
    """Await `work`; a caller that is cancelled first waits until it is over, at most `patience_s`."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        deadline = None if patience_s is None else time.monotonic() + patience_s
        while not task.done() and (deadline is None or time.monotonic() < deadline):
            with suppress(asyncio.CancelledError):
                await asyncio.wait([task], timeout=patience_s)
        if not task.cancel() and not task.cancelled():
            task.exception()  # seen; the cancellation is what the caller hears of
        raise


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `function` in a thread; a caller that is cancelled first waits until it has returned.

    With `asyncio.to_thread` a file could be closed, and its descriptor reused, while the thread writes to it.
    """
    loop = asyncio.get_running_loop()
    return await see_through(loop.run_in_executor(None, partial(function, *args, **kwargs)))
