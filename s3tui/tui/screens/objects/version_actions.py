"""What can be done to versions: delete them for good, bring back what was deleted, promote an older one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import work
from textual.worker import Worker

from s3tui.browse.rows.listing import Kind, Row, Standing
from s3tui.format import count, printable, timestamp
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import CopyObject
from s3tui.tui.screens.common.dialogs import Confirm, TypedConfirm
from s3tui.tui.screens.objects.deletion import Deletion, DeletionProgress
from s3tui.tui.screens.objects.version_views import VersionViews
from s3tui.tui.text.sentences import least_size, short_size

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine


class VersionActions(VersionViews):
    """The half of the screen that changes versions."""

    def action_delete(self) -> Worker[None]:
        return self.delete_versions() if self.shows_versions else super().action_delete()

    @work(group="question", exclusive=True)
    async def delete_versions(self) -> None:
        """Delete versions for good, or delete markers, which brings back what they hide; asks first."""
        rows = self.targets()
        if not rows or not self.may_write():
            return
        if any(row.kind is Kind.PREFIX for row in rows):
            self.say("Here versions are deleted one by one, no whole prefixes: mark those that are meant.")
        elif await self._confirm_versions(rows):
            await self._delete_versions(rows)

    async def _confirm_versions(self, rows: Sequence[Row]) -> bool:
        if len(rows) == 1:
            return await self.app.push_screen_wait(self._question_of(rows[0])) or False
        versions = [row for row in rows if row.has_bytes]
        markers = len(rows) - len(versions)
        sizes = [row.size for row in versions]
        size = least_size(sum(filter(None, sizes)), sizes.count(None))
        sentences = [f"In {printable(f's3://{self.bucket}/')}:"]
        if versions:
            plural = "s" * (len(versions) != 1)
            sentences.append(f"{count(len(versions))} version{plural}, {size}: nothing brings them back.")
        if markers:
            plural = "s" * (markers != 1)
            sentences.append(
                f"{count(markers)} delete marker{plural}: what the latest of a key hides is back."
            )
        title = f"Delete {count(len(rows))} for good?"
        question = TypedConfirm(
            title, "\n".join(sentences), expected=str(len(rows)), yes=f"Delete {count(len(rows))}"
        )
        return await self.app.push_screen_wait(question) or False

    def _question_of(self, row: Row) -> Confirm:
        where = printable(f"s3://{self.bucket}/{row.key}")
        what = f"{where}\n{_what(row)}"
        match row.standing:
            case Standing.DELETED:
                after = f"This delete marker goes: {self._next_of(row)}"
                return Confirm("Bring it back?", f"{what}\n{after}", yes="Undelete", grave=False)
            case Standing.WAS_DELETED:
                after = "A later version has made up for this delete marker: nothing else changes."
                return Confirm("Delete this delete marker for good?", f"{what}\n{after}", yes="Delete")
            case Standing.OLDER:
                after = f"{_weight(row)}, gone for good. What is there now stays."
            case Standing.CURRENT:
                after = f"{_weight(row)}, gone for good. {self._next_of(row).capitalize()}"
        return Confirm("Delete this version for good?", f"{what}\n{after}", yes="Delete for good")

    def _next_of(self, row: Row) -> str:
        """Say what comes to light when a key's latest row goes."""
        listing = self.tree_model.listing(row.key.removesuffix(row.name))
        number = None if listing is None else listing.find(row.key, row.version_id)
        if listing is not None and number is not None and number + 1 < len(listing):
            below = listing.row(number + 1)
            if below.key == row.key and below.has_bytes:
                return f"the version of {timestamp(below.modified)} is the current one then."
            if below.key == row.key:
                return "below it is a delete marker: the key is deleted then."
        return "it is the only one of its key."

    async def _delete_versions(self, rows: Sequence[Row]) -> None:
        pairs = [(row.key, row.version_id or "null") for row in rows]
        progress = DeletionProgress(self.session, self.bucket, pairs)
        deletion = await self.app.push_screen_wait(progress) or Deletion(left=len(pairs))
        self.rows_went(())
        if not deletion.is_whole:
            is_stopped = not (deletion.failure or deletion.errors)
            self.say(deletion.sentence, "warning" if is_stopped else "error")
        elif len(rows) > 1:
            self.say(f"deleted {count(len(rows))} for good", "done")
        elif rows[0].standing is Standing.DELETED:
            self.say(f"the delete marker of {printable(rows[0].key)} is gone", "done")
        else:
            self.say(f"deleted a version of {printable(rows[0].key)} for good", "done")

    @work(group="question", exclusive=True)
    async def action_promote(self) -> None:
        rows = self.targets()
        if not rows or not self.may_write():
            return
        row = rows[0]
        if len(rows) > 1:
            self.say("One version at a time can become the current one: unmark the others.")
        elif row.kind is Kind.PREFIX or not row.has_bytes:
            self.say(
                "Only a version can become the current one. D on a delete marker brings back what it hides."
            )
        elif row.standing is Standing.CURRENT:
            self.say("This is the current version already.")
        elif await self.app.push_screen_wait(
            Confirm(
                "Make this version the current one?",
                f"{printable(f's3://{self.bucket}/{row.key}')}\n"
                f"{_what(row)}, {_weight(row)}\n"
                "A copy of it becomes a new version, inside S3; all others stay.",
                yes="Promote",
                grave=False,
            )
        ):
            await self._promote(row)

    async def _promote(self, row: Row) -> None:
        own, bucket, key = self.session.handle, self.bucket, row.key

        async def add(queue: TransferEngine) -> int:
            return await queue.add(
                CopyObject(
                    own, bucket, key, bucket, key, conflict=Conflict.OVERWRITE, version_id=row.version_id
                )
            )

        await self.transfers.command(add)
        self.say(f"→ {printable(key)} as it was {timestamp(row.modified)}   t shows the queue")


def _what(row: Row) -> str:
    when = "written at an unknown time" if row.modified is None else timestamp(row.modified)
    return f"version {printable(row.version_id or '')}, {when}"


def _weight(row: Row) -> str:
    return "of unknown size" if row.size is None else short_size(row.size)
