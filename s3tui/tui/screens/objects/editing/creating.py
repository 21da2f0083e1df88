"""NewObjectController: creates a folder marker, an empty object, or one from text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.tui.screens.objects.editing.new_object_dialog import NewObject


class NewObjectController:
    """To be awaited in a worker."""

    def __init__(self, host: ObjectHost) -> None:
        self._host = host

    async def ask(self, prefix: str) -> None:
        """Ask for an object below `prefix`, and create it where nothing is."""
        from s3tui.tui.screens.objects.editing.new_object_dialog import NewObjectDialog

        host = self._host
        if not host.may_write():
            return
        new = await host.ask(NewObjectDialog(host.bucket, prefix))
        if new is None:
            return
        host.say(f"Creating {printable(new.key)} …")
        try:
            is_new = await host.session.run(lambda s3: self._create(s3, new))
        except S3Error as error:
            host.say(explain(error), "error")
            return
        if not is_new:
            host.say(f"There is {printable(new.key)} already: nothing was written.", "warning")
            return
        host.session.changed(BucketChange(host.bucket, written=((new.key, len(new.data)),)))
        host.say(f"Created {printable(new.key)}.", "done")

    async def _create(self, s3: S3Client, new: NewObject) -> bool:
        from s3tui.s3.request.options import WriteOptions
        from s3tui.transfer.editing.conditions import obeys_if_match
        from s3tui.transfer.editing.content import ContentEditing, Saved

        bucket = self._host.bucket
        obeys = await obeys_if_match(s3, bucket, new.key[: new.key.rfind("/") + 1])
        creation = ContentEditing(
            s3,
            bucket,
            new.key,
            None,
            obeys_if_match=obeys,
            now=self._host.session.now,
            options=WriteOptions(content_type=new.content_type),
        )
        return isinstance(await creation.save(new.data), Saved)
