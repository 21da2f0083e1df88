"""PrefixDetail: a dialog with what was loaded of a prefix, and what was counted below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.format import printable
from s3tui.tui.keymap.dialogs import PREFIX_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled


class PrefixDetail(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*PREFIX_KEYS]

    def __init__(self, bucket: str, prefix: str, known: Sequence[Section]) -> None:
        super().__init__("Prefix")
        uri = printable(f"s3://{bucket}/{prefix}")
        self._sections = [
            Section("", [Field("Prefix", printable(prefix, mark_spaces=True), "strong"), Field("URI", uri)]),
            *known,
        ]

    def compose_question(self) -> Iterable[Widget]:
        with Scrolled():
            yield Fields(self._sections)
        yield Label(Content("esc closes"), classes="hint")
