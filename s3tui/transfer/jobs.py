"""What one row of the queue does: move one object, or many that are found little by little.

A job can be run again after it was cancelled or failed: it goes on where it was.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from typing import Generic, Protocol, TypeVar

from s3tui.s3.client import S3Client
from s3tui.transfer.conflicts import PutQuestion, Undecided, leave_it, policy_of
from s3tui.transfer.failures import TransferError, concerns_everything, explain, first_cause, interrupted
from s3tui.transfer.lanes import Lanes, crew
from s3tui.transfer.models import Conflict
from s3tui.transfer.tally import Tally

Item = TypeVar("Item", bound=Hashable)

_AHEAD = 10_000
"""So many objects are known before they are moved; then the listing waits."""
_TOO_MANY = 10_000
"""A job with so many failed objects stops."""
_QUESTIONS = 1000
"""With so many objects that wait for an answer, the others wait too."""
_STRIKES = 16
"""So many in a row that failed for a reason that concerns everything are enough."""


class ObjectTransfer(Protocol):
    """One object on its way: `download.ObjectDownload`, `upload.ObjectUpload`."""

    conflict: Conflict

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        """Return where it went; `None`, when it was skipped."""

    async def discard(self) -> None:
        """Leave nothing half-written behind."""


class Job(Protocol):
    tally: Tally
    conflict: Conflict
    put_question: PutQuestion

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        """Return where it went, if that can differ from what was asked for."""

    async def discard(self) -> None:
        """Leave nothing half-written behind; a later run begins anew, but for whole objects."""


class OneObject:
    """A job of a single object."""

    def __init__(self, transfer: ObjectTransfer, tally: Tally) -> None:
        self.tally = tally
        self.put_question: PutQuestion = leave_it
        self._transfer = transfer

    @property
    def conflict(self) -> Conflict:
        return self._transfer.conflict

    @conflict.setter
    def conflict(self, conflict: Conflict) -> None:
        self._transfer.conflict = conflict

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        while True:
            try:
                async with lanes.objects:
                    return await self._transfer.run(client, lanes)
            except Undecided as question:
                self.conflict = policy_of(await self.put_question(question))

    async def discard(self) -> None:
        await self._transfer.discard()


class ManyObjects(ABC, Generic[Item]):
    """A job of all that lies under a prefix or in a folder: listed and moved at the same time.

    An object that fails is noted, and the others go on; the next run takes the failed ones again.
    What would meet every object, such as a server that is gone, stops the job.
    """

    def __init__(self, what: str, conflict: Conflict) -> None:
        self.tally = Tally(bytes_total=0, objects_total=0, listing_done=False)
        self.conflict = conflict
        self.put_question: PutQuestion = leave_it
        self._what = what
        self._pending: deque[Item] = deque()
        self._failed: list[Item] = []
        self._undecided: deque[tuple[Item, Undecided]] = deque()
        self._asked = asyncio.Event()
        self._answers: dict[Item, Conflict] = {}
        """To questions about single objects, until these are over."""
        self._failures = 0
        self._first_failure: BaseException | None = None
        self._strikes = 0

    @abstractmethod
    def _find(self, client: S3Client) -> AsyncGenerator[list[Item], None]:
        """Yield what is still to be found, in handy batches; called again, goes on where it was."""

    @abstractmethod
    def _transfer(self, item: Item) -> ObjectTransfer:
        """Make what moves `item`."""

    @abstractmethod
    def _size(self, item: Item) -> int: ...

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        self._pending.extend(self._failed)
        self._pending.extend(item for item, _ in self._undecided)
        self._undecided.clear()
        self._asked = asyncio.Event()
        self._failed = []
        self._failures = self._strikes = self.tally.failed_objects = 0
        self._first_failure = None
        news, room = asyncio.Event(), asyncio.Event()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._list(client, news, room))
                asking = group.create_task(self._ask(news))
                await crew(lanes.objects, lambda: self._move_some(client, lanes, news, room))
                asking.cancel()
        except BaseExceptionGroup as error:
            raise first_cause(error) from None
        self._conclude()
        return None

    async def discard(self) -> None:
        """Nothing: each object tidies up after itself."""

    async def _list(self, client: S3Client, news: asyncio.Event, room: asyncio.Event) -> None:
        try:
            if not self.tally.listing_done:
                async with aclosing(self._find(client)) as batches:
                    async for batch in batches:
                        self._add(batch)
                        news.set()
                        while len(self._pending) >= _AHEAD:
                            room.clear()
                            await room.wait()
                self.tally.listing_done = True
        finally:
            news.set()

    def _add(self, batch: list[Item]) -> None:
        tally = self.tally
        tally.objects_total = (tally.objects_total or 0) + len(batch)
        tally.bytes_total = (tally.bytes_total or 0) + sum(map(self._size, batch))
        self._pending.extend(batch)

    async def _move_some(
        self, client: S3Client, lanes: Lanes, news: asyncio.Event, room: asyncio.Event
    ) -> None:
        while True:
            while not self._pending or len(self._undecided) >= _QUESTIONS:
                if self.tally.listing_done and not self._pending and not self._undecided:
                    return
                news.clear()
                await news.wait()
            item = self._pending.popleft()
            room.set()
            try:
                async with lanes.objects:
                    await self._move(item, client, lanes)
            except asyncio.CancelledError:
                self._pending.appendleft(item)
                raise

    async def _move(self, item: Item, client: S3Client, lanes: Lanes) -> None:
        transfer = self._transfer(item)
        transfer.conflict = self._answers.get(item, transfer.conflict)
        try:
            await transfer.run(client, lanes)
        except Undecided as question:
            self._undecided.append((item, question))
            self._asked.set()
        except Exception as error:
            self._failed.append(item)
            self._answers.pop(item, None)
            self._note(error)
            self._strikes += concerns_everything(error)
            if self._strikes >= min(lanes.limits.objects, _STRIKES):
                raise
        else:
            self._strikes = 0
            self._answers.pop(item, None)
        finally:
            await transfer.discard()

    async def _ask(self, news: asyncio.Event) -> None:
        """Put one question after the other, while objects without questions are moved."""
        while True:
            await self._asked.wait()
            item, question = self._undecided[0]
            answer = await self.put_question(question)
            if answer.for_all:
                self.conflict = policy_of(answer)
                self._pending.extendleft(each for each, _ in self._undecided)
                self._undecided.clear()
            else:
                self._answers[item] = policy_of(answer)
                self._pending.appendleft(item)
                self._undecided.popleft()
            if not self._undecided:
                self._asked.clear()
            news.set()

    def _note(self, error: BaseException) -> None:
        """Count a failure that does not stop the others."""
        self._failures += 1
        self.tally.failed_objects += 1
        self._first_failure = self._first_failure or error
        if self._failures >= _TOO_MANY:
            raise self._summary()

    def _conclude(self) -> None:
        if self._failures:
            raise self._summary()
        if self._pending:
            raise interrupted()
        if not self.tally.objects_total:
            raise TransferError(f"there is nothing to move in {self._what}", "NothingFound")

    def _summary(self) -> TransferError:
        assert self._first_failure is not None
        sentence, code = explain(self._first_failure)
        of = self.tally.objects_total if self.tally.listing_done else "many"
        return TransferError(f"{self._failures} of {of} objects failed, the first because {sentence}", code)
