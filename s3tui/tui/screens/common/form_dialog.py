"""FormDialog: the base of dialogs with a form: fields, a note on what they mean together, what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static, TextArea

from s3tui.format import printable
from s3tui.tui.keymap.dialogs import FIELD_KEYS, FORM_KEYS
from s3tui.tui.screens.common.dialog import Answer, Dialog
from s3tui.tui.widgets.forms.choice import Choice
from s3tui.tui.widgets.forms.form import Field, Form


class FormDialog(Dialog[Answer]):
    """Answers with what `read` makes of the fields."""

    VERTICAL_BREAKPOINTS = [(0, "-low"), (30, "-high")]  # noqa: RUF012 - Textual's own declaration
    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS, *FORM_KEYS]

    def __init__(self, title: str, fields: Sequence[Field], *, yes: str, sentence: str = "") -> None:
        super().__init__(title)
        self._fields, self._yes, self._sentence = fields, yes, sentence

    def compose_question(self) -> Iterable[Widget]:
        if self._sentence:
            yield Static(Content(self._sentence), classes="sentence")
        yield Form(self._fields)
        yield Static(Content(""), id="note")
        yield from self.compose_rest()
        yield Label(Content(""), id="wrong", classes="-wrong")
        keys = f"^s {self._yes.lower()}   ↑↓ fields   ← → choices   esc cancels"
        yield Label(Content(keys), classes="hint")

    def compose_rest(self) -> Iterable[Widget]:
        """Yield what stands below the fields."""
        return ()

    def on_mount(self) -> None:
        self.changed()
        self.form.query("Input, TextArea, Choice").first().focus()

    @property
    def form(self) -> Form:
        return self.query_one(Form)

    def read(self) -> Answer:
        """Return what the fields say.

        Raises: ValueError, with the sentence for the user.
        """
        raise NotImplementedError

    def note(self) -> str:
        """Return what the fields mean together, as sentences."""
        return ""

    def changed(self) -> None:
        """Follow the fields after one of them changed."""
        self.say_note(self.note())

    def say_note(self, sentence: str, *, is_warning: bool = False) -> None:
        note = self.query_one("#note", Static)
        note.set_class(is_warning, "-warning")
        note.display = bool(sentence)
        note.update(Content(sentence))

    def say_wrong(self, sentence: str) -> None:
        label = self.query_one("#wrong", Label)
        label.display = bool(sentence)
        label.update(Content(printable(sentence)))

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Choice.Changed)
    def _follow(self) -> None:
        self.say_wrong("")
        self.changed()

    @on(Input.Submitted)
    def action_submit(self) -> None:
        try:
            answer = self.read()
        except ValueError as error:
            self.say_wrong(str(error))
        else:
            self.submit(answer)

    def submit(self, answer: Answer) -> None:
        """Called with what the fields say."""
        self.dismiss(answer)
