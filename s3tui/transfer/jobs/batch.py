"""Batch jobs: many objects, which are listed and moved at the same time."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Hashable
from contextlib import aclosing
from itertools import islice
from typing import Generic, TypeVar

from s3tui.format import counted
from s3tui.s3.client import S3Client
from s3tui.transfer.errors import (
    TransferError,
    concerns_everything,
    describe_failure,
    interrupted,
    is_outage,
    leaves_the_rest,
)
from s3tui.transfer.jobs.job import ObjectTransfer
from s3tui.transfer.journal.journal import Facts
from s3tui.transfer.journal.record import ItemTable, ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Scope
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import Counters
from s3tui.transfer.target.conflict_kind import ConflictKind
from s3tui.transfer.target.conflict_policy import PutQuestion, Undecided, leave_it, policy_of
from s3tui.transfer.task_set import TaskSet
from s3tui.transfer.workers.process_pool import WORTH_IT
from s3tui.transfer.workers.work_items import ItemFailed, Outcome, WorkItem

Item = TypeVar("Item", bound=Hashable)

_AHEAD = 10_000
"""Listed objects that wait to be given out, at most; then the listing waits."""
_GIVEN_OUT = 1000
"""Objects that are given out to be moved at a time."""
_TOO_MANY = 10_000
"""A job with so many failed objects stops."""
_QUESTIONS = 1000
"""With so many objects that wait for an answer, the others wait too."""
_STRIKES = 16
"""So many failures in a row for a reason that concerns everything stop the job."""
_BUNDLE = 16
"""Objects that go to a worker process at a time; it moves as many at once as it has bundles."""
_GIVEN_BACK = 8
"""After so many bundles in a row came back untouched, the rest is moved in this process."""


class BatchJob(ABC, Generic[Item]):
    """A job of all objects under a prefix, or all files in a folder: listed and moved at the same time.

    An object that fails is recorded, and the others go on; the next run takes the failed ones again.
    A failure that every object would meet, such as a server that is gone, stops the job: the objects that met
    it are put off, with all that was moved of them, and the next run goes on there. So the job waits, and not
    each of its objects.

    What the listing finds is given out a thousand at a time, as the journal records it; only what was given
    out is moved.
    """

    def __init__(self, what: str, conflict: Conflict, record: TransferRecord | None = None) -> None:
        self.conflict = conflict
        self._what = what
        self._record = record or TransferRecord()
        self._items = ItemTable(self._record)
        self._found: deque[Item] = deque()
        self._pending: deque[Item] = deque()
        self._failed: list[Item] = []
        self._put_off: list[tuple[Item, BaseException]] = []
        """Objects that met an outage: the next run goes on with them."""
        self._begun: dict[str, ObjectTransfer] = {}
        """Object transfers under way; in a pause or an outage, those that it interrupted."""
        self._again: set[str] = set()
        """Names of objects that an earlier process may have begun."""
        self._is_given_out = False
        self.put_question: PutQuestion = leave_it
        self._undecided: deque[tuple[Item, Undecided]] = deque()
        self._asked = asyncio.Event()
        self._answers: dict[Item, Conflict] = {}
        """Answers to questions about single objects, until these are over."""
        self._kinds: dict[ConflictKind, Conflict] = {}
        """Answers to all questions of a kind."""
        self._failures = 0
        self._first_failure: BaseException | None = None
        self._strikes = 0
        self._given_back = 0
        objects, size, skipped = self._items.over_before
        self.counters = Counters(
            bytes_done=size,
            bytes_total=size,
            objects_done=objects,
            objects_total=objects,
            skipped=skipped,
            renamed=self._items.renamed_before,
            listing_done=self._items.is_listed,
        )
        self._restore()

    @abstractmethod
    def _find(self, client: S3Client) -> AsyncGenerator[list[Item], None]:
        """Iterate the items that are still to be found, in batches; called again, goes on where it was.

        An earlier process has found what `_items` knows, by a frontier or by digests.
        """

    @abstractmethod
    def _transfer(self, item: Item, object_record: ObjectRecord) -> ObjectTransfer:
        """Return the object transfer that moves `item`."""

    def _work_item(self, item: Item) -> WorkItem | None:
        """Return the work item that a worker process moves; `None`, where `item` is better moved here."""
        return None

    @abstractmethod
    def _size(self, item: Item) -> int: ...

    @abstractmethod
    def _name(self, item: Item) -> str:
        """Return the name of `item`, which is unique in the job."""

    @abstractmethod
    def _facts(self, item: Item) -> Facts:
        """Return what `item` holds beside its name; goes to JSON and back."""

    @abstractmethod
    def _item(self, name: str, facts: Facts) -> Item:
        """Return the item of that name and these facts."""

    def _frontier(self, last: Item) -> str | None:
        """Return the frontier once `last` is given out; `None`, when it stays where it is.

        Where `_items` are known by key, none is kept.
        """
        return self._name(last)

    def _restore(self) -> None:
        for name, facts, failed in self._items.left():
            item = self._item(name, facts)
            self._count([item])
            if failed:
                self._failed.append(item)
                self.counters.failed_objects += 1
            else:
                self._pending.append(item)
                self._again.add(name)

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        self._pending.extend(self._failed)
        self._pending.extend(item for item, _ in self._undecided)
        self._undecided.clear()
        self.counters.questions = 0
        self._pending.extend(item for item, _ in self._put_off)  # behind the others: it may be to blame
        self._put_off = []
        self._failed = []
        self._failures = self._strikes = self._given_back = self.counters.failed_objects = 0
        self._first_failure = None
        self._is_given_out = False
        self._news, self._found_some, self._room = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._asked = asyncio.Event()
        tasks = TaskSet()
        tasks.start(self._list(client, resources))
        tasks.start(self._give_out())
        asking = tasks.start(self._ask())
        moving = tasks.start(run_workers(resources.objects, lambda: self._move_some(client, resources)))
        moving.add_done_callback(lambda _: asking.cancel())
        await tasks.join()
        self._conclude()
        return None

    async def discard(self) -> None:
        """Clean up after the objects that a pause interrupted, or the end of another process."""
        for name, begun in list(self._begun.items()):
            await begun.discard()
            del self._begun[name]
        for item in [item for item in self._pending if self._name(item) in self._again]:
            await self._transfer(item, self._object_record(item)).discard()

    async def _list(self, client: S3Client, resources: Resources) -> None:
        try:
            if not self.counters.listing_done:
                async with aclosing(self._find(client)) as batches:
                    async for batch in batches:
                        self._count(batch)
                        self._found.extend(batch)
                        if (self.counters.objects_total or 0) - self.counters.objects_done >= WORTH_IT:
                            resources.processes.prepare()
                        self._found_some.set()
                        while len(self._found) >= _AHEAD:
                            self._room.clear()
                            await self._room.wait()
                self.counters.listing_done = True
        finally:
            self._found_some.set()

    def _count(self, batch: list[Item]) -> None:
        counters = self.counters
        counters.objects_total = (counters.objects_total or 0) + len(batch)
        counters.bytes_total = (counters.bytes_total or 0) + sum(map(self._size, batch))

    async def _give_out(self) -> None:
        """Write to the journal what may be moved, before it is."""
        try:
            while self._found or not self.counters.listing_done:
                if not self._found:
                    self._found_some.clear()
                    await self._found_some.wait()
                elif len(self._pending) >= _GIVEN_OUT:
                    self._room.clear()
                    await self._room.wait()
                else:
                    batch = list(islice(self._found, _GIVEN_OUT))
                    rows = [(self._name(item), self._facts(item)) for item in batch]
                    await self._items.give_out(rows, self._frontier(batch[-1]))
                    for _ in batch:
                        self._pending.append(self._found.popleft())
                    self._room.set()
                    self._news.set()
            self._items.listed()
            self._is_given_out = True
        finally:
            self._news.set()

    async def _move_some(self, client: S3Client, resources: Resources) -> None:
        while True:
            while not self._pending or len(self._undecided) >= _QUESTIONS:
                if self._is_given_out and not self._pending and not self._undecided:
                    return
                self._news.clear()
                await self._news.wait()
            async with resources.objects:
                if not self._pending:
                    continue  # another worker was faster
                self._room.set()
                if resources.processes.has_room() and (bundle := self._take_bundle(resources)):
                    await self._move_elsewhere(bundle, client, resources)
                    continue
                item = self._pending.popleft()
                try:
                    with resources.processes.here():
                        await self._move(item, client, resources)
                except asyncio.CancelledError:
                    self._pending.appendleft(item)
                    raise

    async def _move(self, item: Item, client: S3Client, resources: Resources) -> None:
        name = self._name(item)
        transfer = self._begun.get(name) or self._transfer(item, self._object_record(item))
        transfer.conflict = self._answers.get(item, transfer.conflict)
        self._begun[name] = transfer  # until it is over or cleaned up
        try:
            where = await transfer.run(client, resources)
        except Undecided as question:
            await transfer.discard()
            del self._begun[name]
            self._decide_later(item, question)
        except Exception as error:
            if is_outage(error):
                self._put_off.append((item, error))
                self._strike(error, resources, concerns_everything=True)
                return
            if not leaves_the_rest(error):  # else the next run goes on with what was moved of it
                await transfer.discard()
                del self._begun[name]
            self._answers.pop(item, None)
            self._failed.append(item)
            self._items.failed(name, self._facts(item))
            self._note(error)
            self._strike(error, resources, concerns_everything=concerns_everything(error))
        else:
            del self._begun[name]
            self._answers.pop(item, None)
            self._again.discard(name)
            self._is_over(name, item, where)

    def _is_over(self, name: str, item: Item, where: str | None) -> None:
        self._strikes = 0
        self._items.over(name, self._size(item), skipped=where is None)

    def _take_bundle(self, resources: Resources) -> list[tuple[Item, WorkItem]]:
        """Take the next items that a worker process can move; fewer, when few are left for all."""
        if resources.throttle.is_on or self._given_back >= _GIVEN_BACK:
            return []
        bundle: list[tuple[Item, WorkItem]] = []
        most = min(_BUNDLE, 1 + len(self._pending) // (2 * resources.objects.limit))
        while self._pending and len(bundle) < most:
            item = self._pending[0]
            name = self._name(item)
            if name in self._begun or name in self._again or item in self._answers:
                break
            work_item = self._work_item(item)
            if work_item is None:
                break
            bundle.append((self._pending.popleft(), work_item))
        return bundle

    async def _move_elsewhere(
        self, bundle: list[tuple[Item, WorkItem]], client: S3Client, resources: Resources
    ) -> None:
        """Have a worker process move a bundle; what it leaves waits to be moved in this process."""
        left = {place: item for place, (item, _) in enumerate(bundle)}
        failures: list[tuple[Item, ItemFailed]] = []

        def ended(place: int, outcome: Outcome) -> None:
            item = left.pop(place)
            if isinstance(outcome, ItemFailed):
                failures.append((item, outcome))
            else:
                outcome.add_to(self.counters)
                self._is_over(self._name(item), item, outcome.where)

        try:
            await resources.processes.run([work_item for _, work_item in bundle], client, ended)
        finally:  # also when cancelled
            self._given_back = self._given_back + 1 if len(left) == len(bundle) else 0
            self._again.update(map(self._name, left.values()))  # nobody knows how far the last one got
            self._pending.extendleft(reversed(left.values()))
            for item, _ in failures:
                self._failed.append(item)
                self._items.failed(self._name(item), self._facts(item))
        for _, failed in failures:
            error = TransferError(failed.sentence, failed.code)
            self._note(error)
            self._strike(error, resources, concerns_everything=failed.concerns_everything)

    def _strike(self, error: Exception, resources: Resources, *, concerns_everything: bool) -> None:
        self._strikes += concerns_everything
        if self._strikes >= min(resources.limits.objects, _STRIKES):
            raise error  # all that is under way stops, and the whole job fails or waits

    async def _ask(self) -> None:
        """Ask one question after the other, while objects without questions are moved."""
        while True:
            await self._asked.wait()
            item, question = self._undecided[0]
            answer = await self.put_question(question)
            policy, kind = policy_of(answer), question.kind
            if answer.scope is Scope.ALL:
                self.conflict = policy
            elif answer.scope is Scope.KIND:
                self._kinds[kind] = policy
            left: deque[tuple[Item, Undecided]] = deque()
            for each, other in self._undecided:
                if each == item or answer.scope is Scope.ALL or (other.kind in self._kinds):
                    self._answers[each] = policy
                    self._pending.appendleft(each)
                else:
                    left.append((each, other))
            self.counters.answered += len(self._undecided) - len(left)
            self._undecided, self.counters.questions = left, len(left)
            if not self._undecided:
                self._asked.clear()
            self._news.set()

    def _decide_later(self, item: Item, question: Undecided) -> None:
        """Have an object wait for an answer, unless there is one for all of its kind."""
        if (policy := self._kinds.get(question.kind)) is not None:
            self._answers[item] = policy
            self._pending.appendleft(item)
            self._news.set()
            return
        self._undecided.append((item, question))
        self.counters.questions = len(self._undecided)
        self._asked.set()

    def _object_record(self, item: Item) -> ObjectRecord:
        name = self._name(item)
        return self._record.object_record(name, again=name in self._again)

    def _note(self, error: BaseException) -> None:
        """Count a failure that does not stop the others."""
        self._failures += 1
        self.counters.failed_objects += 1
        self._first_failure = self._first_failure or error
        if self._failures >= _TOO_MANY:
            raise self._summary()

    def _conclude(self) -> None:
        if self._put_off:
            raise self._put_off[0][1]
        if self._failures:
            raise self._summary()
        if self._pending:
            raise interrupted()
        if not self.counters.objects_total:
            raise TransferError(f"there is nothing to move in {self._what}", "NothingFound")

    def _summary(self) -> TransferError:
        assert self._first_failure is not None
        sentence, code = describe_failure(self._first_failure)
        total = self.counters.objects_total
        of = counted(total, "object") if self.counters.listing_done and total is not None else "many objects"
        return TransferError(f"{self._failures} of {of} failed, the first because {sentence}", code)
