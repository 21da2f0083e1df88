"""RowList: a list with one line per row, a pinned header, and a cursor that follows its row when rows change.

For bounded lists (buckets, transfers, connections). Only visible lines are ever built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from s3tui.tui.keymap.screens import LIST_KEYS
from s3tui.tui.text.cells import TONES, StyledLine
from s3tui.tui.widgets.tones import tone_style

Row = TypeVar("Row")


class RowList(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """Paints `rows`; a subclass gives each row its line and its id."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "row-list--header",
        "row-list--row",
        "row-list--hover",
        "row-list--cursor",
        "row-list--blurred",
        *(f"row-list--{tone}" for tone in TONES),
    }
    DEFAULT_CSS = """
    RowList {
        height: 1fr;
        background: $surface;
        color: $foreground;
        scrollbar-size-vertical: 1;
        overflow-x: hidden;
        .row-list--header { color: $foreground 70%; }
        .row-list--dim { color: $foreground 70%; }
        .row-list--faint { color: $foreground 30%; }
        .row-list--strong { text-style: bold; }
        .row-list--accent { color: $accent; }
        .row-list--heading { color: $accent; text-style: bold; }
        .row-list--good { color: $success; }
        .row-list--warn { color: $warning; }
        .row-list--bad { color: $error; }
        .row-list--hover { background: $foreground 5%; }
        .row-list--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        .row-list--blurred { background: $block-cursor-blurred-background; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*LIST_KEYS]

    cursor: reactive[int] = reactive(0, init=False, repaint=False)
    hovered: reactive[int | None] = reactive(None, init=False, repaint=False)

    @dataclass
    class Chosen(Message):
        """A row was chosen: by Enter, or by a second click on it."""

        row_list: RowList[Any]

        @property
        def control(self) -> RowList[Any]:
            return self.row_list

    @dataclass
    class CursorMoved(Message):
        row_list: RowList[Any]

        @property
        def control(self) -> RowList[Any]:
            return self.row_list

    @dataclass
    class HeaderClicked(Message):
        row_list: RowList[Any]
        x: int
        """The cell of the header."""

        @property
        def control(self) -> RowList[Any]:
            return self.row_list

    def __init__(self, *, id: str | None = None, header: bool = True) -> None:
        super().__init__(id=id)
        self.rows: Sequence[Row] = ()
        self._header = int(header)
        self._wanted: object = None

    def row_id(self, row: Row) -> object:
        """Return the id of `row`, which stays the same while its other values change."""
        raise NotImplementedError

    def line(self, row: Row, width: int) -> StyledLine:
        raise NotImplementedError

    def line_at(self, index: int, width: int) -> StyledLine:
        """Return the line of the row at `index`, for lists where it depends on the rows beside it."""
        return self.line(self.rows[index], width)

    def beside(self, index: int) -> Sequence[Row]:
        """Return the rows above and below the one at `index`."""
        return [*self.rows[max(0, index - 1) : index], *self.rows[index + 1 : index + 2]]

    def header(self, width: int) -> str:
        return ""

    @property
    def current(self) -> Row | None:
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def show(self, rows: Sequence[Row]) -> None:
        """Replace the rows; the cursor stays on its row if that is still there."""
        current = self.current
        wanted = self._wanted if self._wanted is not None or current is None else self.row_id(current)
        self.rows = rows
        at = self.cursor if wanted is None else self._index_of(wanted, rows)
        if self._wanted is not None and at < len(rows) and self.row_id(rows[at]) == self._wanted:
            self._wanted = None
        self.virtual_size = Size(self.size.width, len(rows) + self._header)
        self.cursor = max(0, min(at, len(rows) - 1))
        self.refresh()
        if self.current is not current:
            self.post_message(self.CursorMoved(self))

    def stand_on(self, wanted: object) -> None:
        """Put the cursor on the row with id `wanted`, now or once it is shown."""
        self._wanted = wanted
        self.show(self.rows)

    def _index_of(self, wanted: object, rows: Sequence[Row]) -> int:
        """Return the index of the row, trying the cursor first."""
        at = self.cursor
        if at < len(rows) and self.row_id(rows[at]) == wanted:
            return at
        return next((i for i, row in enumerate(rows) if self.row_id(row) == wanted), at)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable `choose` only if there is a row."""
        return action != "choose" or self.current is not None

    def validate_cursor(self, cursor: int) -> int:
        return max(0, min(cursor, len(self.rows) - 1))

    def watch_cursor(self, before: int, cursor: int) -> None:
        self.scroll_to_region(self.seen_with(cursor), animate=False, force=True)
        self._repaint(before, cursor)
        self.post_message(self.CursorMoved(self))

    def seen_with(self, cursor: int) -> Region:
        """Return the lines that are in view when the cursor is on a row."""
        return Region(0, cursor, 1, 1 + self._header)

    def watch_hovered(self, before: int | None, hovered: int | None) -> None:
        self._repaint(before, hovered)

    def _repaint(self, *indexes: int | None) -> None:
        """Repaint single rows, as far as they are in view."""
        lines = [i - self.scroll_offset.y + self._header for i in indexes if i is not None]
        width, height = self.size
        if regions := [Region(0, y, width, 1) for y in lines if self._header <= y < height]:
            self.refresh(*regions)

    def action_cursor_up(self) -> None:
        self.cursor -= 1

    def action_cursor_down(self) -> None:
        self.cursor += 1

    def action_cursor_top(self) -> None:
        self.cursor = 0

    def action_cursor_bottom(self) -> None:
        self.cursor = len(self.rows) - 1

    def action_page_up(self) -> None:
        self.cursor -= max(1, self.size.height - 1 - self._header)

    def action_page_down(self) -> None:
        self.cursor += max(1, self.size.height - 1 - self._header)

    def action_half_page(self, halves: int) -> None:
        self.cursor += halves * max(1, (self.size.height - self._header) // 2)

    def action_choose(self) -> None:
        if self.current is not None:
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        if event.y < self._header:
            self.post_message(self.HeaderClicked(self, event.x))
            return
        index = self._index_at(event.y)
        if index is None:
            return
        if index == self.cursor and self.has_focus and event.chain >= 2:
            self.action_choose()
        self.cursor = index

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self.hovered = self._index_at(event.y)

    def on_leave(self) -> None:
        self.hovered = None

    def _index_at(self, y: int) -> int | None:
        index = y - self._header + self.scroll_offset.y
        return index if y >= self._header and index < len(self.rows) else None

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y < self._header:
            style = self.get_component_rich_style("row-list--header")
            return Strip([Segment(self.header(width), style)]).adjust_cell_length(width, style)
        index = y - self._header + self.scroll_offset.y
        if index >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        state = self._state(index)
        base, is_cursor = self.get_component_rich_style(state), state == "row-list--cursor"
        segments = [
            # Dim text on the cursor's background would be hard to read.
            Segment(text, base if tone == "dim" and is_cursor else base + tone_style(self, "row-list", tone))
            for text, tone in self.line_at(index, width)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _state(self, index: int) -> str:
        if index == self.cursor:
            return "row-list--cursor" if self.has_focus else "row-list--blurred"
        return "row-list--hover" if index == self.hovered else "row-list--row"
