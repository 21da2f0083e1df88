"""KeySequences: two keys that are typed one after the other, as `gg`, become one key of that name.

The first is held back until another is there, or `LIMIT_S` is over: then it means what it means alone. With
one that does not belong to it, both mean what they mean alone; escape takes the first back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from textual.app import App
from textual.events import Event, Key
from textual.timer import Timer

from s3tui.tui.keymap.binding import is_sequence

LIMIT_S = 1.0


class KeySequences:
    def __init__(
        self,
        app: App[Any],
        keymap: Iterable[str],
        *,
        put_back: Callable[[Key], None],
        show: Callable[[str], None],
    ) -> None:
        """
        Args:
            keymap: the keys of bindings, by comma, among which there may be sequences.
            put_back: has a key handled again, behind those that were handed on.
            show: shows the key that waits for another one; nothing, when none does any more.
        """
        self._app, self._put_back, self._show = app, put_back, show
        self._sequences = frozenset(key for keys in keymap for key in keys.split(",") if is_sequence(key))
        self._firsts = frozenset(key[0] for key in self._sequences)
        self._pending: Key | None = None
        self._alone: Key | None = None
        """A key whose time is over, on its way again."""
        self._where: tuple[object, object] = (None, None)
        self._timer: Timer | None = None

    def join(self, event: Event) -> list[Event]:
        """Return what is to be handled now in place of `event`."""
        if not isinstance(event, Key) or event.is_forwarded or not self._sequences:
            return [event]
        if event is self._alone:
            self._alone = None
            return [event]
        if (first := self._pending) is None:
            return [] if self._begins(event) else [event]
        self._end()
        if event.key == "escape":
            return []
        name = f"{first.character}{event.character}"
        if name in self._sequences & self._app.active_bindings.keys():
            return [Key(name, None)]
        self._put_back(event)
        return [first]

    def _begins(self, event: Key) -> bool:
        """Hold back a key that begins a sequence here; say whether it does."""
        focused, first = self._app.focused, event.character
        if first not in self._firsts or (focused and focused.check_consume_key(event.key, first)):
            return False
        if not any(key[0] == first for key in self._sequences & self._app.active_bindings.keys()):
            return False
        self._pending, self._where = event, (self._app.screen, focused)
        self._timer = self._app.set_timer(LIMIT_S, self._time_is_over)
        self._show(first)
        return True

    def _end(self) -> None:
        self._pending = None
        if self._timer is not None:
            self._timer.stop()
        self._show("")

    def _time_is_over(self) -> None:
        first = self._pending
        if first is not None:
            self._end()
            if self._where == (self._app.screen, self._app.focused):
                self._alone = first
                self._put_back(first)
