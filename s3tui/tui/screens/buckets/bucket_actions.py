"""BucketActions: actions of the bucket list. Dialogs are imported when they are first opened."""

from __future__ import annotations

import re

from textual import work

from s3tui.browse.place.location import Location
from s3tui.browse.place.new_bucket import CreatedBucket, make_bucket
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.frame.notice import Kind
from s3tui.tui.widgets.lists.bucket_table import BucketTable

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


class BucketActions(FramedScreen):
    def action_refresh(self) -> None:
        raise NotImplementedError

    def forget_bucket(self, bucket: str) -> None:
        """Called after a bucket was deleted."""

    def action_uploads(self) -> None:
        from s3tui.tui.screens.transfers.orphan_uploads import OrphanUploadsScreen

        row = self.query_one(BucketTable).current
        if row is not None:
            self.app.push_screen(OrphanUploadsScreen(self.session, self.transfers, row.name))

    def action_snapshots(self) -> None:
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        row = self.query_one(BucketTable).current
        there = None if row is None else Location(row.name)
        self.app.push_screen(SnapshotsScreen(self.session, self.transfers, there))

    @work(group="question", exclusive=True)
    async def action_create_bucket(self) -> None:
        from s3tui.tui.screens.common.dialogs import Prompt

        if not self.may_write():
            return
        region = self.session.connection.endpoint.region
        answer = await self.app.push_screen_wait(
            Prompt(
                "Create a bucket",
                f"A name, or name@region; else it is created in {printable(region)}.",
                placeholder="my-bucket@eu-west-1",
                yes="Create",
                check=wrong_bucket,
            )
        )
        if answer is None:
            return
        name, _, home = answer.partition("@")
        try:
            made = await self.session.run(lambda s3: make_bucket(s3, name, home or None))
        except S3Error as error:
            self.say(explain(error), "error")
            return
        if made.region is not None:
            self.session.regions[name] = made.region
        self.say(*made_words(name, made, home or region))
        if made.is_new:
            self.action_refresh()

    @work(group="question", exclusive=True)
    async def action_delete_bucket(self) -> None:
        from s3tui.tui.screens.objects.deletion_plan import bucket_question

        row = self.query_one(BucketTable).current
        if row is None or not self.may_write():
            return
        answer = await self.app.push_screen_wait(bucket_question(self.session, row.name))
        if not answer:
            return
        try:
            await self.session.run(lambda s3: s3.delete_bucket(row.name))
        except S3Error as error:
            self.say(explain(error), "error")
        else:
            self.forget_bucket(row.name)
            self.say(f"deleted {printable(row.name)}", "done")
            self.action_refresh()

    @work(group="question", exclusive=True)
    async def action_copy(self) -> None:
        from s3tui.tui.screens.objects.copy_menu import ClipboardMenu

        row = self.query_one(BucketTable).current
        if row is None:
            return
        choices = [
            ("n", "name", row.name),
            ("u", "s3:// URI", f"s3://{row.name}/"),
            ("a", "ARN", f"arn:aws:s3:::{row.name}"),
        ]
        if (answer := await self.app.push_screen_wait(ClipboardMenu(choices))) is not None:
            await self.copy(answer[1], f"{answer[0]}: {printable(answer[1])}")


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
    if made.region is None:
        return f"created {name}; the server does not say where", "done"
    if made.region != wished:
        return f"created {name}{where}: the server did not put it in {printable(wished)}", "warning"
    return f"created {name}{where}", "done"


def wrong_bucket(text: str) -> str | None:
    """Return the error in a new bucket's name, or `None` (Bucket naming rules)."""
    name, at, region = text.partition("@")
    if not _NAME.fullmatch(name) or ".." in name:
        return "3 to 63 of a-z, 0-9, - and dots between them; a letter or digit at both ends."
    return "A region belongs behind the @." if at and not region else None
