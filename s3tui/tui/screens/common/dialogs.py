"""Modal dialogs: base class, confirmations, text prompt. The safe answer is the default, Escape means no.

A dialog that needs an answer from S3 opens at once and shows what it waits for (`Learning`); closing it
cancels the request without waiting for it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.message import Message
from textual.screen import ModalScreen
from textual.suggester import Suggester, SuggestFromList
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static
from textual.widgets.button import ButtonVariant

Answer = TypeVar("Answer")

GRACE_S = 0.25
"""How long a destructive dialog must be visible before it takes keys: earlier ones were not meant for it."""
_WAYS_OUT = frozenset({"escape", "ctrl+c"})
LEARNING = "learning"
"""Worker group that loads the contents of an open dialog: no key waits for it."""


class Dialog(ModalScreen[Answer | None]):
    """A centred modal dialog with a title; its answer is `None` if it is dismissed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "cancel", show=False),
        Binding("left", "app.focus_previous", "previous", show=False),
        Binding("right", "app.focus_next", "next", show=False),
    ]

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._painted_at: float | None = None
        self._answer_below: list[Answer | None] = []
        """Answers given while another screen was above; the first one counts."""

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
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._title)
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


@dataclass(frozen=True, slots=True)
class Asked:
    """The loaded contents of a question."""

    sentence: str
    title: str = ""
    """Replaces the title, unless empty."""
    yes: str = ""
    expected: str = ""
    """The text to type to confirm."""
    is_answerable: bool = True
    """False if yes is not offered."""


Learning = AsyncGenerator[str | bool | Asked, None]
"""Loads the contents of an open question: yields progress as sentences, then the contents, or the answer if
there is nothing to ask."""


class Question(Dialog[bool]):
    """A yes-or-no dialog. While its contents are loading, it accepts only escape, and yes is disabled."""

    @dataclass
    class Learned(Message):
        step: str | bool | Asked

    def __init__(self, title: str, sentence: str, *, yes: str, no: str, learning: Learning | None) -> None:
        """`learning`: loads the contents; `sentence` is shown meanwhile."""
        super().__init__(title)
        self._sentence, self._yes, self._no = sentence, yes, no
        self._learning = learning
        self._is_known = self._is_answerable = learning is None

    @property
    def is_known(self) -> bool:
        return self._is_known

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), id="sentence", classes="sentence")
        yield from self.compose_field()
        yield Label("esc leaves it", id="way-out", classes="hint")
        with Horizontal(classes="answers"):
            yield Button(Content(self._no), id="no", compact=True)
            variant: ButtonVariant = "error" if self.is_grave else "primary"
            yield Button(Content(self._yes), id="yes", compact=True, variant=variant, disabled=True)

    def compose_field(self) -> Iterable[Widget]:
        """Yield fields that must be filled in before yes is enabled."""
        return ()

    def on_mount(self) -> None:
        if self._learning is None:
            self.offer()
        else:
            self.run_worker(self._learn(self._learning), group=LEARNING)

    async def _learn(self, learning: Learning) -> None:
        async with aclosing(learning):
            async for step in learning:
                self.post_message(self.Learned(step))

    @on(Learned)
    def _take(self, message: Learned) -> None:
        step = message.step
        if not self.is_open:
            return
        if isinstance(step, bool):
            self.dismiss(step)
        elif isinstance(step, str):
            self.query_one("#sentence", Static).update(Content(step))
        else:
            self.take(step)
            self._is_known, self._is_answerable = True, step.is_answerable
            self.call_after_refresh(self._offer_at_sight)

    def take(self, asked: Asked) -> None:
        """Show the loaded contents."""
        self.query_one("#sentence", Static).update(Content(asked.sentence))
        if asked.title:
            self.query_one(".dialog").border_title = Content(asked.title)
        yes = self.query_one("#yes", Button)
        yes.display = asked.is_answerable
        if asked.yes:
            yes.label = Content(asked.yes)

    def _offer_at_sight(self) -> None:
        if self.is_open:
            self._note_painted()
            self.offer()

    def offer(self) -> None:
        """Enable the answers."""
        self.query_one("#way-out").display = False
        self.query_one("#yes", Button).disabled = not self._is_answerable
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class Confirm(Question):
    """A yes-or-no dialog; no has the focus."""

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        yes: str,
        no: str = "Keep",
        grave: bool = True,
        learning: Learning | None = None,
    ) -> None:
        super().__init__(title, sentence, yes=yes, no=no, learning=learning)
        self._grave = grave

    @property
    def is_grave(self) -> bool:
        return self._grave


class TypedConfirm(Question):
    """A yes-or-no dialog that enables yes once `expected` is typed."""

    def __init__(
        self, title: str, sentence: str, *, yes: str, expected: str = "", learning: Learning | None = None
    ) -> None:
        super().__init__(title, sentence, yes=yes, no="Keep", learning=learning)
        self.expected = expected

    @property
    def is_grave(self) -> bool:
        return True

    def compose_field(self) -> Iterable[Widget]:
        demand, field = Static(id="demand", classes="sentence"), Input(compact=True, id="typed")
        demand.display = field.display = False
        yield from (demand, field)

    def take(self, asked: Asked) -> None:
        super().take(asked)
        self.expected = asked.expected

    def offer(self) -> None:
        super().offer()
        demand, field = self.query_one("#demand", Static), self.query_one("#typed", Input)
        demand.update(Content.assemble("Type ", (self.expected, "bold $error"), " to go on."))
        demand.display = field.display = self._is_answerable
        self.query_one("#yes", Button).disabled = True  # until it is typed
        if self._is_answerable:
            field.focus()

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value != self.expected

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        if event.value == self.expected:
            self.dismiss(True)


class Prompt(Dialog[str]):
    """A dialog for one line of text; `check` returns the error in it, or `None`."""

    @dataclass
    class ObstacleFound(Message):
        sentence: str

    def __init__(
        self,
        title: str,
        sentence: str,
        *,
        value: str = "",
        placeholder: str = "",
        yes: str = "Go",
        check: Callable[[str], str | None] = lambda text: None if text else "",
        suggester: Suggester | None = None,
        completions: Sequence[str] = (),
        replaces: bool = False,
        masked: bool = False,
        obstacle: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """
        Args:
            replaces: typing overwrites `value`.
            masked: the text is hidden, as for a password.
            obstacle: awaited while the dialog is open; returns an error that holds for any text, or nothing.
        """
        super().__init__(title)
        self._find_obstacle, self._obstacle = obstacle, ""
        self._sentence, self._value, self._placeholder, self._yes = sentence, value, placeholder, yes
        self._check = check
        self._replaces, self._masked = replaces, masked
        self._suggester = suggester or (SuggestFromList(completions) if completions else None)

    def compose_question(self) -> Iterable[Widget]:
        if self._sentence:
            yield Static(Content(self._sentence), classes="sentence")
        field = Input(
            self._value,
            self._placeholder,
            suggester=self._suggester,
            compact=True,
            select_on_focus=self._replaces,
            password=self._masked,
        )
        field.cursor_position = len(self._value)
        yield field
        yield Label(Content(""), id="wrong")
        keys = [
            f"↵ {self._yes.lower()}",
            "→ takes the suggestion" * (self._suggester is not None),
            "esc cancels",
        ]
        yield Label(Content("   ".join(filter(None, keys))), classes="hint")

    def on_mount(self) -> None:
        if self._find_obstacle is not None:
            self.run_worker(self._look(self._find_obstacle), group=LEARNING)

    async def _look(self, find: Callable[[], Awaitable[str]]) -> None:
        self.post_message(self.ObstacleFound(await find()))

    @on(ObstacleFound)
    def _take_obstacle(self, message: ObstacleFound) -> None:
        self._obstacle = message.sentence
        if self.is_open:
            self._clear()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.query_one("#wrong", Label).update(Content(self._obstacle))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        wrong = self._obstacle or self._check(event.value)
        if wrong is None:
            self.dismiss(event.value)
        else:
            self.query_one("#wrong", Label).update(Content(wrong))
