"""A tree over many listings: an expanded prefix shows its rows in place, below its own line.

It holds expansion, sort, filter, cursor and marks; `nodes` does the arithmetic of lines.

The cursor is on a row, not on a line number: it stays there while lines come and go around it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from s3tui.browse.rows.listing import Kind, Listing, Row, State
from s3tui.browse.rows.nodes import DELIMITER, Node
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.selection import Selection
from s3tui.browse.rows.view import Arrangement, Order, View
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage

AT_ONCE = 2000
"""So many rows are sorted and filtered within a few milliseconds, wherever one is."""


@dataclass(frozen=True, slots=True)
class TreeLine:
    """One line of the tree: a row of a listing, or (without one) the status of that listing."""

    listing: Listing
    row: int | None
    depth: int
    is_expanded: bool = False

    @property
    def is_prefix(self) -> bool:
        return self.row is not None and self.listing.kinds[self.row] == Kind.PREFIX

    @property
    def key(self) -> str | None:
        return None if self.row is None else self.listing.key(self.row)

    def read(self) -> Row | None:
        return None if self.row is None else self.listing.row(self.row)


class Tree:
    """The listings below one prefix, those that are expanded, their sort and filter, cursor and marks."""

    def __init__(self, root: Listing, *, at_once: int = AT_ONCE) -> None:
        """Leave more than `at_once` rows to sort or filter to an `Arrangement`: see `is_behind`."""
        self._at_once = at_once
        self.order = Order()
        self.needle = ""
        """Only rows whose name contains it are shown, and the prefixes that lead to them."""
        self.selection = Selection()
        self.revision = 0
        """Changes when `replace` gives rows other numbers."""
        self._root = Node(root, View(root))
        self._root.view.extend()
        self._nodes = {root.prefix: self._root}
        self._anchor: tuple[Node, int | None] | None = None
        """The row under the cursor (no row: the status line); `None` while it rests at the top."""
        self._last_cursor = 0

    @property
    def root(self) -> Listing:
        return self._root.listing

    def __len__(self) -> int:
        return self._root.height

    def listing(self, prefix: str) -> Listing | None:
        """The listing of `prefix`, expanded or not; `None` if there is none."""
        node = self._nodes.get(prefix)
        return None if node is None else node.listing

    @property
    def listings(self) -> Iterator[Listing]:
        """Those of all prefixes that were asked for, expanded or not, and the root's."""
        return (node.listing for node in self._nodes.values())

    @property
    def opened(self) -> list[str]:
        """The prefixes below the root that were asked for, expanded or not."""
        return [prefix for prefix, node in self._nodes.items() if node is not self._root]

    @property
    def expanded_listings(self) -> Iterator[Listing]:
        """The root's, and those of the expanded prefixes."""
        return (node.listing for node in self._root.expanded())

    @property
    def loaded(self) -> int:
        """The number of rows loaded in the root and the expanded prefixes."""
        return sum(map(len, self.expanded_listings))

    @property
    def shown(self) -> int:
        """The number of `loaded` rows that pass the filter."""
        return sum(len(node.view) for node in self._root.expanded())

    def line(self, number: int) -> TreeLine:
        """The line of a number, 0 ≤ `number` < `len(tree)`."""
        node, row = self._at(number)
        child = None if row is None else node.children.get(row)
        return TreeLine(node.listing, row, node.depth, child is not None and child.is_expanded)

    def number(self, prefix: str, row: int | None) -> int | None:
        """The line of a row in the listing of `prefix` (no row: of its status); `None` if it has none."""
        node = self._nodes.get(prefix)
        return None if node is None else node.line(row)

    def parent(self, number: int) -> int | None:
        """The line of the prefix that the row at `number` is in; `None` at the top level."""
        node, _ = self._at(number)
        return None if node.parent is None else node.parent.line(node.row)

    def siblings(self, number: int) -> tuple[Listing, Sequence[int]]:
        """The listing that the line at `number` is in, and those of its rows that are shown."""
        node, _ = self._at(number)
        return node.listing, node.view.rows()

    def between(self, first: int, last: int) -> Iterator[tuple[Listing, Sequence[int]]]:
        """Yield the rows at the lines from `first` to `last`, as many at once as one listing shows there."""
        number = first
        while number <= last:
            node, row = self._at(number)
            if row is None:
                number += 1
                continue
            rows = node.run(row, most=last - number + 1)
            yield node.listing, rows
            number += len(rows)

    @property
    def cursor(self) -> int:
        """The line that the cursor is on: where its row is now, or the nearest place if it is hidden."""
        if self._anchor is None:
            return 0
        node, row = self._anchor
        number = node.line(row)
        if number is None:
            number = node.nearest_line(row)
        if number is None:
            number = self._last_cursor
        self._last_cursor = max(0, min(number, len(self) - 1))
        return self._last_cursor

    @cursor.setter
    def cursor(self, number: int) -> None:
        last = max(0, len(self) - 1)
        self._last_cursor = max(0, min(number, last))
        self._anchor = self._at(self._last_cursor) if len(self) else None

    def move_to(self, key: str) -> bool:
        """Put the cursor on `key`, in the deepest expanded listing that has it; say whether there is one."""
        for node in sorted(self._root.expanded(), key=lambda n: len(n.listing.prefix), reverse=True):
            row = node.listing.find(key) if key.startswith(node.listing.prefix) else None
            if row is not None and node.line(row) is not None:
                self._anchor = (node, row)
                return True
        return False

    def expand(self, prefix: str) -> bool:
        """Expand a prefix that is a row of the tree; return whether its listing must be requested.

        Raises: KeyError, if no listing of the tree has that prefix as a row.
        """
        self._pin()
        node = self._nodes.get(prefix)
        if node is None:
            self._nodes[prefix] = self._adopt(Listing(prefix))
            return True
        node.is_expanded = True
        self._refit(node)
        return node.listing.state not in (State.COMPLETE, State.LOADING)

    def below(self, prefix: str) -> Tree | None:
        """Return a tree of what is listed below a prefix here, expanded as it is; `None` if nothing is.

        The two share their listings: who comes back to one, has it `catch_up`.
        """
        node = self._nodes.get(prefix)
        if node is None or node is self._root:
            return None
        tree = Tree(node.listing, at_once=self._at_once)
        tree._graft(node)
        return tree

    def catch_up(self) -> None:
        """Show what came to the listings elsewhere."""
        self._refit(self._root)

    def release(self) -> None:
        """Let go of all listings at once: nodes know each other, and would wait for the collector."""
        for node in self._nodes.values():
            node.parent, node.children = None, {}
            node.changed()
        self._nodes = {self.root.prefix: self._root}
        self._anchor = None

    def collapse(self, prefix: str) -> None:
        """Collapse a prefix, and keep its listing. The cursor moves out of it, onto the prefix."""
        node = self._nodes.get(prefix)
        if node is None or node.parent is None:
            return
        self._pin()
        if self._anchor is not None and self._anchor[0].is_within(node):
            self._anchor = (node.parent, node.row)
        node.is_expanded = False
        node.changed()

    def append(self, prefix: str, page: ListObjectsPage) -> None:
        """Append the next page to the listing of `prefix`."""
        builder = self._nodes[prefix].listing.builder()
        builder.add(page)
        self.extend(prefix, builder.take())

    def extend(self, prefix: str, rows: Rows) -> None:
        """Append the next rows to the listing of `prefix`; see `is_behind` afterwards."""
        node = self._nodes[prefix]
        was_empty = not len(node.view)
        node.listing.extend(rows)
        self._catch_up(node)
        if was_empty and len(node.view) and self._anchor == (node, None):
            self._anchor = (node, node.view.row(0))  # who waited for the first row gets it, not the last line
        node.reveal()

    def load(self, prefix: str) -> None:
        self._nodes[prefix].listing.load()
        self._nodes[prefix].changed()

    def stop(self, prefix: str, *, by_user: bool = False) -> None:
        self._nodes[prefix].listing.stop(by_user=by_user)
        self._nodes[prefix].changed()

    def fail(self, prefix: str, error: S3Error) -> None:
        self._nodes[prefix].listing.fail(error)
        self._nodes[prefix].changed()

    def replace(self, listing: Listing) -> None:
        """Put a fresh listing in the place of an older one of the same prefix: a refresh.

        Cursor, marks and expanded prefixes stay with their keys; those of keys that are gone go. Wait
        until `listing.covers(old)`, or what was not listed again yet is taken to be gone.
        """
        node = self._nodes[listing.prefix]
        old, node.listing = node.listing, listing
        self.revision += 1
        self.selection.carry(old, listing)
        if self._anchor is not None and self._anchor[0] is node and self._anchor[1] is not None:
            self._anchor = (node, listing.find_like(old, self._anchor[1]))
        children, node.children = node.children, {}
        for child in children.values():
            row = listing.find(child.listing.prefix)
            if row is not None:
                child.row = row
                node.children[row] = child
                continue
            if self._anchor is not None and self._anchor[0].is_within(child):
                self._anchor = (node, listing.find_at_or_after(child.listing.prefix))
            self._forget(child)
        self._refit(node)

    def arrange(self, *, order: Order | None = None, needle: str | None = None) -> None:
        """Sort or filter the rows that are loaded, and those to come, at once."""
        arrangement = self.plan(order=order, needle=needle, anew=True)
        arrangement.run()
        self.take(arrangement)

    @property
    def is_behind(self) -> bool:
        """Say whether loaded rows are not sorted or filtered yet: `plan` it, run it, `take` it."""
        return any(
            not node.view.fits(self.order, self.needle) or node.view.behind for node in self._root.expanded()
        )

    def plan(
        self, *, order: Order | None = None, needle: str | None = None, anew: bool = False
    ) -> Arrangement:
        """Return an arrangement to run in any thread, for `take` to show the rows so sorted and filtered.

        A view that is arranged so already is only extended, unless it shall be made `anew`.
        """
        order = self.order if order is None else order
        needle = self.needle if needle is None else needle
        views = [
            node.view.fork()
            if not anew and node.view.fits(order, needle)
            else View(node.listing, order, needle)
            for node in self._root.expanded()
        ]
        return Arrangement(order, needle, views)

    def take(self, arrangement: Arrangement) -> None:
        """Show the result of an arrangement that was run. The cursor stays on its row."""
        if self._anchor is not None and self._anchor[1] is None:
            self._pin()
        self.order, self.needle = arrangement.order, arrangement.needle
        for view in arrangement.views:
            node = self._nodes.get(view.listing.prefix)
            if node is not None and node.listing is view.listing:
                node.view = view
        self._refit(self._root)

    def _pin(self) -> None:
        """Make the row that the cursor is seen on its own, if the one it belongs to is hidden."""
        if self._anchor is not None:
            self.cursor = self.cursor

    def _adopt(self, listing: Listing) -> Node:
        """Make the node of a prefix that is a row of the tree."""
        above, slash, _ = listing.prefix[:-1].rpartition(DELIMITER)
        parent = self._nodes.get(above + slash, self._root)
        row = parent.listing.find(listing.prefix)
        if row is None or parent.listing.kinds[row] != Kind.PREFIX:
            raise KeyError(listing.prefix)
        node = parent.children[row] = Node(listing, View(listing, self.order, self.needle), parent, row)
        node.changed()
        return node

    def _graft(self, other: Node) -> None:
        """Have below a prefix what another tree has there."""
        for child in other.children.values():
            node = self._nodes[child.listing.prefix] = self._adopt(child.listing)
            node.is_expanded = child.is_expanded
            self._refit(node)
            self._graft(child)

    def _forget(self, node: Node) -> None:
        for child in node.children.values():
            self._forget(child)
        self.selection.forget(node.listing)
        del self._nodes[node.listing.prefix]

    def _refit(self, node: Node) -> None:
        """Sort and filter a node, and those expanded below it, as the tree is, if that is quick."""
        is_stale = node.view.listing is not node.listing
        if is_stale or not node.view.fits(self.order, self.needle):
            fitting = View(node.listing, self.order, self.needle)
            if fitting.is_plain or fitting.behind <= self._at_once:
                node.view = fitting
            elif is_stale:
                node.view = View(node.listing)  # as they came, until there is an arrangement
        self._catch_up(node)
        node.changed()
        for child in node.children.values():
            if child.is_expanded:
                self._refit(child)
        node.reveal()

    def _catch_up(self, node: Node) -> None:
        if node.view.is_plain or node.view.behind <= self._at_once:
            node.view.extend()

    def _at(self, number: int) -> tuple[Node, int | None]:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._root.at(number)
