"""Changes of versions: deleted for good, brought back, made the current one. Each is asked first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.format import count, counted, printable, timestamp
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import CopyObject
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.plans.steps import facts_of, left, started
from s3tui.tui.text.sentences import least_size, short_size

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class VersionChanges:
    """Deletes versions for good, brings back what was deleted, promotes an older version."""

    def __init__(self, host: ObjectHost, below: Callable[[Row], Row | None]) -> None:
        """
        Args:
            below: returns the next older row of a row's key, where that is loaded.
        """
        self._host, self._below = host, below

    async def delete(self) -> None:
        """Delete versions for good, or delete markers, which brings back what they hide; in a worker."""
        rows = self._host.targets()
        if not rows or not self._host.may_write():
            return
        if any(row.kind is Kind.PREFIX for row in rows):
            await self._clean(rows)
        elif await self._confirm_versions(rows):
            await self._delete_versions(rows)

    async def _clean(self, rows: Sequence[Row]) -> None:
        """Ask which versions under prefixes go for good."""
        from s3tui.tui.screens.objects.plans.cleaning import CleaningPlan
        from s3tui.tui.screens.objects.plans.cleaning_dialog import CleaningDialog

        host = self._host
        if not all(row.kind is Kind.PREFIX for row in rows):
            host.say("Versions and prefixes are deleted apart: unmark the ones or the others.", "warning")
            return
        what = printable(rows[0].key) if len(rows) == 1 else f"{count(len(rows))} prefixes"
        rule = await host.ask(CleaningDialog(what))
        if rule is None:
            return
        plan = CleaningPlan(host.session, host.transfers, host.bucket, [row.key for row in rows], rule)
        if not await host.ask(plan.question()):
            await left(plan)
            return
        name = await started(host, plan)
        if name is not None:
            host.say(f"The deletion of {name} is in the queue: t shows it.")

    async def _confirm_versions(self, rows: Sequence[Row]) -> bool:
        if len(rows) == 1:
            return await self._host.ask(self._question_of(rows[0])) or False
        versions = [row for row in rows if row.has_bytes]
        markers = len(rows) - len(versions)
        sizes = [row.size for row in versions]
        size = least_size(sum(filter(None, sizes)), sizes.count(None))
        sentences = [f"In {printable(f's3://{self._host.bucket}/')}:"]
        if versions:
            sentences.append(f"{counted(len(versions), 'version')}, {size}: nothing brings them back.")
        if markers:
            sentences.append(f"{counted(markers, 'delete marker')}: what the latest of a key hides is back.")
        title = f"Delete {count(len(rows))} for good?"
        question = TypedConfirm(
            title, "\n".join(sentences), expected=str(len(rows)), yes=f"Delete {count(len(rows))}"
        )
        return await self._host.ask(question) or False

    def _question_of(self, row: Row) -> Confirm:
        where = printable(f"s3://{self._host.bucket}/{row.key}")
        what = f"{where}\n{_what(row)}"
        match row.status:
            case VersionStatus.DELETED:
                after = f"This delete marker goes: {self._next_of(row)}"
                return Confirm("Bring it back?", f"{what}\n{after}", yes="Undelete", grave=False)
            case VersionStatus.WAS_DELETED:
                after = "A later version has made up for this delete marker: nothing else changes."
                return Confirm("Delete this delete marker for good?", f"{what}\n{after}", yes="Delete")
            case VersionStatus.OLDER:
                after = f"{_weight(row)}, gone for good. What is there now stays."
            case VersionStatus.CURRENT:
                after = f"{_weight(row)}, gone for good. {self._next_of(row).capitalize()}"
        return Confirm("Delete this version for good?", f"{what}\n{after}", yes="Delete for good")

    def _next_of(self, row: Row) -> str:
        """Say what comes to light when a key's latest row goes."""
        below = self._below(row)
        if below is not None and below.has_bytes:
            return f"the version of {timestamp(below.modified)} is the current one then."
        if below is not None:
            return "below it is a delete marker: the key is deleted then."
        return "it is the only one of its key."

    async def _delete_versions(self, rows: Sequence[Row]) -> None:
        from s3tui.transfer.changes.models import ChangeKind, Undo
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        host, is_undelete = self._host, rows[0].status is VersionStatus.DELETED and len(rows) == 1
        log, handle, bucket = await host.transfers.changes(), host.session.handle, host.bucket
        what = rows[0].key if len(rows) == 1 else counted(len(rows), "version")
        title = f"Bring back {what}" if is_undelete else f"Delete for good {what}"
        change = await log.begin(
            ChangeKind.DELETE_VERSIONS, handle, bucket, title, options={"versions": True}
        )
        await log.add(change, version_items(rows), first=0)
        name = what if is_undelete or len(rows) > 1 else f"a version of {what}"
        request = RunChange(
            handle,
            change.id,
            Direction.UNDO if is_undelete else Direction.DELETE,
            bucket,
            name,
            rows[0].key if len(rows) == 1 else "",
        )
        why = "versions and delete markers go for good"
        await host.transfers.run_change(change, request, title=title, undo=Undo.NO, why=why)
        what = "return" if is_undelete else "deletion"
        host.say(f"The {what} of {printable(name)} is in the queue: t shows it.", "queued", about=name)

    async def promote(self) -> None:
        """Make a version the current one; in a worker."""
        rows = self._host.targets()
        if not rows or not self._host.may_write():
            return
        row = rows[0]
        if len(rows) > 1:
            self._host.say("One version at a time can become the current one: unmark the others.")
        elif row.kind is Kind.PREFIX or not row.has_bytes:
            self._host.say(
                "Only a version can become the current one. D on a delete marker brings back what it hides."
            )
        elif row.status is VersionStatus.CURRENT:
            self._host.say("This is the current version already.")
        elif await self._host.ask(
            Confirm(
                "Make this version the current one?",
                f"{printable(f's3://{self._host.bucket}/{row.key}')}\n"
                f"{_what(row)}, {_weight(row)}\n"
                "A copy of it becomes a new version, inside S3; all others stay.",
                yes="Promote",
                grave=False,
            )
        ):
            await self._promote(row)

    async def _promote(self, row: Row) -> None:
        own, bucket, key = self._host.session.handle, self._host.bucket, row.key

        async def add(queue: TransferEngine) -> int:
            return await queue.add(
                CopyObject(
                    own, bucket, key, bucket, key, conflict=Conflict.OVERWRITE, version_id=row.version_id
                )
            )

        await self._host.transfers.command(add)
        self._host.say(f"→ {printable(key)} as it was {timestamp(row.modified)}   t shows the queue")


def version_items(rows: Sequence[Row]) -> list[tuple[str, dict[str, object]]]:
    """Return versions as a plan has them: an older one goes only while another is there, or goes too."""
    latest = {row.key for row in rows if row.status in (VersionStatus.CURRENT, VersionStatus.DELETED)}
    older = (VersionStatus.OLDER, VersionStatus.WAS_DELETED)
    return [
        (row.key, {**_facts(row), "noncurrent": row.status in older and row.key not in latest})
        for row in rows
    ]


def _facts(row: Row) -> dict[str, object]:
    """Return what tells a version from what may come in its place: the id `null` may be taken over."""
    return {**facts_of(row), "version": row.version_id or "null", "marker": row.status.is_delete_marker}


def _what(row: Row) -> str:
    when = "written at an unknown time" if row.modified is None else timestamp(row.modified)
    return f"version {printable(row.version_id or '')}, {when}"


def _weight(row: Row) -> str:
    return "of unknown size" if row.size is None else short_size(row.size)
