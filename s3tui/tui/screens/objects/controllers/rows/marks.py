"""Marking by pattern: one line to type a glob in, with the number of rows that are like it."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from functools import partial

from s3tui.browse.rows.listing import Checkpoint, Listing, State
from s3tui.format import count, printable
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.arranging import beside
from s3tui.tui.widgets.frame.filter_bar import PatternBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_GROUP = "pattern"


class MarksController:
    def __init__(self, host: TreeHost, show_marks: Callable[[], None]) -> None:
        """`show_marks`: called when other rows are marked."""
        self._host, self._show_marks = host, show_marks

    def open(self, *, marks: bool) -> None:
        self._host.query_one(PatternBar).ask(marks=marks)

    def typed(self, pattern: str) -> None:
        if self._host.query_one(PatternBar).is_open:
            self._match(pattern, is_final=False)

    def submitted(self, pattern: str) -> None:
        self.close()
        self._match(pattern, is_final=True)

    def close(self) -> bool:
        """Go back to the rows; say whether there was a pattern to leave."""
        bar = self._host.query_one(PatternBar)
        was_open = bar.is_open
        self._host.cancel(_GROUP)
        bar.close()
        if was_open:
            self._host.clear_notice()
            self._host.query_one(ObjectTree).focus()
        return was_open

    def clear(self) -> bool:
        """Unmark all rows; say whether there were any."""
        selection = self._host.tree_model.selection
        if not selection.count:
            return False
        selection.clear()
        self._host.show_tree()
        return True

    def _match(self, pattern: str, *, is_final: bool) -> None:
        """Count the rows that are like `pattern`, and mark or unmark them where it `is_final`."""
        if not pattern:
            self._host.cancel(_GROUP)
            self._host.clear_notice()
            return
        tree = self._host.tree_model
        listing, rows = tree.siblings(tree.cursor)
        work = partial(self._match_beside, listing, rows, pattern, is_final)
        self._host.run(work, _GROUP, exclusive=True)

    async def _match_beside(
        self, listing: Listing, shown: Sequence[int], pattern: str, is_final: bool
    ) -> None:
        rows = await beside(lambda checkpoint: _matching(listing, shown, pattern, checkpoint))
        self._host.later(self._take, listing, pattern, rows, is_final)

    def _take(self, listing: Listing, pattern: str, rows: array[int], is_final: bool) -> None:
        bar, tree = self._host.query_one(PatternBar), self._host.tree_model
        if listing is not tree.listing(listing.prefix):
            return
        said = f"{count(len(rows))} of {count(len(listing))} loaded {'is' if len(rows) == 1 else 'are'} like "
        said += f"“{printable(pattern)}”"
        more = "" if listing.state is State.COMPLETE else "; more may come, which will not be marked"
        if not is_final:
            if bar.is_open and bar.value == pattern:
                self._host.say(f"{said}: ↵ {'marks' if bar.marks else 'unmarks'} them{more}.")
            return
        (tree.selection.mark if bar.marks else tree.selection.unmark)(listing, rows)
        self._show_marks()
        self._host.say(f"{said}: {'marked' if bar.marks else 'unmarked'}.", "done")


def _matching(listing: Listing, shown: Sequence[int], pattern: str, checkpoint: Checkpoint) -> array[int]:
    """Return the rows like `pattern` among those that are shown."""
    found = array("I", listing.matching_glob(pattern, checkpoint))
    if isinstance(shown, range):
        return found
    is_shown = bytearray(len(listing))
    for row in shown:
        is_shown[row] = 1
    return array("I", (row for row in found if is_shown[row]))
