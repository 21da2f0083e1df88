"""The reducer: states of a transfer, and the events that lead from one to another."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

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
from s3tui.transfer.models import Direction, Transfer, TransferState
from s3tui.transfer.reducer import is_legal, reduce

NOW = datetime(2026, 11, 20, tzinfo=UTC)
NEW = Transfer(1, "demo", Direction.DOWNLOAD, "k", "s3://b/k", "/tmp/k")
HALF = Progressed(
    bytes_done=50,
    bytes_total=100,
    objects_total=1,
    parts_done=2,
    parts_total=4,
    parts=bytes([2, 2, 1, 0]),
    rate_bps=10.0,
    eta_s=5.0,
)

EVENTS: st.SearchStrategy[Event] = st.sampled_from(
    [
        Started(NOW),
        HALF,
        Paused(),
        Queued(),
        Finished(NOW),
        Failed(NOW, "no", "E"),
        Interrupted("gone", "E", 7),
        Cancelled(NOW),
        Prioritized(3),
    ]
)


def run(*events: Event) -> Transfer:
    transfer = NEW
    for event in events:
        transfer = reduce(transfer, event)
    return transfer


@given(st.lists(EVENTS, max_size=20))
def test_an_end_is_left_only_through_the_queue(events: list[Event]) -> None:
    transfer = NEW
    for event in events:
        before, transfer = transfer, reduce(transfer, event)
        if before.state.is_final and transfer != before:
            gives_up = before.state is TransferState.FAILED and isinstance(event, Cancelled)
            assert gives_up or isinstance(event, Queued | Prioritized)
            assert before.state is not TransferState.DONE
        if not is_legal(before.state, type(event)):
            assert transfer is before
        assert (transfer.error is not None) == (
            transfer.state in (TransferState.FAILED, TransferState.WAITING)
        )
        assert (transfer.next_try_s is not None) == (transfer.state is TransferState.WAITING)
        assert (transfer.finished_at is not None) == transfer.state.is_final
        assert transfer.state is TransferState.RUNNING or transfer.rate_bps == 0


def test_a_progress_that_comes_after_the_end_is_dropped() -> None:
    done = run(Started(NOW), Finished(NOW))
    assert reduce(done, HALF) is done


def test_a_retry_forgets_the_error_and_counts() -> None:
    transfer = run(Started(NOW), HALF, Failed(NOW, "no", "E"), Queued(), Started(NOW))
    assert transfer.state is TransferState.RUNNING
    assert transfer.error is None
    assert transfer.attempts == 2


def test_a_pause_keeps_what_was_moved() -> None:
    transfer = run(Started(NOW), HALF, Paused())
    assert (transfer.state, transfer.bytes_done, transfer.eta_s) == (TransferState.PAUSED, 50, None)


def test_another_target_is_shown_when_it_went_there() -> None:
    assert run(Started(NOW), Finished(NOW, "/tmp/k (1)")).target == "/tmp/k (1)"
