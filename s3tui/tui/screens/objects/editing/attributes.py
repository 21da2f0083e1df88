"""AttributeController: what describes one object, or all that is marked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.plans.steps import left, started
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import ChangeItem
    from s3tui.transfer.editing.attributes import AttributeChange


class AttributeController:
    """To be awaited in a worker."""

    def __init__(self, host: ObjectHost, saved: Callable[[], object] = lambda: None) -> None:
        """`saved`: called when something may have been changed, for what no listing shows."""
        self._host, self._saved = host, saved

    async def edit(self) -> None:
        rows = self._editable()
        if len(rows) == 1 and rows[0].kind is not Kind.PREFIX:
            await self._edit_one(rows[0])
        elif rows:
            await self._edit_many(rows)

    def _editable(self) -> Sequence[Row]:
        """Return the objects to edit; say why there is none."""
        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return ()
        if not all(row.has_bytes or row.kind is Kind.PREFIX for row in rows):
            host.say("A delete marker has nothing that describes it.", "warning")
        elif any(row.status is VersionStatus.OLDER for row in rows):
            host.say("An older version stays as it is: P makes it the current one.", "warning")
        else:
            return rows
        return ()

    async def _edit_one(self, row: Row) -> None:
        from s3tui.transfer.editing.object_state import read_state
        from s3tui.transfer.editing.recording import recorded_set
        from s3tui.transfer.errors import TransferError
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
        if change is None or not await self._may_change(change):
            return
        host.say(f"Changing {printable(row.key)} …")
        log, now = await host.transfers.changes(), host.session.now()
        try:
            item = await host.session.run(
                lambda s3: recorded_set(
                    s3, log, host.session.handle, bucket, row.key, change, before=state, now=now
                )
            )
        except S3Error as error:
            host.say(explain(error), "error")
            return
        except TransferError as error:
            host.say(f"Nothing was changed: {printable(str(error))}.", "error")
            return
        finally:
            self._follow([row.key])
        self._tell(row.key, item)

    async def _edit_many(self, rows: Sequence[Row]) -> None:
        from s3tui.tui.screens.objects.editing.many_attributes_dialog import ManyAttributesDialog
        from s3tui.tui.screens.objects.plans.attributes import AttributePlan

        host = self._host
        plan = AttributePlan(host.session, host.transfers, host.bucket, rows)
        change = None
        if await host.ask(plan.reading()):
            assert plan.totals is not None
            change = await host.ask(ManyAttributesDialog(plan.totals))
        if change is None or not await host.ask(plan.question(change)):
            await left(plan)
            return
        name = await started(host, plan)
        if name is not None:
            host.say(f"The change of {printable(name)} is in the queue: t shows it.", "queued", about=name)

    async def _may_change(self, change: AttributeChange) -> bool:
        """Ask where the connection is a production one, and before what nobody can take back."""
        mode, _, until = (change.retention or "").partition(" ")
        if mode == "COMPLIANCE":
            meaning = f"Until {until} nobody can delete this version: COMPLIANCE cannot be taken back."
            if not await self._host.ask(Confirm("Lock it beyond recall?", meaning, yes="Lock it")):
                return False
        if not self._host.session.connection.production:
            return True
        name = printable(self._host.session.connection.name)
        question = Confirm("Change it?", f"{name} is a production connection.", yes="Change it")
        return await self._host.ask(question) or False

    def _follow(self, keys: Sequence[str]) -> None:
        if keys:
            self._host.session.changed(BucketChange(self._host.bucket, unclear=frozenset(keys)))
            self._saved()

    def _tell(self, key: str, item: ChangeItem) -> None:
        from s3tui.transfer.changes.models import ItemState
        from s3tui.transfer.editing.attributes import needs_copy
        from s3tui.transfer.editing.state_facts import attributes_in

        why, name = item.outcome.get("why"), printable(key)
        if item.state is not ItemState.DONE:
            self._host.say(f"{name} was not changed: {printable(str(why)).removesuffix('.')}.", "warning")
        elif why:
            self._host.say(f"Changed {name}, but {printable(str(why))}.", "warning")
        else:
            was, ours = attributes_in(item.facts["was"]), attributes_in(item.outcome["ours"])
            how = "copied onto itself" if needs_copy(was, ours) else "without a copy"
            self._host.say(f"Changed {name}: {how}.", "done")
