"""Guards what several tasks await at once: screens that change, widgets that are removed.

Textual gives the caller of `pop_screen`, `switch_screen`, `dismiss` or `remove` the same futures that its own
message loops await, and a worker that is cancelled while it awaits one cancels it for all: the app's message
loop ends then, and nothing is painted or typed any more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from textual.await_complete import AwaitComplete
from textual.await_remove import AwaitRemove


def guard_shared_awaits() -> None:
    """Wrap what Textual awaits for both, so that only who is cancelled stops waiting."""
    if getattr(AwaitComplete.__await__, "is_guarded", False):
        return

    def await_complete(shared: AwaitComplete) -> Generator[Any, None, Any]:
        if shared._pre_await is not None:
            shared._pre_await()
        return asyncio.shield(shared._future).__await__()

    def await_remove(shared: AwaitRemove) -> Generator[None, None, None]:
        current = asyncio.current_task()
        tasks: list[Any] = [asyncio.shield(task) for task in shared._tasks if task is not current]
        return remove(AwaitRemove(tasks, shared._post_remove))

    remove = AwaitRemove.__await__
    await_complete.is_guarded = True  # type: ignore[attr-defined]  # so that a second app wraps nothing again
    AwaitComplete.__await__ = await_complete  # type: ignore[method-assign,assignment]  # no public hook
    AwaitRemove.__await__ = await_remove  # type: ignore[method-assign,assignment]
