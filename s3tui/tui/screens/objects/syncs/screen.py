"""SyncScreen: the plan of a sync, line by line; lines can be left out before it becomes a job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.format import count, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.syncs.saved import SavedSync
from s3tui.tui.keymap.screens import SYNC_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.question import Confirm, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.syncs.plan import MOST_SHOWN, SyncPlan
from s3tui.tui.text.place import Place
from s3tui.tui.text.transfers.sync import counts_caption, ends, question
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.sync_table import SyncTable

if TYPE_CHECKING:
    from s3tui.transfer.changes.models import ChangeItem
    from s3tui.transfer.sync.models import SyncTotals


class SyncScreen(FramedScreen):
    """Plans once it is shown; nothing is sent from here but by ^s and a yes."""

    HELP_TITLE = "Sync"
    BINDINGS: ClassVar[list[BindingType]] = [*SYNC_KEYS]

    def __init__(self, session: Session, transfers: Transfers, sync: SavedSync) -> None:
        super().__init__(session, transfers)
        self._plan = SyncPlan(session, transfers, sync)
        self._totals: SyncTotals | None = None
        self._is_begun = False

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="sync-panel"):
            table = SyncTable()
            yield from (table, StatePanel(table))

    def place(self) -> Place:
        return Place(title=self.HELP_TITLE)

    def on_mount(self) -> None:
        super().on_mount()
        panel = self.query_one("#sync-panel")
        panel.border_title = Content(ends(self._plan.sync))
        self._state.show("loading", "Listing both sides …", "esc goes back")
        self.plan()

    def on_unmount(self) -> None:
        if not self._is_begun:
            self.app.run_worker(self._forget(), group="forgetting")

    async def _forget(self) -> None:
        from s3tui.transfer.errors import TransferError

        with suppress(TransferError):
            await self._plan.discard()

    @property
    def _state(self) -> StatePanel:
        return self.query_one(StatePanel)

    @property
    def _table(self) -> SyncTable:
        return self.query_one(SyncTable)

    @work(group="plan", exclusive=True)
    async def plan(self) -> None:
        from s3tui.transfer.errors import TransferError

        try:
            async with aclosing(self._plan.steps()) as steps:
                async for totals in steps:
                    self.later(self._show_progress, totals)
            lines = await self._plan.lines()
        except S3Error as error:
            self.later(self._state.show_error, error, keys="esc goes back")
        except TransferError as error:
            said = f"There is no plan: {printable(str(error))}."
            self.later(self._state.show, "failed", said, "esc goes back")
        else:
            self.later(self._show, totals, lines)

    def _show_progress(self, totals: SyncTotals) -> None:
        seen = counted(max(totals.sources, totals.targets), "path")
        self._state.show("loading", f"Comparing: {seen} so far …", "esc goes back")

    def _show(self, totals: SyncTotals, lines: list[ChangeItem]) -> None:
        self._totals = totals
        self._table.show(lines)
        if lines:
            self._state.clear()
            self._table.focus()
        else:
            self._state.show("empty", "Both sides are the same: there is nothing to do.", "esc goes back")
        if totals.blocked:
            self.say(f"Nothing is deleted: {printable(totals.blocked)}.", "warning")
        elif len(lines) >= MOST_SHOWN:
            self.say(f"The first {counted(MOST_SHOWN, 'line')} are shown: ^s does all.", "warning")
        self._caption()
        self.refresh_bindings()

    def _caption(self) -> None:
        if self._totals is not None:
            caption = counts_caption(self._actions(), self._totals)
            self.query_one("#sync-panel").border_subtitle = Content(caption)

    def _actions(self) -> Counter[str]:
        """Return how many lines there are of each action, without those that were left out."""
        assert self._totals is not None
        out = self._table.left_out
        actions = Counter({action.value: number for action, number in self._totals.actions.items()})
        actions.subtract(row.facts["action"] for row in self._table.rows if row.number in out)
        return actions

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave_out":
            return self._table.current is not None if self.is_mounted else False
        return action != "start" or (self._totals is not None and self._totals.work > 0)

    def action_leave_out(self) -> None:
        table, row = self._table, self._table.current
        if row is None:
            return
        if row.state.is_over:
            self.say("That line is left alone as it is.", "warning")
        else:
            table.left_out ^= {row.number}
            self._caption()
        table.cursor += 1
        table.refresh()

    @on(SyncTable.Chosen)
    def _tell(self) -> None:
        if (row := self._table.current) is not None:
            why = row.outcome.get("why") or row.facts["why"]
            self.say(f"{printable(row.facts['path'])}: {printable(why)}.")

    def action_start(self) -> None:
        self.run(self._ask, "question", exclusive=True)

    async def _ask(self) -> None:
        from s3tui.transfer.errors import TransferError

        actions = self._actions()
        if not sum(actions[name] for name in ("send", "replace", "delete")):
            self.say("All of it is left out: there is nothing to do.", "warning")
            return
        if not self.may_write():
            return
        fate = await self._plan.fate(overwrites=actions["replace"] > 0)
        if not await self.ask(self._question(actions, fate)):
            return
        try:
            name = await self._plan.start(self._table.left_out)
        except TransferError as error:
            self.say(f"Nothing was begun: {printable(str(error))}.", "error")
            return
        self._is_begun = True
        self.app.pop_screen()
        self.app.notify(f"The sync of {printable(name)} is in the queue: t shows it.", markup=False)

    def may_write(self) -> bool:
        """Tell whether the target may be changed; if not, show why."""
        if (name := self._plan.read_only) is not None:
            self.say(f"{printable(name)} is read-only: nothing is uploaded, changed or deleted.", "warning")
        return name is None

    def _question(self, actions: Counter[str], fate: str) -> Question:
        """Return a question that grows with what would be deleted."""
        assert self._totals is not None
        sync, deletions = self._plan.sync, actions["delete"]
        said = question(actions, str(sync.source), str(sync.target), fate)
        bucket = getattr(self._plan.target, "bucket", "")
        is_root = bool(deletions and bucket and not getattr(self._plan.target, "prefix", ""))
        if self._plan.is_production or is_root or (deletions and self._totals.deletes_most):
            more = "\nMore than half of what is there goes." if self._totals.deletes_most else ""
            return TypedConfirm("Sync?", f"{said}{more}", yes="Sync", expected=bucket or str(deletions))
        if deletions:
            return TypedConfirm(
                f"Sync, and delete {count(deletions)}?", said, yes="Sync", expected=str(deletions)
            )
        return Confirm("Sync?", said, yes="Sync", grave=False)

    def action_back(self) -> None:
        self.app.pop_screen()
