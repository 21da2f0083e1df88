"""AttributeController: headers, metadata, class and tags of one object, or of all that are marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.editing.attributes import AttributeChange, AttributesSet
    from s3tui.transfer.editing.object_state import ObjectState

_CHANGED = "somebody else changed it since it was read: nothing was sent"


class AttributeController:
    """To be awaited in a worker."""

    def __init__(self, host: ObjectHost, saved: Callable[[], object] = lambda: None) -> None:
        """`saved`: called when something may have been changed, for what no listing shows."""
        self._host, self._saved = host, saved

    async def edit(self) -> None:
        rows = self._editable()
        if len(rows) == 1:
            await self._edit_one(rows[0])
        elif rows:
            await self._edit_many([row.key for row in rows])

    def _editable(self) -> Sequence[Row]:
        """Return the objects to edit; say why there is none."""
        from s3tui.tui.screens.common.batch_dialog import MOST

        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return ()
        if any(row.kind is Kind.PREFIX for row in rows):
            host.say("A prefix has no metadata of its own: mark the objects that are meant.", "warning")
        elif not all(row.has_bytes for row in rows):
            host.say("A delete marker has nothing that describes it.", "warning")
        elif any(row.status is VersionStatus.OLDER for row in rows):
            host.say("An older version stays as it is: P makes it the current one.", "warning")
        elif len(rows) > MOST:
            host.say(f"At most {count(MOST)} objects are changed at a time: mark fewer.", "warning")
        else:
            return rows
        return ()

    async def _edit_one(self, row: Row) -> None:
        from s3tui.transfer.editing.object_state import read_state
        from s3tui.tui.screens.objects.editing.attribute_dialog import AttributesDialog

        host, bucket = self._host, self._host.bucket
        host.say(f"Reading what describes {printable(row.key)} …")
        try:
            state = await host.session.run(lambda s3: read_state(s3, bucket, row.key))
        except S3Error as error:
            host.say(explain(error), "error")
            return
        host.clear_notice()
        if not state.is_version(row.version_id):
            host.say("An older version stays as it is: P makes it the current one.", "warning")
            return
        change = await host.ask(AttributesDialog(row.key, state))
        if change is None or not await self._may_change(1):
            return
        host.say(f"Changing {printable(row.key)} …")
        try:
            done = await host.session.run(lambda s3: self._set(s3, row.key, change, state))
        except (S3Error, ValueError) as error:
            host.say(explain(error), "error")
            return
        self._follow([row.key])
        self._tell(row.key, done)

    async def _edit_many(self, keys: Sequence[str]) -> None:
        from s3tui.transfer.editing.object_state import read_state
        from s3tui.tui.screens.common.batch_dialog import BatchDialog
        from s3tui.tui.screens.objects.editing.attribute_dialog import ManyAttributesDialog

        host, bucket = self._host, self._host.bucket

        async def read(key: str) -> ObjectState:
            return await host.session.run(lambda s3: read_state(s3, bucket, key))

        states = await host.ask(BatchDialog(f"Reading {counted(len(keys), 'object')}", keys, read))
        if states is None or not states.done or states.left:
            return
        if states.failed:
            host.say(f"Not all can be read: {states.sentence}", "error")
            return
        change = await host.ask(ManyAttributesDialog(list(states.done.values())))
        if change is None or not await self._may_change(len(keys)):
            return

        async def set_(key: str) -> AttributesSet:
            return await host.session.run(lambda s3: self._set(s3, key, change, states.done[key]))

        batch = await host.ask(BatchDialog(f"Changing {counted(len(keys), 'object')}", keys, set_))
        if batch is None:
            return
        self._follow([key for key, done in batch.done.items() if done.is_sent] + list(batch.failed))
        lost = {key: done.lost for key, done in batch.done.items() if done.lost}
        if not batch.is_whole:
            host.say(batch.sentence, "error" if batch.failed else "warning")
        elif lost:
            key, names = next(iter(lost.items()))
            host.say(
                f"Changed, but of {counted(len(lost), 'object')} the server did not keep all: "
                f"{printable(key)} lost {', '.join(names)}.",
                "warning",
            )
        else:
            sent = sum(done.is_sent for done in batch.done.values())
            host.say(f"Changed {counted(sent, 'object')}.", "done")

    async def _set(
        self, s3: S3Client, key: str, change: AttributeChange, before: ObjectState
    ) -> AttributesSet:
        from s3tui.transfer.editing.attributes import ObjectChanged, set_attributes

        try:
            return await set_attributes(
                s3, self._host.bucket, key, change, now=self._host.session.now(), before=before
            )
        except ObjectChanged:
            raise ValueError(f"{key}: {_CHANGED}") from None

    async def _may_change(self, number: int) -> bool:
        """Ask where there are many, or the connection is a production one."""
        name = printable(self._host.session.connection.name)
        if number > 1:
            where = f"{printable(f's3://{self._host.bucket}/')}"
            production = f" {name} is a production connection." * self._host.session.connection.production
            return (
                await self._host.ask(
                    TypedConfirm(
                        f"Change {counted(number, 'object')}?",
                        f"In {where}.{production}",
                        yes="Change them",
                        expected=str(number),
                    )
                )
                or False
            )
        if not self._host.session.connection.production:
            return True
        question = Confirm("Change it?", f"{name} is a production connection.", yes="Change it")
        return await self._host.ask(question) or False

    def _follow(self, keys: Sequence[str]) -> None:
        if keys:
            self._host.session.changed(BucketChange(self._host.bucket, unclear=frozenset(keys)))
            self._saved()

    def _tell(self, key: str, done: AttributesSet) -> None:
        if not done.is_sent:
            self._host.say(f"{printable(key)} was like that already: nothing was sent.")
        elif done.lost:
            lost = ", ".join(done.lost)
            self._host.say(
                f"Changed {printable(key)}, but the server did not take or keep {lost}.", "warning"
            )
        else:
            how = "copied onto itself" if done.is_copied else "its tags alone"
            self._host.say(f"Changed {printable(key)}: {how}.", "done")
