"""Painted lines: what a screen painted goes with it."""

from __future__ import annotations

import gc
import weakref

from textual.widget import Widget

from tests.tui.conftest import Running
from tests.tui.harness import press


async def test_a_closed_screen_leaves_none_of_its_painted_lines(running: Running) -> None:
    async with running(None) as pilot:
        await press(pilot, "question_mark")
        painted = [weakref.ref(widget._styles_cache) for widget in pilot.app.screen.query(Widget)]
        await press(pilot, "escape")
        await press(pilot, "down")  # the screen below is painted again
        gc.collect()
        assert painted
        assert not [cache for cache in painted if cache() is not None]
