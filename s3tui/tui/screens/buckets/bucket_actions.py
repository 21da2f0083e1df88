"""BucketController: creates and deletes buckets, copies their names. Dialogs are imported when opened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.object_fields import bucket_choices
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.frame.notice import Kind

if TYPE_CHECKING:
    from s3tui.browse.place.new_bucket import CreatedBucket

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class BucketHost(ScreenHost, Protocol):
    """A screen with buckets, as its controller sees it."""

    @property
    def current(self) -> BucketRow | None:
        """The bucket under the cursor."""

    def forget_bucket(self, bucket: str) -> None:
        """Called after a bucket was deleted."""

    def refresh_list(self) -> None:
        """List the buckets again."""


class BucketController:
    """The actions on buckets; each that opens a dialog is awaited in a worker."""

    def __init__(self, host: BucketHost) -> None:
        self._host = host

    def open_uploads(self) -> None:
        from s3tui.tui.screens.transfers.orphan_uploads import OrphanUploadsScreen

        row = self._host.current
        if row is not None:
            self._host.app.push_screen(
                OrphanUploadsScreen(self._host.session, self._host.transfers, row.name)
            )

    def open_detail(self) -> None:
        from s3tui.tui.screens.buckets.bucket_detail import BucketDetailScreen

        row = self._host.current
        if row is not None:
            self._host.app.push_screen(BucketDetailScreen(self._host.session, self._host.transfers, row))

    def open_snapshots(self) -> None:
        from s3tui.browse.place.location import Location
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        row = self._host.current
        there = None if row is None else Location(row.name)
        self._host.app.push_screen(SnapshotsScreen(self._host.session, self._host.transfers, there))

    async def create(self) -> None:
        from s3tui.browse.place.new_bucket import make_bucket
        from s3tui.tui.screens.buckets.new_bucket_dialog import NewBucketDialog

        if not self._host.may_write():
            return
        region = self._host.session.connection.endpoint.region
        wish = await self._host.ask(NewBucketDialog(region, wrong_bucket))
        if wish is None:
            return
        name = wish.name
        try:
            made = await self._host.session.run(lambda s3: make_bucket(s3, wish))
        except S3Error as error:
            self._host.say(explain(error), "error")
            return
        if made.region is not None:
            self._host.session.regions[name] = made.region
        self._host.say(*made_words(name, made, wish.region or region))
        if made.is_new:
            self._host.refresh_list()

    async def delete(self) -> None:
        from s3tui.browse.place.bucket_change import BucketChange
        from s3tui.transfer.changes.versions.cleaning import CleanRule, Doomed
        from s3tui.tui.screens.objects.plans.cleaning import CleaningPlan
        from s3tui.tui.screens.objects.plans.steps import left, started

        row = self._host.current
        if row is None or not self._host.may_write():
            return
        host, rule = self._host, CleanRule(Doomed.EVERYTHING)
        plan = CleaningPlan(host.session, host.transfers, row.name, [""], rule, bucket_goes=True)
        answer = await host.ask(plan.question())
        if answer and not plan.is_empty:
            if await started(host, plan) is not None:
                host.say(f"The deletion of {printable(row.name)} is in the queue: t shows it.")
            return
        await left(plan)
        if not answer:
            return
        try:
            await self._host.session.run(lambda s3: s3.delete_bucket(row.name))
        except S3Error as error:
            self._host.say(explain(error), "error")
        else:
            self._host.forget_bucket(row.name)
            self._host.session.changed(BucketChange(row.name, unclear=frozenset({""})))
            self._host.say(f"Deleted {printable(row.name)}.", "done")
            self._host.refresh_list()

    async def copy_uri(self) -> None:
        if (row := self._host.current) is not None:
            uri = f"s3://{row.name}"
            await self._host.copy(uri, f"URI: {printable(uri)}")

    async def copy(self) -> None:
        from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu

        row = self._host.current
        if row is None:
            return
        if (answer := await self._host.ask(ClipboardMenu(bucket_choices(row.name)))) is not None:
            await self._host.copy(answer[1], f"{answer[0]}: {printable(answer[1])}")


def made_words(name: str, made: CreatedBucket, wished: str) -> tuple[str, Kind]:
    """Return the sentence on a bucket that was created, or not, in the region `wished`."""
    where = "" if made.region is None else f" in {printable(made.region)}"
    if not made.is_visible:
        return f"There is a bucket {name} already, and you may not look at it: pick another name.", "warning"
    if not made.is_new:
        return (
            f"There is a bucket {name} already{where}, and you can open it. Nothing was changed.",
            "warning",
        )
    if made.failed:
        first, why = next(iter(made.failed.items()))
        names = ", ".join(made.failed)
        said = f"Created {name}{where}, but without {names}: {printable(why).rstrip('.')}."
        return f"{said} In its detail, e sets {first} again.", "error"
    if made.region is None:
        return f"Created {name}. The server does not say in which region.", "done"
    if made.region != wished:
        return f"Created {name}{where}: the server did not put it in {printable(wished)}.", "warning"
    return f"Created {name}{where}.", "done"


def wrong_bucket(text: str) -> str | None:
    """Return the error in a new bucket's name, or `None` (Bucket naming rules)."""
    name, at, region = text.partition("@")
    if not _NAME.fullmatch(name) or ".." in name:
        return "3 to 63 of a-z, 0-9, - and dots between them; a letter or digit at both ends."
    return "A region belongs behind the @." if at and not region else None
