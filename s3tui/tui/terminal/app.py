"""TerminalApp: Textual's App for terminals as they are. Keys keep their order, frames cost what changed.

What is painted holds no control codes, the clipboard is asked for in every way that a terminal may know, and
a screen that goes takes along what works for it.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from textual._styles_cache import StylesCache
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.color import Color
from textual.events import Event, Resize
from textual.filter import LineFilter
from textual.worker import active_worker

from s3tui.tui.keymap.binding import DISPLAY, is_key, is_sequence
from s3tui.tui.terminal.cell_diff import CellDiff
from s3tui.tui.terminal.control_codes import ControlCodes
from s3tui.tui.terminal.key_sequences import KeySequences
from s3tui.tui.terminal.shared_awaits import guard_shared_awaits
from s3tui.tui.terminal.type_ahead import TypeAhead

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.driver import Driver
    from textual.screen import Screen

    from s3tui.settings import NoticeProtocol


def forget_painted_lines() -> None:
    """Let go of the painted lines of widgets that are gone: of up to 1 024, screens full of text among them.

    Textual memoizes a *method* of `StylesCache`, and so keeps each cache that it was called on, with its
    lines. Widgets that are still there are remembered again as they are painted.
    """
    if clear := getattr(StylesCache.get_inner_outer, "cache_clear", None):
        clear()


class TerminalApp(App[None]):
    def __init__(self, changed_keys: Mapping[str, str], *, diffs: bool) -> None:
        """
        Args:
            changed_keys: keys by the ids of their bindings, where they are not the default ones.
            diffs: paint only the cells that changed.
        """
        super().__init__()
        guard_shared_awaits()
        self.changed_keys = changed_keys
        self.set_keymap(dict(changed_keys))
        self.type_ahead = TypeAhead(self)
        self._terminal_title: str | None = None
        self._control_codes = ControlCodes()
        self._few_colors: tuple[str, LineFilter] | None = None
        self._cell_diff = CellDiff(self, super()._display, is_on=diffs)
        self._sequences = KeySequences(
            self, changed_keys.values(), put_back=self.type_ahead.put_back, show=self.show_pending
        )

    def get_driver_class(self) -> type[Driver]:
        from s3tui.tui.terminal.lifecycle import TerminalDriver

        return TerminalDriver

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Paint what changed: called by screens with each frame of theirs."""
        self._cell_diff.display(screen, renderable)

    def action_redraw(self) -> None:
        """Paint the whole screen again, as other programs may have written on the terminal."""
        self._cell_diff.forget()
        self.screen.refresh()

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Resize):  # also when the terminal was somebody else's for a while
            self._cell_diff.forget()
        if not self.type_ahead.held(event):
            for each in self._sequences.join(event):
                await super().on_event(each)

    def show_pending(self, key: str) -> None:
        """Show the key that waits for the second one of a sequence; nothing, when none does any more."""

    def exit(self, result: None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        self.type_ahead.close()
        super().exit(result, return_code, message)

    def pop_screen(self) -> AwaitComplete:
        """Remove the top screen, once the workers of it have ended.

        Textual ends them only after its widgets, which they would look for in vain.
        """
        self._end_workers_of(self.screen)
        forget_painted_lines()
        return super().pop_screen()

    def _end_workers_of(self, screen: Screen[object]) -> None:
        """Cancel what works for `screen` and its widgets, but for the worker that asks for it.

        What was asked for only now begins before that: else its coroutine would never be awaited.
        """
        later = asyncio.get_running_loop().call_soon
        for worker in list(self.workers):
            if screen in worker.node.ancestors_with_self and worker is not active_worker.get(None):
                later(worker.cancel)

    def copy_to_clipboard(self, text: str) -> None:
        """Ask the terminal to copy `text` (OSC 52); it may refuse silently, so callers show the text, too."""
        self._clipboard = text
        from s3tui.tui.terminal.osc52 import sequences

        if self._driver is not None:
            self._driver.write(sequences(text, in_tmux="TMUX" in os.environ, in_screen="STY" in os.environ))

    def show_notice(self, text: str, protocol: NoticeProtocol) -> None:
        """Ask the terminal to show `text` outside of its window; whether it does, is not known."""
        from s3tui.tui.terminal.notices import notice

        if self._driver is not None and (sequence := notice(text, protocol, os.environ)):
            self._driver.write(sequence)

    def show_terminal_title(self, text: str | None) -> None:
        """Set the title of the terminal's window; without one, put back what it was before."""
        from s3tui.tui.terminal.lifecycle import TerminalDriver

        if isinstance(self._driver, TerminalDriver) and text != self._terminal_title:
            self._terminal_title = text
            self._driver.set_title(text)

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = [*super().get_line_filters(), self._control_codes]
        has_few_colors = not self.is_headless and self.console.color_system == "standard"
        return [*filters, self._sixteen_colors()] if has_few_colors else filters

    def _sixteen_colors(self) -> LineFilter:
        """Return the filter for a terminal of few colours: another one for each theme, as lines are kept."""
        from s3tui.tui.terminal.sixteen_colors import SixteenColors

        theme = self.current_theme
        if self._few_colors is None or self._few_colors[0] != theme.name:
            names = ("background", "surface", "panel")
            grounds = [Color.parse(self.theme_variables[name]).rgb for name in names]
            self._few_colors = theme.name, SixteenColors(grounds, is_dark=theme.dark)
        return self._few_colors[1]

    def get_key_display(self, binding: Binding) -> str:
        key = binding.key
        if is_sequence(key) or not is_key(key):
            return key if is_key(key) else ""
        return binding.key_display or DISPLAY.get(key) or super().get_key_display(binding)
