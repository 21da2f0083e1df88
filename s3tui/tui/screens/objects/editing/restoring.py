"""RestoreController: restores archived objects, with a tier and for some days."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, counted, printable
from s3tui.s3.errors import ServiceError
from s3tui.tui.screens.common.batch_dialog import MOST, BatchDialog
from s3tui.tui.screens.objects.editing.restore_dialog import Restore, RestoreDialog
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.text.archive_words import ARCHIVES, TIERING, refused_restore


class RestoreController:
    """To be awaited in a worker."""

    def __init__(self, host: ObjectHost, begun: Callable[[], object] = lambda: None) -> None:
        """`begun`: called when a restore began, for what no listing shows."""
        self._host, self._begun = host, begun

    async def ask(self) -> None:
        """Ask how to restore the targets, and begin it."""
        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return
        if any(row.kind is Kind.PREFIX for row in rows):
            host.say("Objects are restored, no prefixes: F lists all below one, to mark them.", "warning")
            return
        archived = [row for row in rows if row.storage_class in ARCHIVES and row.has_bytes]
        if len({row.key for row in archived}) < len(archived):
            host.say("Versions of one object are restored one by one: mark one of them.", "warning")
        elif not archived:
            host.say("Only what is archived is restored: GLACIER and DEEP_ARCHIVE, with a z.", "warning")
        elif len(archived) > MOST:
            host.say(f"At most {counted(MOST, 'object')} can be restored at a time: mark fewer.", "warning")
        elif (wish := await host.ask(RestoreDialog(archived, others=len(rows) - len(archived)))) is not None:
            await self._restore(archived, wish)

    async def _restore(self, rows: Sequence[Row], wish: Restore) -> None:
        host, bucket = self._host, self._host.bucket
        by_key = {row.key: row for row in rows}

        async def restore(key: str) -> bool:
            row = by_key[key]
            days = None if row.storage_class == TIERING else wish.days
            try:
                return await host.session.run(
                    lambda s3: s3.restore_object(
                        bucket, key, days=days, tier=wish.tier, version_id=row.version_id
                    )
                )
            except ServiceError as error:
                if (why := refused_restore(error)) is not None:
                    raise ValueError(why) from error
                raise

        what = printable(rows[0].key) if len(rows) == 1 else counted(len(rows), "object")
        batch = await host.ask(BatchDialog(f"Restoring {what}", list(by_key), restore))
        if batch is None:
            return
        if batch.done:
            host.session.changed(BucketChange(bucket, unclear=frozenset(batch.done)))
            self._begun()
        if batch.is_whole:
            host.say(_begun_sentence(what, list(batch.done.values())), "done")
        elif len(rows) == 1:
            host.say(f"{what}: {next(iter(batch.failed.values()), 'nothing was sent.')}", "warning")
        else:
            host.say(batch.sentence, "warning")


def _begun_sentence(what: str, begun: Sequence[bool]) -> str:
    """Say what was begun; `False` of each stands for a copy that stays longer."""
    longer = begun.count(False)
    if len(begun) == 1:
        return f"{what} stays longer." if longer else f"{what} is being restored: r tells how far it is."
    if longer:
        return f"{what}: of {count(longer)} the copy stays longer, all others are being restored."
    return f"{what} are being restored: r tells how far they are."
