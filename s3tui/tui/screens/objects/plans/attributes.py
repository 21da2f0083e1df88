"""The plan of new attributes: every object is read, the form asked, and what it comes to counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Row
from s3tui.format import count, counted, printable
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import learn_owner, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import forget, guarded, roots_of, rows_in_words, told_roots

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.editing.attributes import AttributeChange
    from s3tui.transfer.editing.planned_set import SetOutlook, SetTotals

_NOTHING = "Nothing was changed."


class AttributePlan:
    """The plan of new attributes of many objects; made while they are read, then run as a job, or forgotten.

    Args:
        rows: objects, and prefixes with all that is under them.
    """

    def __init__(self, session: Session, transfers: Transfers, bucket: str, rows: Sequence[Row]) -> None:
        self._session, self._transfers, self._bucket, self._rows = session, transfers, bucket, rows
        self._change: Change | None = None
        self._wanted: AttributeChange | None = None
        self._outlook: SetOutlook | None = None
        self._status: VersioningStatus | None = None
        self.totals: SetTotals | None = None
        """What was read of the objects."""

    def reading(self) -> Question:
        """Return the dialog that is open while all objects are read; it answers itself."""
        title = f"Read what describes {self._words}?"
        return Confirm(title, self._about("Reading …"), yes="Go on", grave=False, learning=self._read())

    def question(self, wanted: AttributeChange) -> Question:
        """Return the question whether all that shall be set."""
        self._wanted = wanted
        return TypedConfirm(
            f"Change {self._words}?", self._about("Counting …"), yes="Change", learning=self._ask()
        )

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.editing.planned_set import set_facts
        from s3tui.transfer.editing.recording import undo_of_set
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        assert self._outlook is not None
        assert self._wanted is not None
        name = counted(self._outlook.changing, "object")
        undo, why = undo_of_set(self._wanted, is_versioned=self._status is VersioningStatus.ENABLED)
        request = RunChange(
            self._session.handle,
            self._change.id,
            Direction.SET,
            self._bucket,
            name,
            self._rows[0].key if len(self._rows) == 1 else "",
            roots=told_roots(self._rows),
        )
        await self._transfers.run_change(
            self._change, request, title=f"Change {name}", undo=undo, why=why, options=set_facts(self._wanted)
        )
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    @property
    def _words(self) -> str:
        return rows_in_words(self._rows)

    def _about(self, more: str) -> str:
        return f"{self._words} in {printable(f's3://{self._bucket}/')}\n{more}"

    async def _read(self) -> Learning:
        from s3tui.transfer.editing.planned_set import SetTotals

        self.totals = totals = SetTotals()
        async for step in guarded(self._plan(totals), self._about, _NOTHING):
            yield step
            if isinstance(step, Asked):
                return
        yield True if totals.objects else Asked("There is nothing under it to change.", is_answerable=False)

    async def _plan(self, totals: SetTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.editing.planned_set import plan_set

        log, roots, now = await self._transfers.changes(), roots_of(self._rows), self._session.now()
        self._status = await learn_versioning(self._session, self._bucket)
        options = {"owner": await learn_owner(self._session, self._bucket)}
        self._change = change = await log.begin(
            ChangeKind.SET, self._session.handle, self._bucket, f"Change {self._words}", options=options
        )
        steps = self._session.stream(lambda s3: plan_set(ReadingClient(s3), log, change, roots, totals, now))
        async for _ in steps:
            yield self._about(f"Reading … {counted(totals.objects, 'object')} so far")

    async def _ask(self) -> Learning:
        from s3tui.transfer.editing.planned_set import SetOutlook

        self._outlook = outlook = SetOutlook()
        async for step in guarded(self._count(outlook), self._about, _NOTHING):
            yield step
            if isinstance(step, Asked):
                return
        yield self._asked(outlook)

    async def _count(self, outlook: SetOutlook) -> Learning:
        from s3tui.transfer.editing.planned_set import look_ahead

        assert self._change is not None
        assert self._wanted is not None
        yield self._about("Counting …")
        await look_ahead(await self._transfers.changes(), self._change, self._wanted, outlook)

    def _asked(self, outlook: SetOutlook) -> Asked:
        lines = []
        if outlook.copies:
            copies = counted(outlook.copies, "object")
            lines.append(f"{copies} copied in place, with all that a copy resets, and another LastModified.")
        if outlook.alone:
            lines.append(
                f"{counted(outlook.alone, 'object')} changed by requests of their own, without a copy."
            )
        if outlook.same:
            lines.append(f"{counted(outlook.same, 'object')} as wanted already.")
        if outlook.stuck:
            stay = "stays" if outlook.stuck == 1 else "stay"
            first = printable(outlook.first_stuck.rstrip("."))
            lines.append(f"{counted(outlook.stuck, 'object')} {stay} as now, the first: {first}.")
        totals = self.totals
        if totals is not None and totals.hidden and outlook.copies:
            lines.append(
                f"Of {counted(totals.hidden, 'object')} these keys may not read who has access: that is lost."
            )
        if not outlook.changing:
            return Asked(self._about("\n".join(lines)), "There is nothing to change", is_answerable=False)
        meaning = self._about("\n".join([*lines, self._fate()]))
        production = self._session.connection.production
        title = f"Change {counted(outlook.changing, 'object')}{' of production' if production else ''}?"
        expected = self._bucket if production else str(outlook.changing)
        return Asked(meaning, title, yes=f"Change {count(outlook.changing)}", expected=expected)

    def _fate(self) -> str:
        assert self._wanted is not None
        if (self._wanted.retention or "").startswith("COMPLIANCE"):
            return "Nobody can take back a retention of the mode COMPLIANCE."
        if self._status is VersioningStatus.ENABLED:
            return "U undoes it: versioning is on."
        return "U writes again what there was, where nobody changed it since."
