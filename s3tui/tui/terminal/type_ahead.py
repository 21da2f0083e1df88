"""TypeAhead: a key buffer that delivers keys one at a time, in order, when they outrun the screen.

Textual sends a key to the widget that has the focus when it arrives, and runs its binding once it has bubbled
up to the app; of keys in one burst, the second is on its way before the first one's dialog is open. So a key
is held back until the keys before it have taken effect: no message queue has unread events of theirs, the
focus is stable, and a dialog that they open is on screen. Text for a field and cursor movements in a list
change neither focus nor screen: they are delivered at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.dom import DOMNode
from textual.events import Event, InputEvent, Key, Paste
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from s3tui.tui.keymap.binding import MOVE

_ASKING = "question"
_OPENING = frozenset({_ASKING, "navigation"})
"""Worker groups that open a screen."""
_FINDING = frozenset({"default"})
"""Worker groups that complete what is typed in a field."""
_REST = 3
"""The focus is stable if it is unchanged this many times in a row."""
_MOST_ROUNDS = 20
_FENCE_S = 1.0
"""Timeout for a message queue to be read: the widget may be going away."""
_AFTERWARDS_S = 1.0
"""How long keys wait for a worker after its dialog was answered."""
_LOOK_S = 0.01

Typed = Key | Paste


class TypeAhead:
    """Tells of each event whether it is `held`; held events come again through the app's own queue."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._waiting: deque[Typed] = deque()
        self._let_go: set[Typed] = set()
        """Events on their way to the app again."""
        self._task: asyncio.Task[None] | None = None
        self._target: DOMNode | None = None
        """The widget that got the last key."""
        self._is_moving = False
        """True if keys were delivered without waiting for their effect."""
        self._is_closed = False
        self._is_hurried = False
        """True if completing a field took too long: waiting keys are delivered without it."""
        self.settled = 0
        """Counts how often keys waited for the effect of those before them."""
        self._patience: WeakKeyDictionary[Worker[Any], float] = WeakKeyDictionary()
        """Deadline for each worker that opened a dialog; 0 while the dialog is open."""
        self._moves: tuple[Widget, frozenset[str]] | None = None

    @property
    def is_idle(self) -> bool:
        """True if every key has taken effect, except for what waits for an answer."""
        return self._task is None and not self._waiting

    def close(self) -> None:
        """Discard held keys: the app ends."""
        self._is_closed = True
        self._waiting.clear()

    def put_back(self, event: Key) -> None:
        """Deliver a key again, before those that wait, once those that were handed on have taken effect."""
        self._waiting.appendleft(event)
        self._begin()

    def held(self, event: Event) -> bool:
        """Tell whether `event` must not be handled now: it comes again, or is dropped."""
        if not self._app.screen_stack:
            return isinstance(event, InputEvent | Paste)  # the app begins or ends: there is no screen
        if not isinstance(event, Key | Paste) or event.is_forwarded:
            return False
        if isinstance(event, Paste):
            event.text = event.text.lstrip("\r\n")  # a field takes the first line
        if event in self._let_go:
            self._let_go.discard(event)
            return not self._may_go(event)
        if self._is_closed:
            return True
        is_light = self._is_light(event)
        at_rest = self._task is None and (is_light or not self._is_moving)
        if at_rest and not self._opening():
            if not self._may_go(event):
                return True
            self._note(is_light)
            return False
        self._waiting.append(event)
        self._begin()
        return True

    def _may_go(self, event: Typed) -> bool:
        if self._is_closed:
            return False
        screen = self._app.screen
        if isinstance(screen, ModalScreen):
            from s3tui.tui.screens.common.dialog import Dialog

            if isinstance(screen, Dialog) and not screen.accepts(event):
                return False
        self._target = self._app.focused or screen
        return True

    def _note(self, is_light: bool) -> None:
        if is_light:
            self._is_moving = True
        else:
            self._begin()

    def _begin(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._hand_on(), name="type ahead")

    async def _hand_on(self) -> None:
        try:
            while not self._is_closed:
                await self._settle()
                if not self._waiting:
                    self._is_hurried = False
                    return
                if (workers := self._opening()) and not self._is_light(self._waiting[0]):
                    self._walk_away(workers)
                    await asyncio.sleep(_LOOK_S)
                    continue
                self._release()
        finally:
            self._task = None

    def _release(self) -> None:
        """Deliver the next key, and those behind it that change neither focus nor screen."""
        while self._waiting:
            event = self._waiting.popleft()
            is_light = self._is_light(event)
            self._let_go.add(event)
            self._app.post_message(event)
            if not (is_light and self._waiting and self._is_light(self._waiting[0])):
                return

    def _is_light(self, event: Typed) -> bool:
        """Tell whether `event` is text for the focused field, or a cursor movement in the focused list."""
        focused = self._app.focused
        if focused is None or isinstance(event, Paste):
            return False
        if isinstance(focused, Input):
            if event.character in ("/", "?", ":"):
                return False  # they may be commands of their own in a field that is empty
            return focused.check_consume_key(event.key, event.character)
        if self._moves is None or self._moves[0] is not focused:
            self._moves = focused, self._movements(focused)
        return event.key in self._moves[1]

    def _movements(self, focused: Widget) -> frozenset[str]:
        return frozenset(
            key
            for key, active in self._app.active_bindings.items()
            if active.node is focused and active.binding.id and active.binding.group is MOVE
        )

    async def _settle(self) -> None:
        """Wait until delivered keys have taken effect, except for what workers do."""
        self.settled += 1
        before: tuple[Screen[Any], Widget | None] | None = None
        rests = 0
        for _ in range(_MOST_ROUNDS):
            await self._fence(self._app)
            target, self._target = self._target, None
            if target is not None:
                await self._fences(target)
            if self._is_closed or not self._app.screen_stack:
                return
            here = self._app.screen, self._app.focused
            await self._fences(here[1] or here[0])
            rests = rests + 1 if here == before and not self._let_go else 0
            if rests == _REST:
                self._is_moving = False
                return
            before = here

    async def _fences(self, node: DOMNode) -> None:
        for ancestor in node.ancestors_with_self:
            await self._fence(ancestor)

    async def _fence(self, node: MessagePump) -> None:
        """Wait until `node` has read its message queue up to now."""
        passed = asyncio.Event()
        if not self._is_closed and node.is_running and node.call_later(passed.set):
            try:
                await asyncio.wait_for(passed.wait(), _FENCE_S)
            except TimeoutError:
                return

    def _opening(self) -> list[Worker[Any]]:
        """Return the workers that will open a screen, or complete a field, before the next key."""
        return [worker for worker in tuple(self._app.workers) if self._is_awaited(worker)]

    def _is_awaited(self, worker: Worker[Any]) -> bool:
        if worker.is_finished or worker.is_cancelled:
            return False  # a cancelled worker may take long to close a connection
        screen, node = self._app.screen, worker.node
        if worker.group in _FINDING:
            is_here = isinstance(node, Input | ModalScreen) and screen in node.ancestors_with_self
            if is_here and not self._is_hurried:
                self._is_hurried = not self._is_patient(worker)
            return is_here and not self._is_hurried
        if worker.group not in _OPENING:
            return False
        is_here = (
            not isinstance(screen, ModalScreen) if node is self._app else screen in node.ancestors_with_self
        )
        if not is_here:
            self._patience[worker] = 0.0
            return False
        return worker not in self._patience or self._is_patient(worker)

    def _is_patient(self, worker: Worker[Any]) -> bool:
        until = self._patience.get(worker, 0.0) or monotonic() + _AFTERWARDS_S
        self._patience[worker] = until
        return monotonic() < until

    def _walk_away(self, workers: list[Worker[Any]]) -> None:
        """Cancel the workers that would open a dialog, if escape is waiting already."""
        asking = [worker for worker in workers if worker.group == _ASKING and worker not in self._patience]
        keys = [event.key if isinstance(event, Key) else "" for event in self._waiting]
        ways_out = [index for index, key in enumerate(keys) if key in ("escape", "ctrl+c")]
        if not asking or not ways_out:
            return
        for worker in asking:
            worker.cancel()
        for _ in range(ways_out[0] + (keys[ways_out[0]] == "escape")):
            self._waiting.popleft()
