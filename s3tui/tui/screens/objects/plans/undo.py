"""The question before an undo: what takes the last change back is planned while the dialog is open."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from s3tui.format import ago, counted, printable
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Confirm, Learning, Question
from s3tui.tui.screens.objects.plans.steps import forget, guarded

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.undoing import UndoTotals

_RECENT = 100
"""So many changes of all connections are looked through."""


class UndoPlan:
    """The plan of an undo of the last change that was made with a connection."""

    def __init__(self, session: Session, transfers: Transfers) -> None:
        self._session, self._transfers = session, transfers
        self._undone: Change | None = None
        self._change: Change | None = None
        self._totals: UndoTotals | None = None
        self._reverts = False

    async def find(self) -> str | None:
        """Find the last change that is not undone; return why there is none to undo, as a sentence."""
        from s3tui.transfer.changes.models import ChangeKind, ChangeState, Undo

        log = await self._transfers.changes()
        mine = [
            change
            for change in await log.changes(_RECENT)
            if self._session.is_called(change.connection)
            and change.kind is not ChangeKind.UNDO
            and change.undone_by is None
            # An edit is in no queue: one that is still open was sent, and never answered.
            and not (change.kind is ChangeKind.WRITE and change.state is ChangeState.BEGUN)
            and change.kind is not ChangeKind.RESTORE
        ]
        if not mine:
            return "There is nothing to undo: nothing was changed here that s3tui knows of."
        last = next((change for change in mine if change.undo is not Undo.NO), mine[0])
        title = printable(last.title)
        if last.undo is Undo.NO:
            return f"{title} in {printable(last.bucket)} cannot be undone: {last.why}."
        if last.state is ChangeState.BEGUN:
            return f"{title} is still in the queue: let it end there, or cancel it, then U undoes it."
        self._undone = last
        return None

    def question(self) -> Question:
        assert self._undone is not None
        title = f"Undo: {printable(self._undone.title)}?"
        return Confirm(title, self._about("Looking what is there now …"), yes="Undo", grave=False,
                       learning=self._learn())  # fmt: skip

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.models import Undo
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        assert self._totals is not None
        assert self._undone is not None
        totals, bucket = self._totals, self._undone.bucket
        name = totals.first_key if totals.objects == 1 else counted(totals.objects, "object")
        title = f"Undo: {self._undone.title}"
        where = totals.first_key if totals.objects == 1 else ""
        request = RunChange(
            self._session.handle,
            self._change.id,
            Direction.UNDO,
            bucket,
            name,
            where,
            reverts=self._reverts,
        )
        await self._transfers.run_change(
            self._change, request, title=title, undo=Undo.NO, why="it was an undo"
        )
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    def _about(self, more: str) -> str:
        assert self._undone is not None
        when = ago(self._undone.at, self._session.now())
        return f"In {printable(f's3://{self._undone.bucket}/')}, {when}.\n{more}"

    async def _learn(self) -> Learning:
        from s3tui.transfer.changes.undoing import UndoTotals

        self._totals = totals = UndoTotals()
        async with aclosing(guarded(self._plan(totals), self._about, "Nothing was changed.")) as looking:
            async for step in looking:
                yield step
                if isinstance(step, Asked):
                    return
        yield Asked(self._about(_outlook(totals)), is_answerable=totals.objects > totals.changed)

    async def _plan(self, totals: UndoTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.changes.undoing import plan_undo, undo_steps
        from s3tui.transfer.editing.reverting import is_reverted, plan_revert

        undone = self._undone
        assert undone is not None
        log = await self._transfers.changes()
        self._change = change = await log.begin(
            ChangeKind.UNDO,
            self._session.handle,
            undone.bucket,
            f"Undo: {undone.title}",
            undoes=undone.id,
            options={
                "owner": undone.options.get("owner"),
                "versions": True,
                "late_bucket": undone.options.get("to_bucket", undone.bucket),
                "steps": undo_steps(undone),
                "late_versions": undone.options.get("to_versions", True),
            },
        )
        self._reverts = is_reverted(undone, await log.items(undone.id, limit=1))
        plan = plan_revert if self._reverts else plan_undo
        steps = self._session.stream(lambda s3: plan(ReadingClient(s3), log, change, undone, totals))
        async with aclosing(steps):
            async for _ in steps:
                yield self._about(f"Looking … {counted(totals.objects, 'object')} so far")


def _outlook(totals: UndoTotals) -> str:
    """Say what an undo will come to."""
    back = totals.objects - totals.changed
    lines = [
        f"{counted(back, 'object')} will be as before." if back else "Nothing of it can be brought back."
    ]
    if totals.changed:
        verb = "was" if totals.changed == 1 else "were"
        lines.append(f"{counted(totals.changed, 'object')} {verb} changed since, and will stay as now.")
    if totals.lost:
        verb = "is" if totals.lost == 1 else "are"
        lines.append(f"{counted(totals.lost, 'object')} {verb} gone for good: the bucket kept no version.")
    return "\n".join(lines)
