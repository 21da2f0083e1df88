"""The object tree: prefixes and objects, one line a row, a million of them.

Line API: only visible lines are ever painted, from the columns of `browse.tree.Tree`. The widget
changes what is the user's own (cursor, marks, what is expanded) and posts what happened; listings are
the business of whoever handles `PrefixExpanded` and then calls `refresh_rows`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from s3tui.browse.counts import Counts
from s3tui.browse.listing import Listing, Row, State
from s3tui.browse.tree import Line, Tree
from s3tui.browse.view import Order, SortBy
from s3tui.tui.widgets import tree_lines
from s3tui.tui.widgets.tree_lines import Columns, Counted, Spans, Styles

HEADER = 1
"""Lines at the top that do not scroll."""


_NEEDS_ROWS = frozenset({"open", "expand", "mark", "mark_and_move", "mark_all", "invert_marks"})


def _now() -> datetime:
    return datetime.now(UTC)


class ObjectTree(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `Tree`. After anything but this widget changed the tree, call `refresh_rows`."""

    ALLOW_SELECT = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False, id="tree.up"),
        Binding("down,j", "move(1)", "Down", show=False, id="tree.down"),
        Binding("home,g", "move_to_first", "First", show=False, id="tree.first"),
        Binding("end,G", "move_to_last", "Last", show=False, id="tree.last"),
        Binding("pageup,ctrl+b", "page(-1)", "Page up", show=False, id="tree.page_up"),
        Binding("pagedown,ctrl+f", "page(1)", "Page down", show=False, id="tree.page_down"),
        Binding("enter,l", "open", "Open", tooltip="Open the prefix or the object", id="tree.open"),
        Binding("right", "expand", "Expand", tooltip="Show what is under the prefix", id="tree.expand"),
        Binding("left,h", "collapse", "Collapse", show=False, id="tree.collapse"),
        Binding("space", "mark", "Mark", tooltip="Mark or unmark, and move on", id="tree.mark"),
        Binding("shift+up", "mark_and_move(-1)", "Mark upwards", show=False, id="tree.mark_up"),
        Binding("shift+down", "mark_and_move(1)", "Mark downwards", show=False, id="tree.mark_down"),
        Binding("ctrl+a", "mark_all", "Mark all", show=False, id="tree.mark_all"),
        Binding("a", "invert_marks", "Invert marks", show=False, id="tree.invert_marks"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "object-tree--header",
        "object-tree--cursor",
        "object-tree--prefix",
        "object-tree--odd",
        "object-tree--mark",
        "object-tree--muted",
        "object-tree--failed",
        "object-tree--found",
        "object-tree--added",
        "object-tree--removed",
        "object-tree--changed",
    }

    DEFAULT_CSS = """
    ObjectTree {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;

        & > .object-tree--header { color: $text-muted; text-style: bold; }
        & > .object-tree--prefix { color: $text-primary; text-style: bold; }
        & > .object-tree--odd { color: $text-warning; text-style: underline; }
        & > .object-tree--mark { color: $text-accent; text-style: bold; }
        & > .object-tree--muted { color: $text-muted; }
        & > .object-tree--failed { color: $text-error; }
        & > .object-tree--found { color: $text-accent; text-style: underline; }
        & > .object-tree--added { color: $text-success; text-style: bold; }
        & > .object-tree--removed { color: $text-error; text-style: bold; }
        & > .object-tree--changed { color: $text-warning; text-style: bold; }
        & > .object-tree--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .object-tree--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """

    @dataclass
    class PrefixExpanded(Message):
        """A prefix was opened in place."""

        prefix: str
        needs_listing: bool
        """Nothing of it was asked for yet, or not all was got: start (or go on with) its listing."""

    @dataclass
    class PrefixCollapsed(Message):
        prefix: str

    @dataclass
    class PrefixOpened(Message):
        """A prefix shall become the root."""

        prefix: str

    @dataclass
    class ObjectOpened(Message):
        key: str

    @dataclass
    class MoreRequested(Message):
        """The line below an unfinished (MORE, STOPPED, FAILED) listing was opened: go on with it."""

        prefix: str

    class FirstRequested(Message):
        """The cursor was sent to the first row of all."""

    class BeforeRequested(Message):
        """The cursor was moved up from the first line."""

    @dataclass
    class OrderRequested(Message):
        """A column's title was clicked."""

        order: Order

    @dataclass
    class CursorMoved(Message):
        """The cursor is on another row; `None` is a line that is no row."""

        row: Row | None

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ObjectTree.CursorMoved)

    @dataclass
    class MarksChanged(Message):
        count: int
        size: int
        """Of the marked objects; what lies below marked prefixes is not counted."""

    def __init__(
        self,
        tree: Tree | None = None,
        *,
        clock: Callable[[], datetime] = _now,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._tree = tree or Tree(Listing())
        self._clock = clock
        self._now = clock()
        self._counts = Counts()
        self._spans: Spans | None = None
        self._cursor = 0
        self._told: tuple[str, int | None] | None = None
        self._styles: tuple[Styles, Styles] | None = None
        self._strips: LRUCache[object, Strip] = LRUCache(1000)

    @property
    def model(self) -> Tree:
        return self._tree

    def show(self, tree: Tree) -> None:
        """Show another tree, with its own cursor and marks."""
        self._tree = tree
        self._told = None
        self._strips.clear()
        self._now = self._clock()
        self._cursor = tree.cursor
        self.refresh_rows()
        self._scroll_to_cursor()

    def show_sizes(self, counts: Counts) -> None:
        """Show what is known of the prefixes' sizes; to be called again whenever more is."""
        self._counts = counts
        self._strips.clear()
        self.refresh()

    def show_spans(self, spans: Spans | None) -> None:
        """Show what of each name was searched for."""
        self._spans = spans
        self._strips.clear()

    def refresh_rows(self) -> None:
        """Repaint after the tree changed; what the cursor is on stays where it was on the screen."""
        was, self._cursor = self._cursor, self._tree.cursor
        was_visible = self._is_visible(was)
        self.virtual_size = Size(self.size.width, HEADER + len(self._tree))
        if was_visible and was != self._cursor:
            self._scroll_vertically(self.scroll_offset.y + self._cursor - was)
            self._scroll_to_cursor()
        self._update_captions()
        self._tell_cursor()
        self.refresh()

    def _update_captions(self) -> None:
        """Say in the border, if there is one, how much is loaded and shown, and what is marked."""
        self.border_title = tree_lines.loaded_caption(self._tree)
        self.border_subtitle = tree_lines.marked_caption(self._tree)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        columns = self._columns
        if y < HEADER:
            style = self.get_component_rich_style("object-tree--header")
            return tree_lines.header(columns, self._tree.order, style)
        number = self.scroll_offset.y + y - HEADER
        if number >= len(self._tree):
            return Strip.blank(width, self.rich_style)
        return self._strip(self._tree.line(number), number == self._cursor, columns)

    @property
    def _columns(self) -> Columns:
        return Columns.fit(self.scrollable_content_region.width, with_bars=bool(self._counts))

    def _counted(self, line: Line) -> Counted | None:
        known = self._counts.known(line.key) if line.is_prefix and line.key is not None else None
        return None if known is None else Counted(known, self._counts.largest_in(line.listing.prefix))

    def _strip(self, line: Line, at_cursor: bool, columns: Columns) -> Strip:
        styles = self._line_styles(at_cursor)
        row = line.read()
        if line.row is None or row is None:
            return tree_lines.status(line, self._tree.needle, columns, styles)
        is_marked = self._tree.selection.is_marked(line.listing, line.row)
        look = (line.listing.prefix, self._tree.revision, line.row, line.depth, line.is_expanded)
        key = (look, is_marked, at_cursor, columns)
        strip = self._strips.get(key)
        if strip is None:
            counted = self._counted(line)
            strip = tree_lines.row(line, row, is_marked, self._now, columns, styles, counted, self._spans)
            self._strips[key] = strip
        return strip

    def _line_styles(self, at_cursor: bool) -> Styles:
        if self._styles is None:
            names = ("prefix", "odd", "mark", "muted", "failed", "found", "added", "removed", "changed")
            usual = [self.get_component_rich_style(f"object-tree--{name}") for name in names]
            cursor = self.get_component_rich_style("object-tree--cursor")
            odd = found = cursor + Style(underline=True)
            self._styles = (
                Styles(self.rich_style, *usual),
                Styles(cursor, cursor, odd, cursor, cursor, cursor, found, *[cursor] * 3),
            )
        return self._styles[at_cursor]

    def notify_style_update(self) -> None:
        self._styles = None
        self._strips.clear()
        super().notify_style_update()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what is done to rows only where there are some, or a last line to go on from."""
        goes_on = action == "open" and self._tree.root.state is State.STOPPED
        return action not in _NEEDS_ROWS or self._tree.loaded > 0 or goes_on

    def on_mount(self) -> None:
        self.set_interval(60, self._grow_older)
        self.show(self._tree)

    def _grow_older(self) -> None:
        self._now = self._clock()
        self._strips.clear()
        self.refresh()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, HEADER + len(self._tree))
        self._scroll_to_cursor()

    def action_move(self, lines: int) -> None:
        self._go_by(lines)

    def action_page(self, pages: int) -> None:
        self._go_by(pages * max(1, self._body_height - 1))

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
        """Show what is under the prefix; if it is shown, step into it."""
        line = self._tree.line(self._cursor)
        if line.is_expanded:
            self._move_to(self._cursor + 1)
        else:
            self._expand(line)

    def action_collapse(self) -> None:
        """Hide what is under the prefix; elsewhere, step out to the prefix one is in.

        At the top level there is nothing to step out to: the key is left to the screen.
        """
        line = self._tree.line(self._cursor)
        if line.is_expanded:
            self._collapse(line)
            return
        parent = self._tree.parent(self._cursor)
        if parent is None:
            raise SkipAction
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
        """Mark every row that is shown of the listing that the cursor is in."""
        listing, rows = self._tree.siblings(self._cursor)
        self._tree.selection.mark(listing, rows)
        self._marks_changed()

    def action_invert_marks(self) -> None:
        listing, rows = self._tree.siblings(self._cursor)
        self._tree.selection.invert(listing, rows)
        self._marks_changed()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor; on the ▸ expand, left of it mark, with shift mark up to there, twice open."""
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

    def _expand(self, line: Line) -> None:
        if line.key is not None and line.is_prefix:
            needs_listing = self._tree.expand(line.key)
            self.refresh_rows()
            self.post_message(self.PrefixExpanded(line.key, needs_listing))

    def _collapse(self, line: Line) -> None:
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

    def _move_to(self, number: int) -> None:
        was = self._cursor
        self._tree.cursor = number
        self._cursor = self._tree.cursor
        if self._cursor != was:
            self._repaint(was, self._cursor)
            self._scroll_to_cursor()
        self._tell_cursor()

    def _tell_cursor(self) -> None:
        line = self._tree.line(self._cursor)
        here = (line.listing.prefix, line.row)
        if here != self._told:
            self._told = here
            self.post_message(self.CursorMoved(line.read()))

    @property
    def _body_height(self) -> int:
        return max(0, self.scrollable_content_region.height - HEADER)

    def _is_visible(self, number: int) -> bool:
        return 0 <= number - self.scroll_offset.y < self._body_height

    def _repaint(self, *numbers: int) -> None:
        width = self.size.width
        self.refresh(
            *(Region(0, n - self.scroll_offset.y + HEADER, width, 1) for n in numbers if self._is_visible(n))
        )

    def _scroll_to_cursor(self) -> None:
        top, height = self.scroll_offset.y, self._body_height
        if height:
            self._scroll_vertically(max(min(top, self._cursor), self._cursor - height + 1))

    def _scroll_vertically(self, y: int) -> None:
        if y != self.scroll_offset.y:
            # By force: the scrollbar of rows that just arrived only shows after the next layout.
            self.scroll_to(y=y, animate=False, force=True)
