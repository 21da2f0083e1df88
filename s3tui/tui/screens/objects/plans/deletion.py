"""Questions before a delete: objects are planned, and versioning is looked up, while the dialog is open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, counted, printable
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import fate, learn_owner, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import (
    BrowsedPlan,
    forget,
    guarded,
    planned_items,
    roots_of,
    rows_in_words,
    told_roots,
)
from s3tui.tui.text.sentences import least_size

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.planning import PlanTotals

_LOOKING = "Looking whether the bucket keeps versions …"


class DeletionPlan:
    """The plan of a deletion: made while its question is open, then run as a job, or forgotten.

    Args:
        rows: objects, and prefixes with all that is under them.
    """

    def __init__(self, session: Session, transfers: Transfers, bucket: str, rows: Sequence[Row]) -> None:
        self._session, self._transfers, self._bucket, self._rows = session, transfers, bucket, rows
        self._change: Change | None = None
        self._totals: PlanTotals | None = None
        self._status: VersioningStatus | None = None

    def question(self) -> Question:
        """Return the question whether it shall go; the plan is complete before yes can be said."""
        learning = self._learn()
        if self._is_object and not self._is_production:
            where = printable(f"s3://{self._bucket}/{self._rows[0].key}")
            return Confirm("Delete this object?", f"{where}\n{_LOOKING}", yes="Delete", learning=learning)
        return TypedConfirm(f"Delete {self._words}?", self._counting(0), yes="Delete", learning=learning)

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.planning import undo_of_deletion
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        assert self._totals is not None
        objects, change = self._totals.objects, self._change
        name = self._totals.first_key if objects == 1 else counted(objects, "object")
        undo, why = undo_of_deletion(self._status)
        request = RunChange(
            self._session.handle,
            change.id,
            Direction.DELETE,
            self._bucket,
            name,
            self._rows[0].key if len(self._rows) == 1 else "",
            roots=told_roots(self._rows),
        )
        await self._transfers.run_change(change, request, title=f"Delete {name}", undo=undo, why=why)
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    @property
    def _is_object(self) -> bool:
        return len(self._rows) == 1 and self._rows[0].kind is not Kind.PREFIX

    @property
    def _is_production(self) -> bool:
        return self._session.connection.production

    @property
    def _words(self) -> str:
        return rows_in_words(self._rows)

    def _counting(self, objects: int) -> str:
        where = printable(f"s3://{self._bucket}/")
        return f"Counting … {counted(objects, 'object')} so far: {self._words} in {where}"

    async def _learn(self) -> Learning:
        """Plan all that is meant, then learn what deleting means in the bucket."""
        from s3tui.transfer.changes.planning import PlanTotals

        self._totals = totals = PlanTotals()
        # Before the objects, as whoever deletes them must know which versions to look for.
        self._status = await learn_versioning(self._session, self._bucket)
        async with aclosing(guarded(self._plan(totals), str, "Nothing was deleted.")) as counting:
            async for step in counting:
                yield step
                if isinstance(step, Asked):
                    return
        if not totals.objects:
            yield Asked("There is nothing under it to delete.", is_answerable=False)
            return
        yield self._asked(totals)

    async def _plan(self, totals: PlanTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.planning import plan_deletion
        from s3tui.transfer.changes.reading import ReadingClient

        log, roots, now = await self._transfers.changes(), roots_of(self._rows), self._session.now()
        options = {
            "owner": await learn_owner(self._session, self._bucket),
            "versions": self._status is not VersioningStatus.OFF,
            "prefixes": [root.key for root in roots if root.is_prefix],
        }
        self._change = change = await log.begin(
            ChangeKind.DELETE, self._session.handle, self._bucket, f"Delete {self._words}", options=options
        )
        steps = self._session.stream(
            lambda s3: plan_deletion(ReadingClient(s3), log, change, roots, totals, now)
        )
        async with aclosing(steps):
            async for _ in steps:
                if not self._is_object:
                    yield self._counting(totals.objects)

    async def _again(self, log: ChangeLog) -> Asked:
        """Count what is left of the plan, and ask about that."""
        from s3tui.transfer.changes.planning import PlanTotals

        assert self._change is not None
        self._totals = totals = PlanTotals()
        async for item in planned_items(log, self._change):
            totals.count(item.key, item.facts, self._session.now())
        return self._asked(totals)

    def _asked(self, totals: PlanTotals) -> Asked:
        assert self._change is not None
        plan = BrowsedPlan(self._transfers, self._change, self._again)
        if not totals.objects:
            return Asked("All of it is left out.", is_answerable=False, plan=plan)
        return replace(self._question_of(totals), plan=None if self._is_object else plan)

    def _question_of(self, totals: PlanTotals) -> Asked:
        objects, where = totals.objects, printable(f"s3://{self._bucket}/")
        weight = least_size(totals.bytes, totals.unsized)
        found = f"{where}{printable(totals.first_key)}\n{weight}. "
        if not self._is_object:
            found = f"{counted(objects, 'object')}, {weight}: {self._words} in {where}\n"
        meaning = found + fate(self._status, objects)
        if totals.young and self._status is not VersioningStatus.ENABLED:
            verb = "is" if totals.young == 1 else "are"
            meaning += (
                f"\n{counted(totals.young, 'object')} {verb} of a class that S3 charges for 30 to 180 days, "
                "and not that old: the rest is charged anyway."
            )
        if self._is_production:
            return Asked(
                meaning, f"Delete {counted(objects, 'object')} of production?", expected=self._bucket
            )
        if self._is_object:
            return Asked(meaning)
        title = f"Delete {counted(objects, 'object')}?"
        return Asked(meaning, title, yes=f"Delete {count(objects)}", expected=str(objects))
