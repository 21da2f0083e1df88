"""BucketListScreen: the buckets of the connection with their regions, and how these were learned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.format import printable
from s3tui.s3.errors import AccessDenied, S3Error
from s3tui.tui.keymap import BUCKET_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.bucket_actions import BucketController
from s3tui.tui.screens.buckets.bucket_listing import BucketListingController
from s3tui.tui.screens.buckets.bucket_rows import BucketRows
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.bookmarks import BookmarksController
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.object_fields import bucket_sections
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.bucket_table import BucketTable

if TYPE_CHECKING:
    from s3tui.s3.models import Bucket

_NEEDS_ROWS = frozenset({"filter", "sort", "delete_bucket", "copy"})


class BucketListScreen(FramedScreen):
    HELP_TITLE = "Buckets"
    BINDINGS: ClassVar[list[BindingType]] = [*BUCKET_KEYS]

    def __init__(self, session: Session, transfers: Transfers) -> None:
        super().__init__(session, transfers)
        self._listing = BucketListingController(self)
        self._buckets = BucketController(self)
        self._bookmarks = BookmarksController(self, self._bookmarkable, self._show_bookmarks)
        self._rows = BucketRows()
        self._was_asked = False
        """True once the buckets were requested, whatever the result."""

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(classes="panel", id="list-panel"):
                yield BucketTable(self.session.now)
                yield StatePanel()
                yield FilterBar()
            yield DetailPane(classes="wide-only")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#list-panel").border_title = Content("Buckets")

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        left, self.session.left_bucket = self.session.left_bucket, None
        if left is not None:
            self._stand_on(left)
        if not (self._rows or self._was_asked):  # a dialog above may belong to the request under way
            self.call_after_refresh(self._load_if_seen)
        self.call_after_refresh(self._bookmarks.read)

    def _stand_on(self, bucket: str) -> None:
        """Put the cursor on the bucket that was left, clearing a filter that hides it."""
        if self._rows.hides(bucket):
            self.query_one(FilterBar).close()
            self._show_only("")
        self._rows.leave(bucket, self.session.regions)
        if self._rows:
            self._show_table()
        self.query_one(BucketTable).stand_on(bucket)

    def forget_bucket(self, bucket: str) -> None:
        self._rows.forget(bucket)

    def _load_if_seen(self) -> None:
        """List the buckets only if the list is visible: a start inside a bucket may never show it."""
        if self.is_current:
            self.action_refresh()

    def action_bookmark(self) -> None:
        self._bookmarks.toggle()

    @property
    def current(self) -> BucketRow | None:
        return self.query_one(BucketTable).current

    def _bookmarkable(self) -> Location | None:
        row = self.current
        return None if row is None else Location(row.name)

    def _show_bookmarks(self) -> None:
        self._rows.mark(self._bookmarks.places)
        if self._rows:
            self._show_table()

    def action_history(self, step: int) -> None:
        """Go back to the place that was visited before the list."""
        visit = self.session.history.present
        if visit is not None and step < 0:
            self._open_tree(visit.location, visit.key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable actions on buckets only if there are some."""
        return action not in _NEEDS_ROWS or bool(self._rows)

    def place(self) -> Place:
        return self.connected_place(title=self._rows.total())

    def action_refresh(self) -> None:
        self.refresh_list()

    def refresh_list(self) -> None:
        self._was_asked = True
        if not self._rows:
            self._show_state().show("loading", f"asking {printable(self.session.connection.endpoint.host)}…")
        self._listing.start()

    def show_buckets(self, buckets: Sequence[Bucket]) -> None:
        self._rows.take(buckets, self.session.regions)
        if self._rows:
            self._show_table()
            self._listing.learn_regions([bucket.name for bucket in buckets])
        else:
            self._show_state().show(
                "empty", "There is no bucket yet.", "B creates one  ·  ^l opens one by name"
            )
        self.show_place()

    def show_failure(self, error: S3Error) -> None:
        self._rows.clear()
        self.query_one(BucketTable).show([])
        self._show_state().show_error(error, keys="^l opens a bucket by name")
        self.show_place()

    def show_region(self, bucket: str, region: str) -> None:
        self.session.regions[bucket] = region
        redirected = bucket in self.session.routed
        self._change(bucket, region=region, redirected=redirected, refused=None)

    def show_refusal(self, bucket: str, error: S3Error) -> None:
        word = "no access" if isinstance(error, AccessDenied) else "no answer"
        self._change(bucket, refused=word)

    def _change(self, bucket: str, **changes: str | bool | None) -> None:
        if self._rows.change(bucket, **changes):
            self._show_table()
            self.show_place()

    def samples_put(self) -> None:
        self.action_refresh()

    def regions_routed(self, sentence: str) -> None:
        self.say(sentence, "routed")
        for bucket, fact in self.session.routed.items():
            self._change(bucket, region=fact.to_region, redirected=True)

    def _show_only(self, needle: str) -> None:
        if needle != self._rows.needle:
            self._rows.needle = needle
            self._show_table()

    def _show_table(self) -> None:
        rows = self._rows.shown()
        if not rows and self._rows.needle:
            self._show_state().show(
                "empty", f"No bucket's name holds “{printable(self._rows.needle)}”.", "esc clears"
            )
        else:
            table = self.query_one(BucketTable)
            table.display, self.query_one(StatePanel).display = True, False
            table.show(rows)
            if self.focused is None:
                table.focus()
            self._show_detail()
            self.refresh_bindings()
        self.query_one("#list-panel").border_title = Content(self._rows.caption(len(rows)))

    def _show_state(self) -> StatePanel:
        self.refresh_bindings()
        self.query_one(BucketTable).display = False
        self.query_one(DetailPane).show("", [])
        panel = self.query_one(StatePanel)
        panel.display = True
        return panel

    @on(BucketTable.CursorMoved)
    def _show_detail(self) -> None:
        row = self.current
        if row is not None:
            fact = self.session.routed.get(row.name)
            sections = bucket_sections(row, fact, self.session.connection, self.session.now())
            self.query_one(DetailPane).show(printable(row.name), sections)

    @on(BucketTable.Chosen)
    def _open(self) -> None:
        if (row := self.current) is not None:
            self._open_tree(Location(row.name))

    def _open_tree(self, location: Location, key: str | None = None) -> None:
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen  # too heavy for the first paint

        self.app.push_screen(ObjectTreeScreen(self.session, self.transfers, location, key=key))

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self._show_only(message.value)

    @on(FilterBar.Submitted)
    def _focus_table(self) -> None:
        self.query_one(BucketTable).focus()

    def action_uploads(self) -> None:
        self._buckets.open_uploads()

    def action_snapshots(self) -> None:
        self._buckets.open_snapshots()

    def action_create_bucket(self) -> None:
        self.run(self._buckets.create, "question", exclusive=True)

    def action_delete_bucket(self) -> None:
        self.run(self._buckets.delete, "question", exclusive=True)

    def action_copy(self) -> None:
        self.run(self._buckets.copy, "question", exclusive=True)

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        self._rows.order = self._rows.order.next
        self._show_table()

    def action_escape(self) -> None:
        self.query_one(FilterBar).close()
        self.query_one(BucketTable).focus()
        self.clear_notice()
