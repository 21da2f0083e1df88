"""All controllers of one object tree's screen, and which of them tells which."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind
from s3tui.tui.screens.common.bookmarks import BookmarksController
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.objects.controllers.changes import DeletionController, UploadController
from s3tui.tui.screens.objects.controllers.detail_pane import DetailPaneController
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.inventories import InventoryController
from s3tui.tui.screens.objects.controllers.moves import MoveController
from s3tui.tui.screens.objects.controllers.navigation import NavigationController
from s3tui.tui.screens.objects.controllers.picks import PickController
from s3tui.tui.screens.objects.controllers.requester_pays import RequesterPays
from s3tui.tui.screens.objects.controllers.rows.arranging import ArrangingController
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.screens.objects.controllers.rows.marks import MarksController
from s3tui.tui.screens.objects.controllers.rows.seek import SeekController
from s3tui.tui.screens.objects.controllers.rows.view import RowsView
from s3tui.tui.screens.objects.controllers.rows.watch import WatchController
from s3tui.tui.screens.objects.controllers.search import SearchController
from s3tui.tui.screens.objects.controllers.sizes import SizesController
from s3tui.tui.screens.objects.controllers.versions import VersionsController
from s3tui.tui.screens.objects.editing.attributes import AttributeController
from s3tui.tui.screens.objects.editing.content import ContentController
from s3tui.tui.screens.objects.editing.creating import NewObjectController
from s3tui.tui.screens.objects.editing.restoring import RestoreController
from s3tui.tui.screens.objects.links.controller import LinkController
from s3tui.tui.screens.objects.prefix_detail import PrefixDetail
from s3tui.tui.screens.objects.syncs.controller import SyncController
from s3tui.tui.screens.objects.transfers.controller import TransferController
from s3tui.tui.text.detail.prefix import counted_sections
from s3tui.tui.widgets.frame.filter_bar import PatternBar, RowFilterBar, SearchBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree


class Controllers:
    def __init__(self, host: TreeHost, start: Location) -> None:
        self._host = host
        self.arranging = ArrangingController(host, lambda: self.sizes.prefix_sizes())
        self.pane = DetailPaneController(host, lambda prefix: self.sizes.fields(prefix))
        self.sizes = SizesController(
            host, weigh_anew=self.arranging.weigh_anew, look_again=self.pane.look_again
        )
        self.listing = ListingController(
            host,
            self.arranging,
            start,
            lambda key: self.navigation.open_object(key),
            lambda: self.view.show_captions(),
        )
        self.view = RowsView(host, self.listing, self.arranging, self.sizes, self.pane)
        self.marks = MarksController(host, self.view.show_marks)
        self.seek = SeekController(host, self.listing)
        self.navigation = NavigationController(host, self.listing, start, self._show_location)
        self.watch = WatchController(host, self.listing)
        self.search = SearchController(host, self.listing, self.navigation.leave)
        self.restores = RestoreController(host)
        self.transfers = TransferController(host, self.restores.ask)
        self.uploads = UploadController(host)
        self.deletion = DeletionController(host)
        self.moves = MoveController(host)
        self.versions = VersionsController(host)
        self.inventories = InventoryController(host)
        self.picks = PickController(host)
        self.links = LinkController(host)
        self.content = ContentController(host)
        self.attributes = AttributeController(host)
        self.creation = NewObjectController(host)
        self.payer = RequesterPays(host, self.listing.refresh)
        self.syncs = SyncController(host)
        self.bookmarks = BookmarksController(host, lambda: host.location.as_tree, host.show_place)

    def _show_location(self) -> None:
        """Show what is at another location."""
        host = self._host
        self.watch.leave()
        self.marks.close()
        self.search.close()
        self.search.show_highlights()
        self.listing.arrive()
        host.query_one(RowFilterBar).show(self.arranging.needle)
        self.sizes.read()
        self.inventories.open_first()
        host.refresh_bindings()  # another source offers other keys
        host.query_one(ObjectTree).focus()
        host.show_place()
        host.show_tree()
        host.clear_notice()

    def leave(self) -> None:
        """Keep what is shown, for who comes back: the screen goes."""
        self.navigation.keep_place()
        self.listing.leave()

    def line(self, bar: Widget) -> ArrangingController | MarksController | SearchController:
        """Return whose line it is to type in."""
        if isinstance(bar, PatternBar):
            return self.marks
        return self.search if isinstance(bar, SearchBar) else self.arranging

    def follow(self, acted: ObjectTree.Acted) -> None:
        """Do what follows from what the user did in the tree."""
        match acted:
            case ObjectTree.CursorMoved(row):
                self.pane.look_at(row)
            case ObjectTree.MarksChanged() | ObjectTree.PrefixCollapsed():
                self.view.show_captions()
            case ObjectTree.PrefixExpanded(prefix, needs_listing):
                self.sizes.read_report(prefix)
                self.listing.expand(prefix, needs_listing=needs_listing)
            case ObjectTree.MoreRequested(prefix):
                self.listing.go_on(prefix)
            case ObjectTree.PrefixOpened(prefix):
                self.navigation.go_in(prefix)
            case ObjectTree.UpRequested():
                self.navigation.go_up()
            case ObjectTree.ObjectOpened():
                self._open_object()
            case ObjectTree.OrderRequested(order):
                self.arranging.arrange(order=order)
            case ObjectTree.FirstRequested():
                self.seek.read_from_beginning()
            case ObjectTree.BeforeRequested():
                self.seek.read_back()

    def _open_object(self) -> None:
        """Show the object, or choose it where s3tui was started for that."""
        self.watch.stop()
        if not self._host.session.picks:
            self.navigation.open_row()
        elif (why := self._host.mode.refusal("pick")) is not None:
            self._host.say(why, "warning")
        else:
            self.picks.start()

    def open_info(self) -> None:
        """Show all that is known of the row under the cursor."""
        row = self._host.current
        if row is not None and row.kind is Kind.PREFIX:
            known = [self.pane.prefix_section(row.key)]
            if (sizes := self.sizes.counted(row.key)) is not None:
                known += counted_sections(sizes, self._host.session.now())
            self._host.app.push_screen(PrefixDetail(self._host.bucket, row.key, known))
        else:
            self.navigation.open_row()

    async def create(self) -> None:
        """Ask for a new object here; in a worker."""
        await self.creation.ask(self._host.location.prefix)

    async def compare(self) -> None:
        """Ask with what the prefix is compared, and show that as the plan of a sync; in a worker."""
        await self.syncs.ask(self._host.location.prefix)

    async def presign(self) -> None:
        """Ask for a link to what is meant, or for uploads here; in a worker."""
        await self.links.ask(self._host.location.prefix)

    async def delete(self) -> None:
        """Ask whether what is meant shall go: objects, or versions where those are shown; in a worker."""
        own = self.versions if self._host.mode.shows_versions else self.deletion
        await own.delete()


Question = Callable[[], Coroutine[Any, Any, None]]
"""Awaited in a worker."""


class Owner(ScreenHost, Protocol):
    controllers: Controllers


def does(act: Callable[..., object]) -> Callable[..., None]:
    """Return an action that a controller carries out; `act` is given the controllers, then the arguments."""

    def action(screen: Owner, *arguments: Any) -> None:
        act(screen.controllers, *arguments)

    return action


def asks(question: Callable[[Controllers], Question]) -> Callable[[Owner], None]:
    """Return an action that asks the user, in a worker, one question at a time."""

    def action(screen: Owner) -> None:
        screen.run(question(screen.controllers), "question", exclusive=True)

    return action
