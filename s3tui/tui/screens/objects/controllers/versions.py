"""Other times of a bucket: its versions, and the bucket as it was at an instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.browse.source.as_of import AsOf, instant_words, parse_instant
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import VERSIONS
from s3tui.format import count, printable, timestamp
from s3tui.s3.configuration import VersioningStatus
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import CopyObject
from s3tui.tui.runtime.bucket_versioning import learn_versioning
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm, TypedConfirm
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.deletion import Deletion, DeletionProgress
from s3tui.tui.text.sentences import least_size, short_size

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine

_NO_VERSIONS = "This bucket keeps no versions: only what is there now can be shown."


class VersionsController:
    """Shows versions; deletes them for good, brings back what was deleted, promotes an older one."""

    def __init__(self, host: TreeHost, rows_went: Callable[[Collection[str]], None]) -> None:
        """`rows_went`: told the keys that were deleted; none, where that is not known."""
        self._host, self._rows_went = host, rows_went

    def _look_through(self, source: Source) -> None:
        """Show the same place in another way, the cursor on the same key."""
        there, key = self._host.mode.through(source, self._host.current)
        self._host.go(there, key=key)

    async def toggle(self) -> None:
        """Show versions, or what is there now; in a worker."""
        if self._host.mode.shows_versions:
            self._look_through(LIVE)
        elif await learn_versioning(self._host.session, self._host.bucket) is VersioningStatus.OFF:
            self._host.say(_NO_VERSIONS, "warning")
        else:
            self._look_through(VERSIONS)

    async def ask_instant(self) -> None:
        """Ask for an instant, and show what was there; in a worker."""
        learned: list[VersioningStatus | None] = []

        async def obstacle() -> str:
            learned.append(await learn_versioning(self._host.session, self._host.bucket))
            return _NO_VERSIONS if learned[0] is VersioningStatus.OFF else ""

        now, was = self._host.session.now(), self._host.mode.instant
        answer = await self._host.ask(
            Prompt(
                "As it was at",
                "A date, with a time if wanted (this machine's, unless it names a zone), or how long ago.",
                value="" if was is None else instant_words(was),
                placeholder="2026-11-01 12:00   2026-11-01T12:00Z   3d   2h ago",
                yes="Show",
                check=lambda text: _wrong_instant(text, now),
                obstacle=obstacle,
            )
        )
        if answer is None:
            return
        if not learned and (no := await obstacle()):  # who types faster than S3 answers is told afterwards
            self._host.say(no, "warning")
            return
        status, at = learned[0], parse_instant(answer, now)
        self._look_through(AsOf(at))
        if status is VersioningStatus.SUSPENDED:
            self._host.say(
                "Versioning is suspended here: what was overwritten since is not known.", "warning"
            )
        else:
            self._host.say("Prefixes are those of any time, and may have held nothing then; F lists exactly.")

    async def delete(self) -> None:
        """Delete versions for good, or delete markers, which brings back what they hide; in a worker."""
        rows = self._host.targets()
        if not rows or not self._host.may_write():
            return
        if any(row.kind is Kind.PREFIX for row in rows):
            sentence = "Here versions are deleted one by one, no whole prefixes: mark those that are meant."
            self._host.say(sentence)
        elif await self._confirm_versions(rows):
            await self._delete_versions(rows)

    async def _confirm_versions(self, rows: Sequence[Row]) -> bool:
        if len(rows) == 1:
            return await self._host.ask(self._question_of(rows[0])) or False
        versions = [row for row in rows if row.has_bytes]
        markers = len(rows) - len(versions)
        sizes = [row.size for row in versions]
        size = least_size(sum(filter(None, sizes)), sizes.count(None))
        sentences = [f"In {printable(f's3://{self._host.bucket}/')}:"]
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
        listing = self._host.tree_model.listing(row.key.removesuffix(row.name))
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
        progress = DeletionProgress(self._host.session, self._host.bucket, pairs)
        deletion = await self._host.ask(progress) or Deletion(left=len(pairs))
        self._rows_went(())
        if not deletion.is_whole:
            is_stopped = not (deletion.failure or deletion.errors)
            self._host.say(deletion.sentence, "warning" if is_stopped else "error")
        elif len(rows) > 1:
            self._host.say(f"Deleted {count(len(rows))} versions for good.", "done")
        elif rows[0].status is VersionStatus.DELETED:
            self._host.say(f"The delete marker of {printable(rows[0].key)} is gone.", "done")
        else:
            self._host.say(f"Deleted a version of {printable(rows[0].key)} for good.", "done")

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


def _what(row: Row) -> str:
    when = "written at an unknown time" if row.modified is None else timestamp(row.modified)
    return f"version {printable(row.version_id or '')}, {when}"


def _weight(row: Row) -> str:
    return "of unknown size" if row.size is None else short_size(row.size)


def _wrong_instant(text: str, now: datetime) -> str | None:
    try:
        parse_instant(text, now)
    except ValueError as error:
        return str(error)
    return None
