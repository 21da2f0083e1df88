"""How the object tree's rows are listed: workers ask for them, handlers put them into the model."""

from __future__ import annotations

import gc
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from textual import on
from textual.message import Message

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.browse.source.row_feed import MOST_ROWS, row_batches
from s3tui.format import count
from s3tui.s3.errors import AccessDenied, S3Error
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_LISTING = "listing"


class ObjectListing(FramedScreen):
    """The part of the screen that lists. Everything it runs ends with the location it was for."""

    MOST_ROWS = MOST_ROWS
    """After how many more rows a listing rests."""

    location: Location
    tree_model: Tree
    fresh: dict[str, Listing]
    """Listings of a refresh, by prefix, until they cover what they replace."""

    @dataclass
    class RowsListed(Message):
        listing: Listing
        """The one they were asked for; another one by now has its place."""
        rows: Rows
        begins_at: str | None = None
        progress: SearchProgress | None = None
        """How far the search has come whose rows these are, with what was looked at before it was stopped."""

    @dataclass
    class ListingSlowed(Message):
        """The server asked for fewer requests."""

        listing: Listing

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

    def root_refused(self) -> None:
        """What is below here may not be listed: show what can be shown without."""

    def start_listing(self, *, sought: str | None = None) -> None:
        """Show an empty tree and list its root, from about `sought` on; what was listed is cancelled."""
        self.workers.cancel_group(self, _LISTING)
        self.fresh = {}
        self.tree_model = Tree(Listing(self.location.prefix, sought=sought))
        self.query_one(ObjectTree).show(self.tree_model)
        self._list(self.tree_model.root)

    def _list(self, listing: Listing) -> None:
        """Start, or go on with, a listing."""
        self.run_worker(self._ask_for_rows(listing), group=_LISTING, name=_name(listing))

    async def _ask_for_rows(self, listing: Listing) -> None:
        there, token, builder = self.location, listing.continuation_token, listing.builder()
        sought = None if len(listing) else listing.sought
        before = SearchProgress() if listing.progress is None else listing.progress
        rows = partial(
            row_batches,
            bucket=there.bucket,
            builder=builder,
            source=there.source,
            delimiter=there.delimiter,
            token=token,
            sought=sought,
            most_rows=self.MOST_ROWS,
        )
        session = self.session
        batches = session.stream_local(rows(None)) if there.source.is_offline else session.stream(rows)
        was_slowed = False
        try:
            async with aclosing(batches):
                async for batch in batches:
                    progress = None if batch.progress is None else before.followed_by(batch.progress)
                    self.post_message(self.RowsListed(listing, batch.rows, batch.begins_at, progress))
                    if batch.slow_downs and not was_slowed:
                        was_slowed = True
                        self.post_message(self.ListingSlowed(listing))
        except S3Error as error:
            self.post_message(self.ListingFailed(listing, error))
        else:
            self.post_message(self.ListingPaused(listing))

    @on(RowsListed)
    def _take_rows(self, message: RowsListed) -> None:
        listing, prefix, is_first = message.listing, message.listing.prefix, not len(message.listing)
        if listing.state is not State.LOADING:
            return  # stopped while these were on their way: going on asks for them again
        if is_first:
            listing.begins_at = message.begins_at
        listing.progress = message.progress
        if listing is self.fresh.get(prefix):
            listing.extend(message.rows)
            old = self.tree_model.listing(prefix)
            if old is None or listing.covers(old):
                self._take_fresh(listing)
        elif listing is self.tree_model.listing(prefix):
            self.tree_model.extend(prefix, message.rows)
        else:
            return
        self.move_to_wanted()
        if is_first:
            _spare_the_collector()
            self.show_place()  # the first answer may have taught where the bucket is
        self.show_tree()

    def _take_fresh(self, listing: Listing) -> None:
        del self.fresh[listing.prefix]
        if self.tree_model.listing(listing.prefix) is not None:
            self.tree_model.replace(listing)

    def replace_root(self, listing: Listing) -> None:
        """Put another listing of the same place in the root's; one that was running goes on behind it."""
        for worker in self.workers:
            if worker.group == _LISTING and worker.name == _name(listing):
                worker.cancel()
        self.fresh.pop(listing.prefix, None)
        self.tree_model.replace(listing)
        if listing.state is State.LOADING:
            self._list(listing)
        self.show_tree()

    @on(ListingSlowed)
    def _tell_slowing(self, message: ListingSlowed) -> None:
        if self._is_of_here(message.listing):
            self.say("The server asked to slow down: the listing goes on with fewer requests.", "warning")

    def _is_of_here(self, listing: Listing) -> bool:
        here = (self.fresh.get(listing.prefix), self.tree_model.listing(listing.prefix))
        return any(listing is known for known in here)

    @on(ListingPaused)
    def _rest(self, message: ListingPaused) -> None:
        listing = message.listing
        if listing is self.fresh.get(listing.prefix):
            self._take_fresh(listing)
        if listing is self.tree_model.listing(listing.prefix):
            self.tree_model.stop(listing.prefix)
            self.show_tree()
            if listing.state is State.MORE:
                self.say(
                    f"{count(len(listing))} rows are loaded, and the listing rests to spare memory: ↵ on the "
                    "last line goes on, ^l opens a prefix further down.",
                    "warning",
                )

    @on(ListingFailed)
    def _fail(self, message: ListingFailed) -> None:
        listing = message.listing
        if self.fresh.get(listing.prefix) is listing:
            del self.fresh[listing.prefix]
            if self.tree_model.listing(listing.prefix) is None:
                return  # a refresh of the listing above found that it is gone
        elif listing is not self.tree_model.listing(listing.prefix):
            return
        self.tree_model.fail(listing.prefix, message.error)
        self.show_tree()
        if listing is self.tree_model.root and isinstance(message.error, AccessDenied):
            self.root_refused()
        if self.tree_model.loaded:
            self.say(f"{explain(message.error)} r tries again.", "error")

    def action_refresh(self) -> None:
        """List all of it again; what is shown stays until the new listings cover it."""
        self.workers.cancel_group(self, _LISTING)
        self.fresh = {}
        for prefix in (self.tree_model.root.prefix, *self.tree_model.opened):
            old = self.tree_model.listing(prefix)
            listing = Listing(prefix, sought=None if old is None else old.begins_at)
            if old is not None and len(old):
                self.fresh[prefix] = listing
            else:
                self.tree_model.replace(listing)
            self._list(listing)
        self.show_tree()

    def stop_listing(self) -> bool:
        """Stop whatever is being listed; say whether there was anything."""
        is_running = any(worker.group == _LISTING and worker.is_running for worker in self.workers)
        has_come = self.tree_model.loaded or self.tree_model.root.continuation_token is not None
        if not is_running or not has_come:
            return False
        self.workers.cancel_group(self, _LISTING)
        self.fresh.clear()
        for prefix in (self.tree_model.root.prefix, *self.tree_model.opened):
            self.tree_model.stop(prefix, by_user=True)
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
        if listing is None:
            return
        if len(listing) and listing.continuation_token is None:
            self.action_refresh()  # it was complete, and only a refresh of it failed
        else:
            self.tree_model.load(prefix)
            self._list(listing)
            self.show_tree()


def _name(listing: Listing) -> str:
    """Return what its worker is called: a bucket's own prefix is empty, which is no name for a worker."""
    return f"{_LISTING} {listing.prefix}"


def _spare_the_collector() -> None:
    """Have the garbage collector leave alone, from the first rows on, what is loaded by now.

    The objects of pages keep it busy; it would look through all the rest again and again, and for 100 ms
    each time the screen would stand still.
    """
    if not gc.get_freeze_count():
        gc.freeze()
