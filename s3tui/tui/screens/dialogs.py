"""Questions: centred, one at a time, the safe answer is the default, Escape is always no."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key, Paste
from textual.screen import ModalScreen
from textual.suggester import Suggester, SuggestFromList
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Static

Answer = TypeVar("Answer")

GRACE_S = 0.25
"""How long a grave question must have been there: what is typed sooner was not meant as its answer."""
_WAYS_OUT = frozenset({"escape", "ctrl+c"})


class Dialog(ModalScreen[Answer | None]):
    """A frame with a title; `None` is the answer of who walks away."""

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
        """What was answered while another screen stood above: the first one counts."""

    @property
    def is_grave(self) -> bool:
        """Whether an answer destroys something: only keys that were typed at its sight are taken."""
        return False

    def accepts(self, event: Key | Paste) -> bool:
        """Say whether `event` may be meant for this question, by the time when it came."""
        if not self.is_grave or (isinstance(event, Key) and event.key in _WAYS_OUT):
            return True  # to walk away is never wrong
        return self._painted_at is not None and event.time >= self._painted_at + GRACE_S

    @property
    def listens(self) -> bool:
        """Whether a key that is pressed now is taken."""
        return self.accepts(Key("enter", None))

    def on_screen_resume(self) -> None:
        if self._answer_below:
            self.dismiss(self._answer_below[0])
        elif self._painted_at is None:
            self.call_after_refresh(self._note_painted)

    def _note_painted(self) -> None:
        self._painted_at = Key("", None).time  # by the clock of events

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as frame:
            frame.border_title = Content(self._title)
            yield from self.compose_question()

    def compose_question(self) -> Iterable[Widget]:
        raise NotImplementedError

    def holds_quit(self) -> bool:
        """Say whether the app may not end while this is open; who asks for its end is answered here."""
        return False

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Answer, once: nothing but this goes away, and not before what stands above it."""
        if self.is_active:
            return super().dismiss(result)
        self._answer_below.append(result)
        return AwaitComplete()

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


class Confirm(Dialog[bool]):
    """Yes or no; no has the focus."""

    def __init__(self, title: str, sentence: str, *, yes: str, no: str = "Keep", grave: bool = True) -> None:
        super().__init__(title)
        self._sentence, self._yes, self._no = sentence, yes, no
        self._grave = grave

    @property
    def is_grave(self) -> bool:
        return self._grave

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), classes="sentence")
        with Horizontal(classes="answers"):
            yield Button(Content(self._no), id="no", compact=True)
            yield Button(
                Content(self._yes), id="yes", compact=True, variant="error" if self._grave else "primary"
            )

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class TypedConfirm(Dialog[bool]):
    """Yes only for who types `expected`."""

    def __init__(self, title: str, sentence: str, *, expected: str, yes: str) -> None:
        super().__init__(title)
        self._sentence, self._yes = sentence, yes
        self.expected = expected

    @property
    def is_grave(self) -> bool:
        return True

    def compose_question(self) -> Iterable[Widget]:
        yield Static(Content(self._sentence), classes="sentence")
        yield Static(
            Content.assemble("Type ", (self.expected, "bold $error"), " to go on."), classes="sentence"
        )
        yield Input(compact=True, id="typed")
        with Horizontal(classes="answers"):
            yield Button("Keep", id="no", compact=True)
            yield Button(Content(self._yes), id="yes", compact=True, variant="error", disabled=True)

    @on(Input.Changed)
    def _check(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value != self.expected

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        if event.value == self.expected:
            self.dismiss(True)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")


class Prompt(Dialog[str]):
    """One line of text; `check` returns what is wrong with it, or `None`."""

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
    ) -> None:
        """With `replaces`, what is typed first takes the place of `value`; `masked` shows none of it."""
        super().__init__(title)
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

    @on(Input.Changed)
    def _clear(self) -> None:
        self.query_one("#wrong", Label).update(Content(""))

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        wrong = self._check(event.value)
        if wrong is None:
            self.dismiss(event.value)
        else:
            self.query_one("#wrong", Label).update(Content(wrong))
