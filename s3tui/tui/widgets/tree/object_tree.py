"""ObjectTree: a tree of prefixes and objects that handles keys and clicks.

The widget changes the user's own state (cursor, marks, expanded prefixes) and posts messages; the handler of
`PrefixExpanded` lists the prefix and then calls `refresh_rows`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from s3tui.browse.rows.listing import State
from s3tui.browse.rows.tree import TreeLine
from s3tui.browse.rows.view import Order, SortBy
from s3tui.tui.keymap.screens import TREE_KEYS
from s3tui.tui.widgets.tree import tree_lines
from s3tui.tui.widgets.tree.tree_pane import HEADER, TreePane

_NEEDS_ROWS = frozenset({"open", "expand", "mark", "mark_and_move", "mark_all", "invert_marks"})


class ObjectTree(TreePane):
    """Shows a `Tree`. Call `refresh_rows` after changing the tree from outside."""

    BINDINGS: ClassVar[list[BindingType]] = [*TREE_KEYS]

    @dataclass
    class PrefixExpanded(TreePane.Acted):
        """A prefix was expanded in place."""

        prefix: str
        needs_listing: bool
        """True if its listing was not started, or is unfinished and must be continued."""

    @dataclass
    class PrefixCollapsed(TreePane.Acted):
        prefix: str

    @dataclass
    class PrefixOpened(TreePane.Acted):
        """A prefix was opened as the new root."""

        prefix: str

    @dataclass
    class ObjectOpened(TreePane.Acted):
        key: str

    @dataclass
    class MoreRequested(TreePane.Acted):
        """The line below an unfinished listing (MORE, STOPPED, FAILED) was opened, to continue it."""

        prefix: str

    class UpRequested(TreePane.Acted):
        """The row at the top level was to be closed: what is above is wanted."""

    class FirstRequested(TreePane.Acted):
        """The cursor was moved to the very first row."""

    class BeforeRequested(TreePane.Acted):
        """The cursor was moved up beyond the first line."""

    @dataclass
    class OrderRequested(TreePane.Acted):
        """A column's title was clicked."""

        order: Order

    @dataclass
    class MarksChanged(TreePane.Acted):
        count: int
        size: int
        """Bytes of the marked objects, without those below marked prefixes."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable row actions only if there are rows, or a stopped listing to continue."""
        goes_on = action == "open" and self._tree.root.state is State.STOPPED
        return action not in _NEEDS_ROWS or self._tree.loaded > 0 or goes_on

    def action_move(self, lines: int) -> None:
        self._go_by(lines)

    def action_page(self, pages: int) -> None:
        self._go_by(pages * max(1, self._body_height - 1))

    def action_half_page(self, halves: int) -> None:
        self._go_by(halves * max(1, self._body_height // 2))

    def _go_by(self, lines: int) -> None:
        if lines < 0 and not self._cursor:
            self.post_message(self.BeforeRequested())
        self._move_to(self._cursor + lines)

    def action_move_to_first(self) -> None:
        self._move_to(0)
        self.post_message(self.FirstRequested())

    def action_move_to_last(self) -> None:
        self._move_to(len(self._tree) - 1)

    def action_open(self) -> None:
        line = self._tree.line(self._cursor)
        key = line.key
        if key is None:
            if line.listing.state not in (State.LOADING, State.COMPLETE):
                self.post_message(self.MoreRequested(line.listing.prefix))
        elif line.is_prefix:
            self.post_message(self.PrefixOpened(key))
        else:
            self.post_message(self.ObjectOpened(key))

    def action_expand(self) -> None:
        """Expand the prefix under the cursor; if it is expanded, move into it."""
        line = self._tree.line(self._cursor)
        if line.is_expanded:
            self._move_to(self._cursor + 1)
        else:
            self._expand(line)

    def action_collapse(self) -> None:
        """Collapse the prefix under the cursor; else move to its parent, at the top level up."""
        line = self._tree.line(self._cursor)
        if line.is_expanded:
            self._collapse(line)
            return
        parent = self._tree.parent(self._cursor)
        if parent is None:
            self.post_message(self.UpRequested())
        else:
            self._move_to(parent)

    def action_mark(self) -> None:
        line = self._tree.line(self._cursor)
        if line.row is not None:
            self._tree.selection.toggle(line.listing, line.row)
            self._marks_changed()
        self._move_to(self._cursor + 1)

    def action_mark_and_move(self, lines: int) -> None:
        self._mark_between(self._cursor, self._cursor + lines)
        self._move_to(self._cursor + lines)

    def action_mark_all(self) -> None:
        """Mark every visible row of the listing under the cursor."""
        listing, rows = self._tree.siblings(self._cursor)
        self._tree.selection.mark(listing, rows)
        self._marks_changed()

    def action_invert_marks(self) -> None:
        listing, rows = self._tree.siblings(self._cursor)
        self._tree.selection.invert(listing, rows)
        self._marks_changed()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor; also expand (on ▸), mark (left of it, a range by shift) or open (double click)."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y < HEADER:
            self._request_order(offset.x)
            return
        number = self.scroll_offset.y + offset.y - HEADER
        if number >= len(self._tree):
            return
        line, was = self._tree.line(number), self._cursor
        self._move_to(number)
        twisty = tree_lines.GUTTER + tree_lines.INDENT * line.depth
        if event.shift:
            self._mark_between(was, number)
        elif line.row is not None and offset.x < tree_lines.GUTTER:
            self._tree.selection.toggle(line.listing, line.row)
            self._marks_changed()
        elif line.is_prefix and twisty <= offset.x < twisty + tree_lines.INDENT:
            if line.is_expanded:
                self._collapse(line)
            else:
                self._expand(line)
        elif event.chain == 2:
            self.action_open()

    def _request_order(self, x: int) -> None:
        by = self._columns.at(x)
        if by is None:
            return
        now = self._tree.order
        descending = not now.descending if now.by is by else by is not SortBy.NAME
        self.post_message(self.OrderRequested(Order(by, descending)))

    def _expand(self, line: TreeLine) -> None:
        if line.key is not None and line.is_prefix:
            needs_listing = self._tree.expand(line.key)
            self.refresh_rows()
            self.post_message(self.PrefixExpanded(line.key, needs_listing))

    def _collapse(self, line: TreeLine) -> None:
        if line.key is not None:
            self._tree.collapse(line.key)
            self.refresh_rows()
            self.post_message(self.PrefixCollapsed(line.key))

    def _mark_between(self, one: int, other: int) -> None:
        first, last = sorted((one, min(max(0, other), len(self._tree) - 1)))
        for listing, rows in self._tree.between(first, last):
            self._tree.selection.mark(listing, rows)
        self._marks_changed()

    def _marks_changed(self) -> None:
        selection = self._tree.selection
        self._update_captions()
        self.refresh()
        self.post_message(self.MarksChanged(selection.count, selection.size))
