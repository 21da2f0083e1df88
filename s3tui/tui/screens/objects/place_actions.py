"""What can be done with the place one is at, in the bucket list and in the object tree alike."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from s3tui.browse.place.location import Location
from s3tui.format import printable
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.sentences import explain


class PlaceActions(FramedScreen):
    """Mixed into a screen that says which place is meant."""

    bookmarked: frozenset[Location] = frozenset()

    @dataclass
    class BookmarksRead(Message):
        bookmarks: frozenset[Location]

    @property
    def bookmarkable(self) -> Location | None:
        """What a bookmark would be for."""
        raise NotImplementedError

    def show_bookmarks(self) -> None:
        """Show anew what is in `bookmarked`."""
        raise NotImplementedError

    @work(group="state")
    async def read_bookmarks(self) -> None:
        from s3tui.browse.place.bookmarks import bookmarks
        from s3tui.state import StateError

        try:
            marked = await self.session.query_state(bookmarks)
        except StateError:
            return  # whoever sets one is told why it cannot be kept
        self.post_message(self.BookmarksRead(frozenset(marked)))

    @on(BookmarksRead)
    def _take_bookmarks(self, message: BookmarksRead) -> None:
        if message.bookmarks != self.bookmarked:
            self.bookmarked = message.bookmarks
            self.show_bookmarks()

    @work(group="state")
    async def action_bookmark(self) -> None:
        from s3tui.browse.place.bookmarks import toggle_bookmark
        from s3tui.state import StateError

        place = self.bookmarkable
        if place is None:
            return
        now = self.session.now()
        try:
            is_marked = await self.session.query_state(lambda db, name: toggle_bookmark(db, name, place, now))
        except StateError as error:
            self.say(f"No bookmark was kept: {explain(error)}", "error")
            return
        words = "★ a bookmark now, ^l lists them" if is_marked else "no bookmark any more"
        self.say(f"{printable(str(place))}: {words}", "done")
        self.read_bookmarks()
