"""The plan of a restore: what is archived is counted, the form asked, and the number confirmed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Row
from s3tui.format import count, counted, printable
from s3tui.tui.runtime.bucket_versioning import learn_owner
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import forget, guarded, roots_of, rows_in_words, told_roots
from s3tui.tui.text.archive_words import restore_note
from s3tui.tui.text.sentences import least_size

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.restoring import RestoreTotals

_NOTHING = "Nothing was restored."


class RestorePlan:
    """The plan of a restore of many objects, made while they are counted.

    Args:
        rows: objects, and prefixes with all that is under them.
    """

    def __init__(self, session: Session, transfers: Transfers, bucket: str, rows: Sequence[Row]) -> None:
        self._session, self._transfers, self._bucket, self._rows = session, transfers, bucket, rows
        self._change: Change | None = None
        self._totals: RestoreTotals | None = None
        self._wish: Mapping[str, object] = {}

    def counting(self) -> Question:
        """Return the dialog that is open while the objects are counted; it answers itself."""
        title = f"Restore {self._words}?"
        return Confirm(title, self._about("Counting …"), yes="Go on", grave=False, learning=self._count())

    @property
    def totals(self) -> RestoreTotals:
        """The numbers of the objects to restore, once they were counted."""
        assert self._totals is not None
        return self._totals

    @property
    def sentence(self) -> str:
        """Say how much that is."""
        totals = self.totals
        rest = f" {counted(totals.others, 'other')} can be read as they are." if totals.others else ""
        return f"{least_size(totals.bytes, totals.unsized)} to restore.{rest}"

    def question(self, tier: str, days: int | None) -> Question:
        """Return the question whether so many shall be restored."""
        self._wish = {"tier": tier, "days": days}
        objects, production = self.totals.objects, self._session.connection.production
        return TypedConfirm(
            f"Restore {counted(objects, 'object')}{' of production' if production else ''}?",
            self._about(f"{tier}. {restore_note(self.totals.classes, tier, days)}"),
            yes=f"Restore {count(objects)}",
            expected=self._bucket if production else str(objects),
        )

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.models import Undo
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        name = counted(self.totals.objects, "object")
        request = RunChange(
            self._session.handle,
            self._change.id,
            Direction.RESTORE,
            self._bucket,
            name,
            self._rows[0].key if len(self._rows) == 1 else "",
            roots=told_roots(self._rows),
        )
        await self._transfers.run_change(
            self._change,
            request,
            title=f"Restore {name}",
            undo=Undo.NO,
            why="a restored copy ends by itself",
            options=self._wish,
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

    async def _count(self) -> Learning:
        from s3tui.transfer.changes.restoring import RestoreTotals

        self._totals = totals = RestoreTotals()
        async for step in guarded(self._plan(totals), self._about, _NOTHING):
            yield step
            if isinstance(step, Asked):
                return
        nothing = "Nothing of it is in GLACIER or DEEP_ARCHIVE: all can be read as it is."
        yield True if totals.objects else Asked(self._about(nothing), is_answerable=False)

    async def _plan(self, totals: RestoreTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.changes.restoring import plan_restore

        log, now = await self._transfers.changes(), self._session.now()
        roots = roots_of(self._rows, versions=True)
        options = {"owner": await learn_owner(self._session, self._bucket)}
        self._change = change = await log.begin(
            ChangeKind.RESTORE, self._session.handle, self._bucket, f"Restore {self._words}", options=options
        )
        steps = self._session.stream(
            lambda s3: plan_restore(ReadingClient(s3), log, change, roots, totals, now)
        )
        async for _ in steps:
            yield self._about(f"Counting … {counted(totals.objects, 'archived object')} so far")
