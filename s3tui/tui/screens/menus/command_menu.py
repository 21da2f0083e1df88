"""CommandMenu: commands to filter by typing, and to run: help, the palette, the choice of a theme."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label

from s3tui.tui.keymap.dialogs import MENU_KEYS
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.text.command_rows import CommandRow, best_first, matching, with_headings
from s3tui.tui.widgets.lists.command_list import CommandList

_FRAME = 6
"""Lines of the dialog that are neither rows nor the detail of one."""
_ROOMY = 90
"""Cells of the screen from which a detail fits one line."""


class CommandField(Input):
    """The text that is looked for; a `?` or `:` typed first closes the menu that it opened."""

    async def on_key(self, event: events.Key) -> None:
        if event.character in ("?", ":") and not self.value:
            event.prevent_default()
            event.stop()
            await self.run_action("screen.close_again")


class CommandMenu(Dialog[str], inherit_bindings=False):
    """Answers with the id of the chosen command; one that is refused says why instead."""

    BINDINGS: ClassVar[list[BindingType]] = [*MENU_KEYS]
    KEYS_FIRST: ClassVar[bool] = False
    """True if the lines begin with keys, below the headings of their groups."""
    MOST_LINES: ClassVar[int] = 24
    """The height, unless the terminal is smaller."""
    PLACEHOLDER: ClassVar[str] = "type to find a command"
    HINT: ClassVar[str] = "↵ runs it   ↑↓ PgUp PgDn move   esc closes"

    def __init__(self, title: str, rows: Sequence[CommandRow]) -> None:
        super().__init__(title)
        self._rows = list(rows)

    def compose_question(self) -> Iterable[Widget]:
        yield CommandField(placeholder=self.PLACEHOLDER, compact=True, id="command-filter")
        with Vertical(id="commands"):
            yield CommandList(keys_first=self.KEYS_FIRST)
        yield Label(Content(""), id="command-detail")
        yield Label(Content(self.HINT), classes="hint")

    def on_mount(self) -> None:
        self._show("")
        detail = 1 if self.app.size.width >= _ROOMY else 2
        self.query_one("#command-detail").styles.height = detail
        lines = len(self.list.rows) + _FRAME + detail
        self.query_one(".dialog").styles.height = min(lines, self.MOST_LINES)
        self.query_one(Input).focus()

    @property
    def list(self) -> CommandList:
        return self.query_one(CommandList)

    @property
    def rows(self) -> Sequence[CommandRow]:
        """All of them, whatever is typed."""
        return self._rows

    def add(self, rows: Iterable[CommandRow]) -> None:
        """Add rows behind those that are there."""
        self._rows += rows
        if self.is_mounted:
            self._show(self.query_one(Input).value)

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, typed: str) -> None:
        found = matching(self._rows, typed)
        rows = with_headings(found) if self.KEYS_FIRST else best_first(found, typed)
        self.list.rows = ()  # the cursor goes to the first of what was found, not where it was
        self.list.show(list(rows))
        self.list.first()
        self._tell()

    @on(CommandList.CursorMoved)
    def _tell(self) -> None:
        """Say what the row under the cursor is, and where in the list one is."""
        row = self.list.current
        detail = self.query_one("#command-detail", Label)
        detail.set_class(row is not None and bool(row.refusal), "-refused")
        detail.update(Content(_detail(row)))
        self.call_after_refresh(self._show_position)

    def _show_position(self) -> None:
        """Show how many rows there are, and whether more of them lie above or below."""
        if not self.is_mounted:
            return
        rows, view = self.list.rows, self.list
        commands = sum(not row.is_heading for row in rows)
        at = sum(not row.is_heading for row in rows[: view.cursor + 1])
        top, height = view.scroll_offset.y, view.size.height
        more = [" · ↑ more above"] * (top > 0) + [" · ↓ more below"] * (top + height < len(rows))
        frame = self.query_one(".dialog")
        frame.border_subtitle = Content(f"{at} of {commands}{''.join(more)}")

    @on(Input.Submitted)
    @on(CommandList.Chosen)
    def action_choose(self) -> None:
        row = self.list.current
        if row is not None and not row.is_heading and not row.refusal:
            self.dismiss(row.id)

    def action_move(self, rows: int) -> None:
        self.list.cursor += rows

    def action_page(self, pages: int) -> None:
        self.list.cursor += pages * max(1, self.list.size.height - 1)

    def action_close(self) -> None:
        """Clear what was typed; with nothing typed, close."""
        field = self.query_one(Input)
        if field.value:
            field.value = ""
        else:
            self.dismiss(None)

    def action_close_again(self) -> None:
        self.dismiss(None)


class HelpScreen(CommandMenu):
    """All keys of the screen or dialog below, by group."""

    KEYS_FIRST = True
    MOST_LINES = 30
    PLACEHOLDER = "type to find a key"
    HINT = "↵ runs it   esc closes   s3tui --keys prints all"


class Palette(CommandMenu):
    """All commands that the screen below offers now, recent ones first."""


def _detail(row: CommandRow | None) -> str:
    if row is None or row.is_heading:
        return "Nothing matches."
    return row.refusal or "   ".join(filter(None, (row.about or row.name, row.id)))
