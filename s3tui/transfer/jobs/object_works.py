"""The works that planned jobs do to each object: a move, new attributes, their undo, a restore."""

from __future__ import annotations

from s3tui.s3.client import S3Client
from s3tui.s3.sending.clock import utc_now
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import Change, ItemState
from s3tui.transfer.changes.moving_object import ObjectMove, has_acls
from s3tui.transfer.changes.restoring import restore_planned
from s3tui.transfer.editing.planned_set import set_planned
from s3tui.transfer.editing.returned_object import return_planned
from s3tui.transfer.editing.reverting import revert_planned
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter


class MoveWork:
    """Moves objects: copied, proven, then deleted where they were."""

    undone = "were not moved"

    def __init__(self, record: TransferRecord) -> None:
        self._record = record
        self._moves: dict[int, ObjectMove] = {}
        """Moves that a pause or an outage interrupted, by the number of the object."""
        self._has_acls = True

    async def begin(self, client: S3Client, change: Change) -> None:
        self._has_acls = await has_acls(client, change.bucket)

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        item = record.item
        copied = self._record.object_record(item.facts["to"], again=item.state is ItemState.SENT)
        move = self._moves.get(item.number)
        if move is None:
            move = ObjectMove(record, ProgressMeter(Counters()), copied, has_acls=self._has_acls)
        self._moves[item.number] = move
        await move.run(client, resources, record)
        del self._moves[item.number]

    async def discard(self, number: int | None = None) -> None:
        for each in [number] if number is not None else list(self._moves):
            if (move := self._moves.pop(each, None)) is not None:
                await move.discard()


class SetWork:
    """Sets the attributes that were agreed to."""

    undone = "were not changed"

    async def begin(self, client: S3Client, change: Change) -> None: ...

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        await set_planned(client, record, utc_now())

    async def discard(self, number: int | None = None) -> None: ...


class RevertWork:
    """Gives objects back the attributes or the content that they had."""

    undone = "were not brought back"

    async def begin(self, client: S3Client, change: Change) -> None: ...

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        await revert_planned(client, record, utc_now())

    async def discard(self, number: int | None = None) -> None: ...


class RestoreWork:
    """Asks for readable copies of archived objects."""

    undone = "are not being restored"

    async def begin(self, client: S3Client, change: Change) -> None: ...

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        await restore_planned(client, record)

    async def discard(self, number: int | None = None) -> None: ...


class ReturnWork:
    """Brings objects back as they were at an instant."""

    undone = "were not brought back"

    async def begin(self, client: S3Client, change: Change) -> None: ...

    async def do(self, client: S3Client, resources: Resources, record: ItemRecord) -> None:
        await return_planned(client, record, utc_now())

    async def discard(self, number: int | None = None) -> None: ...
