"""Form: labelled fields, a row each: a line of text, some lines, or a choice; it scrolls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label, TextArea

from s3tui.tui.widgets.forms.choice import Choice


@dataclass(frozen=True, slots=True)
class TextField:
    """A field for one line of text."""

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    known: Sequence[str] = ()
    """Values that are suggested."""


@dataclass(frozen=True, slots=True)
class LinesField:
    """A field for several lines of text."""

    id: str
    label: str
    value: str = ""
    height: int = 3


@dataclass(frozen=True, slots=True)
class ChoiceField:
    """A field for one of a few options."""

    id: str
    label: str
    options: Sequence[tuple[str, Any]]
    """Label and value of each."""
    chosen: int = 0


Field = TextField | LinesField | ChoiceField


class FormRow(Horizontal):
    """A field and its label."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"row-{field.id}")
        self._field = field

    def compose(self) -> ComposeResult:
        field = self._field
        yield Label(Content(field.label), classes="form-label")
        match field:
            case ChoiceField():
                yield Choice(field.options, chosen=field.chosen, id=field.id)
            case LinesField():
                area = TextArea(field.value, id=field.id, tab_behavior="focus", compact=True)
                area.styles.height = field.height
                yield area
            case TextField():
                known = SuggestFromList(field.known, case_sensitive=False) if field.known else None
                line = Input(
                    field.value,
                    field.placeholder,
                    id=field.id,
                    compact=True,
                    select_on_focus=False,
                    suggester=known,
                )
                line.cursor_position = len(field.value)
                yield line


class Form(VerticalScroll, can_focus=False):
    DEFAULT_CSS = """
    Form {
        height: auto;
        max-height: 66vh;
        scrollbar-size-vertical: 1;
    }
    FormRow { height: auto; }
    FormRow .form-label { width: 21; height: auto; }
    FormRow TextArea { width: 1fr; background: $panel; border: none; padding: 0; scrollbar-size-vertical: 1; }
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self._fields = fields

    def compose(self) -> ComposeResult:
        for field in self._fields:
            yield FormRow(field)

    def text(self, id: str) -> str:
        """Return the text of a line, without spaces around it."""
        return self.query_one(f"#{id}", Input).value.strip()

    def lines(self, id: str) -> str:
        return self.query_one(f"#{id}", TextArea).text

    def chosen(self, id: str) -> Any:
        """Return the value of the chosen option."""
        return self.query_one(f"#{id}", Choice).value

    def show(self, id: str, *, is_shown: bool) -> None:
        """Show a field, or hide it."""
        self.query_one(f"#row-{id}").display = is_shown
