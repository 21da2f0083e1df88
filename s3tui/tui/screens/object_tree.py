"""The object tree: one bucket, from one prefix down. Its listings begin and end with it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from s3tui.browse.listing import Listing, State
from s3tui.browse.location import DELIMITER, Location
from s3tui.browse.tree import Tree
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.keymap import OBJECT_KEYS
from s3tui.tui.messages import RegionsRouted
from s3tui.tui.screens.base import FramedScreen, routed_sentence
from s3tui.tui.screens.object_actions import ObjectActions
from s3tui.tui.screens.object_detail import ObjectDetailScreen
from s3tui.tui.screens.object_view import ObjectView
from s3tui.tui.session import Session
from s3tui.tui.transfers import Transfers
from s3tui.tui.widgets.detail_pane import DetailPane
from s3tui.tui.widgets.filter_bar import FilterBar
from s3tui.tui.widgets.object_tree import ObjectTree
from s3tui.tui.widgets.state_panel import StatePanel
from s3tui.tui.widgets.top_bar import Place, TopBar

_PAGES_AT_A_TIME = 100
"""A listing rests after so many pages of 1 000; going on is the user's wish."""
_LISTING = "listing"


class ObjectTreeScreen(ObjectView, ObjectActions, FramedScreen):
    HELP_TITLE = "Objects"
    BINDINGS: ClassVar[list[BindingType]] = [*OBJECT_KEYS]

    location: reactive[Location] = reactive(Location("-"), init=False)

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

    def __init__(
        self, session: Session, transfers: Transfers, location: Location, *, key: str | None = None
    ) -> None:
        super().__init__(session, transfers)
        self.tree_model = Tree(Listing(location.prefix))
        self._fresh: dict[str, Listing] = {}
        """Listings of a refresh, by prefix, until they cover what they replace."""
        self._history = [location]
        self._present = 0
        self._wanted = key
        """What the cursor shall be on as soon as it is there."""
        self._start = location

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(classes="panel", id="list-panel"):
                yield ObjectTree(clock=self.session.now)
                yield StatePanel()
                yield FilterBar()
            yield DetailPane(classes="wide-only")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ObjectTree).focus()
        self.location = self._start

    def place(self) -> Place:
        crumbs = [printable(name) or "⟨empty⟩" for name, _ in self.location.crumbs]
        return self.connected_place(crumbs=crumbs, bucket=self.location.bucket)

    def go(self, location: Location, *, key: str | None = None) -> None:
        """Look at another place, with the cursor on `key` once that is listed."""
        self._wanted = key
        if location == self.location:
            self._move_to_wanted()
            return
        del self._history[self._present + 1 :]
        self._history.append(location)
        self._present = len(self._history) - 1
        self.location = location

    def action_history(self, step: int) -> None:
        if 0 <= self._present + step < len(self._history):
            self._present += step
            self._wanted = None
            self.location = self._history[self._present]

    def watch_location(self, location: Location) -> None:
        self.workers.cancel_group(self, _LISTING)
        self._fresh.clear()
        self.tree_model = Tree(Listing(location.prefix))
        self.query_one(FilterBar).close()
        self.query_one(ObjectTree).show(self.tree_model)
        self.query_one(ObjectTree).focus()
        self.show_place()
        self.show_tree()
        fact = self.session.routed.get(location.bucket)
        if fact is not None and not location.prefix:
            self.say(f"↪ {routed_sentence(fact)} ({printable(fact.evidence)})")
        else:
            self.hush()
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
        if listing is self._fresh.get(prefix):
            listing.append(message.page)
            old = self.tree_model.listing(prefix)
            if listing.state is State.COMPLETE or old is None or listing.covers(old):
                self._take_fresh(listing)
        elif listing is self.tree_model.listing(prefix):
            self.tree_model.append(prefix, message.page)
        else:
            return
        self._move_to_wanted()
        self.show_place()
        self.show_tree()

    def _take_fresh(self, listing: Listing) -> None:
        del self._fresh[listing.prefix]
        if self.tree_model.listing(listing.prefix) is not None:
            self.tree_model.replace(listing)

    @on(ListingPaused)
    def _rest(self, message: ListingPaused) -> None:
        listing = message.listing
        if listing is self._fresh.get(listing.prefix):
            self._take_fresh(listing)
        if listing is self.tree_model.listing(listing.prefix):
            self.tree_model.stop(listing.prefix)
            self.show_tree()

    @on(ListingFailed)
    def _fail(self, message: ListingFailed) -> None:
        listing = message.listing
        if self._fresh.get(listing.prefix) is listing:
            del self._fresh[listing.prefix]
        elif listing is not self.tree_model.listing(listing.prefix):
            return
        self.tree_model.fail(listing.prefix, message.error)
        self.show_tree()
        if self.tree_model.loaded:
            self.say(f"{printable(message.error.message)}. r tries again.", "error")

    def _move_to_wanted(self) -> None:
        if self._wanted is not None and self.tree_model.move_to(self._wanted):
            self._wanted = None
            self.query_one(ObjectTree).show(self.tree_model)

    def action_refresh(self) -> None:
        """List the root again; what is shown stays until the new listing covers it."""
        self.workers.cancel_group(self, _LISTING)
        old = self.tree_model.root
        listing = Listing(old.prefix)
        if len(old):
            self._fresh = {old.prefix: listing}
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
        self._fresh.clear()
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

    @on(ObjectTree.PrefixOpened)
    def _open_prefix(self, message: ObjectTree.PrefixOpened) -> None:
        self.go(Location(self.location.bucket, message.prefix))

    @on(ObjectTree.ObjectOpened)
    def _open_object(self, message: ObjectTree.ObjectOpened) -> None:
        self.app.push_screen(
            ObjectDetailScreen(self.session, self.transfers, self.location.bucket, message.key)
        )

    @on(TopBar.CrumbClicked)
    def _open_crumb(self, message: TopBar.CrumbClicked) -> None:
        self.go(self.location.crumbs[message.index][1])

    @on(RegionsRouted)
    def _note_routing(self, message: RegionsRouted) -> None:
        fact = self.session.routed.get(self.location.bucket)
        evidence = f" ({printable(fact.evidence)})" if fact else ""
        self.say(f"↪ {message.sentence}{evidence}")
        self.show_place()
