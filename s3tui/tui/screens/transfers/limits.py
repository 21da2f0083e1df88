"""LimitsDialog: changes the speed limit and the concurrency limits while transfers run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Grid
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from s3tui.config.options import MOST_AT_ONCE
from s3tui.format import parse_rate
from s3tui.transfer.models import Limits
from s3tui.tui.keymap.dialogs import FIELD_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.sentences import short_rate


class LimitsDialog(Dialog[Limits]):
    BINDINGS: ClassVar[list[BindingType]] = [*FIELD_KEYS]

    def __init__(self, limits: Limits) -> None:
        super().__init__("Limits")
        self._limits = limits

    def compose_question(self) -> Iterable[Widget]:
        rate = self._limits.rate_bps
        values = {
            "rate": ("Speed", "off" if rate is None else short_rate(rate), "off, or like 20 MB/s"),
            "objects": ("Objects at once", str(self._limits.objects), ""),
            "parts": ("Parts at once", str(self._limits.parts), "of large objects, over all objects"),
        }
        yield Static(
            Content(
                "Over all transfers, both ways together. They hold at once, and until s3tui ends; "
                "config.toml keeps them: [transfer] rate, objects, parts."
            ),
            classes="sentence",
        )
        with Grid(id="limit-fields"):
            for id, (label, value, placeholder) in values.items():
                yield Label(Content(label))
                yield Input(value, placeholder, id=id, compact=True)
        yield Label(Content(""), id="wrong")
        yield Label(Content("↵ sets them   ↑ ↓ another field   esc cancels"), classes="hint")

    def on_mount(self) -> None:
        self.query_one("#rate", Input).focus()

    @on(Input.Changed)
    def _clear(self) -> None:
        self.query_one("#wrong", Label).update(Content(""))

    @on(Input.Submitted)
    def _submit(self) -> None:
        values = {field.id or "": field.value for field in self.query(Input)}
        try:
            self.dismiss(parse_limits(**values))
        except ValueError as error:
            label = self.query_one("#wrong", Label)
            label.set_classes("-wrong")
            label.update(Content(str(error)))


def parse_limits(rate: str, objects: str, parts: str) -> Limits:
    """Parse the fields of the dialog.

    Raises: ValueError, with the sentence for the user.
    """
    return Limits(
        rate_bps=parse_rate(rate), objects=_number("Objects", objects), parts=_number("Parts", parts)
    )


def _number(what: str, text: str) -> int:
    value = int(text) if text.strip().isdecimal() else 0
    if not 1 <= value <= MOST_AT_ONCE:
        raise ValueError(f"{what} at once must be a number from 1 to {MOST_AT_ONCE}.")
    return value
