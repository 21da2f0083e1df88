"""How one gets to a key far down a long listing, and from there back, without reading what lies between."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on, work
from textual.message import Message

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.row_feed import first_key, page_before, row_count
from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.screens.objects.object_view import ObjectView
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_PAGE = 1000
_BEFORE = "before"


class ObjectSeek(ObjectView):
    wanted: str | None = None
    """What the cursor shall be on as soon as it is there."""
    sought: str | None = None
    """Where the listing of the next location begins."""
    may_seek = False
    """Whether the listing may begin anew at `wanted`, if that is not among the first rows."""

    @dataclass
    class PageBeforeRead(Message):
        listing: Listing
        page: ListObjectsPage

    @dataclass
    class PageBeforeFailed(Message):
        listing: Listing
        error: S3Error

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        raise NotImplementedError

    @work(group="question", exclusive=True)
    async def action_seek(self) -> None:
        from s3tui.tui.screens.common.dialogs import Prompt

        answer = await self.app.push_screen_wait(
            Prompt(
                "Jump to a key",
                "A key, or how it begins; nothing that lies before it is read.",
                value=self.location.prefix,
                yes="Jump",
            )
        )
        if answer is not None:
            self.seek(answer)

    def seek(self, key: str) -> None:
        """Show the rows around `key`, with the cursor on the first one that is not before it."""
        folder, slash, _ = key.rpartition(DELIMITER)
        there = Location(self.location.bucket, folder + slash)
        here = self.location
        if there == here or (here.is_flat and here.search is None and key.startswith(here.prefix)):
            self.start_listing(sought=key)
        else:
            self.sought = key
            self.go(there)
        self.wanted = key
        self.show_tree()

    def move_to_wanted(self) -> None:
        if self.wanted is None:
            return
        root, wanted = self.tree_model.root, self.wanted
        moved = self.tree_model.move_to(wanted) or self.tree_model.move_to(wanted + DELIMITER)
        if not moved and (root.sought is not None or self.location.is_flat):
            moved = self._move_to_nearest(root, wanted)
        if moved:
            self.wanted = None
            self.query_one(ObjectTree).show(self.tree_model)
            if root.begins_at is not None:
                self.say("The list begins in the middle: ↑ at its top reads what is before, g all of it.")
        elif self.may_seek and root.state is State.LOADING and (root.last_key or wanted) < wanted:
            self.may_seek = False
            self.seek(wanted)

    def _move_to_nearest(self, root: Listing, key: str) -> bool:
        """Put the cursor on the first row that is not before `key`, or on the last one of all."""
        row = root.find_at_or_after(key)
        if row == len(root) and root.state is State.LOADING:
            return False
        number = self.tree_model.number(root.prefix, min(row, len(root) - 1)) if len(root) else None
        if number is not None:
            self.tree_model.cursor = number
        return number is not None

    @on(ObjectTree.FirstRequested)
    def _from_the_beginning(self) -> None:
        if self.tree_model.root.begins_at is not None:
            self.wanted = None
            self.clear_notice()
            self.start_listing()
            self.show_tree()

    @on(ObjectTree.BeforeRequested)
    def _back(self) -> None:
        if self.tree_model.root.begins_at is not None:
            self.read_page_before(self.tree_model.root, self.tree_model.root.begins_at)

    @work(group=_BEFORE, exclusive=True)
    async def read_page_before(self, listing: Listing, key: str) -> None:
        there, prefix = self.location, listing.prefix
        try:
            page = await self.session.run(
                lambda s3: page_before(s3, there.bucket, prefix, key, _PAGE, there.delimiter)
            )
        except S3Error as error:
            self.post_message(self.PageBeforeFailed(listing, error))
        else:
            self.post_message(self.PageBeforeRead(listing, page))

    @on(PageBeforeRead)
    def _take_page_before(self, message: PageBeforeRead) -> None:
        listing, page = message.listing, message.page
        if listing is not self.tree_model.root:
            return
        is_all = row_count(page) < _PAGE
        both = listing.preceded_by(page, begins_at=None if is_all else first_key(page))
        self.replace_root(both)
        more = "the beginning" if is_all else "↑ reads on"
        self.say(f"{count(row_count(page))} rows before: {more}.")

    @on(PageBeforeFailed)
    def _tell_failure(self, message: PageBeforeFailed) -> None:
        if message.listing is self.tree_model.root:
            name = printable(message.listing.begins_at or "")
            self.say(f"What is before {name} was not read: {explain(message.error)}", "error")
