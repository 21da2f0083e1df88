"""ConflictQuestion: shows an existing target beside the incoming object, and asks which policy to apply."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from s3tui.format import ago, exact_size, printable, timestamp
from s3tui.transfer.models import Conflict, ConflictAnswer, Scope, Side
from s3tui.transfer.target.conflict_kind import kind_of
from s3tui.tui.clock import utc_now
from s3tui.tui.keymap.dialogs import CONFLICT_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.transfers.leave_conflict import Leave, LeaveConflict
from s3tui.tui.text.sentences import tilde
from s3tui.tui.text.transfers.conflict import kind_sentence
from s3tui.tui.widgets.forms.choice import Choice

_MOMENT_S = 0.5
_WIDE = 120
"""Width in cells from which both objects are shown side by side."""
_SCOPES = [(scope.value, scope) for scope in Scope]


class ConflictQuestion(Dialog[ConflictAnswer]):
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (76, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012 - Textual's own
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*CONFLICT_KEYS]

    def __init__(
        self,
        there: Side,
        coming: Side,
        *,
        many: bool,
        title: str = "It is there already",
        unexpected: bool = False,
        place: Callable[[], str] = lambda: "",
        leave: Callable[[Leave], None] | None = None,
        now: datetime | None = None,
    ) -> None:
        """
        Args:
            many: the answer can hold for other objects of the transfer, too.
            unexpected: keys are ignored for half a second, as they were meant for the screen below.
            place: returns which question of how many this is; it may change while the dialog is open.
            leave: pauses or stops the transfer that waits for the answer; `None` if none does.
        """
        super().__init__(title)
        self._there, self._coming, self._many = there, coming, many
        self._listens = not unexpected
        self._place, self._leave, self._now = place, leave, now or utc_now()

    def compose_question(self) -> Iterable[Widget]:
        yield Static(self._sides(), classes="sentence")
        yield Static(Content(kind_sentence(kind_of(self._there, self._coming))), id="kind")
        if self._many:
            with Horizontal(id="scope-line"):
                yield Static(Content("a  for"), id="scope-label")
                yield Choice(_SCOPES, id="scope")
        with Horizontal(classes="answers"):
            yield Button(Content("s skip"), id="SKIP", compact=True)
            yield Button(Content("k keep both"), id="KEEP_BOTH", compact=True)
            yield Button(Content("d if different"), id="OVERWRITE_IF_DIFFERENT", compact=True)
            yield Button(Content("o overwrite"), id="OVERWRITE", compact=True, variant="error")
            if self._leave is not None:
                yield Button(Content("x stop"), id="STOP", compact=True)

    def _sides(self) -> Table:
        there, coming = _column(self._there, self._now), _column(self._coming, self._now)
        equal = [one == other for one, other in zip(there, coming, strict=True)]
        grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
        if self.app.size.width >= _WIDE:
            grid.add_column(width=9)
            grid.add_column(ratio=1)
            grid.add_column(ratio=1)
            grid.add_row("", Text("there", "bold"), Text("coming", "bold"))
            for label, one, other, same in zip(_LABELS, there, coming, equal, strict=True):
                if one or other:
                    style = "dim" if same else ""
                    cells = [Text(text or "–", style, overflow="fold") for text in (one, other)]
                    grid.add_row(Text(label, "dim"), *cells)
            return grid
        grid.add_column(width=7)
        grid.add_column(ratio=1)
        for label, column in (("there", there), ("coming", coming)):
            grid.add_row(Text(label, "bold"), Text(column[0], overflow="fold"))
            grid.add_row("", Text("   ".join(value for value in column[1:3] if value), "dim"))
            if column[3]:
                grid.add_row("", Text(f"{_LABELS[3]} {column[3]}", "dim", overflow="fold"))
        return grid

    def on_mount(self) -> None:
        self._show_place()
        self.set_interval(_MOMENT_S / 2, self._show_place)
        if self._listens:
            self._listen()
        else:
            self.set_timer(_MOMENT_S, self._listen)

    def _listen(self) -> None:
        self._listens = True
        self.query_one("#SKIP", Button).focus()

    def _show_place(self) -> None:
        place = self._place()
        self.query_one(".dialog").border_title = Content(f"{self._title} · {place}" if place else self._title)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop":
            return self._listens and self._leave is not None
        return self._listens or action not in ("choose", "next_scope")

    def action_next_scope(self) -> None:
        for choice in self.query(Choice):
            choice.action_step(1)

    def action_choose(self, name: str) -> None:
        scope = next((choice.value for choice in self.query(Choice)), Scope.ONE)
        self.dismiss(ConflictAnswer(Conflict[name], scope))

    def action_submit(self) -> None:
        """Go from the choice of conflicts to the answers: it is none itself."""
        self.query_one("#SKIP", Button).focus()

    def action_stop(self) -> None:
        self._left(Leave.STOP)

    def action_dismiss_none(self) -> None:
        """Ask what becomes of the transfer: a question that is left is no answer."""
        if self._leave is None:
            super().action_dismiss_none()
        else:
            self.app.push_screen(LeaveConflict(), self._left)

    def _left(self, leave: Leave | None) -> None:
        if leave is not None and self._leave is not None:
            self._listens = False  # until the transfer takes its question back
            self._leave(leave)

    @on(Button.Pressed)
    def _press(self, event: Button.Pressed) -> None:
        if not self._listens:
            return
        if event.button.id == "STOP":
            self.action_stop()
        else:
            self.action_choose(str(event.button.id))


_LABELS = ("", "Size", "Modified", "ETag")


def _column(side: Side, now: datetime) -> tuple[str, str, str, str]:
    modified = side.modified
    return (
        printable(tilde(side.where)),
        "" if side.size is None else exact_size(side.size),
        "" if modified is None else f"{timestamp(modified)}   {ago(modified, now)}",
        "" if side.checksum is None else printable(side.checksum),
    )
