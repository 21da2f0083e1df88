"""Dialog: the base of all modal dialogs. Escape means no; a grave one takes no key older than itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import ClassVar, TypeVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button

from s3tui.tui.keymap.dialogs import DIALOG_KEYS
from s3tui.tui.runtime.toasts import HasToasts
from s3tui.tui.text.cells import middle

Answer = TypeVar("Answer")
Choice = TypeVar("Choice", bound=Enum)

GRACE_S = 0.25
"""How long a destructive dialog must be visible before it takes keys: earlier ones were not meant for it."""
_WIDEST = 96
"""Of the screen, in percent: a dialog grows so far with its title."""
_CORNERS = 6
"""Cells of a dialog's upper edge that are not its title's."""
_WAYS_OUT = frozenset({"escape", "ctrl+c"})
LEARNING = "learning"
"""Worker group that loads the contents of an open dialog: no key waits for it."""


class Dialog(ModalScreen[Answer | None]):
    """A centred modal dialog with a title; its answer is `None` if it is dismissed."""

    BINDINGS: ClassVar[list[BindingType]] = [*DIALOG_KEYS]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._painted_at: float | None = None
        self._answer_below: list[Answer | None] = []
        """Answers given while another screen was above; the first one counts."""

    @property
    def title_text(self) -> str:
        return self._title

    @property
    def is_grave(self) -> bool:
        """True if an answer is destructive: only keys typed after it became visible are accepted."""
        return False

    @property
    def is_known(self) -> bool:
        """True once its contents are known, as far as they are loaded from S3."""
        return True

    def accepts(self, event: Key | Paste) -> bool:
        """Tell whether `event` may be meant for this dialog, by its time."""
        if isinstance(event, Key) and event.key in _WAYS_OUT:
            return True  # leaving is always safe
        if not self.is_grave:
            return self.is_known
        return self._painted_at is not None and event.time >= self._painted_at + GRACE_S

    @property
    def letters(self) -> Mapping[str, str]:
        """The letters that answer by themselves, each with what it answers, in words; help lists them."""
        return {}

    def take_letter(self, letter: str) -> None:
        """Answer as one of the `letters` does."""
        raise NotImplementedError

    def on_key(self, event: Key) -> None:
        if event.character is not None and event.character in self.letters:
            event.stop()
            self.take_letter(event.character)

    @property
    def listens(self) -> bool:
        """True if a key that is pressed now is accepted."""
        return self.accepts(Key("enter", None))

    @property
    def is_open(self) -> bool:
        """True while the dialog waits for its answer: contents that arrive later are dropped."""
        return self in self.app.screen_stack

    def on_screen_resume(self) -> None:
        if self._answer_below:
            self.dismiss(self._answer_below[0])
        elif self._painted_at is None and self.is_known:
            self.call_after_refresh(self._note_painted)

    def _note_painted(self) -> None:
        self._painted_at = Key("", None).time  # the clock of events

    def compose(self) -> ComposeResult:
        if isinstance(self.app, HasToasts):
            self.app.toasts.hold()
        with Vertical(classes="dialog") as frame:
            most = self.app.size.width * _WIDEST // 100
            frame.styles.min_width = min(cell_len(self._title) + _CORNERS, most)
            frame.border_title = Content(middle(self._title, most - _CORNERS))
            frame.set_class(self.is_grave, "-grave")
            yield from self.compose_question()

    def compose_question(self) -> Iterable[Widget]:
        raise NotImplementedError

    def holds_quit(self) -> bool:
        """Tell whether this dialog keeps the app from quitting; if so, it handles the request itself."""
        return False

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close this dialog, and no other, with an answer; below another screen, once that has closed."""
        if self.is_active:
            return super().dismiss(result)
        self._answer_below.append(result)
        return AwaitComplete()

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


class ChoiceDialog(Dialog[Choice]):
    """A grave dialog whose answers are the members of an enum: a key and a button of its name for each.

    The button `back` is none of them.
    """

    def __init__(self, title: str, choices: type[Choice]) -> None:
        super().__init__(title)
        self._choices = choices

    @property
    def is_grave(self) -> bool:
        return True

    def action_answer(self, name: str) -> None:
        self.dismiss(self._choices[name])

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        if event.button.id == "back":
            self.dismiss(None)
        else:
            self.action_answer(str(event.button.id))
