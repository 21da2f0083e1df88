"""A change of one object that is made at once, such as an edit: written down before and after it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from s3tui.s3.errors import S3Error, ServiceError
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeKind, Facts, ItemState, Undo

MOST_KEPT = 1024 * 1024
"""So many bytes of an object that is overwritten are kept, so that they can be written back."""
_UNSURE_FROM = 500


@dataclass(slots=True)
class Recorded:
    """The outcome of a change, as far as it is known while it is made."""

    change: Change
    outcome: dict[str, object] = field(default_factory=dict)

    def wrote(self, **outcome: object) -> None:
        """Tell what came of it: `version_id` and `etag` of a written object, `tags` or `acl` as they are."""
        self.outcome.update(outcome)


@asynccontextmanager
async def recorded(
    log: ChangeLog,
    kind: ChangeKind,
    connection: str,
    bucket: str,
    key: str,
    *,
    title: str,
    before: Facts,
    undo: Undo,
    why: str,
    options: Mapping[str, object] | None = None,
) -> AsyncIterator[Recorded]:
    """Write down a change of one object while it is made, so that `U` can undo it.

    The requests are sent inside of the context, once each. What they came to is told by `wrote`; an error
    that leaves nothing done makes the change a failed one, any other one leaves it open.

    Args:
        connection: the handle of the connection.
        title: one phrase for the history: `Edit notes.txt`.
        before: what there was: `version_id` and `etag` of the object (neither: there was none), the `body` in
            base64 where it is to be written back, `tags` or `acl`.
    """
    change = await log.begin(kind, connection, bucket, title, options=options)
    await log.add(change, [(key, {"before": dict(before)})], first=0)
    await log.agree(change, title=title, undo=undo, why=why)
    change = await log.start(change)
    await log.note(change.id, [(0, ItemState.SENT, {})])
    record = Recorded(change)
    try:
        yield record
    except S3Error as error:
        is_refusal = isinstance(error, ServiceError) and error.status < _UNSURE_FROM and not error.is_bare
        state = ItemState.FAILED if is_refusal else ItemState.SENT
        await log.note(change.id, [(0, state, {**record.outcome, "why": error.message})])
        if is_refusal:  # nothing was done
            await log.over(change)
        raise
    await log.note(change.id, [(0, ItemState.DONE, record.outcome)])
    await log.over(change)
