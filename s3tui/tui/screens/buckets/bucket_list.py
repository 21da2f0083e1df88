"""BucketListScreen: the buckets of the connection with their regions, and how these were learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.tui.keymap.screens import BUCKET_KEYS, PANE_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.bucket_actions import BucketController
from s3tui.tui.screens.buckets.bucket_listing import BucketListingController
from s3tui.tui.screens.buckets.bucket_sizes import BucketSizesController
from s3tui.tui.screens.buckets.buckets_view import BucketsView
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.bookmarks import BookmarksController
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.bucket_table import BucketTable

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location

_NEEDS_ROWS = frozenset({"filter", "sort", "delete_bucket", "copy", "copy_uri", "info", "sizes"})


class BucketListScreen(FramedScreen):
    HELP_TITLE = "Buckets"
    HAS_PANE = True
    AUTO_FOCUS = ""  # the table takes the focus once it has rows
    BINDINGS: ClassVar[list[BindingType]] = [*BUCKET_KEYS, *PANE_KEYS]

    def __init__(self, session: Session, transfers: Transfers) -> None:
        super().__init__(session, transfers)
        self._view = BucketsView(self)
        self._buckets = BucketController(self)
        self._sizes = BucketSizesController(self, self._view.weigh)
        self._listing = BucketListingController(self, self._view, self._sizes.read)
        self._bookmarks = BookmarksController(self, self._bookmarkable, self._show_bookmarks)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(classes="panel", id="list-panel"):
                table = BucketTable(self.session.now)
                yield table
                yield self._view.loading(StatePanel(table))
                yield FilterBar()
            yield DetailPane(classes="wide-only")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#list-panel").border_title = Content("Buckets")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        left, self.session.left_bucket = self.session.left_bucket, None
        if left is not None:
            self._view.stand_on(left)
        # A dialog above may belong to the request under way.
        if not (self._view.rows or self._listing.was_asked):
            self.call_after_refresh(self._load_if_seen)
        self.call_after_refresh(self._bookmarks.read)
        self.call_after_refresh(self._sizes.read)

    def show_status(self) -> None:
        super().show_status()
        if words := self._sizes.progress():
            self.query_one(Notice).status = words

    def forget_bucket(self, bucket: str) -> None:
        self._view.rows.forget(bucket)

    def _load_if_seen(self) -> None:
        """List the buckets only if the list is visible: a start inside a bucket may never show it."""
        if self.is_current:
            self.action_refresh()

    def action_bookmark(self) -> None:
        self._bookmarks.toggle()

    @property
    def current(self) -> BucketRow | None:
        return self._view.current

    def _bookmarkable(self) -> Location | None:
        from s3tui.browse.place.location import Location  # too heavy for the first paint

        row = self.current
        return None if row is None else Location(row.name)

    def _show_bookmarks(self) -> None:
        self._view.mark(self._bookmarks.places)

    def action_history(self, step: int) -> None:
        """Go back to the place that was visited before the list, or forward to the one after that."""
        history = self.session.history
        visit = history.present if step < 0 else history.step(step)
        if visit is not None:
            self._open_tree(visit.location, visit.key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable actions on buckets only if there are some."""
        return action not in _NEEDS_ROWS or bool(self._view.rows)

    def place(self) -> Place:
        return connected_place(self._session, title=self._view.rows.total())

    def action_refresh(self) -> None:
        self.refresh_list()

    def refresh_list(self) -> None:
        self._listing.start()

    def samples_put(self) -> None:
        self.action_refresh()

    def regions_routed(self, sentence: str) -> None:
        self.say(sentence, "routed")
        self._view.show_routed()

    @on(BucketTable.CursorMoved)
    def _show_detail(self) -> None:
        self._view.show_detail()

    @on(BucketTable.Chosen)
    def _open(self) -> None:
        if (place := self._bookmarkable()) is not None:
            self._open_tree(place)

    def _open_tree(self, location: Location, key: str | None = None) -> None:
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen  # too heavy for the first paint

        self.app.push_screen(ObjectTreeScreen(self.session, self.transfers, location, key=key))

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self._view.show_only(message.value)

    @on(FilterBar.Submitted)
    def _focus_table(self) -> None:
        self.query_one(BucketTable).focus()

    def action_uploads(self) -> None:
        self._buckets.open_uploads()

    def action_info(self) -> None:
        self._buckets.open_detail()

    def action_snapshots(self) -> None:
        self._buckets.open_snapshots()

    def action_create_bucket(self) -> None:
        self.run(self._buckets.create, "question", exclusive=True)

    def action_delete_bucket(self) -> None:
        self.run(self._buckets.delete, "question", exclusive=True)

    def action_copy(self) -> None:
        self.run(self._buckets.copy, "question", exclusive=True)

    def action_copy_uri(self) -> None:
        self.run(self._buckets.copy_uri, "question", exclusive=True)

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        self._view.sort_next()

    @on(BucketTable.HeaderClicked)
    def _sort_by(self, message: BucketTable.HeaderClicked) -> None:
        self._view.sort_by(self.query_one(BucketTable).column_at(message.x))

    def action_sizes(self) -> None:
        self._sizes.count_current()

    def action_escape(self) -> None:
        if self._sizes.stop() or self._listing.stop():
            return
        self.query_one(FilterBar).close()
        self.query_one(BucketTable).focus()
        self.clear_notice()
