"""The plan that brings objects and prefixes back as they were at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Row
from s3tui.browse.source.as_of import instant_words
from s3tui.format import count, counted, printable
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import learn_owner, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import forget, guarded, roots_of, rows_in_words, told_roots
from s3tui.tui.text.sentences import least_size

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.versions.returning import ReturnTotals


class ReturnPlan:
    """The plan of a return; made while its question is open, then run as a job, or forgotten.

    Args:
        rows: objects, and prefixes with all that is under them.
        at: the instant.
    """

    def __init__(
        self, session: Session, transfers: Transfers, bucket: str, rows: Sequence[Row], at: datetime
    ) -> None:
        self._session, self._transfers, self._bucket = session, transfers, bucket
        self._rows, self._at = rows, at
        self._change: Change | None = None
        self._totals: ReturnTotals | None = None
        self._status: VersioningStatus | None = None

    def question(self) -> Question:
        """Return the question whether all that shall be as it was."""
        title = f"Bring {self._words} back as of {instant_words(self._at)}?"
        return TypedConfirm(title, self._about("Counting …"), yes="Bring back", learning=self._learn())

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.models import Undo
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        assert self._totals is not None
        name = counted(self._totals.objects, "object")
        request = RunChange(
            self._session.handle,
            self._change.id,
            Direction.RETURN,
            self._bucket,
            name,
            self._rows[0].key if len(self._rows) == 1 else "",
            roots=told_roots(self._rows),
        )
        is_on = self._status is VersioningStatus.ENABLED
        undo, why = (Undo.YES, "versioning is on") if is_on else (Undo.PARTLY, "versioning is not on")
        title = f"Bring back {name} as of {instant_words(self._at)}"
        await self._transfers.run_change(self._change, request, title=title, undo=undo, why=why)
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    @property
    def _words(self) -> str:
        return rows_in_words(self._rows)

    def _about(self, more: str) -> str:
        return f"{self._words} in {printable(f's3://{self._bucket}/')}\n{more}"

    async def _learn(self) -> Learning:
        from s3tui.transfer.changes.versions.returning import ReturnTotals

        self._totals = totals = ReturnTotals()
        async for step in guarded(self._plan(totals), self._about, "Nothing was changed."):
            yield step
            if isinstance(step, Asked):
                return
        yield self._asked(totals)

    async def _plan(self, totals: ReturnTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.changes.versions.returning import plan_return

        log, roots, now = await self._transfers.changes(), roots_of(self._rows), self._session.now()
        self._status = await learn_versioning(self._session, self._bucket)
        options = {"owner": await learn_owner(self._session, self._bucket)}
        self._change = change = await log.begin(
            ChangeKind.RETURN,
            self._session.handle,
            self._bucket,
            f"Bring back {self._words}",
            options=options,
        )
        steps = self._session.stream(
            lambda s3: plan_return(ReadingClient(s3), log, change, roots, self._at, totals, now)
        )
        async for _ in steps:
            yield self._about(f"Counting … {counted(totals.objects, 'object')} so far")

    def _asked(self, totals: ReturnTotals) -> Asked:
        written = totals.objects - totals.hidden
        lines = []
        if written:
            size = least_size(totals.bytes, totals.unsized)
            lines.append(f"{counted(written, 'object')} written again in a new version, {size} in all.")
        if totals.hidden:
            was = "was" if totals.hidden == 1 else "were"
            lines.append(f"{counted(totals.hidden, 'object')} {was} not there then, and will be hidden.")
        if totals.same:
            lines.append(f"{counted(totals.same, 'key')} as then.")
        if totals.archived:
            lines.append(f"{counted(totals.archived, 'object')} archived: what is restored can be copied.")
        if totals.unknown:
            lines.append(f"Of {counted(totals.unknown, 'key')} the server does not say when it was written.")
        lines.append(_fate(self._status))
        meaning = self._about("\n".join(lines))
        if not totals.objects:
            return Asked(meaning, "It is as it was", is_answerable=False)
        production = self._session.connection.production
        expected = self._bucket if production else str(totals.objects)
        return Asked(meaning, yes=f"Bring back {count(totals.objects)}", expected=expected)


def _fate(status: VersioningStatus | None) -> str:
    """Return a sentence on what becomes of what is there now."""
    match status:
        case VersioningStatus.ENABLED:
            return "All versions stay, and U undoes it."
        case VersioningStatus.SUSPENDED:
            return "Versioning is suspended: what was written since is gone for good, and stays so after U."
        case VersioningStatus.OFF:
            return "Versioning is off: what is replaced or hidden is gone for good."
        case None:
            return (
                "Whether versioning is on cannot be learned: without it, what is there now is gone for good."
            )
