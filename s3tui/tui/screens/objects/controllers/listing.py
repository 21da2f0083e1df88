"""Lists the object tree's rows: workers request them, the model appends them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import aclosing
from functools import partial

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.browse.source.row_feed import MOST_ROWS, row_batches
from s3tui.format import count
from s3tui.s3.errors import AccessDenied, S3Error
from s3tui.tui.screens.objects.controllers.arranging import ArrangingController
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_LISTING = "listing"


class ListingController:
    """Runs the listings of a location; leaving that location ends them."""

    def __init__(
        self,
        host: TreeHost,
        arranging: ArrangingController,
        start: Location,
        open_object: Callable[[str], object],
    ) -> None:
        """`open_object`: shows what is known of a key where nothing may be listed."""
        self._host, self._arranging, self._open_object = host, arranging, open_object
        self.tree_model = Tree(Listing(start.prefix))
        self.fresh: dict[str, Listing] = {}
        """Listings of a refresh, by prefix, until they cover what they replace."""
        self.most_rows = MOST_ROWS
        """After how many more rows a listing rests."""
        self.wanted: str | None = None
        """What the cursor shall be on as soon as it is there."""
        self._may_seek = False
        """Whether the listing may begin anew at `wanted`, if that is not among the first rows."""
        self._sought: str | None = None
        """Where the listing of the next location begins."""

    def come_for(self, key: str | None, *, seek: bool) -> None:
        """Have the cursor on `key` once it is listed; `seek`: without what lies far before it."""
        self.wanted, self._may_seek = key, seek

    def start(self, *, sought: str | None = None) -> None:
        """Show an empty tree and list its root, from about `sought` on; what was listed is cancelled."""
        self._arranging.drop()
        self._host.cancel(_LISTING)
        self.fresh = {}
        self.tree_model = Tree(Listing(self._host.location.prefix, sought=sought))
        self._host.query_one(ObjectTree).show(self.tree_model)
        self._list(self.tree_model.root)

    def start_anew(self) -> None:
        """List the root of another location."""
        sought, self._sought = self._sought, None
        self.start(sought=sought)

    def _list(self, listing: Listing) -> None:
        """Start, or go on with, a listing."""
        self._host.run(partial(self._ask_for_rows, listing), _LISTING, name=_name(listing))

    async def _ask_for_rows(self, listing: Listing) -> None:
        there, token, builder = self._host.location, listing.continuation_token, listing.builder()
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
            most_rows=self.most_rows,
        )
        session = self._host.session
        batches = session.stream_local(rows(None)) if there.source.is_offline else session.stream(rows)
        was_slowed = False
        try:
            async with aclosing(batches):
                async for batch in batches:
                    progress = None if batch.progress is None else before.followed_by(batch.progress)
                    self._host.later(self.take_rows, listing, batch.rows, batch.begins_at, progress)
                    if batch.slow_downs and not was_slowed:
                        was_slowed = True
                        self._host.later(self._tell_slowing, listing)
        except S3Error as error:
            self._host.later(self._fail, listing, error)
        else:
            self._host.later(self._rest, listing)

    def take_rows(
        self,
        listing: Listing,
        rows: Rows,
        begins_at: str | None = None,
        progress: SearchProgress | None = None,
    ) -> None:
        """Put rows into the listing that they were asked for; another one by now may have its place.

        Args:
            progress: how far the search has come whose rows these are, with what was looked at before it
                was stopped.
        """
        prefix, is_first = listing.prefix, not len(listing)
        if listing.state is not State.LOADING:
            return  # stopped while these were on their way: going on asks for them again
        if is_first:
            listing.begins_at = begins_at
        listing.progress = progress
        if listing is self.fresh.get(prefix):
            listing.extend(rows)
            old = self.tree_model.listing(prefix)
            if old is None or listing.covers(old):
                self._take_fresh(listing)
        elif listing is self.tree_model.listing(prefix):
            self.tree_model.extend(prefix, rows)
        else:
            return
        self.move_to_wanted()
        if is_first:
            _spare_the_collector()
            self._host.show_place()  # the first answer may have taught where the bucket is
        self._host.show_tree()

    def _take_fresh(self, listing: Listing) -> None:
        del self.fresh[listing.prefix]
        if self.tree_model.listing(listing.prefix) is not None:
            self.tree_model.replace(listing)

    def replace_root(self, listing: Listing) -> None:
        """Put another listing of the same place in the root's; one that was running goes on behind it."""
        for worker in self._host.workers:
            if worker.group == _LISTING and worker.name == _name(listing):
                worker.cancel()
        self.fresh.pop(listing.prefix, None)
        self.tree_model.replace(listing)
        if listing.state is State.LOADING:
            self._list(listing)
        self._host.show_tree()

    def _tell_slowing(self, listing: Listing) -> None:
        """Say that the server asked for fewer requests."""
        here = (self.fresh.get(listing.prefix), self.tree_model.listing(listing.prefix))
        if any(listing is known for known in here):
            sentence = "The server asked to slow down: the listing goes on with fewer requests."
            self._host.say(sentence, "warning")

    def _rest(self, listing: Listing) -> None:
        if listing is self.fresh.get(listing.prefix):
            self._take_fresh(listing)
        if listing is self.tree_model.listing(listing.prefix):
            self.tree_model.stop(listing.prefix)
            self._host.show_tree()
            if listing.state is State.MORE:
                self._host.say(
                    f"{count(len(listing))} rows are loaded, and the listing rests to spare memory: ↵ on the "
                    "last line goes on, ^l opens a prefix further down.",
                    "warning",
                )

    def _fail(self, listing: Listing, error: S3Error) -> None:
        if self.fresh.get(listing.prefix) is listing:
            del self.fresh[listing.prefix]
            if self.tree_model.listing(listing.prefix) is None:
                return  # a refresh of the listing above found that it is gone
        elif listing is not self.tree_model.listing(listing.prefix):
            return
        self.tree_model.fail(listing.prefix, error)
        self._host.show_tree()
        if listing is self.tree_model.root and isinstance(error, AccessDenied):
            self._open_wanted()
        if self.tree_model.loaded:
            self._host.say(f"{explain(error)} r tries again.", "error")

    def _open_wanted(self) -> None:
        """Open the key that one came for: it may well be readable where nothing may be listed."""
        key, self.wanted = self.wanted, None
        if key is not None and self._may_seek and not key.endswith(DELIMITER):
            self._may_seek = False
            self._open_object(key)

    def refresh(self) -> None:
        """List all of it again; what is shown stays until the new listings cover it."""
        self._host.cancel(_LISTING)
        self.fresh = {}
        for prefix in (self.tree_model.root.prefix, *self.tree_model.opened):
            old = self.tree_model.listing(prefix)
            listing = Listing(prefix, sought=None if old is None else old.begins_at)
            if old is not None and len(old):
                self.fresh[prefix] = listing
            else:
                self.tree_model.replace(listing)
            self._list(listing)
        self._host.show_tree()

    def stop(self) -> bool:
        """Stop whatever is being listed; say whether there was anything."""
        is_running = any(worker.group == _LISTING and worker.is_running for worker in self._host.workers)
        if not is_running:
            return False
        self._host.cancel(_LISTING)
        self.fresh.clear()
        for prefix in (self.tree_model.root.prefix, *self.tree_model.opened):
            self.tree_model.stop(prefix, by_user=True)
        self._host.show_tree()
        return True

    def expand(self, prefix: str, *, needs_listing: bool) -> None:
        if needs_listing:
            self.go_on(prefix)
        self._host.show_tree()

    def go_on(self, prefix: str) -> None:
        """List what is to come of a prefix."""
        listing = self.tree_model.listing(prefix)
        if listing is None:
            return
        if len(listing) and listing.continuation_token is None:
            self.refresh()  # it was complete, and only a refresh of it failed
        else:
            self.tree_model.load(prefix)
            self._list(listing)
            self._host.show_tree()

    def seek(self, key: str) -> None:
        """Show the rows around `key`, with the cursor on the first one that is not before it."""
        folder, slash, _ = key.rpartition(DELIMITER)
        here = self._host.location
        there = Location(here.bucket, folder + slash)
        if there == here or (here.is_flat and here.search is None and key.startswith(here.prefix)):
            self.start(sought=key)
        else:
            self._sought = key
            self._host.go(there)
        self.wanted = key
        self._host.show_tree()

    def move_to_wanted(self) -> None:
        if self.wanted is None:
            return
        root, wanted = self.tree_model.root, self.wanted
        moved = self.tree_model.move_to(wanted) or self.tree_model.move_to(wanted + DELIMITER)
        if not moved and (root.sought is not None or self._host.location.is_flat):
            moved = self._move_to_nearest(root, wanted)
        if moved:
            self.wanted = None
            self._host.query_one(ObjectTree).show(self.tree_model)
            if root.begins_at is not None:
                sentence = "The list begins in the middle: ↑ at its top reads what is before, g all of it."
                self._host.say(sentence)
        elif self._may_seek and root.state is State.LOADING and (root.last_key or wanted) < wanted:
            self._may_seek = False
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
