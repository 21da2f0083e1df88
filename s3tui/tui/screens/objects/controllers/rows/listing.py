"""Lists the object tree's rows: workers request them, the model appends them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from contextlib import aclosing
from functools import cache, partial

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.place.listing_cache import ListingKey
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listed_tree import Effect, ListedTree, ListingRequest
from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.browse.source.row_feed import MOST_ROWS, row_batches
from s3tui.format import counted
from s3tui.s3.errors import AccessDenied, S3Error
from s3tui.tui.screens.common.waiting import WaitingController
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.arranging import ArrangingController
from s3tui.tui.text.sentences import explain
from s3tui.tui.text.waiting import Wait
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_LISTING = "listing"


class ListingController:
    """Runs the listings of a location. Leaving it ends them, and keeps what they brought."""

    def __init__(
        self,
        host: TreeHost,
        arranging: ArrangingController,
        start: Location,
        open_object: Callable[[str], object],
        show_captions: Callable[[], None],
    ) -> None:
        """
        Args:
            open_object: shows what is known of a key where nothing may be listed.
            show_captions: called when rows came that are not shown yet.
        """
        self._host, self._arranging = host, arranging
        self._open_object, self._show_captions = open_object, show_captions
        self.waiting = WaitingController(host, self._wait, show_captions)
        self.listed = ListedTree(Tree(Listing(start.prefix)))
        self.most_rows = MOST_ROWS
        """After how many more rows a listing rests."""
        self.wanted: str | None = None
        """What the cursor shall be on as soon as it is there."""
        self._may_seek = False
        """Whether the listing may begin anew at `wanted`, if that is not among the first rows."""
        self._stays = False
        """Whether the cursor stays where it was, at a place that is known still."""
        self._came_to: str | None = None
        """The key that the cursor was on, where something else is wanted than was left."""
        self._sought: str | None = None
        """Where the listing of the next location begins."""
        self._location: Location | None = None
        """What is shown, once something is listed there."""

    @property
    def tree_model(self) -> Tree:
        return self.listed.tree

    @property
    def key(self) -> ListingKey:
        """The key that the tree is kept by."""
        return ListingKey(self._host.session.account, self._location or self._host.location)

    @property
    def fresh(self) -> dict[str, Listing]:
        return self.listed.fresh

    def come_for(self, key: str | None, *, seek: bool, as_left: bool = False) -> None:
        """Have the cursor on `key` once it is listed.

        Args:
            seek: do not read what lies far before it.
            as_left: where the place is known still, leave the cursor where it was instead.
        """
        self.wanted, self._may_seek, self._stays = key, seek, as_left
        self._came_to = None

    def arrive(self) -> None:
        """Show what is known of another location as it was left, and list it again behind; or list it."""
        self._keep()
        sought, self._sought = self._sought, None
        session = self._host.session
        key = ListingKey(session.account, self._host.location)
        listed = None if sought is not None else session.listings.take(key)
        if listed is None:
            self.start(sought=sought)
        else:
            self._come_back(listed)

    def leave(self) -> None:
        """End what is being listed, and keep what came, for who comes back."""
        self._keep()
        self._host.session.listings.fit()

    def _keep(self) -> None:
        if self._location is None:
            return
        session = self._host.session
        self._host.cancel(_LISTING)
        self.listed.leave()
        if self.listed.is_known:
            self.listed.top = self._pane.top
            session.listings.keep(self.key, self.listed)
        session.listings.hide(self)
        self._location = None

    def start(self, *, sought: str | None = None) -> None:
        """Show an empty tree and list its root, from about `sought` on; what was listed is cancelled."""
        self._arranging.drop()
        self._host.cancel(_LISTING)
        self._came_to = None
        self._show(ListedTree(Tree(Listing(self._host.location.prefix, sought=sought))))
        self._list(self.tree_model.root)

    def _come_back(self, listed: ListedTree) -> None:
        self._arranging.drop()
        prefixes = listed.come_back()
        if self._stays or _is_at(listed.tree, self.wanted):
            self.wanted = None
        self._show(listed)
        self._came_to = _key_at_cursor(listed.tree)
        self.move_to_wanted()
        if self._host.mode.lists_again:
            self._refresh(prefixes)

    def _show(self, listed: ListedTree) -> None:
        self._location, self.listed = self._host.location, listed
        self._pane = self._host.query_one(ObjectTree)
        self._pane.show(listed.tree, top=listed.top)
        self._host.session.listings.show(self)
        self._host.session.listings.fit()

    def _list(self, listing: Listing) -> None:
        """Start, or go on with, a listing."""
        request = self.listed.open(listing, self._host.session.now())
        self._host.run(partial(self._ask_for_rows, request), _LISTING, name=_name(listing))
        self.waiting.watch()

    def _wait(self) -> Wait | None:
        request, session = self.listed.awaited, self._host.session
        if request is None:
            return None
        is_connecting = not self._host.location.source.is_offline and session.is_connecting
        return Wait(request.asked_s, request.answered_s, request.pages, is_connecting)

    async def _ask_for_rows(self, request: ListingRequest) -> None:
        listing = request.listing
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
                    if batch.begins_anew:
                        self._host.later(self._begin_anew, request)
                        return
                    progress = None if batch.progress is None else before.followed_by(batch.progress)
                    self._host.later(request.answer, batch.pages)
                    self._host.later(self.take_rows, request, batch.rows, batch.begins_at, progress)
                    if batch.slow_downs and not was_slowed:
                        was_slowed = True
                        self._host.later(self._tell_slowing, request)
        except S3Error as error:
            self._host.later(self._fail, request, error)
        else:
            self._host.later(self._rest, request)

    def take_rows(
        self,
        request: ListingRequest,
        rows: Rows,
        begins_at: str | None = None,
        progress: SearchProgress | None = None,
    ) -> None:
        """Put rows into the listing that they were asked for; they may come too late.

        Args:
            progress: how far the search has come whose rows these are, with what was looked at before it
                was stopped.
        """
        is_first = not len(request.listing)
        effect = self.listed.take(request, rows, begins_at=begins_at, progress=progress)
        if effect is Effect.NONE:
            return
        self._host.session.listings.fit()
        if is_first:
            _spare_the_collector()
            self._host.show_place()  # the first answer may have taught where the bucket is
        if effect is Effect.SHOWN:
            self.move_to_wanted()
            self._host.show_tree()
        else:
            self._show_captions()

    def _begin_anew(self, request: ListingRequest) -> None:
        if self.listed.is_open(request):
            self.read_from_beginning(request.listing.sought)

    def read_from_beginning(self, wanted: str | None) -> None:
        """List the root from its beginning; the cursor goes to `wanted` once that is listed."""
        self.start(sought=wanted)
        self.wanted = wanted
        self._host.show_tree()

    def replace_root(self, listing: Listing) -> None:
        """Put another listing of the same place in the root's; one that was running goes on behind it."""
        for worker in self._host.workers:
            if worker.group == _LISTING and worker.name == _name(listing):
                worker.cancel()
        self.listed.replace(listing)
        if listing.state is State.LOADING:
            self._list(listing)
        self._host.show_tree()

    def _tell_slowing(self, request: ListingRequest) -> None:
        """Say that the server asked for fewer requests."""
        if self.listed.is_open(request):
            sentence = "The server asked to slow down: the listing goes on with fewer requests."
            self._host.say(sentence, "warning")

    def _rest(self, request: ListingRequest) -> None:
        if self.listed.end(request) is Effect.NONE:
            return
        self.waiting.look()
        self._host.show_tree()
        if request.listing.state is State.MORE:
            self._host.say(
                f"The listing rests at {counted(len(request.listing), 'row')} to spare memory: ↵ on the last "
                "line goes on, ^l opens a prefix further down.",
                "warning",
            )

    def _fail(self, request: ListingRequest, error: S3Error) -> None:
        if self.listed.fail(request, error) is Effect.NONE:
            return
        self.waiting.look()
        self._host.show_tree()
        if request.listing is self.tree_model.root and isinstance(error, AccessDenied):
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
        self._refresh((self.tree_model.root.prefix, *self.tree_model.opened))
        self._host.show_tree()

    def change(self, change: BucketChange) -> None:
        """Show what was changed, and list again; a search, which may take long, when the user wants it."""
        here = self._host.location
        if not change.touches(here.prefix):
            return
        is_search = here.search is not None and not self.fresh
        if here.source.is_live and change.is_clear:
            self.listed.edit(change.edit(here))
        elif change.gone or change.gone_prefixes or change.unclear:
            is_search = False  # what goes must not be shown any longer
        if not is_search:
            self.refresh()
            return
        if (root := self.tree_model.root).state is State.LOADING:
            self._host.cancel(_LISTING)
            self._list(root)
        self._host.show_tree()
        if change.written or change.written_prefixes:
            self._host.say("Something changed below here: r searches again.")

    def _refresh(self, prefixes: Iterable[str]) -> None:
        for listing in self.listed.refresh(prefixes):
            self._list(listing)

    def stop(self) -> bool:
        """Stop whatever is being listed; say whether there was anything."""
        if not self.listed.is_running:
            return False
        self._host.cancel(_LISTING)
        self.listed.stop()
        self.waiting.look()
        self._host.show_tree()
        return True

    def expand(self, prefix: str, *, needs_listing: bool) -> None:
        listing = self.tree_model.listing(prefix)
        if needs_listing:
            self.go_on(prefix)
        elif listing is not None and listing.is_old and prefix not in self.fresh:
            self._refresh([prefix])
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
        if self._came_to is not None and self._came_to != _key_at_cursor(self.tree_model):
            self.wanted = None  # the user moved on meanwhile
        if self.wanted is None:
            return
        root, wanted = self.tree_model.root, self.wanted
        moved = self.tree_model.move_to(wanted) or self.tree_model.move_to(wanted + DELIMITER)
        if not moved and (root.sought is not None or self._host.location.is_flat):
            moved = self._move_to_nearest(root, wanted)
        if moved:
            self.wanted = None
            self._pane.show(self.tree_model)
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


def _key_at_cursor(tree: Tree) -> str | None:
    return tree.line(tree.cursor).key if len(tree) else None


def _is_at(tree: Tree, key: str | None) -> bool:
    """Say whether the cursor is on `key`, or on what lies below it where it is a prefix."""
    here = _key_at_cursor(tree)
    return (
        here is not None
        and key is not None
        and (here == key or ((here + DELIMITER).startswith(key) and key.endswith(DELIMITER)))
    )


def _name(listing: Listing) -> str:
    """Return what its worker is called: a bucket's own prefix is empty, which is no name for a worker."""
    return f"{_LISTING} {listing.prefix}"


@cache  # once; to ask the collector whether it was takes as long as there are objects
def _spare_the_collector() -> None:
    """Have the garbage collector leave alone, from the first rows on, what is loaded by now.

    The objects of pages keep it busy; it would look through all the rest again and again, and for 100 ms
    each time the screen would stand still.
    """
    gc.freeze()
