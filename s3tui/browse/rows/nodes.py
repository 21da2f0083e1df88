"""The listings of a tree, each a node, and the arithmetic of their lines.

Line numbers are arithmetic, not a list: a node knows at which lines its expanded children start, so
line ↔ (listing, row) costs O(depth · log n) and a page that arrives costs O(page). After its rows a
node may have one line that says how its listing stands (loading, more, failed, empty).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.view import View

DELIMITER = "/"
"""Ends a level of the hierarchy of keys."""


@dataclass(slots=True)
class _Layout:
    """The line offsets of a node's visible expanded children, each list in line order."""

    children: list[Node] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """The first line of each child, counted from the node's own first line."""
    heights: list[int] = field(default_factory=lambda: [0])
    """Lines of all children before each, and after the last one of all."""
    has_status: bool = False
    height: int = 0


@dataclass(slots=True, eq=False)
class Node:
    """A listing at its place in the tree. Call `changed` after anything that moves its lines."""

    listing: Listing
    view: View
    parent: Node | None = None
    row: int = 0
    """Of this node's prefix, in the parent's listing."""
    is_expanded: bool = True
    children: dict[int, Node] = field(default_factory=dict)
    """By row; also those that were expanded once and are now collapsed: they keep what they loaded."""
    _known_layout: _Layout | None = field(default=None, init=False)

    @property
    def depth(self) -> int:
        return 0 if self.parent is None else self.parent.depth + 1

    @property
    def height(self) -> int:
        """The number of its lines, with those of everything expanded in it."""
        return self._layout.height

    def expanded(self) -> Iterator[Node]:
        """Yield this node, and what is expanded below it."""
        yield self
        for child in self.children.values():
            if child.is_expanded:
                yield from child.expanded()

    def is_within(self, ancestor: Node) -> bool:
        """Say whether it is `ancestor`, or lies below it."""
        node: Node | None = self
        while node is not None:
            if node is ancestor:
                return True
            node = node.parent
        return False

    def at(self, number: int) -> tuple[Node, int | None]:
        """Return node and row of a line, counted from this node's first (no row: the node's status line)."""
        node = self
        while True:
            layout = node._layout
            index = bisect_right(layout.starts, number) - 1
            if index >= 0 and number - layout.starts[index] < layout.children[index].height:
                node, number = layout.children[index], number - layout.starts[index]
                continue
            place = number - layout.heights[index + 1]
            return node, node.view.row(place) if place < len(node.view) else None

    def line(self, row: int | None) -> int | None:
        """Return the line of a row (no row: of the status) in the whole tree; `None` if it has none."""
        if row is None:
            number = self.height - 1 if self._layout.has_status else None
        else:
            place = self.view.place(row)
            number = None if place is None else self._line_of_place(place)
        first = self._first_line()
        return None if number is None or first is None else first + number

    def nearest_line(self, row: int | None) -> int | None:
        """Return the line where the row would be, were it not hidden; `None` if the node is not on screen."""
        first = self._first_line()
        if first is None:
            return None
        if row is None:
            return first + self.height - 1
        return first + self._line_of_place(min(self.view.place_or_next(row), max(0, len(self.view) - 1)))

    def run(self, row: int, most: int) -> Sequence[int]:
        """Return the rows that follow one another from `row` on, `most` at most: a child's lines end them."""
        place, places = self.view.place_or_next(row), self._layout.places
        child = bisect_left(places, place)
        end = places[child] + 1 if child < len(places) else len(self.view)
        return self.view.rows()[place : min(end, place + most)]

    def changed(self) -> None:
        """Lay out anew, when next asked, this node and those it is in."""
        node: Node | None = self
        while node is not None:
            node._known_layout = None
            node = node.parent

    def reveal(self) -> None:
        """Let the prefixes that lead to a node with visible rows be visible, whatever the filter says."""
        self.changed()
        node = self
        while node.parent is not None and len(node.view) and node.is_expanded:
            node.parent.view.include(node.row)
            node = node.parent

    @property
    def _layout(self) -> _Layout:
        if self._known_layout is not None:
            return self._known_layout
        layout = self._known_layout = _Layout()
        visible = ((self.view.place(c.row), c) for c in self.children.values() if c.is_expanded)
        placed = sorted(((place, c) for place, c in visible if place is not None), key=lambda pair: pair[0])
        for place, child in placed:
            layout.children.append(child)
            layout.places.append(place)
            layout.starts.append(place + 1 + layout.heights[-1])
            layout.heights.append(layout.heights[-1] + child.height)
        layout.has_status = self.listing.state is not State.COMPLETE or not len(self.view)
        layout.height = len(self.view) + layout.heights[-1] + layout.has_status
        return layout

    def _line_of_place(self, place: int) -> int:
        layout = self._layout
        return place + layout.heights[bisect_right(layout.places, place - 1)]

    def _first_line(self) -> int | None:
        """The number of its first line; `None` if it is not on screen."""
        first, node = 0, self
        while node.parent is not None:
            place = node.parent.view.place(node.row)
            if not node.is_expanded or place is None:
                return None
            first += node.parent._line_of_place(place) + 1
            node = node.parent
        return first
