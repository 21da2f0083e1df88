"""PlanDialog: all objects of a plan, to be looked through before it is agreed to; some can be left out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Label

from s3tui.format import count, counted
from s3tui.tui.clock import Clock
from s3tui.tui.keymap.dialogs import PLAN_KEYS
from s3tui.tui.screens.common.dialog import LEARNING, Dialog
from s3tui.tui.widgets.lists.plan_list import PlanList

if TYPE_CHECKING:
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import ChangeItem

_MOST = 100_000
"""So many objects are shown; a plan may hold more."""
LEFT_OUT = "left out"


class PlanDialog(Dialog[bool]):
    """Answers whether objects were left out, or taken in again."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAN_KEYS]

    def __init__(self, log: ChangeLog, change: int, clock: Clock, *, may_leave_out: bool = True) -> None:
        """`may_leave_out`: each object stands for itself."""
        super().__init__("The plan")
        self._log, self._change, self._clock = log, change, clock
        self._may_leave_out = may_leave_out
        self._items: list[ChangeItem] = []
        self._is_changed = False

    def compose_question(self) -> Iterable[Widget]:
        yield PlanList(self._clock)
        yield Label(classes="hint")

    def on_mount(self) -> None:
        self.query_one(PlanList).focus()
        self.run_worker(self._read(), group=LEARNING)

    async def _read(self) -> None:
        after = -1
        while len(self._items) < _MOST:
            page = await self._log.items(self._change, after=after)
            if not page or not self.is_open:
                break
            after = page[-1].number
            self._items += page
            self._show()
        self._show()

    def _show(self) -> None:
        table = self.query_one(PlanList)
        table.show(self._items)
        out = sum(item.outcome.get("why") == LEFT_OUT for item in self._items)
        words = [counted(len(self._items), "object")]
        words += ["the first ones"] * (len(self._items) >= _MOST) + [f"{count(out)} left out"] * bool(out)
        keys = ["␣ leaves out"] * self._may_leave_out + ["esc goes back"]
        self.query_one(".hint", Label).update(Content(f"{', '.join(words)}   {'   '.join(keys)}"))

    async def action_leave_out(self) -> None:
        """Leave out the object under the cursor, or take it in again; the next key waits for that."""
        from dataclasses import replace

        from s3tui.transfer.changes.models import ItemState

        table = self.query_one(PlanList)
        item = table.current
        if item is None or not self._may_leave_out:
            return
        is_out = item.outcome.get("why") == LEFT_OUT
        if item.state is not ItemState.PLANNED and not is_out:
            return  # it stays for a reason of its own
        state, outcome = (ItemState.PLANNED, {}) if is_out else (ItemState.SKIPPED, {"why": LEFT_OUT})
        await self._log.note(self._change, [(item.number, state, outcome)])
        self._is_changed = True
        place = self._items.index(item)
        self._items[place] = replace(item, state=state, outcome=outcome)
        self._show()
        table.cursor = min(place + 1, len(self._items) - 1)

    def action_back(self) -> None:
        self.dismiss(self._is_changed)
