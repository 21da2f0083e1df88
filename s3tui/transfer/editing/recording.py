"""Edits of single objects in the log of changes, so that the version that came of one can be removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from s3tui.s3.errors import PreconditionFailed, ServiceError
from s3tui.transfer.changes.models import ChangeKind, Undo
from s3tui.transfer.changes.single import recorded
from s3tui.transfer.editing.object_state import ObjectState

if TYPE_CHECKING:
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
    written: Callable[[T], ObjectState | None],
) -> T:
    """Write down a write of one object while it is made, so that `U` removes the version that came of it.

    Args:
        connection: the handle of the connection.
        title: one phrase for the history: `Edit notes.txt`.
        before: what there was; `None`: nothing.
        written: returns the state that came of the answer, `None` where nothing was written.

    Raises: what `write` does.
    """
    was = {} if before is None else {"version_id": before.head.version_id, "etag": before.head.etag}
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
            record.wrote(version_id=state.head.version_id, etag=state.head.etag)
    except _NothingWritten:
        assert change is not None
        await log.set_undo(change, Undo.NO, "nothing was written")
        return answers[0]
    except ServiceError as error:
        if change is not None and error.status < _UNSURE_FROM and not error.is_bare:
            await log.set_undo(change, Undo.NO, "it was refused")
        raise
    is_kept = state.head.version_id not in (None, _NULL)
    undo, why = (Undo.YES, "versioning is on") if is_kept else (Undo.NO, "no versions are kept")
    await log.set_undo(change, undo, why)
    return answer
