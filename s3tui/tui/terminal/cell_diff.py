"""CellDiff: paints what the compositor renders as changes of the cells that the terminal shows.

It stands in Textual's own way to the terminal, `App._display`, which is private: with another minor version
of Textual, or after any exception, Textual paints by itself, which takes ten times the bytes. While the
terminal has not taken what was written, nothing is painted: what changes meanwhile is painted when it has.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import textual
from rich.color import ColorSystem
from rich.console import Console, RenderableType
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Offset
from textual.screen import Screen
from textual.strip import Strip

from s3tui import crash_report
from s3tui.tui.terminal.lifecycle import TerminalDriver
from s3tui.tui.terminal.look import PLAIN, Look, parse_sgr
from s3tui.tui.terminal.shadow_screen import ShadowScreen

_KNOWN = "8.2."
"""The versions of Textual whose `_display` is known; tests/tui/terminal/test_cell_diff.py holds its shape."""
_MOST_LOOKS = 10_000
_log = logging.getLogger(__name__)

Display = Callable[[Screen[object], RenderableType | None], None]


class CellDiff:
    """Owns the shadow of one app's terminal; `display` is Textual's own way to it."""

    def __init__(self, app: App[None], display: Display, *, is_on: bool) -> None:
        self._app, self._display = app, display
        self._is_on = is_on and textual.__version__.startswith(_KNOWN)
        if is_on and not self._is_on:
            _log.warning("Textual %s is not known: it paints by itself.", textual.__version__)
        self._looks = Looks(app.console)
        self._shadow = ShadowScreen(0, 0, self._looks)
        self._cursor: Offset | None = None

    def display(self, screen: Screen[object], update: RenderableType | None) -> None:
        """Paint what changed on `screen`."""
        driver = self._app._driver
        if not (self._is_on and isinstance(driver, TerminalDriver)):
            self._display(screen, update)
            return
        try:
            self._note(screen, update)
        except Exception as error:  # whatever it is: Textual paints, as it did before
            self._fall_back(error)
            self._display(screen, update)
        else:
            self._paint()

    def forget(self) -> None:
        """Paint every cell again: others wrote on the terminal, or its size is another."""
        self._shadow.forget()
        self._cursor = None
        self._app.call_later(self._paint)

    def _note(self, screen: Screen[object], update: RenderableType | None) -> None:
        if update is None:
            return
        if screen.size != self._shadow.size or self._looks.are_outdated:
            self._looks.clear()
            self._shadow = ShadowScreen(*screen.size, self._looks)
            if not isinstance(update, LayoutUpdate):
                screen.refresh()
        for x, y, strip in _strips(update):
            self._shadow.put(x, y, strip)

    def _paint(self) -> None:
        """Write what changed, now or once the terminal has taken what was written before."""
        driver = self._app._driver
        if not (self._is_on and isinstance(driver, TerminalDriver) and self._app.screen_stack):
            return
        if driver.calls_when_taken(self._paint):
            return
        try:
            changes = self._shadow.changes()
        except Exception as error:
            self._fall_back(error)
            return
        if changes or self._app.cursor_position != self._cursor:
            update = _Changes(changes, self._note_shown)
            self._display(self._app.screen, update)  # type: ignore[arg-type]  # not for Rich: Textual asks for it
        else:
            self._app.post_display_hook()

    def _note_shown(self) -> None:
        self._shadow.note_shown()
        self._cursor = self._app.cursor_position

    def _fall_back(self, error: Exception) -> None:
        self._is_on = False
        _log.warning("Textual paints by itself after an error: %s", crash_report.save(error, "the painting"))
        self._app.screen.refresh()


class Looks:
    """The look of a style, in the colours that the terminal has."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._colours = self._known_colours
        self._looks: dict[Style | None, Look] = {None: PLAIN}

    @property
    def _known_colours(self) -> ColorSystem:
        return self._console._color_system or ColorSystem.TRUECOLOR

    @property
    def are_outdated(self) -> bool:
        """True if the colours are others than those that the looks were made of."""
        return self._known_colours is not self._colours

    def clear(self) -> None:
        self._colours = self._known_colours
        self._looks = {None: PLAIN}

    def __call__(self, style: Style | None) -> Look:
        look = self._looks.get(style)
        if look is None and style is not None:
            if len(self._looks) > _MOST_LOOKS:
                self.clear()
            look = parse_sgr(Strip.render_ansi(style, self._colours), style.link or "")
            self._looks[style] = look
        return look or PLAIN


class _Changes(CompositorUpdate):
    """An update that is escape sequences already; `written` is called when Textual writes it."""

    def __init__(self, text: str, written: Callable[[], None]) -> None:
        self._text, self._written = text, written

    def render_segments(self, console: Console) -> str:
        self._written()
        return self._text


def _strips(update: RenderableType) -> Iterator[tuple[int, int, Strip]]:
    """Yield the strips of an update with their columns and lines.

    Raises: TypeError, for what is no update of the whole screen or of parts of it.
    """
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield x, y, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, first, last in update.spans:
            for end, (x, chop) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if chop is not None and x <= last and end > first:
                    yield (
                        x,
                        y,
                        chop if first <= x < last and end <= last else chop.crop(0, min(end, last) - x),
                    )
    else:
        raise TypeError(f"{type(update).__name__} is no update that is known")
