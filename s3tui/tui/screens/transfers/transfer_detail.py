"""TransferDetail: all fields of one transfer with the full error; updates while it is in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.format import counted, printable
from s3tui.state import StateError
from s3tui.transfer.models import QueueSnapshot, Transfer, TransferState
from s3tui.tui.keymap.dialogs import TRANSFER_KEYS
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.dialog import LEARNING, Dialog
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.transfers.fields import transfer_sections
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import ChangeItem


_SHOWN = 20
"""So many objects that failed, and that were skipped."""


def _why(item: ChangeItem) -> str:
    return str(item.outcome.get("why", ""))


def _export(log: ChangeLog, file: Path, id: int) -> int:
    file.parent.mkdir(parents=True, exist_ok=True)
    return log.export(file, id)


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
        keys = ["r tries again"] * self.can_retry + ["e writes a report"] * (self.transfer.change is not None)
        return Content("   ".join([*keys, "esc closes"]))

    def compose_question(self) -> Iterable[Widget]:
        with Scrolled():
            yield Fields(transfer_sections(self.transfer))
            yield Fields([])
        yield Label(self._hint, classes="hint")

    def on_mount(self) -> None:
        self._transfers.changed.subscribe(self, self._follow)
        self._follow(self._transfers.snapshot)  # it may have changed before the dialog opened
        self.run_worker(self._read_report(), group=LEARNING, exclusive=True)

    async def _read_report(self) -> None:
        """Show which objects of a change failed or were skipped, and why; of many the first ones."""
        from s3tui.transfer.changes.models import ItemState

        id = self.transfer.change
        if id is None:
            return
        log = await self._transfers.changes()
        sections = []
        told: list[tuple[ItemState, str, Tone]] = [
            (ItemState.FAILED, "Failed", "bad"),
            (ItemState.SKIPPED, "Skipped", "warn"),
        ]
        for state, title, tone in told:
            if items := await log.items(id, state, limit=_SHOWN):
                fields = [Field(printable(item.key), printable(_why(item)), tone) for item in items]
                sections.append(Section(title, fields))
        if self.is_open:
            self.query(Fields).last().show(sections)

    @work(group="report", exclusive=True)
    async def action_report(self) -> None:
        """Write what became of each object of a change to a file, a line of JSON each."""
        id = self.transfer.change
        if id is None:
            return
        log, folder = await self._transfers.changes(), self._transfers.download_dir
        file = folder / f"s3tui-change-{id}-{self._transfers.clock():%Y%m%d-%H%M%S}.jsonl"
        try:
            lines = await asyncio.to_thread(_export, log, file, id)
        except (OSError, StateError) as error:
            self.notify(f"No report was written: {printable(str(error))}.", severity="error", markup=False)
            return
        self.notify(f"{counted(lines, 'line')} in {printable(tilde(file))}", markup=False)

    def _follow(self, snapshot: QueueSnapshot) -> None:
        found = next((row for row in snapshot.transfers if row.id == self.transfer.id), None)
        if found is not None and found != self.transfer:
            self.transfer = found
            self.query(Fields).first().show(transfer_sections(found))
            self.run_worker(self._read_report(), group=LEARNING, exclusive=True)
            self.query_one(".hint", Label).update(self._hint)

    def action_retry(self) -> None:
        if self.can_retry:
            self.dismiss("retry")
