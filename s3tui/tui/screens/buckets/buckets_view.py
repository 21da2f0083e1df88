"""BucketsView: shows the rows of the bucket list, or why there are none, with caption and detail pane."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar, overload

from textual.content import Content
from textual.widget import Widget

from s3tui.format import printable
from s3tui.s3.errors import AccessDenied, S3Error
from s3tui.tui.screens.buckets.bucket_rows import BucketOrder, BucketRows
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.text.bucket_row import BucketRow
from s3tui.tui.text.object_fields import bucket_sections
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.lists.bucket_table import BucketTable

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location
    from s3tui.browse.sizes.known_sizes import KnownSize
    from s3tui.s3.models import Bucket

_ORDERS = {
    "name": BucketOrder.NAME,
    "region": BucketOrder.REGION,
    "size": BucketOrder.SIZE,
    "created": BucketOrder.CREATED,
}
W = TypeVar("W", bound=Widget)


class BucketsHost(ScreenHost, Protocol):
    """The screen of the bucket list as its view sees it."""

    @property
    def focused(self) -> Widget | None: ...

    @overload
    def query_one(self, selector: str) -> Widget: ...

    @overload
    def query_one(self, selector: type[W]) -> W: ...

    def refresh_bindings(self) -> None: ...

    def show_place(self) -> None:
        """Update the place in the top bar."""


class BucketsView:
    def __init__(self, host: BucketsHost) -> None:
        self._host = host
        self.rows = BucketRows()

    @property
    def current(self) -> BucketRow | None:
        """The bucket under the cursor."""
        return self._host.query_one(BucketTable).current

    def stand_on(self, bucket: str) -> None:
        """Put the cursor on the bucket that was left, clearing a filter that hides it."""
        if self.rows.hides(bucket):
            self._host.query_one(FilterBar).close()
            self.show_only("")
        self.rows.leave(bucket, self._host.session.regions)
        self.show_any()
        self._host.query_one(BucketTable).stand_on(bucket)

    def mark(self, bookmarked: Collection[Location]) -> None:
        self.rows.mark(bookmarked)
        self.show_any()

    def show_loading(self, waiting: str = "") -> None:
        """Say that the buckets are asked for; `waiting`: what is awaited, and for how long."""
        if not self.rows:
            self.loading(self._show_state(), waiting)

    def loading(self, panel: StatePanel, waiting: str = "") -> StatePanel:
        """Say in `panel` that the buckets are asked for."""
        host = printable(self._host.session.connection.endpoint.host)
        said = f"Asking {host} for its buckets…"
        panel.show("loading", f"{said} {waiting}".rstrip(), "esc stops" if waiting else "")
        return panel

    def show_stopped(self) -> None:
        """Say that nobody asks for the buckets any more, where none are known."""
        if not self.rows:
            self._show_state().show("empty", "Stopped.", "r asks for the buckets  ·  ^l opens one by name")

    def show_buckets(self, buckets: Sequence[Bucket]) -> None:
        self.rows.take(buckets, self._host.session.regions)
        if not self.rows:
            self._show_state().show(
                "empty", "There is no bucket yet.", "B creates one  ·  ^l opens one by name"
            )
        self.show_any()
        self._host.show_place()

    def show_failure(self, error: S3Error) -> None:
        self.rows.clear()
        self._host.query_one(BucketTable).show([])
        self._show_state().show_error(error, keys="^l opens a bucket by name")
        self._host.show_place()

    def show_region(self, bucket: str, region: str) -> None:
        session = self._host.session
        session.regions[bucket] = region
        self._change(bucket, region=region, redirected=bucket in session.routed, refused=None)

    def show_refusal(self, bucket: str, error: S3Error) -> None:
        word = "no access" if isinstance(error, AccessDenied) else "no answer"
        self._change(bucket, refused=word)

    def show_routed(self) -> None:
        """Show the regions that redirects led to."""
        for bucket, fact in self._host.session.routed.items():
            self._change(bucket, region=fact.to_region, redirected=True)

    def _change(self, bucket: str, **changes: str | bool | None) -> None:
        if self.rows.change(bucket, **changes):
            self.show()
            self._host.show_place()

    def show_only(self, needle: str) -> None:
        if needle != self.rows.needle:
            self.rows.needle = needle
            self.show()

    def sort_next(self) -> None:
        self.rows.sort_by(self.rows.order.next)
        self.show()

    def sort_by(self, column: str) -> None:
        """Sort by a column of the table; by the same one again backwards."""
        self.rows.sort_by(_ORDERS[column])
        self.show()

    def weigh(self, sizes: Mapping[str, KnownSize]) -> None:
        self.rows.weigh(sizes)
        self.show_any()

    def show_any(self) -> None:
        """Repaint if there are rows; else the reason that there are none stays."""
        if self.rows:
            self.show()

    def show(self) -> None:
        """Repaint after the rows changed."""
        host, rows = self._host, self.rows.shown()
        if not rows and self.rows.needle:
            needle = printable(self.rows.needle)
            self._show_state().show("empty", f"No bucket's name holds “{needle}”.", "esc clears")
        else:
            table = host.query_one(BucketTable)
            host.query_one(StatePanel).clear()
            table.show(rows)
            if host.focused is None:
                table.focus()
            self.show_detail()
            host.refresh_bindings()
        host.query_one("#list-panel").border_title = Content(self.rows.caption(len(rows)))

    def _show_state(self) -> StatePanel:
        host = self._host
        host.refresh_bindings()
        host.query_one(DetailPane).show("", [])
        return host.query_one(StatePanel)

    def show_detail(self) -> None:
        """Show in the pane what is known of the bucket under the cursor."""
        row, session = self.current, self._host.session
        if row is not None:
            sections = bucket_sections(row, session.routed.get(row.name), session.connection, session.now())
            self._host.query_one(DetailPane).show(printable(row.name), sections)
