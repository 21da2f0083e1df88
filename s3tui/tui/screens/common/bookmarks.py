"""BookmarksController: reads and toggles bookmarks, for the bucket list and the object tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from s3tui.format import printable
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location

_MEMORY = "memory"


class BookmarksController:
    def __init__(
        self, host: ScreenHost, place: Callable[[], Location | None], show: Callable[[], None]
    ) -> None:
        """
        Args:
            place: returns the location that a bookmark would be set for.
            show: called when the bookmarks have changed.
        """
        self._host, self._place, self._show = host, place, show
        self.places: frozenset[Location] = frozenset()
        """The bookmarked locations."""

    def read(self) -> None:
        self._host.run(self._read, _MEMORY)

    async def _read(self) -> None:
        from s3tui.browse.place.bookmarks import bookmarks
        from s3tui.state import StateError

        try:
            marked = await self._host.session.query_state(bookmarks)
        except StateError:
            return  # setting one reports why it cannot be saved
        self._host.later(self._take, frozenset(marked))

    def _take(self, places: frozenset[Location]) -> None:
        if places != self.places:
            self.places = places
            self._show()

    def toggle(self) -> None:
        self._host.run(self._toggle, _MEMORY)

    async def _toggle(self) -> None:
        from s3tui.browse.place.bookmarks import toggle_bookmark
        from s3tui.state import StateError

        host, place = self._host, self._place()
        if place is None:
            return
        now = host.session.now()
        try:
            is_marked = await host.session.query_state(lambda db, name: toggle_bookmark(db, name, place, now))
        except StateError as error:
            host.say(f"No bookmark was kept: {explain(error)}", "error")
            return
        words = "★ a bookmark now, ^l lists them" if is_marked else "no bookmark any more"
        host.say(f"{printable(str(place))}: {words}", "done")
        self.read()
