"""TreePane: shows a tree of up to millions of rows, one line each, with a cursor.

Uses Textual's line API: only visible lines are ever painted, from `browse.rows.tree.Tree`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from s3tui.browse.rows.listing import Listing, Row
from s3tui.browse.rows.rows_since import RowsSince
from s3tui.browse.rows.tree import Tree, TreeLine
from s3tui.browse.sizes.known_sizes import Counts
from s3tui.settings import DEFAULT_COLUMNS, Column
from s3tui.tui.text.content_kinds import ContentKind
from s3tui.tui.themes import kind_colors
from s3tui.tui.widgets.tree import tree_lines
from s3tui.tui.widgets.tree.columns import Columns, shows_classes
from s3tui.tui.widgets.tree.row_name import Highlighter, Styles
from s3tui.tui.widgets.tree.tree_lines import SizeCell

_STYLES = ("prefix", "odd", "mark", "muted", "failed", "found", "added", "removed", "changed", "guide")
HEADER = 1
"""Lines of the header, which does not scroll."""


def _now() -> datetime:
    return datetime.now(UTC)


class TreePane(ScrollView, can_focus=True, inherit_bindings=False):
    """Paints a `Tree`. Call `refresh_rows` after changing the tree from outside of a subclass."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tree-pane--header",
        "tree-pane--cursor",
        *(f"tree-pane--{name}" for name in _STYLES),
    }

    DEFAULT_CSS = """
    TreePane {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        background: $surface;
        color: $foreground;

        & > .tree-pane--header { color: $text-muted; text-style: bold; }
        & > .tree-pane--prefix { color: $text-primary; text-style: bold; }
        & > .tree-pane--odd { color: $text-warning; text-style: underline; }
        & > .tree-pane--mark { color: $text-accent; text-style: bold; }
        & > .tree-pane--muted { color: $text-muted; }
        & > .tree-pane--failed { color: $text-error; }
        & > .tree-pane--found { color: $text-accent; text-style: underline; }
        & > .tree-pane--added { color: $text-success; text-style: bold; }
        & > .tree-pane--removed { color: $text-error; text-style: bold; }
        & > .tree-pane--changed { color: $text-warning; text-style: bold; }
        & > .tree-pane--guide { color: $foreground 25%; }
        & > .tree-pane--cursor {
            background: $block-cursor-blurred-background;
            color: $block-cursor-blurred-foreground;
            text-style: $block-cursor-blurred-text-style;
        }
        &:focus > .tree-pane--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: $block-cursor-text-style;
        }
    }
    """

    class Acted(Message):
        """Base class of the tree's messages, which report user input."""

    @dataclass
    class CursorMoved(Acted):
        """The cursor moved to another row; `None` is a line that is no row."""

        row: Row | None

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, TreePane.CursorMoved)

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
        self._highlighter: Highlighter | None = None
        self._since: RowsSince | None = None
        self._shows_classes = False
        self.chosen: Collection[Column] = DEFAULT_COLUMNS
        """The columns that are wanted behind the name."""
        self._cursor = 0
        self._top: int | None = None
        """The line to begin with as soon as there is room for lines."""
        self._told: tuple[str, int | None] | None = None
        self._styles: tuple[Styles, Styles] | None = None
        self._strips: LRUCache[object, Strip] = LRUCache(1000)

    @property
    def model(self) -> Tree:
        return self._tree

    @property
    def top(self) -> int:
        """The first line that is shown."""
        return self.scroll_offset.y if self._top is None else self._top

    def show(self, tree: Tree, *, top: int | None = None) -> None:
        """Show another tree, with its own cursor and marks, from line `top` on if the cursor allows it."""
        self._tree = tree
        self._told = None
        self._strips.clear()
        self._now = self._clock()
        self._cursor = tree.cursor
        self.virtual_size = Size(self.size.width, HEADER + len(tree))
        self._top = top
        self._scroll_to_top()
        self.refresh_rows()
        self._scroll_to_cursor()

    def show_sizes(self, counts: Counts) -> None:
        """Show known sizes of prefixes; call again when more are known."""
        self._counts = counts
        self._strips.clear()
        self.refresh()

    def show_highlights(self, highlighter: Highlighter | None) -> None:
        """Highlight the matches of a search within names."""
        self._highlighter = highlighter
        self._strips.clear()

    def show_changes(self, since: RowsSince | None) -> None:
        """Show which rows came, or are others, since an earlier look."""
        if since is not self._since:
            self._since = since
            self._strips.clear()
            self.refresh()

    def show_columns(self, chosen: Collection[Column]) -> None:
        """Show these columns behind the name, as far as there is room for them."""
        self.chosen = chosen
        self.refresh()

    def refresh_rows(self) -> None:
        """Repaint after the tree changed; the cursor's row keeps its position on the screen."""
        was, self._cursor = self._cursor, self._tree.cursor
        was_visible = self._is_visible(was)
        self.virtual_size = Size(self.size.width, HEADER + len(self._tree))
        if was_visible and was != self._cursor:
            self._scroll_vertically(self.scroll_offset.y + self._cursor - was)
            self._scroll_to_cursor()
        self._shows_classes = shows_classes(self._tree)
        self._update_captions()
        self._tell_cursor()
        self.refresh()

    def _update_captions(self) -> None:
        """Update the border's captions: rows loaded and shown, rows marked."""
        self.border_title = tree_lines.loaded_caption(self._tree)
        self.border_subtitle = tree_lines.marked_caption(self._tree)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        columns = self._columns
        if y < HEADER:
            style = self.get_component_rich_style("tree-pane--header")
            return tree_lines.header(columns, self._tree, style)
        number = self.scroll_offset.y + y - HEADER
        if number >= len(self._tree):
            return Strip.blank(width, self.rich_style)
        return self._strip(number, columns)

    @property
    def _columns(self) -> Columns:
        width = self.scrollable_content_region.width
        return Columns.fit(width, self.chosen, with_bars=bool(self._counts), with_class=self._shows_classes)

    def _counted(self, line: TreeLine) -> SizeCell | None:
        known = self._counts.known(line.key) if line.is_prefix and line.key is not None else None
        return None if known is None else SizeCell(known, self._counts.largest_in(line.listing.prefix))

    def _strip(self, number: int, columns: Columns) -> Strip:
        line, at_cursor = self._tree.line(number), number == self._cursor
        styles = self._line_styles(at_cursor)
        row = line.read()
        if line.row is None or row is None:
            return tree_lines.status(line, self._tree.needle, columns, styles)
        is_marked = self._tree.selection.is_marked(line.listing, line.row)
        above, below = self._beside(line, number - 1), self._beside(line, number + 1)
        look = (line.listing.prefix, self._tree.revision, line.row, line.depth, line.is_expanded)
        key = (look, above, below, is_marked, at_cursor, columns)
        strip = self._strips.get(key)
        if strip is None:
            counted = self._counted(line)
            read = line.listing.row
            strip = tree_lines.row(
                line,
                row,
                is_marked,
                self._now,
                columns,
                styles,
                counted,
                None if self._since is None else self._since.change(line.listing, line.row),
                self._highlighter,
                (None if above is None else read(above), None if below is None else read(below)),
            )
            self._strips[key] = strip
        return strip

    def _beside(self, line: TreeLine, number: int) -> int | None:
        """Return the row at line `number`, if it is of the same listing as `line`."""
        if not 0 <= number < len(self._tree):
            return None
        other = self._tree.line(number)
        return other.row if other.listing is line.listing else None

    def _line_styles(self, at_cursor: bool) -> Styles:
        if self._styles is None:
            usual = [self.get_component_rich_style(f"tree-pane--{name}") for name in _STYLES]
            colors = kind_colors(self.app.current_theme)
            kinds = {kind: self.rich_style + Style(color=colors.get(kind)) for kind in ContentKind}
            cursor = self.get_component_rich_style("tree-pane--cursor")
            odd = found = cursor + Style(underline=True)
            at_all = dict.fromkeys(kinds, cursor)
            self._styles = (
                Styles(self.rich_style, *usual, kinds=kinds),
                Styles(cursor, cursor, odd, cursor, cursor, cursor, found, *[cursor] * 4, kinds=at_all),
            )
        return self._styles[at_cursor]

    def notify_style_update(self) -> None:
        self._styles = None
        self._strips.clear()
        super().notify_style_update()

    def on_mount(self) -> None:
        self.set_interval(60, self._grow_older)
        self.show(self._tree, top=self._top)

    def _grow_older(self) -> None:
        self._now = self._clock()
        self._strips.clear()
        self.refresh()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, HEADER + len(self._tree))
        self._scroll_to_top()
        self._scroll_to_cursor()

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

    def _scroll_to_top(self) -> None:
        if self._top is not None and self._body_height:
            top, self._top = self._top, None
            self._scroll_vertically(top)

    def _scroll_vertically(self, y: int) -> None:
        if y != self.scroll_offset.y:
            # Forced: the scrollbar for rows that just arrived appears only with the next layout.
            self.scroll_to(y=y, animate=False, force=True)
