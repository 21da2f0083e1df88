"""ItemRecord: one object of a change while it is worked on; each step is on the disk before the next."""

from __future__ import annotations

from dataclasses import replace

from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeItem, Facts, ItemState

_OF_A_FAILURE = frozenset(("why", "code", "was"))


class ItemRecord:
    """Writes what becomes of one object of a change."""

    def __init__(self, log: ChangeLog, change: Change, item: ChangeItem) -> None:
        self._log, self.change, self.item = log, change, item

    async def note(self, state: ItemState, **outcome: object) -> None:
        """Write the object's state, and what is known besides what was known before.

        Raises: TransferError, when it cannot be written: then nothing more may be sent.
        """
        kept = {name: known for name, known in self.item.outcome.items() if name not in _OF_A_FAILURE}
        known: Facts = {**kept, **{name: new for name, new in outcome.items() if new is not None}}
        self.item = replace(self.item, state=state, outcome=known)
        await self._log.note(self.change.id, [(self.item.number, state, known)])

    async def fail(self, why: str, code: str) -> None:
        """Write why nothing more is done to it; the next run tries it again from where it was."""
        was = self.item.state.value
        await self.note(ItemState.FAILED, why=why, code=code, was=was)
