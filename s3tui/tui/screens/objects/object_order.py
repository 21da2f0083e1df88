"""How the object tree's rows are sorted and filtered: a few at once, many in a thread beside the screen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from textual import on, work
from textual.message import Message

from s3tui.background import yield_interpreter
from s3tui.browse.rows.listing import Checkpoint, State
from s3tui.browse.rows.tree import AT_ONCE, Tree
from s3tui.browse.rows.view import Arrangement, Order, SortBy
from s3tui.tui.screens.objects.object_listing import ObjectListing
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from s3tui.tui.widgets.tree.tree_lines import is_as_listed

T = TypeVar("T")

_GROUP = "arranging"
_ORDERS = (
    Order(),
    Order(descending=True),
    Order(SortBy.SIZE, descending=True),
    Order(SortBy.MODIFIED, descending=True),
    Order(SortBy.MODIFIED),
)


class ObjectOrder(ObjectListing):
    """The part of the screen that sorts and filters what is loaded. What is asked for last, wins."""

    arranging: Arrangement | None = None
    """What is being made; the rows stay as they were until it is done."""

    @dataclass
    class Arranged(Message):
        tree: Tree
        arrangement: Arrangement

    @property
    def order(self) -> Order:
        """As the user wants it, shown already or not."""
        return self.tree_model.order if self.arranging is None else self.arranging.order

    @property
    def needle(self) -> str:
        return self.tree_model.needle if self.arranging is None else self.arranging.needle

    def prefix_sizes(self) -> Callable[[str], int | None] | None:
        """Return what prefixes are sorted by, among themselves, when rows are sorted by size."""
        return None

    def weigh_anew(self) -> None:
        """Sort prefixes by what is known of their sizes by now."""
        is_quick = self.tree_model.loaded <= AT_ONCE
        if self.order.by is SortBy.SIZE and (is_quick or self.arranging is None):
            self.arrange_rows()

    def arrange_rows(self, *, order: Order | None = None, needle: str | None = None) -> None:
        """Show the rows in another order, or others of them."""
        tree = self.tree_model
        order = self.order if order is None else order
        sizes = self.prefix_sizes() if order.by is SortBy.SIZE else None
        order = replace(order, prefix_sizes=sizes)
        needle = self.needle if needle is None else needle
        self._drop_arrangement()
        if (order, needle) == (tree.order, tree.needle):
            pass
        elif tree.loaded <= AT_ONCE:
            tree.arrange(order=order, needle=needle)
        else:
            self._begin(tree.plan(order=order, needle=needle, anew=True))
        self.show_tree()

    def catch_up(self) -> None:
        """Sort and filter what came since, if that takes longer than a moment."""
        if self.arranging is None and self.tree_model.is_behind:
            self._begin(self.tree_model.plan())

    def start_listing(self, *, sought: str | None = None) -> None:
        self._drop_arrangement()
        super().start_listing(sought=sought)

    def _drop_arrangement(self) -> None:
        self.workers.cancel_group(self, _GROUP)
        self.arranging = None

    def _begin(self, arrangement: Arrangement) -> None:
        self.arranging = arrangement
        self.arrange_beside(self.tree_model, arrangement)

    @work(group=_GROUP, exclusive=True)
    async def arrange_beside(self, tree: Tree, arrangement: Arrangement) -> None:
        await beside(arrangement.run)
        self.post_message(self.Arranged(tree, arrangement))

    @on(Arranged)
    def _take_arrangement(self, message: Arranged) -> None:
        if message.arrangement is self.arranging:
            self.arranging = None
            message.tree.take(message.arrangement)
            self.show_tree()

    def arranging_caption(self) -> str:
        """Say by what the rows are sorted, or are being sorted, and that more may come between them."""
        tree, order = self.tree_model, self.order
        by = f"by {order.by.value} {'↓' if order.descending else '↑'}"
        if is_as_listed(tree, order):
            by = "in the server's order, backwards" if order.descending else "in the server's order"
        if _without_sizes(order) != _without_sizes(tree.order):
            return f"sorting {by} ⋯"
        if self.needle != tree.needle:
            return f"{by} · filtering ⋯"
        is_part = tree.root.state is not State.COMPLETE and order != Order()
        return f"{by} so far" if is_part else by

    @on(ObjectTree.OrderRequested)
    def _order(self, message: ObjectTree.OrderRequested) -> None:
        self.arrange_rows(order=message.order)

    def action_sort(self) -> None:
        order = _without_sizes(self.order)
        at = _ORDERS.index(order) if order in _ORDERS else -1
        self.arrange_rows(order=_ORDERS[(at + 1) % len(_ORDERS)])

    def action_filter(self) -> None:
        self.query_one("#filter", FilterBar).open()

    @on(FilterBar.Changed, "#filter")
    def _filter(self, message: FilterBar.Changed) -> None:
        if message.value != self.needle:
            self.arrange_rows(needle=message.value)

    @on(FilterBar.Submitted, "#filter")
    def _leave_filter(self) -> None:
        self.query_one(ObjectTree).focus()


def _without_sizes(order: Order) -> Order:
    return replace(order, prefix_sizes=None)


class _Dropped(Exception):
    """Nobody wants the result any more."""


async def beside(compute: Callable[[Checkpoint], T]) -> T:
    """Await what `compute` returns in a thread of its own; cancelling ends it at its next checkpoint."""
    is_dropped = threading.Event()

    def checkpoint() -> None:
        if is_dropped.is_set():
            raise _Dropped
        yield_interpreter()

    try:
        return await asyncio.to_thread(compute, checkpoint)
    finally:
        is_dropped.set()
