"""The state machine of a transfer: applies events to its row. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

from s3tui.transfer.errors import NOT_AT_HAND
from s3tui.transfer.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Interrupted,
    Paused,
    Prioritized,
    Progressed,
    Queued,
    Started,
)
from s3tui.transfer.models import Transfer, TransferProgress, TransferState

_LEGAL: Mapping[type[Event], frozenset[TransferState]] = {
    Started: frozenset({TransferState.QUEUED, TransferState.WAITING}),
    Progressed: frozenset({TransferState.RUNNING}),
    Paused: frozenset({TransferState.QUEUED, TransferState.RUNNING, TransferState.WAITING}),
    Queued: frozenset({TransferState.PAUSED, TransferState.FAILED, TransferState.CANCELLED}),
    Interrupted: frozenset({TransferState.RUNNING, TransferState.WAITING}),
    Finished: frozenset({TransferState.RUNNING}),
    Failed: frozenset({TransferState.RUNNING}),
    Cancelled: frozenset(TransferState) - {TransferState.DONE, TransferState.CANCELLED},
    Prioritized: frozenset(TransferState) - {TransferState.DONE},
}
_PROGRESS = tuple(field.name for field in fields(TransferProgress))


def is_legal(state: TransferState, event: type[Event]) -> bool:
    """Say whether an event of this type may happen to a transfer in `state`."""
    return state in _LEGAL[event]


def reduce(transfer: Transfer, event: Event) -> Transfer:
    """Return the transfer after `event`; one that comes too late changes nothing."""
    if not is_legal(transfer.state, type(event)):
        return transfer
    match event:
        case Started(at):
            return replace(
                transfer,
                state=TransferState.RUNNING,
                error=None,
                error_code=None,
                next_try_s=None,
                attempts=transfer.attempts + 1,
                started_at=transfer.started_at or at,
            )
        case Progressed():
            return replace(transfer, **{name: getattr(event, name) for name in _PROGRESS})
        case Paused(why):
            paused = _at_rest(transfer, TransferState.PAUSED)
            return paused if why is None else replace(paused, error=why, error_code=NOT_AT_HAND)
        case Queued():
            return replace(
                transfer, state=TransferState.QUEUED, error=None, error_code=None, finished_at=None
            )
        case Interrupted(error, code, next_try_s):
            waiting = _at_rest(transfer, TransferState.WAITING)
            return replace(waiting, error=error, error_code=code, next_try_s=next_try_s)
        case Finished(at, target):
            return replace(
                _at_rest(transfer, TransferState.DONE), finished_at=at, target=target or transfer.target
            )
        case Failed(at, error, code):
            return replace(
                _at_rest(transfer, TransferState.FAILED), finished_at=at, error=error, error_code=code
            )
        case Cancelled(at):
            return replace(_at_rest(transfer, TransferState.CANCELLED), finished_at=at)
        case Prioritized(priority):
            return replace(transfer, priority=priority)


def _at_rest(transfer: Transfer, state: TransferState) -> Transfer:
    return replace(
        transfer, state=state, rate_bps=0.0, eta_s=None, error=None, error_code=None, next_try_s=None
    )
