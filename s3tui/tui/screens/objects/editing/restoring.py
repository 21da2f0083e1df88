"""RestoreController: restores archived objects, with a tier and for some days."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error, ServiceError
from s3tui.tui.screens.objects.editing.restore_dialog import Restore, RestoreDialog
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.plans.steps import left, started
from s3tui.tui.text.archive_words import ARCHIVES, TIERING, refused_restore
from s3tui.tui.text.sentences import explain, least_size


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
        if len(rows) > 1 or rows[0].kind is Kind.PREFIX:
            await self._restore_many([row for row in rows if row.has_bytes or row.kind is Kind.PREFIX])
        elif rows[0].storage_class not in ARCHIVES or not rows[0].has_bytes:
            host.say("Only what is archived is restored: GLACIER and DEEP_ARCHIVE, with a z.", "warning")
        else:
            row = rows[0]
            size = least_size(row.size or 0, int(row.size is None))
            form = RestoreDialog(printable(row.key), {row.storage_class}, f"{size} to restore.")
            if (wish := await host.ask(form)) is not None:
                await self._restore(row, wish)

    async def _restore_many(self, rows: Sequence[Row]) -> None:
        from s3tui.tui.screens.objects.plans.restore import RestorePlan

        host = self._host
        plan = RestorePlan(host.session, host.transfers, host.bucket, rows)
        wish = None
        if await host.ask(plan.counting()):
            what = counted(plan.totals.objects, "object")
            wish = await host.ask(RestoreDialog(what, plan.totals.classes, plan.sentence))
        if wish is None or not await host.ask(plan.question(wish.tier, wish.days)):
            await left(plan)
            return
        name = await started(host, plan)
        if name is not None:
            host.say(f"The restore of {printable(name)} is in the queue: t shows it.", "queued", about=name)

    async def _restore(self, row: Row, wish: Restore) -> None:
        host, bucket, name = self._host, self._host.bucket, printable(row.key)
        days = None if row.storage_class == TIERING else wish.days
        try:
            is_new = await host.session.run(
                lambda s3: s3.restore_object(
                    bucket, row.key, days=days, tier=wish.tier, version_id=row.version_id
                )
            )
        except S3Error as error:
            why = refused_restore(error) if isinstance(error, ServiceError) else None
            host.say(f"{name}: {why or explain(error)}", "warning")
            return
        host.session.changed(BucketChange(bucket, unclear=frozenset({row.key})))
        self._begun()
        said = f"{name} is being restored: r tells how far it is." if is_new else f"{name} stays longer."
        host.say(said, "done")
