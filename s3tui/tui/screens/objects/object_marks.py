"""Marking by pattern: one line to type a glob in, with the number of rows that are like it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from s3tui.browse.rows.listing import Checkpoint, Listing, State
from s3tui.format import count, printable
from s3tui.tui.screens.objects.object_order import ObjectOrder, beside
from s3tui.tui.widgets.frame.filter_bar import PatternBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_GROUP = "pattern"


class ObjectMarks(ObjectOrder):
    @dataclass
    class PatternMatched(Message):
        listing: Listing
        pattern: str
        rows: array[int]
        is_final: bool
        """Mark or unmark them; else only say how many there are."""

    def show_marks(self) -> None:
        raise NotImplementedError

    def action_mark_like(self, marks: bool) -> None:
        self.query_one(PatternBar).ask(marks=marks)

    @on(PatternBar.Changed, "PatternBar")
    def _count_matches(self, message: PatternBar.Changed) -> None:
        message.stop()
        if self.query_one(PatternBar).is_open:
            self._ask(message.value, is_final=False)

    @on(PatternBar.Submitted, "PatternBar")
    def _mark_matches(self, message: PatternBar.Submitted) -> None:
        message.stop()
        self.close_pattern()
        self._ask(message.value, is_final=True)

    def close_pattern(self) -> bool:
        """Go back to the rows; say whether there was a pattern to leave."""
        bar = self.query_one(PatternBar)
        was_open = bar.is_open
        self.workers.cancel_group(self, _GROUP)
        bar.close()
        if was_open:
            self.clear_notice()
            self.query_one(ObjectTree).focus()
        return was_open

    def _ask(self, pattern: str, *, is_final: bool) -> None:
        if not pattern:
            self.workers.cancel_group(self, _GROUP)
            self.clear_notice()
            return
        listing, rows = self.tree_model.siblings(self.tree_model.cursor)
        self.match(listing, rows, pattern, is_final=is_final)

    @work(group=_GROUP, exclusive=True)
    async def match(self, listing: Listing, shown: Sequence[int], pattern: str, *, is_final: bool) -> None:
        rows = await beside(lambda checkpoint: _matching(listing, shown, pattern, checkpoint))
        self.post_message(self.PatternMatched(listing, pattern, rows, is_final))

    @on(PatternMatched)
    def _tell_matches(self, message: PatternMatched) -> None:
        listing, rows, bar = message.listing, message.rows, self.query_one(PatternBar)
        if listing is not self.tree_model.listing(listing.prefix):
            return
        said = f"{count(len(rows))} of {count(len(listing))} loaded {'is' if len(rows) == 1 else 'are'} like "
        said += f"“{printable(message.pattern)}”"
        more = "" if listing.state is State.COMPLETE else "; more may come, which will not be marked"
        if not message.is_final:
            if bar.is_open and bar.value == message.pattern:
                self.say(f"{said}: ↵ {'marks' if bar.marks else 'unmarks'} them{more}.")
            return
        selection = self.tree_model.selection
        (selection.mark if bar.marks else selection.unmark)(listing, rows)
        self.show_marks()
        self.say(f"{said}: {'marked' if bar.marks else 'unmarked'}.", "done")


def _matching(listing: Listing, shown: Sequence[int], pattern: str, checkpoint: Checkpoint) -> array[int]:
    """Return the rows like `pattern` among those that are shown."""
    found = array("I", listing.matching_glob(pattern, checkpoint))
    if isinstance(shown, range):
        return found
    is_shown = bytearray(len(listing))
    for row in shown:
        is_shown[row] = 1
    return array("I", (row for row in found if is_shown[row]))
