"""How the object tree's rows are listed: workers ask for pages, handlers put them into the model."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass

from textual import on
from textual.message import Message

from s3tui.browse.listing import Listing, State
from s3tui.browse.location import DELIMITER, Location
from s3tui.browse.tree import Tree
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.screens.base import FramedScreen
from s3tui.tui.widgets.object_tree import ObjectTree
from s3tui.tui.words import explain

_PAGES_AT_A_TIME = 100
"""A listing rests after so many pages of 1 000; going on is the user's wish."""
_LISTING = "listing"


class ObjectListing(FramedScreen):
    """The part of the screen that lists. Everything it runs ends with the location it was for."""

    location: Location
    tree_model: Tree
    fresh: dict[str, Listing]
    """Listings of a refresh, by prefix, until they cover what they replace."""

    @dataclass
    class PageListed(Message):
        listing: Listing
        """The one it was asked for; another one by now has its place."""
        page: ListObjectsPage

    @dataclass
    class ListingPaused(Message):
        listing: Listing

    @dataclass
    class ListingFailed(Message):
        listing: Listing
        error: S3Error

    def show_tree(self) -> None:
        raise NotImplementedError

    def move_to_wanted(self) -> None:
        raise NotImplementedError

    def start_listing(self) -> None:
        """Show an empty tree and list its root; whatever was being listed is cancelled."""
        self.workers.cancel_group(self, _LISTING)
        self.fresh = {}
        self.tree_model = Tree(Listing(self.location.prefix))
        self.query_one(ObjectTree).show(self.tree_model)
        self._list(self.tree_model.root)

    def _list(self, listing: Listing) -> None:
        """Start, or go on with, a listing."""
        self.run_worker(self._ask_for_pages(listing), group=_LISTING, name=listing.prefix)

    async def _ask_for_pages(self, listing: Listing) -> None:
        bucket, prefix, token = self.location.bucket, listing.prefix, listing.continuation_token
        left = _PAGES_AT_A_TIME
        pages = self.session.stream(
            lambda s3: s3.list_objects(bucket, prefix, delimiter=DELIMITER, continuation_token=token)
        )
        try:
            async with aclosing(pages):
                async for page in pages:
                    self.post_message(self.PageListed(listing, page))
                    left -= 1
                    if not left:
                        break
        except S3Error as error:
            self.post_message(self.ListingFailed(listing, error))
        else:
            self.post_message(self.ListingPaused(listing))

    @on(PageListed)
    def _take_page(self, message: PageListed) -> None:
        listing, prefix = message.listing, message.listing.prefix
        if listing is self.fresh.get(prefix):
            listing.append(message.page)
            old = self.tree_model.listing(prefix)
            if listing.state is State.COMPLETE or old is None or listing.covers(old):
                self._take_fresh(listing)
        elif listing is self.tree_model.listing(prefix):
            self.tree_model.append(prefix, message.page)
        else:
            return
        self.move_to_wanted()
        self.show_place()
        self.show_tree()

    def _take_fresh(self, listing: Listing) -> None:
        del self.fresh[listing.prefix]
        if self.tree_model.listing(listing.prefix) is not None:
            self.tree_model.replace(listing)

    @on(ListingPaused)
    def _rest(self, message: ListingPaused) -> None:
        listing = message.listing
        if listing is self.fresh.get(listing.prefix):
            self._take_fresh(listing)
        if listing is self.tree_model.listing(listing.prefix):
            self.tree_model.stop(listing.prefix)
            self.show_tree()

    @on(ListingFailed)
    def _fail(self, message: ListingFailed) -> None:
        listing = message.listing
        if self.fresh.get(listing.prefix) is listing:
            del self.fresh[listing.prefix]
        elif listing is not self.tree_model.listing(listing.prefix):
            return
        self.tree_model.fail(listing.prefix, message.error)
        self.show_tree()
        if self.tree_model.loaded:
            self.say(f"{explain(message.error)} r tries again.", "error")

    def action_refresh(self) -> None:
        """List the root again; what is shown stays until the new listing covers it."""
        self.workers.cancel_group(self, _LISTING)
        old = self.tree_model.root
        listing = Listing(old.prefix)
        if len(old):
            self.fresh = {old.prefix: listing}
        else:
            self.tree_model.replace(listing)
            self.show_tree()
        self._list(listing)

    def stop_listing(self) -> bool:
        """Stop whatever is being listed; say whether there was anything."""
        running = [worker for worker in self.workers if worker.group == _LISTING and worker.is_running]
        if not running or not self.tree_model.loaded:
            return False
        self.workers.cancel_group(self, _LISTING)
        self.fresh.clear()
        for worker in running:
            self.tree_model.stop(worker.name, by_user=True)
        self.show_tree()
        return True

    @on(ObjectTree.PrefixExpanded)
    def _expand(self, message: ObjectTree.PrefixExpanded) -> None:
        if message.needs_listing:
            self._go_on(message.prefix)
        self.show_tree()

    @on(ObjectTree.MoreRequested)
    def _more(self, message: ObjectTree.MoreRequested) -> None:
        self._go_on(message.prefix)

    def _go_on(self, prefix: str) -> None:
        listing = self.tree_model.listing(prefix)
        if listing is not None:
            self.tree_model.load(prefix)
            self._list(listing)
            self.show_tree()
