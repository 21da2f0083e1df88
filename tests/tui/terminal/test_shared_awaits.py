"""Workers that are cancelled while they await a change of the screen: Textual's loops await the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from s3tui.tui.terminal.shared_awaits import guard_shared_awaits


class Small(Screen[None]):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static("a", id="a")
            yield Static("b")


CHANGES: dict[str, Callable[[App[None]], Awaitable[object]]] = {
    "pop": lambda app: app.pop_screen(),
    "dismiss": lambda app: app.screen.dismiss(),
    "switch": lambda app: app.switch_screen(Small()),
    "push": lambda app: app.push_screen(Small()),
    "remove": lambda app: app.screen.query_one("#a").remove(),
    "remove many": lambda app: app.screen.query(Static).remove(),
    "remove children": lambda app: app.screen.query_one(Vertical).remove_children(),
    "remove a screen": lambda app: app.screen.remove(),
    "mount": lambda app: app.screen.query_one(Vertical).mount(Static("c")),
    "recompose": lambda app: app.screen.recompose(),
}


@pytest.mark.parametrize("turns", [1, 2, 4])
@pytest.mark.parametrize("change", CHANGES)
async def test_only_who_is_cancelled_stops_waiting(change: str, turns: int) -> None:
    """`turns`: of the loop, before the cancellation."""
    guard_shared_awaits()
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(Small())
        await app.push_screen(Small())

        async def act() -> None:
            await CHANGES[change](app)

        worker = app.run_worker(act(), exit_on_error=False)
        for _ in range(turns):
            await asyncio.sleep(0)
        worker.cancel()
        await pilot.pause()
        await app.push_screen(Small())
        assert len(app.screen.query(Static)) == 2
        done = asyncio.Event()
        app.call_later(done.set)
        await done.wait()
