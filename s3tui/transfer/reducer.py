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
from s3tui.transfer.models import Progress, State, Transfer

_LEGAL: Mapping[type[Event], frozenset[State]] = {
    Started: frozenset({State.QUEUED, State.WAITING}),
    Progressed: frozenset({State.RUNNING}),
    Paused: frozenset({State.QUEUED, State.RUNNING, State.WAITING}),
    Queued: frozenset({State.PAUSED, State.FAILED, State.CANCELLED}),
    Interrupted: frozenset({State.RUNNING, State.WAITING}),
    Finished: frozenset({State.RUNNING}),
    Failed: frozenset({State.RUNNING}),
    Cancelled: frozenset(State) - {State.DONE, State.CANCELLED},
    Prioritized: frozenset(State) - {State.DONE},
}
_PROGRESS = tuple(field.name for field in fields(Progress))


def is_legal(state: State, event: type[Event]) -> bool:
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
                state=State.RUNNING,
                error=None,
                error_code=None,
                next_try_s=None,
                attempts=transfer.attempts + 1,
                started_at=transfer.started_at or at,
            )
        case Progressed():
            return replace(transfer, **{name: getattr(event, name) for name in _PROGRESS})
        case Paused(why):
            paused = _at_rest(transfer, State.PAUSED)
            return paused if why is None else replace(paused, error=why, error_code=NOT_AT_HAND)
        case Queued():
            return replace(transfer, state=State.QUEUED, error=None, error_code=None, finished_at=None)
        case Interrupted(error, code, next_try_s):
            waiting = _at_rest(transfer, State.WAITING)
            return replace(waiting, error=error, error_code=code, next_try_s=next_try_s)
        case Finished(at, target):
            return replace(_at_rest(transfer, State.DONE), finished_at=at, target=target or transfer.target)
        case Failed(at, error, code):
            return replace(_at_rest(transfer, State.FAILED), finished_at=at, error=error, error_code=code)
        case Cancelled(at):
            return replace(_at_rest(transfer, State.CANCELLED), finished_at=at)
        case Prioritized(priority):
            return replace(transfer, priority=priority)


def _at_rest(transfer: Transfer, state: State) -> Transfer:
    return replace(
        transfer, state=state, rate_bps=0.0, eta_s=None, error=None, error_code=None, next_try_s=None
    )
