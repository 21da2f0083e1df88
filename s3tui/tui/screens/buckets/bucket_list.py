"""BucketListScreen: the buckets of the connection with their regions, and how these were learned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.format import count, printable
from s3tui.s3.errors import AccessDenied
from s3tui.tui.keymap import BUCKET_KEYS
from s3tui.tui.screens.buckets.bucket_actions import BucketActions
from s3tui.tui.screens.buckets.bucket_listing import BucketListing
from s3tui.tui.screens.objects.place_actions import PlaceActions
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.object_fields import bucket_sections
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.bucket_table import BucketTable

_NEEDS_ROWS = frozenset({"filter", "sort", "delete_bucket", "copy"})


class BucketOrder(Enum):
    NAME = "name"
    CREATED = "newest"
    REGION = "region"


class BucketListScreen(BucketListing, BucketActions, PlaceActions):
    HELP_TITLE = "Buckets"
    BINDINGS: ClassVar[list[BindingType]] = [*BUCKET_KEYS]

    order: reactive[BucketOrder] = reactive(BucketOrder.NAME, init=False)
    needle: reactive[str] = reactive("", init=False)

    _rows: dict[str, BucketRow]
    _left: str | None = None
    """The bucket that was left last."""
    _was_asked: bool
    """True once the buckets were requested, whatever the result."""

    def compose_body(self) -> Iterable[Widget]:
        self._rows = {}
        self._was_asked = False
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
        self.call_after_refresh(self.read_bookmarks)

    def _stand_on(self, bucket: str) -> None:
        """Put the cursor on the bucket that was left, clearing a filter that hides it."""
        self._left = bucket
        if self.needle.lower() not in bucket.lower():
            self.query_one(FilterBar).close()
            self.needle = ""
        self._add_unlisted()
        if self._rows:
            self._show_table()
        self.query_one(BucketTable).stand_on(bucket)

    def _add_unlisted(self) -> None:
        """Add a row for the bucket that was left, if the server did not list it."""
        if self._rows and self._left is not None and self._left not in self._rows:
            region = self.session.regions.get(self._left)
            row = BucketRow(self._left, None, region, refused=None if region else "not listed")
            self._rows[self._left] = self._with_star(row)

    def forget_bucket(self, bucket: str) -> None:
        if self._left == bucket:
            self._left = None

    def _load_if_seen(self) -> None:
        """List the buckets only if the list is visible: a start inside a bucket may never show it."""
        if self.is_current:
            self.action_refresh()

    @property
    def bookmarkable(self) -> Location | None:
        row = self.query_one(BucketTable).current
        return None if row is None else Location(row.name)

    def show_bookmarks(self) -> None:
        self._rows = {name: self._with_star(row) for name, row in self._rows.items()}
        if self._rows:
            self._show_table()

    def _with_star(self, row: BucketRow) -> BucketRow:
        return replace(row, bookmarked=Location(row.name) in self.bookmarked)

    def action_history(self, step: int) -> None:
        """Go back to the place that was visited before the list."""
        visit = self.session.history.present
        if visit is not None and step < 0:
            from s3tui.tui.screens.objects.object_tree import (
                ObjectTreeScreen,  # too heavy for the first paint
            )

            self.app.push_screen(
                ObjectTreeScreen(self.session, self.transfers, visit.location, key=visit.key)
            )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable actions on buckets only if there are some."""
        return action not in _NEEDS_ROWS or bool(self._rows)

    def place(self) -> Place:
        regions = len({row.region for row in self._rows.values() if row.region})
        caption = f"{count(len(self._rows))} bucket{'s' * (len(self._rows) != 1)}"
        if regions:
            caption += f" · {regions} region{'s' * (regions != 1)}"
        return self.connected_place(title=caption if self._rows else "")

    def action_refresh(self) -> None:
        self._was_asked = True
        if not self._rows:
            self._show_state().show("loading", f"asking {printable(self.session.connection.endpoint.host)}…")
        self.load()

    @on(BucketListing.BucketsListed)
    def _show_buckets(self, message: BucketListing.BucketsListed) -> None:
        known = self._rows
        self._rows = {
            bucket.name: replace(
                known.get(bucket.name)
                or self._with_star(BucketRow(bucket.name, bucket.created, bucket.region)),
                created=bucket.created,
            )
            for bucket in message.buckets
        }
        self._add_unlisted()
        if self._rows:
            self._show_table()
            self.learn_regions([bucket.name for bucket in message.buckets])
        else:
            self._show_state().show(
                "empty", "There is no bucket yet.", "B creates one  ·  ^l opens one by name"
            )
        self.show_place()

    @on(BucketListing.ListingFailed)
    def _show_failure(self, message: BucketListing.ListingFailed) -> None:
        self._rows = {}
        self.query_one(BucketTable).show([])
        self._show_state().show_error(message.error, keys="^l opens a bucket by name")
        self.show_place()

    @on(BucketListing.RegionLearned)
    def _note_region(self, message: BucketListing.RegionLearned) -> None:
        self.session.regions[message.bucket] = message.region
        redirected = message.bucket in self.session.routed
        self._change(message.bucket, region=message.region, redirected=redirected, refused=None)

    @on(BucketListing.BucketRefused)
    def _note_refusal(self, message: BucketListing.BucketRefused) -> None:
        word = "no access" if isinstance(message.error, AccessDenied) else "no answer"
        self._change(message.bucket, refused=word)

    def _change(self, bucket: str, **changes: str | bool | None) -> None:
        if row := self._rows.get(bucket):
            self._rows[bucket] = replace(row, **changes)  # type: ignore[arg-type]  # fields of BucketRow, above
            self._show_table()
            self.show_place()

    def samples_put(self) -> None:
        self.action_refresh()

    def regions_routed(self, sentence: str) -> None:
        self.say(sentence, "routed")
        for bucket, fact in self.session.routed.items():
            self._change(bucket, region=fact.to_region, redirected=True)

    def watch_order(self) -> None:
        self._show_table()

    def watch_needle(self) -> None:
        self._show_table()

    def _show_table(self) -> None:
        rows = [row for row in self._rows.values() if self.needle.lower() in row.name.lower()]
        match self.order:
            case BucketOrder.NAME:
                rows.sort(key=lambda row: row.name)
            case BucketOrder.CREATED:
                rows.sort(key=lambda row: row.created.timestamp() if row.created else 0, reverse=True)
            case BucketOrder.REGION:
                rows.sort(key=lambda row: (row.region or "~", row.name))
        if not rows and self.needle:
            self._show_state().show(
                "empty", f"No bucket's name holds “{printable(self.needle)}”.", "esc clears"
            )
        else:
            table = self.query_one(BucketTable)
            table.display, self.query_one(StatePanel).display = True, False
            table.show(rows)
            if self.focused is None:
                table.focus()
            self._show_detail()
            self.refresh_bindings()
        caption = f"{len(rows)} of {len(self._rows)}" if self.needle else "Buckets"
        self.query_one("#list-panel").border_title = Content(f"{caption} · by {self.order.value}")

    def _show_state(self) -> StatePanel:
        self.refresh_bindings()
        self.query_one(BucketTable).display = False
        self.query_one(DetailPane).show("", [])
        panel = self.query_one(StatePanel)
        panel.display = True
        return panel

    @on(BucketTable.CursorMoved)
    def _show_detail(self) -> None:
        row = self.query_one(BucketTable).current
        if row is not None:
            fact = self.session.routed.get(row.name)
            sections = bucket_sections(row, fact, self.session.connection, self.session.now())
            self.query_one(DetailPane).show(printable(row.name), sections)

    @on(BucketTable.Chosen)
    def _open(self) -> None:
        from s3tui.tui.screens.objects.object_tree import ObjectTreeScreen  # too heavy for the first paint

        row = self.query_one(BucketTable).current
        if row is not None:
            self.app.push_screen(ObjectTreeScreen(self.session, self.transfers, Location(row.name)))

    @on(FilterBar.Changed)
    def _filter(self, message: FilterBar.Changed) -> None:
        self.needle = message.value

    @on(FilterBar.Submitted)
    def _focus_table(self) -> None:
        self.query_one(BucketTable).focus()

    def action_filter(self) -> None:
        self.query_one(FilterBar).open()

    def action_sort(self) -> None:
        orders = list(BucketOrder)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]

    def action_escape(self) -> None:
        self.query_one(FilterBar).close()
        self.query_one(BucketTable).focus()
        self.clear_notice()
