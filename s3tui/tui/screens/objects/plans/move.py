"""The question before a move: what moves is planned, and what stands against it, while the dialog is open."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, counted, printable
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import fate_of_move, learn_owner, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import (
    BrowsedPlan,
    facts_of,
    forget,
    guarded,
    planned_items,
    rows_in_words,
    told_roots,
)
from s3tui.tui.text.sentences import least_size

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.moving import MoveRoot, MoveTotals
    from s3tui.transfer.changes.renaming import Rename


class MovePlan:
    """The plan of a move inside of one endpoint: made while its question is open, then run as a job.

    Args:
        places: objects and prefixes, each with the key or prefix that it gets.
        to: where to, for display.
    """

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        bucket: str,
        places: Sequence[tuple[Row, str]],
        to: S3Uri,
    ) -> None:
        self._session, self._transfers = session, transfers
        self._bucket, self._places, self._to = bucket, places, to
        self._change: Change | None = None
        self._totals: MoveTotals | None = None
        self._here: VersioningStatus | None = None
        self._there: VersioningStatus | None = None

    def question(self) -> Question:
        """Return the question whether it shall be moved; the plan is complete before yes can be said."""
        title, now = f"Move {self._words}?", self._about("Looking what is there …")
        if self._is_object and not self._session.connection.production:
            return Confirm(title, now, yes="Move", grave=False, learning=self._learn())
        return TypedConfirm(title, now, yes="Move", learning=self._learn())

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.moving import undo_of_move
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        assert self._totals is not None
        change, objects = self._change, self._totals.objects
        name = self._totals.first_key if objects == 1 else counted(objects, "object")
        undo, why = undo_of_move(self._here)
        request = RunChange(
            self._session.handle,
            change.id,
            Direction.MOVE,
            self._bucket,
            name,
            self._places[0][0].key if len(self._places) == 1 else "",
            to=f"s3://{self._to.bucket}/{self._target}",
            roots=told_roots([row for row, _ in self._places]),
        )
        await self._transfers.run_change(change, request, title=f"Move {name}", undo=undo, why=why)
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    @property
    def _is_object(self) -> bool:
        return len(self._places) == 1 and self._places[0][0].kind is not Kind.PREFIX

    @property
    def _words(self) -> str:
        return rows_in_words([row for row, _ in self._places])

    @property
    def _target(self) -> str:
        key = self._to.key
        return self._places[0][1] if len(self._places) == 1 or not key or key.endswith("/") else f"{key}/"

    def _about(self, more: str) -> str:
        here = printable(f"s3://{self._bucket}/")
        where = printable(f"s3://{self._to.bucket}/{self._target}")
        return f"{self._words} in {here}\n→ {where}\n{more}"

    async def _learn(self) -> Learning:
        from s3tui.transfer.changes.moving import MoveTotals, obstacle

        self._totals = totals = MoveTotals()
        self._here = self._there = await learn_versioning(self._session, self._bucket)
        if self._to.bucket != self._bucket:
            self._there = await learn_versioning(self._session, self._to.bucket)
        async with aclosing(guarded(self._plan(totals), self._about, "Nothing was moved.")) as counting:
            async for step in counting:
                yield step
                if isinstance(step, Asked):
                    return
        if (why := obstacle(totals)) is not None:
            yield Asked(self._about(why), is_answerable=False)
            return
        yield self._asked(totals)

    def _renames(self) -> list[Rename] | None:
        """Return the moves in steps that find their keys free, of several objects in one bucket."""
        from s3tui.transfer.changes.renaming import settle

        rows = [row for row, _ in self._places]
        if len(rows) < 2 or self._to.bucket != self._bucket or any(row.kind is Kind.PREFIX for row in rows):
            return None
        return settle({row.key: to for row, to in self._places}, token_hex(4))

    async def _plan(self, totals: MoveTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.moving import plan_move
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.changes.renaming import plan_renames, steps_of

        log, roots = await self._transfers.changes(), _roots(self._places)
        renames = self._renames()
        options: dict[str, object] = {
            "owner": await learn_owner(self._session, self._bucket, self._to.bucket),
            "versions": self._here is not VersioningStatus.OFF,
            "to_bucket": self._to.bucket,
            "to_versions": self._there is not VersioningStatus.OFF,
        }
        if renames is not None:
            options["steps"] = steps_of(renames)
        self._change = change = await log.begin(
            ChangeKind.MOVE, self._session.handle, self._bucket, f"Move {self._words}", options=options
        )
        if renames is None:
            steps = self._session.stream(lambda s3: plan_move(ReadingClient(s3), log, change, roots, totals))
        else:
            facts = {row.key: facts_of(row) for row, _ in self._places}
            steps = self._session.stream(
                lambda s3: plan_renames(ReadingClient(s3), log, change, renames, facts, totals)
            )
        async with aclosing(steps):
            async for _ in steps:
                if not self._is_object:
                    yield self._about(f"Counting … {counted(totals.objects, 'object')} so far")

    async def _again(self, log: ChangeLog) -> Asked:
        """Count what is left of the plan, and ask about that."""
        from s3tui.transfer.changes.moving import MoveTotals, count_move

        assert self._change is not None
        assert self._totals is not None
        totals = MoveTotals(taken=self._totals.taken)
        self._totals = totals
        async for item in planned_items(log, self._change):
            count_move(totals, item.key, item.facts)
        return self._asked(totals)

    def _asked(self, totals: MoveTotals) -> Asked:
        assert self._change is not None
        # What is renamed in steps hangs together: nothing of it can stay.
        is_free = self._change.options.get("steps", 1) == 1
        plan = BrowsedPlan(self._transfers, self._change, self._again, may_leave_out=is_free)
        if not totals.objects:
            return Asked(self._about("All of it is left out."), is_answerable=False, plan=plan)
        return replace(self._question_of(totals), plan=None if self._is_object else plan)

    def _question_of(self, totals: MoveTotals) -> Asked:
        objects = totals.objects
        weight = least_size(totals.bytes, totals.unsized)
        many = weight if self._is_object else f"{counted(objects, 'object')}, {weight}"
        lines = [
            f"{many}: copied inside S3, compared, and only then deleted here. {fate_of_move(self._here)}"
        ]
        if totals.taken:
            taken, verb = counted(totals.taken, "new key"), "is" if totals.taken == 1 else "are"
            lines.append(f"{taken} {verb} taken: what would get it stays where it is.")
        if totals.archived:
            lines.append(
                f"{counted(totals.archived, 'object')} of an archive class can only move once restored."
            )
        if not self._is_object:
            lines.append("Until the job is over, some are here and some there.")
        meaning = self._about("\n".join(lines))
        if self._session.connection.production:
            title = f"Move {counted(objects, 'object')} of production?"
            return Asked(meaning, title, expected=self._bucket)
        if self._is_object:
            return Asked(meaning)
        title = f"Move {counted(objects, 'object')}?"
        return Asked(meaning, title, yes=f"Move {count(objects)}", expected=str(objects))


def _roots(places: Sequence[tuple[Row, str]]) -> list[MoveRoot]:
    from s3tui.transfer.changes.moving import MoveRoot
    from s3tui.transfer.changes.planning import Root

    return [MoveRoot(Root(row.key, row.kind is Kind.PREFIX, facts_of(row)), to) for row, to in places]
