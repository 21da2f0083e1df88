"""The queue's order and counts under generated commands."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
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
    Queued,
    Started,
)
from s3tui.transfer.models import Direction, Limits, Transfer, TransferState
from s3tui.transfer.reducer import is_legal, reduce
from s3tui.transfer.scheduling.queue import Queue

NOW = datetime(2026, 11, 20, tzinfo=UTC)
LIMITS = Limits()


def row(id: int, priority: int = 0) -> Transfer:
    return Transfer(id, "demo", Direction.DOWNLOAD, "k", "s3://b/k", "/tmp/k", priority=priority)


def queue_of(*rows: Transfer) -> Queue:
    queue = Queue()
    for each in rows:
        queue.add(each)
    return queue


def ids(queue: Queue) -> list[int]:
    return [each.id for each in queue.snapshot(LIMITS, 1, 1).transfers]


def started(queue: Queue) -> list[int]:
    """Start everything that waits, and return it in that order."""
    order: list[int] = []
    while (id := queue.next()) is not None:
        queue.put(reduce(queue[id], Started(NOW)))
        order.append(id)
    return order


EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from(
        [
            Started(NOW),
            Paused(),
            Queued(),
            Interrupted("gone", "E", 7),
            Finished(NOW),
            Failed(NOW, "no", "E"),
            Cancelled(NOW),
        ]
    ),
    st.builds(Prioritized, st.integers(-2, 2)),
)
IDS = st.integers(1, 12)
STEPS = st.one_of(
    st.tuples(st.just("add"), IDS, st.integers(-2, 2)),
    st.tuples(st.just("move"), IDS, st.integers(-15, 15)),
    st.tuples(st.just("event"), IDS, EVENTS),
    st.tuples(st.just("clear"), IDS, st.none()),
)


@given(st.lists(STEPS, max_size=60))
def test_whatever_happens_rows_and_counts_and_order_agree(steps: list[tuple[str, int, object]]) -> None:
    queue, model = Queue(), list[Transfer]()
    for what, id, value in steps:
        at = next((index for index, each in enumerate(model) if each.id == id), None)
        match what, value:
            case "add", int() if at is None:
                model.append(row(id, value))
                queue.add(model[-1])
            case "move", int():
                before = list(model)
                if at is not None:
                    model.insert(min(max(at + value, 0), len(model) - 1), model.pop(at))
                assert queue.move(id, value) == (model != before)
            case "event", event if at is not None:
                assert isinstance(event, Event)
                after = reduce(model[at], event)
                assert is_legal(model[at].state, type(event)) or after is model[at]
                model[at] = after
                queue.put(after)
            case "clear", _:
                gone = [each.id for each in model if each.state.is_final]
                model = [each for each in model if not each.state.is_final]
                assert sorted(queue.remove_finished()) == sorted(gone)
        snapshot = queue.snapshot(LIMITS, 1, 1)
        assert list(snapshot.transfers) == model
        counts = Counter(each.state for each in model)
        assert (snapshot.running, snapshot.queued) == (
            counts[TransferState.RUNNING],
            counts[TransferState.QUEUED],
        )
        assert snapshot.waiting == counts[TransferState.WAITING]
        assert (snapshot.paused, snapshot.failed) == (
            counts[TransferState.PAUSED],
            counts[TransferState.FAILED],
        )
        assert snapshot.done == counts[TransferState.DONE]
        waiting = [each for each in model if each.state is TransferState.QUEUED]
        first = max(waiting, key=lambda each: each.priority, default=None)
        assert queue.next() == (None if first is None else first.id)
        assert sorted(map(queue.place, ids(queue))) == list(map(queue.place, ids(queue)))


def test_what_starts_first_has_the_higher_priority_then_the_earlier_place() -> None:
    queue = queue_of(row(1), row(2, 5), row(3), row(4, 5), row(5, -1))
    queue.move(3, -9)
    assert started(queue) == [2, 4, 3, 1, 5]


def test_moving_far_beyond_the_ends_is_first_or_last() -> None:
    queue = queue_of(*map(row, range(5)))
    assert queue.move(3, -1000)
    assert queue.move(0, 1000)
    assert ids(queue) == [3, 1, 2, 4, 0]
    assert not queue.move(3, -1), "it is the first"
    assert not queue.move(404, 1)


def test_a_snapshot_is_the_same_value_while_nothing_changes() -> None:
    queue = queue_of(row(1))
    first = queue.snapshot(LIMITS, 1, 1)
    assert queue.snapshot(LIMITS, 1, 1) is first
    assert queue.snapshot(LIMITS, 2, 1).version > first.version
    queue.put(replace(row(1), state=TransferState.RUNNING, rate_bps=7.0, eta_s=2.0))
    last = queue.snapshot(LIMITS, 2, 1)
    assert (last.running, last.down_bps, last.up_bps, last.eta_s) == (1, 7.0, 0, 2.0)


def test_there_is_always_room_between_two_rows() -> None:
    queue, model = queue_of(*map(row, range(3))), [0, 1, 2]
    for _ in range(200):  # each time between the same two neighbours
        assert queue.move(model[2], -1)
        model[1], model[2] = model[2], model[1]
        assert ids(queue) == model
    assert started(queue) == model


def test_stale_candidates_do_not_pile_up() -> None:
    queue = queue_of(row(1), row(2))
    for _ in range(10_000):
        queue.move(1, 1)
        queue.move(1, -1)
    assert len(queue._candidates) < 2000
    assert started(queue) == [1, 2]
