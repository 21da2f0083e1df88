"""TransferDetail: all fields of one transfer with the full error; updates while it is in the queue."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.format import printable
from s3tui.transfer.models import QueueSnapshot, Transfer, TransferState
from s3tui.tui.keymap.dialogs import TRANSFER_KEYS
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.transfers.fields import transfer_sections
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled


class TransferDetail(Dialog[str]):
    """Answers with `retry` if the transfer is to be retried."""

    BINDINGS: ClassVar[list[BindingType]] = [*TRANSFER_KEYS]

    def __init__(self, transfer: Transfer, transfers: Transfers) -> None:
        super().__init__(printable(transfer.name))
        self.transfer = transfer
        """The latest state of the transfer."""
        self._transfers = transfers

    @property
    def can_retry(self) -> bool:
        return self.transfer.state in (TransferState.FAILED, TransferState.CANCELLED, TransferState.WAITING)

    @property
    def _hint(self) -> Content:
        return Content("r tries again   esc closes" if self.can_retry else "esc closes")

    def compose_question(self) -> Iterable[Widget]:
        with Scrolled():
            yield Fields(transfer_sections(self.transfer))
        yield Label(self._hint, classes="hint")

    def on_mount(self) -> None:
        self._transfers.changed.subscribe(self, self._follow)
        self._follow(self._transfers.snapshot)  # it may have changed before the dialog opened

    def _follow(self, snapshot: QueueSnapshot) -> None:
        found = next((row for row in snapshot.transfers if row.id == self.transfer.id), None)
        if found is not None and found != self.transfer:
            self.transfer = found
            self.query_one(Fields).show(transfer_sections(found))
            self.query_one(".hint", Label).update(self._hint)

    def action_retry(self) -> None:
        if self.can_retry:
            self.dismiss("retry")
