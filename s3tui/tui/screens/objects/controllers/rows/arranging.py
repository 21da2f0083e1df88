"""Sorts and filters the object tree's rows: a few at once, many in a thread beside the screen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

from s3tui.background import yield_interpreter
from s3tui.browse.rows.listing import Checkpoint, State
from s3tui.browse.rows.tree import AT_ONCE, Tree
from s3tui.browse.rows.view import Arrangement, Order, SortBy
from s3tui.browse.sizes.known_sizes import PrefixSizes
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.widgets.frame.filter_bar import RowFilterBar
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


class ArrangingController:
    """Sorts and filters what is loaded. What is asked for last, wins."""

    def __init__(self, host: TreeHost, prefix_sizes: Callable[[], PrefixSizes | None]) -> None:
        """`prefix_sizes`: by what prefixes are sorted, among themselves, when rows are sorted by size."""
        self._host, self._prefix_sizes = host, prefix_sizes
        self._arrangement: Arrangement | None = None
        """What is being made; the rows stay as they were until it is done."""

    @property
    def order(self) -> Order:
        """As the user wants it, shown already or not."""
        return self._host.tree_model.order if self._arrangement is None else self._arrangement.order

    @property
    def needle(self) -> str:
        return self._host.tree_model.needle if self._arrangement is None else self._arrangement.needle

    def weigh_anew(self) -> None:
        """Sort prefixes by what is known of their sizes by now."""
        is_quick = self._host.tree_model.loaded <= AT_ONCE
        if self.order.by is SortBy.SIZE and (is_quick or self._arrangement is None):
            self.arrange()

    def arrange(self, *, order: Order | None = None, needle: str | None = None) -> None:
        """Show the rows in another order, or others of them."""
        tree = self._host.tree_model
        order = self.order if order is None else order
        sizes = self._prefix_sizes() if order.by is SortBy.SIZE else None
        order = replace(order, prefix_sizes=sizes)
        needle = self.needle if needle is None else needle
        self.drop()
        if (order, needle) == (tree.order, tree.needle):
            pass
        elif tree.loaded <= AT_ONCE:
            tree.arrange(order=order, needle=needle)
        else:
            self._begin(tree.plan(order=order, needle=needle, anew=True))
        self._host.show_tree()

    def catch_up(self) -> None:
        """Sort and filter what came since, if that takes longer than a moment."""
        if self._arrangement is None and self._host.tree_model.is_behind:
            self._begin(self._host.tree_model.plan())

    def drop(self) -> None:
        """Leave the rows as they are."""
        self._host.cancel(_GROUP)
        self._arrangement = None

    def _begin(self, arrangement: Arrangement) -> None:
        self._arrangement = arrangement
        work = partial(self._arrange_beside, self._host.tree_model, arrangement)
        self._host.run(work, _GROUP, exclusive=True)

    async def _arrange_beside(self, tree: Tree, arrangement: Arrangement) -> None:
        await beside(arrangement.run)
        self._host.later(self._take, tree, arrangement)

    def _take(self, tree: Tree, arrangement: Arrangement) -> None:
        if arrangement is self._arrangement:
            self._arrangement = None
            tree.take(arrangement)
            self._host.show_tree()

    def caption(self) -> str:
        """Say by what the rows are sorted, or are being sorted, and that more may come between them."""
        tree, order = self._host.tree_model, self.order
        by = f"by {order.by.value} {'↓' if order.descending else '↑'}"
        if is_as_listed(tree, order):
            by = "in the server's order, backwards" if order.descending else "in the server's order"
        if _without_sizes(order) != _without_sizes(tree.order):
            return f"sorting {by} ⋯"
        if self.needle != tree.needle:
            return f"{by} · filtering ⋯"
        is_part = tree.root.state is not State.COMPLETE and order != Order()
        return f"{by} so far" if is_part else by

    def sort_next(self) -> None:
        order = _without_sizes(self.order)
        at = _ORDERS.index(order) if order in _ORDERS else -1
        self.arrange(order=_ORDERS[(at + 1) % len(_ORDERS)])

    def open_filter(self) -> None:
        self._host.query_one(RowFilterBar).open()

    def typed(self, text: str) -> None:
        if text != self.needle:
            self.arrange(needle=text)

    def submitted(self, text: str) -> None:
        self._host.query_one(ObjectTree).focus()

    def leave_line(self) -> bool:
        """Show all rows again, where the line of the filter is typed in; say whether it is."""
        return self._host.query_one(RowFilterBar).has_focus and self.clear_filter()

    def clear_filter(self) -> bool:
        """Show all rows again; say whether some were filtered out, or could have been."""
        bar = self._host.query_one(RowFilterBar)
        if not bar.is_open and not self.needle:
            return False
        bar.close()
        self.arrange(needle="")
        self._host.query_one(ObjectTree).focus()
        return True


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
