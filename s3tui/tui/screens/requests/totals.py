"""RequestTotals: a dialog with the totals of all requests of this run, and an estimate of their cost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.s3.sending.request_log import RequestLog
from s3tui.tui.keymap.dialogs import TOTALS_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.exchanges import RequestPrices, totals_sections
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled


class RequestTotals(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = [*TOTALS_KEYS]

    def __init__(self, log: RequestLog, prices: RequestPrices | None) -> None:
        super().__init__("Requests of this run")
        self._sections = totals_sections(log, prices)

    def compose_question(self) -> Iterable[Widget]:
        with Scrolled():
            yield Fields(self._sections)
        yield Label(Content("esc closes"), classes="hint")
