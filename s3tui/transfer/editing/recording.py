"""Edits of single objects in the log of changes, so that they can be undone.

Where versions are kept, the version that came of an edit is removed; else what there was is written again.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from s3tui.s3.errors import PreconditionFailed, S3Error, ServiceError
from s3tui.transfer.changes.item_record import ItemRecord
from s3tui.transfer.changes.models import ChangeItem, ChangeKind, ItemState, Undo
from s3tui.transfer.changes.single import MOST_KEPT, recorded
from s3tui.transfer.editing.attributes import AttributeChange
from s3tui.transfer.editing.object_state import ObjectState
from s3tui.transfer.editing.planned_set import set_facts, set_planned
from s3tui.transfer.editing.state_facts import facts_of_state

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.changes.change_log import ChangeLog

T = TypeVar("T")
_NULL = "null"
_UNSURE_FROM = 500
"""Statuses of answers that do not say that nothing was done."""


class _NothingWritten(PreconditionFailed):
    """The write was not made; its answer says why."""


async def recorded_write(
    log: ChangeLog,
    connection: str,
    bucket: str,
    key: str,
    write: Callable[[], Awaitable[T]],
    *,
    title: str,
    before: ObjectState | None,
    data: bytes | None = None,
    written: Callable[[T], ObjectState | None],
) -> T:
    """Write down a write of one object while it is made, so that `U` can undo it.

    Args:
        connection: the handle of the connection.
        title: one phrase for the history: `Edit notes.txt`.
        before: what there was; `None`: nothing.
        data: its content, which is kept where no version is and it is small.
        written: returns the state that came of the answer, `None` where nothing was written.

    Raises: what `write` does.
    """
    was: dict[str, object] = {}
    if before is not None:
        was = {"version_id": before.head.version_id, "etag": before.head.etag, "was": facts_of_state(before)}
        if data is not None and len(data) <= MOST_KEPT and before.head.version_id in (None, _NULL):
            was["body"] = b64encode(data).decode()
    answers: list[T] = []
    change = None
    try:
        async with recorded(
            log,
            ChangeKind.WRITE,
            connection,
            bucket,
            key,
            title=title,
            before=was,
            undo=Undo.UNKNOWN,
            why="whether versions are kept is not known",
        ) as record:
            change = record.change
            answer = await write()
            answers.append(answer)
            state = written(answer)
            if state is None:
                raise _NothingWritten("nothing was written", code="PreconditionFailed", status=412)
            record.wrote(version_id=state.head.version_id, etag=state.head.etag, ours=facts_of_state(state))
    except _NothingWritten:
        assert change is not None
        await log.set_undo(change, Undo.NO, "nothing was written")
        return answers[0]
    except ServiceError as error:
        if change is not None and error.status < _UNSURE_FROM and not error.is_bare:
            await log.set_undo(change, Undo.NO, "it was refused")
        raise
    is_kept = state.head.version_id not in (None, _NULL)
    undo, why = Undo.NO, "no versions are kept"
    if is_kept:
        undo, why = Undo.YES, "versioning is on"
    elif "body" in was:
        undo, why = Undo.PARTLY, "what was there is written again, at another time"
    await log.set_undo(change, undo, why)
    return answer


async def recorded_set(
    client: S3Client,
    log: ChangeLog,
    connection: str,
    bucket: str,
    key: str,
    change: AttributeChange,
    *,
    before: ObjectState,
    now: datetime,
) -> ChangeItem:
    """Change what describes one object, as a change that `U` can undo; return what became of it.

    Args:
        connection: the handle of the connection.
        before: the state that the change was made for; another one is left alone.

    Raises: S3Error; TransferError, of the log.
    """
    title = f"Change {key}"
    asked = await log.begin(ChangeKind.SET, connection, bucket, title, options=set_facts(change))
    await log.add(asked, [(key, {"was": facts_of_state(before)})], first=0)
    undo, why = undo_of_set(change, is_versioned=before.head.version_id not in (None, _NULL))
    await log.agree(asked, title=title, undo=undo, why=why)
    asked = await log.start(asked)
    (item,) = await log.items(asked.id)
    record = ItemRecord(log, asked, item)
    try:
        await set_planned(client, record, now)
    except S3Error as error:
        if isinstance(error, ServiceError) and error.status < _UNSURE_FROM and not error.is_bare:
            await record.fail(error.message, error.code)
        raise
    finally:
        # What it came to is looked at by an undo.
        await log.over(asked)
        if record.item.state is ItemState.SKIPPED:
            await log.set_undo(asked, Undo.NO, "nothing was changed")
    return record.item


def undo_of_set(change: AttributeChange, *, is_versioned: bool) -> tuple[Undo, str]:
    """Return whether a change of attributes can be undone, and why."""
    if (change.retention or "").startswith("COMPLIANCE"):
        return Undo.PARTLY, "a retention of the mode COMPLIANCE cannot be taken back"
    if is_versioned:
        return Undo.YES, "versioning is on"
    return Undo.PARTLY, "what there was is written again, at another time"
