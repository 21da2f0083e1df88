"""The first paint, counted rather than timed: what is styled and read for it, and what waits for it."""

from __future__ import annotations

import inspect
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from s3tui.connect.connection import Anonymous, Connection
from s3tui.s3.address.endpoint import Endpoint
from s3tui.settings import DEFAULT_THEME, Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from tests.tui.harness import until

NOWHERE = Connection("nowhere", Endpoint.custom("http://127.0.0.1:9"), Anonymous())


class Counted(Stylesheet):
    """Stylesheets that count to what they are applied, and how often all are read again."""

    def __init__(self, variables: dict[str, str]) -> None:
        super().__init__(variables=variables)
        self.applied = Counter[str]()
        self.read_again = 0

    def apply(self, node: DOMNode, **options: Any) -> None:
        self.applied[type(node).__name__] += 1
        super().apply(node, **options)

    def reparse(self) -> None:
        self.read_again += 1
        super().reparse()


class Watched(S3TuiApp):
    """The app with what was so when the bucket list was painted first."""

    CSS_PATH = str(Path(inspect.getfile(S3TuiApp)).with_name("s3tui.tcss"))

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, NOWHERE)
        self.sheets = self.stylesheet = Counted(self.get_css_variables())
        self.painted: tuple[Counter[str], int, list[str], str] | None = None

    def post_display_hook(self) -> None:
        if self.painted is None and self.screen_stack and isinstance(self.screen, BucketListScreen):
            lines = (strip.text for strip in self.screen._compositor.render_strips())
            threads = [thread.name for thread in threading.enumerate()]
            self.painted = Counter(self.sheets.applied), self.sheets.read_again, threads, "\n".join(lines)
        super().post_display_hook()


async def first_paint(settings: Settings, size: tuple[int, int]) -> tuple[Counter[str], int, list[str], str]:
    app = Watched(settings)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.painted is not None)
    assert app.painted is not None
    return app.painted


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_the_first_frame_says_what_is_waited_for(size: tuple[int, int]) -> None:
    _, _, threads, text = await first_paint(Settings(), size)
    assert "Asking 127.0.0.1 for its buckets" in text
    assert "nowhere" in text
    assert "s3" not in threads, "the core would be imported while the screen is painted"


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_widgets_are_styled_when_they_come_and_when_their_screen_does(size: tuple[int, int]) -> None:
    applied, read_again, _, _ = await first_paint(Settings(theme=DEFAULT_THEME), size)
    assert read_again == 0
    twice = ("BucketTable", "TopBar", "KeyBar", "DetailPane", "Notice", "Vertical")
    assert {name: applied[name] for name in twice} == dict.fromkeys(twice, 2)
    assert applied.total() <= 120


async def test_another_theme_than_the_default_is_there_from_the_first_frame() -> None:
    app = Watched(Settings(theme="s3tui-light"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.painted is not None)
        assert app.current_theme.name == "s3tui-light"
        assert app.has_class("-light-mode", "-theme-s3tui-light")
        light = app.screen.styles.background
    default = Watched(Settings())
    async with default.run_test() as pilot:
        await until(pilot, lambda: default.painted is not None)
        assert default.has_class("-dark-mode", f"-theme-{DEFAULT_THEME}")
        assert default.screen.styles.background != light
        assert default.theme_variables["background"].lower() == default.current_theme.background
