"""Seeks a key far down a long listing, and pages back from there, without reading what lies between."""

from __future__ import annotations

from functools import partial

from s3tui.browse.rows.listing import Listing
from s3tui.browse.source.row_feed import first_key, page_before, row_count
from s3tui.format import counted, printable
from s3tui.s3.errors import NotSupported, S3Error
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.text.sentences import explain

_PAGE = 1000
_BEFORE = "before"


class SeekController:
    def __init__(self, host: TreeHost, listing: ListingController) -> None:
        self._host, self._listing = host, listing

    async def ask(self) -> None:
        """Ask for a key, and show the rows around it; in a worker."""
        from s3tui.tui.screens.common.prompt import Prompt

        answer = await self._host.ask(
            Prompt(
                "Jump to a key",
                "A key, or how it begins; nothing that lies before it is read.",
                value=self._host.location.prefix,
                yes="Jump",
            )
        )
        if answer is not None:
            self._listing.seek(answer)

    def read_from_beginning(self) -> None:
        if self._host.tree_model.root.begins_at is not None:
            self._host.clear_notice()
            self._listing.read_from_beginning(None)

    def read_back(self) -> None:
        """Read the page before the first row."""
        root = self._host.tree_model.root
        if root.begins_at is not None:
            work = partial(self._read_page_before, root, root.begins_at)
            self._host.run(work, _BEFORE, exclusive=True)

    async def _read_page_before(self, listing: Listing, key: str) -> None:
        there, prefix = self._host.location, listing.prefix
        try:
            page = await self._host.session.run(
                lambda s3: page_before(s3, there.bucket, prefix, key, _PAGE, there.delimiter)
            )
        except NotSupported:
            self._host.later(self._begin_anew, listing, key)
        except S3Error as error:
            self._host.later(self._tell_failure, listing, error)
        else:
            self._host.later(self._take_page_before, listing, page)

    def _begin_anew(self, listing: Listing, key: str) -> None:
        if listing is self._host.tree_model.root:
            self._listing.read_from_beginning(key)

    def _take_page_before(self, listing: Listing, page: ListObjectsPage) -> None:
        if listing is not self._host.tree_model.root:
            return
        is_all = row_count(page) < _PAGE
        both = listing.preceded_by(page, begins_at=None if is_all else first_key(page))
        self._listing.replace_root(both)
        more = "the beginning" if is_all else "↑ reads on"
        self._host.say(f"{counted(row_count(page), 'row')} before: {more}.")

    def _tell_failure(self, listing: Listing, error: S3Error) -> None:
        if listing is self._host.tree_model.root:
            name = printable(listing.begins_at or "")
            self._host.say(f"What is before {name} was not read: {explain(error)}", "error")
