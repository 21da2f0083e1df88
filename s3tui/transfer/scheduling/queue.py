"""The rows of the queue: their order, how many are in which state, and which is the next to start.

A structure without tasks or clocks. One thread changes it; `snapshot` may be taken from any.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

from s3tui.transfer.models import Direction, Limits, QueueSnapshot, Transfer, TransferState

_GAP = 1 << 40
"""Between the places of new neighbours: many rows can be moved in between before all get new places."""
_SPARE = 1000
"""So many stale candidates are kept before they are thrown out."""


class Queue:
    """Rows by id, in order. Changing one costs the same however many there are, but for a shift in memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rows: list[Transfer] = []
        self._places: list[int] = []
        """The place of each row, ascending; there are gaps between them."""
        self._place_of: dict[int, int] = {}
        self._candidates: list[tuple[int, int, int]] = []
        """A heap of what may start: by priority, then place. Entries go stale, and are dropped when met."""
        self._counts: Counter[TransferState] = Counter()
        self._running: dict[int, Transfer] = {}
        self._snapshot = QueueSnapshot()
        self._changed = False

    def __contains__(self, id: int) -> bool:
        return id in self._place_of

    def __getitem__(self, id: int) -> Transfer:
        """Return the row of a transfer.

        Raises: KeyError.
        """
        return self._rows[bisect_left(self._places, self._place_of[id])]

    def __iter__(self) -> Iterator[Transfer]:
        """Iterate the rows in queue order."""
        return iter(self._rows)

    def place(self, id: int) -> int:
        """Return the number that orders the rows: the earlier, the smaller."""
        return self._place_of[id]

    def add(self, transfer: Transfer) -> None:
        """Put a new row at the end."""
        with self._lock:
            self._insert(len(self._rows), transfer)
            self._count(transfer, 1)
        self._offer(transfer)

    def put(self, transfer: Transfer) -> None:
        """Replace the row of the same id."""
        with self._lock:
            index = bisect_left(self._places, self._place_of[transfer.id])
            before = self._rows[index]
            self._rows[index] = transfer
            self._count(before, -1)
            self._count(transfer, 1)
        if (before.state, before.priority) != (transfer.state, transfer.priority):
            self._offer(transfer)

    def move(self, id: int, by: int) -> bool:
        """Move a row `by` places, at most to either end; return whether it moved."""
        if id not in self._place_of:
            return False
        with self._lock:
            index = bisect_left(self._places, self._place_of[id])
            last = len(self._rows) - 1
            to = min(max(index + by, 0), last)
            if to == index:
                return False
            row = self._rows.pop(index)
            del self._places[index]
            self._insert(to, row)
            self._changed = True
        self._offer(row)
        return True

    def remove_finished(self) -> list[int]:
        """Remove the rows that are done, failed or cancelled; return their ids."""
        with self._lock:
            kept = [index for index, row in enumerate(self._rows) if not row.state.is_final]
            rows, places = self._rows, self._places
            self._rows = [rows[index] for index in kept]
            self._places = [places[index] for index in kept]
            before = self._place_of
            self._place_of = {row.id: before.pop(row.id) for row in self._rows}
            for state in TransferState:
                if state.is_final:
                    del self._counts[state]
            self._changed = True
        return list(before)

    def next(self) -> int | None:
        """Return the id of the queued row that comes first; it stays where it is."""
        while self._candidates:
            priority, place, id = self._candidates[0]
            if self._place_of.get(id) == place:
                row = self[id]
                if row.state is TransferState.QUEUED and row.priority == -priority:
                    return id
            heapq.heappop(self._candidates)
        return None

    def snapshot(self, limits: Limits, objects_at_once: int, parts_at_once: int) -> QueueSnapshot:
        """Return the whole queue; the same value as long as nothing changes."""
        with self._lock:
            known, self._changed = not self._changed, False
            last = self._snapshot
            of_last = last.limits, last.objects_at_once, last.parts_at_once
            if known and of_last == (limits, objects_at_once, parts_at_once):
                return last
            running = self._running.values()
            etas = [row.eta_s for row in running]
            self._snapshot = QueueSnapshot(
                version=last.version + 1,
                transfers=tuple(self._rows),
                running=self._counts[TransferState.RUNNING],
                queued=self._counts[TransferState.QUEUED],
                waiting=self._counts[TransferState.WAITING],
                paused=self._counts[TransferState.PAUSED],
                failed=self._counts[TransferState.FAILED],
                done=self._counts[TransferState.DONE],
                down_bps=sum(row.rate_bps for row in running if row.direction is Direction.DOWNLOAD),
                up_bps=sum(row.rate_bps for row in running if row.direction is Direction.UPLOAD),
                eta_s=max((eta for eta in etas if eta is not None), default=None)
                if None not in etas
                else None,
                limits=limits,
                objects_at_once=objects_at_once,
                parts_at_once=parts_at_once,
            )
            return self._snapshot

    def _insert(self, index: int, row: Transfer) -> None:
        """Put `row` where the index says, and give it a place between those of its neighbours."""
        places = self._places
        if index == len(places):
            place = places[-1] + _GAP if places else 0
        elif index == 0:
            place = places[0] - _GAP
        else:
            place = (places[index - 1] + places[index]) // 2
        self._rows.insert(index, row)
        places.insert(index, place)
        self._place_of[row.id] = place
        if index > 0 and place == places[index - 1]:  # there was no room
            self._places = [number * _GAP for number in range(len(self._rows))]
            self._place_of = {each.id: place for each, place in zip(self._rows, self._places, strict=True)}
            self._collect_candidates()

    def _count(self, row: Transfer, by: int) -> None:
        self._changed = True
        self._counts[row.state] += by
        if row.state is TransferState.RUNNING:
            if by > 0:
                self._running[row.id] = row
            else:
                self._running.pop(row.id, None)

    def _offer(self, row: Transfer) -> None:
        if row.state is not TransferState.QUEUED:
            return
        if len(self._candidates) > 2 * len(self._rows) + _SPARE:
            self._collect_candidates()
        else:
            heapq.heappush(self._candidates, (-row.priority, self._place_of[row.id], row.id))

    def _collect_candidates(self) -> None:
        self._candidates = [
            (-row.priority, place, row.id)
            for row, place in zip(self._rows, self._places, strict=True)
            if row.state is TransferState.QUEUED
        ]
        heapq.heapify(self._candidates)
