"""KeyBar: one line of clickable key hints for the current screen; what does not fit is in help."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.keys import format_key
from textual.reactive import reactive
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input

from s3tui.tui.keymap.binding import DISPLAY

_ACTION = "key_bar_action"
_ALWAYS = "app.help"


class KeyBar(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-bar--key", "key-bar--words"}
    DEFAULT_CSS = """
    KeyBar {
        height: 1;
        dock: bottom;
        background: $panel;
        .key-bar--key { color: $footer-key-foreground; text-style: bold; }
        .key-bar--words { color: $foreground 70%; }
    }
    """

    pending: reactive[str] = reactive("")
    """The key that waits for another one."""

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._update)

    def _update(self, screen: Screen[object]) -> None:
        self.refresh()

    async def on_click(self, event: events.Click) -> None:
        key = event.style.meta.get(_ACTION)
        if key and self.screen.is_active:  # an earlier click may have left the screen
            active = self.screen.active_bindings.get(key)
            if active is not None:
                await self.app.run_action(active.binding.action, active.node)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        keys = self._keys()
        last = [key for key in keys if key[3] == _ALWAYS]
        rest = [key for key in keys if key[3] != _ALWAYS]
        segments: list[Segment] = []
        if self.pending:
            style = self.get_component_rich_style("key-bar--key") + Style(reverse=True)
            segments = [Segment(f" {self.pending} … ", style), Segment("  ", self.rich_style)]
            width -= sum(segment.cell_length for segment in segments)
        room = width - sum(_length(key) for key in last) - 1
        for key in rest:
            if _length(key) > room:
                break
            room -= _length(key)
            segments += self._segments(key)
        for key in last:
            segments += self._segments(key)
        return Strip([Segment(" ", self.rich_style), *segments]).adjust_cell_length(
            self.size.width, self.rich_style
        )

    def _keys(self) -> list[tuple[str, str, str, str]]:
        """Return key, display, description and id of one binding per action, in the bindings' order."""
        seen: set[str] = set()
        keys = []
        typing = self.screen.focused if isinstance(self.screen.focused, Input) else None
        for key, active in self.screen.active_bindings.items():
            binding = active.binding
            if not binding.show or not active.enabled or binding.action in seen or not binding.description:
                continue
            if key not in DISPLAY and typing is not None and typing.check_consume_key(key, format_key(key)):
                continue  # the focused field takes it as text
            seen.add(binding.action)
            keys.append(
                (key, self.app.get_key_display(binding), binding.description.lower(), binding.id or "")
            )
        return keys

    def _segments(self, key: tuple[str, str, str, str]) -> list[Segment]:
        meta = Style.from_meta({_ACTION: key[0]})
        return [
            Segment(key[1], self.get_component_rich_style("key-bar--key") + meta),
            Segment(f" {key[2]}", self.get_component_rich_style("key-bar--words") + meta),
            Segment("  ", self.rich_style),
        ]


def _length(key: tuple[str, str, str, str]) -> int:
    return len(key[1]) + len(key[2]) + 3
