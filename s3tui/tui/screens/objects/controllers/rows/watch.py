"""WatchController: lists a place again every few seconds, and marks the rows that are new."""

from __future__ import annotations

import math

from textual.binding import ActiveBinding
from textual.timer import Timer

from s3tui.browse.rows.listing import State
from s3tui.browse.rows.rows_since import RowsSince
from s3tui.format import counted, duration, parse_span
from s3tui.tui.keymap.binding import MOVE
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.text.place import Chip
from s3tui.tui.widgets.tree.object_tree import ObjectTree

MOST_WATCHED = 20_000
"""Rows that are listed again and again: twenty requests each time."""
_USUAL = "5 s"
_LEAST_S = 1.0


class WatchController:
    """Watches what is shown until something is done: any key but those that move ends it."""

    def __init__(self, host: TreeHost, listing: ListingController) -> None:
        self._host, self._listing = host, listing
        self._timer: Timer | None = None
        self._every = _USUAL
        self._every_s = 0.0

    @property
    def is_on(self) -> bool:
        return self._timer is not None

    @property
    def chips(self) -> tuple[Chip, ...]:
        return (Chip(f"WATCH {duration(self._every_s)}", "way"),) if self.is_on else ()

    async def ask(self) -> None:
        """Ask how often, and begin; to be awaited in a worker."""
        if (rows := self._host.tree_model.loaded) > MOST_WATCHED:
            most = counted(MOST_WATCHED, "row")
            sentence = f"{counted(rows, 'row')} are too many to list again and again: watch at most {most}."
            self._host.say(sentence, "warning")
            return
        prompt = Prompt(
            "Watch",
            "List this place again and again, and mark what is new. Any key but those that move ends it.",
            value=self._every,
            placeholder="every 5 s, or 1 min",
            yes="Watch",
            check=wrong_span,
            replaces=True,
        )
        if (every := await self._host.ask(prompt)) is not None:
            self._every = every
            self.start(parse_span(every))

    def start(self, every_s: float) -> None:
        self.stop()
        self._every_s = every_s
        self._host.query_one(ObjectTree).show_changes(RowsSince(self._host.tree_model.listings))
        self._timer = self._host.set_interval(every_s, self._look)
        self._host.show_place()

    def stop(self) -> bool:
        """End it; say whether it was on. What is new stays marked until the place is left."""
        if self._timer is None:
            return False
        self._timer.stop()
        self._timer = None
        self._host.show_place()
        return True

    def leave(self) -> None:
        """End it, and mark nothing any more: another place is shown."""
        self.stop()
        self._host.query_one(ObjectTree).show_changes(None)

    def pressed(self, binding: ActiveBinding | None) -> None:
        """End it where the key of a binding does anything but move; esc takes its own step."""
        if binding is None or binding.binding.group is MOVE or binding.binding.action == "escape":
            return
        self.stop()

    def _look(self) -> None:
        if any(listing.state is State.FAILED for listing in self._host.tree_model.listings):
            self.stop()  # why, was said; r tries again
        elif not self._listing.listed.is_running:
            self._listing.refresh()


def wrong_span(text: str) -> str | None:
    """Return what is wrong with a time between two listings, `None` if nothing is."""
    try:
        span_s = parse_span(text)
    except ValueError:
        span_s = 0.0
    if _LEAST_S <= span_s < math.inf:
        return None
    return "A time is a number from 1 s on, with its unit, like 5 s or 1 min."
