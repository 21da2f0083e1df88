"""The plan of a clean-up of versions and uploads, of some prefixes or of a bucket that is to go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s3tui.format import count, counted, printable
from s3tui.s3.errors import NoSuchBucket, S3Error
from s3tui.tui.runtime.bucket_versioning import learn_owner
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.question import Asked, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.steps import BrowsedPlan, forget, guarded, planned_items
from s3tui.tui.text.sentences import explain, least_size

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import Change
    from s3tui.transfer.changes.versions.cleaning import CleanRule, CleanTotals

_NOTHING = "Nothing was deleted."
_EMPTY = "Only an empty bucket can be deleted. Its name may be taken by anybody afterwards."
_FOR_GOOD = "That is for good: nothing brings them back."


class CleaningPlan:
    """The plan of what goes for good; made while its question is open, then run as a job, or forgotten.

    Args:
        prefixes: each with all that is under it; an empty one is the bucket.
        bucket_goes: the bucket itself is deleted once it is empty.
    """

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        bucket: str,
        prefixes: Sequence[str],
        rule: CleanRule,
        *,
        bucket_goes: bool = False,
    ) -> None:
        self._session, self._transfers, self._bucket = session, transfers, bucket
        self._prefixes, self._rule, self._bucket_goes = prefixes, rule, bucket_goes
        self._change: Change | None = None
        self._totals: CleanTotals | None = None
        self._refusal: S3Error | None = None

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing that goes besides the bucket."""
        return self._totals is None or not (self._totals.objects or self._totals.uploads)

    def question(self) -> Question:
        """Return the question whether all that shall go; the plan is complete before yes can be said."""
        now = self._about("Counting …")
        if self._bucket_goes:
            return TypedConfirm("Delete this bucket?", now, yes="Delete bucket", learning=self._learn())
        return TypedConfirm(f"Delete {self._what} for good?", now, yes="Delete", learning=self._learn())

    async def start(self) -> str:
        """Run the plan as a job; return its name for display."""
        from s3tui.transfer.changes.models import Undo
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self._change is not None
        name = self._bucket if self._bucket_goes else self._counted
        prefixes = self._prefixes
        request = RunChange(
            self._session.handle,
            self._change.id,
            Direction.DELETE,
            self._bucket,
            name,
            prefixes[0] if len(prefixes) == 1 else "",
        )
        why = "versions and delete markers go for good"
        await self._transfers.run_change(
            self._change, request, title=f"Delete for good {name}", undo=Undo.NO, why=why
        )
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        await forget(self._transfers, self._change)

    @property
    def _what(self) -> str:
        return self._rule.doomed.value

    @property
    def _words(self) -> str:
        prefixes = [prefix for prefix in self._prefixes if prefix]
        if not prefixes:
            return "The whole bucket"
        return printable(prefixes[0]) if len(prefixes) == 1 else f"{count(len(prefixes))} prefixes"

    @property
    def _counted(self) -> str:
        assert self._totals is not None
        totals = self._totals
        versions = totals.objects - totals.markers
        parts = [
            *([counted(versions, "version")] if versions else []),
            *([counted(totals.markers, "delete marker")] if totals.markers else []),
            *([counted(totals.uploads, "unfinished upload")] if totals.uploads else []),
        ]
        return ", ".join(parts)

    def _about(self, more: str) -> str:
        where = printable(f"s3://{self._bucket}/")
        return f"{where}\n{more}" if self._bucket_goes else f"{self._words} in {where}\n{more}"

    async def _learn(self) -> Learning:
        from s3tui.transfer.changes.versions.cleaning import CleanTotals

        self._totals = totals = CleanTotals()
        async for step in guarded(self._plan(totals), self._about, _NOTHING):
            if not isinstance(step, Asked):
                yield step
                continue
            if self._bucket_goes and not isinstance(self._refusal, NoSuchBucket):
                # Versions cannot be listed here, or not by these keys: an empty bucket goes all the same.
                self._totals = None
                why = "." if self._refusal is None else f": {explain(self._refusal)}"
                yield Asked(f"What is in it cannot be listed{why}\n{_EMPTY}", expected=self._bucket)
            else:
                yield step
            return
        yield self._asked(totals)

    async def _plan(self, totals: CleanTotals) -> Learning:
        from s3tui.transfer.changes.models import ChangeKind
        from s3tui.transfer.changes.planning import Root
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.changes.versions.cleaning import plan_cleaning

        log, now, rule = await self._transfers.changes(), self._session.now(), self._rule
        options = {
            "owner": await learn_owner(self._session, self._bucket),
            "versions": True,
            "bucket_goes": self._bucket_goes,
        }
        self._change = change = await log.begin(
            ChangeKind.DELETE_VERSIONS,
            self._session.handle,
            self._bucket,
            f"Delete {self._what}",
            options=options,
        )
        roots = [Root(prefix, True) for prefix in self._prefixes]
        steps = self._session.stream(
            lambda s3: plan_cleaning(ReadingClient(s3), log, change, roots, rule, totals, now)
        )
        try:
            async for _ in steps:
                yield self._about(f"Counting … {self._counted or 'nothing'} so far")
        except S3Error as error:
            self._refusal = error
            raise

    def _asked(self, totals: CleanTotals) -> Asked:
        if self.is_empty:
            if self._bucket_goes:
                return Asked(_EMPTY, expected=self._bucket)
            return Asked(self._about("There is nothing of that here."), is_answerable=False)
        lines = [f"{self._counted}, {least_size(totals.bytes, totals.unsized)}. {_FOR_GOOD}"]
        if totals.keys_gone:
            nothing = "key has" if totals.keys_gone == 1 else "keys have"
            lines.append(f"{totals.keys_gone:,} {nothing} nothing left then.")
        lines.append("What is locked is refused, and stays.")
        if self._bucket_goes:
            lines.append("Then the bucket goes. Its name may be taken by anybody afterwards.")
        production = " of production" * self._session.connection.production
        title = f"Delete {self._counted}{production}?"
        if self._bucket_goes:
            title = "Delete this bucket with all that is in it?"
        assert self._change is not None
        # A bucket goes with all that it holds, or stays.
        plan = BrowsedPlan(self._transfers, self._change, self._again, may_leave_out=not self._bucket_goes)
        return Asked(self._about("\n".join(lines)), title, expected=self._bucket, plan=plan)

    async def _again(self, log: ChangeLog) -> Asked:
        """Count what is left of the plan, and ask about that."""
        from s3tui.transfer.changes.versions.cleaning import CleanTotals

        assert self._change is not None
        self._totals = totals = CleanTotals()
        async for item in planned_items(log, self._change):
            totals.take(item.key, item.facts, self._session.now())
        return self._asked(totals)
