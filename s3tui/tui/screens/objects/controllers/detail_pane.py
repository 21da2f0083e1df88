"""The pane beside the object tree: what is known of the row on which the cursor rests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from s3tui.browse.rows.listing import Kind, Listing, Row, State, VersionStatus
from s3tui.browse.rows.row_builder import Change
from s3tui.format import UNKNOWN, ago, count, printable, timestamp
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.pane_preview import PanePreviewController
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.object_fields import metadata_section, overview_sections, size_words
from s3tui.tui.text.sentences import explain, least_size
from s3tui.tui.widgets.details.detail_pane import DetailPane

_GROUP = "detail"
_GLANCE_S = 0.05
_PAUSE_S = 0.15
"""How long the cursor must rest on an object before it is asked for."""


class DetailPaneController:
    def __init__(self, host: TreeHost, counted_fields: Callable[[str], list[Field]]) -> None:
        """`counted_fields`: returns what was counted below a prefix."""
        self._host, self._counted_fields = host, counted_fields
        self._preview = PanePreviewController(host)
        self._row: Row | None = None
        """What the pane shows, or is about to."""

    def follow_cursor(self) -> None:
        """Have the pane show the row under the cursor: another one may be there without a move."""
        row = self._host.current if self._is_visible else None
        if row is not None and row != self._row:
            self._learn(row)
        self._row = row

    def look_at(self, row: Row | None) -> None:
        """Show another row; `None` is a line that is no row."""
        self._host.cancel(_GROUP)
        self._preview.stop()
        if self._is_visible:
            self._row = row
            self._learn(row)

    def look_again(self) -> None:
        """Show beside the rows what became known of the prefix under the cursor."""
        row = self._host.current
        if row is not None and row.kind is Kind.PREFIX and self._is_visible:
            self._learn(row)

    @property
    def _is_visible(self) -> bool:
        return self._host.has_class("-wide") and not self._host.app.has_class("-pane-none")

    @property
    def _pane(self) -> DetailPane:
        return self._host.query_one(DetailPane)

    def _learn(self, row: Row | None) -> None:
        self._host.run(partial(self._show_as_learned, row), _GROUP, exclusive=True)
        if row is None or not self._has_more(row):
            self._preview.stop()
        else:
            self._preview.rest_on(row)

    def _has_more(self, row: Row) -> bool:
        """Say whether S3 can be asked about the row itself."""
        return row.has_bytes and self._host.mode.is_of_now(row)

    async def _show_as_learned(self, row: Row | None) -> None:
        """Show what is known of a row on which the cursor rests, and then what its head says."""
        # The pane costs as much to paint as the rows: while a key is held down, only they follow.
        await asyncio.sleep(_GLANCE_S)
        self._host.later(self._show_known, row)
        if row is None or not self._has_more(row):
            return
        await asyncio.sleep(_PAUSE_S - _GLANCE_S)
        bucket = self._host.bucket
        try:
            head = await self._host.session.run(
                lambda s3: s3.head_object(bucket, row.key, version_id=row.version_id)
            )
        except S3Error as error:
            self._host.later(self._show_failure, row, error)
        else:
            self._host.later(self._show_head, row, head)

    def _show_known(self, row: Row | None) -> None:
        if row is None or row != self._host.current:
            self.clear()
        elif row.kind is Kind.PREFIX:
            self._show_prefix(row)
        else:
            self._show_row(row)

    def _show_head(self, row: Row, head: ObjectHead) -> None:
        if row == self._host.current:
            sections = overview_sections(head, self._host.session.now())
            if head.metadata:
                sections.insert(1, metadata_section(head))
            self._show(row.key, sections)

    def _show_failure(self, row: Row, error: S3Error) -> None:
        if row == self._host.current:
            self._show_row(row, explain(error), "bad")

    def _show(self, key: str, sections: Sequence[Section], words: str = "", tone: Tone = "dim") -> None:
        uri = printable(f"s3://{self._host.bucket}/{key}")
        self._pane.show(printable(key, mark_spaces=True), sections, words, uri=uri, tone=tone)

    def _show_row(self, row: Row, words: str = "", tone: Tone = "dim") -> None:
        """Show what the listing says, until the object's own head is there."""
        now = self._host.session.now()
        fields = [
            Field("Size", UNKNOWN if row.size is None else size_words(row.size), "strong"),
            Field(
                "Modified",
                f"{timestamp(row.modified)}   {ago(row.modified, now)}" if row.modified else UNKNOWN,
            ),
            Field("Class", printable(row.storage_class or "STANDARD")),
            *_restore(row),
            *_change(row),
            *_version(row),
        ]
        if not row.has_bytes:
            fields = [fields[1], *_version(row)]
            words = words or _MARKER_WORDS[row.status]
        self._show(row.key, [Section("", fields)], words, tone)

    def _show_prefix(self, row: Row) -> None:
        self._show(row.key, [self.prefix_section(row.key)], "→ shows what is in it here, ↵ goes in")

    def prefix_section(self, prefix: str) -> Section:
        """Return what is known of a prefix: what was loaded of it, and counted below it."""
        fields = [*_loaded(self._host.tree_model.listing(prefix)), *self._counted_fields(prefix)]
        return Section("", fields or [Field("Size", "not counted yet: z counts it", "dim")])

    def clear(self) -> None:
        self._pane.show("", [])


_MARKER_WORDS = {
    VersionStatus.DELETED: (
        "A delete marker: the key is not there now. D removes it, and what it hides is back."
    ),
    VersionStatus.WAS_DELETED: "A delete marker: the key was deleted here, and written again since.",
}


def _version(row: Row) -> list[Field]:
    return [] if row.version_id is None else [Field("Version", printable(row.version_id))]


def _restore(row: Row) -> list[Field]:
    if row.restore is None:
        return []
    if row.restore.is_in_progress:
        return [Field("Restore", "going on: not readable yet", "warn")]
    until = "" if row.restore.expires is None else f" until {timestamp(row.restore.expires)}"
    return [Field("Restored", f"readable{until}", "good")]


def _change(row: Row) -> list[Field]:
    words = {
        Change.ADDED: Field("Change", "added: it was not there before", "good"),
        Change.REMOVED: Field("Change", "removed: this is what it was", "bad"),
        Change.CHANGED: Field("Change", "changed: this is what it came to", "warn"),
    }
    return [] if row.change is None else [words[row.change]]


def _loaded(listing: Listing | None) -> list[Field]:
    if listing is None or not len(listing):
        return []
    suffix = "" if listing.state is State.COMPLETE else ", more ⋯"
    return [
        Field("Loaded", f"{count(len(listing))}{suffix}"),
        Field("Size", f"{least_size(listing.total_size, listing.unsized)} directly in it"),
        *_hidden(listing),
    ]


def _hidden(listing: Listing) -> list[Field]:
    if listing.versions is None or not listing.versions.older_size:
        return []
    hidden = least_size(listing.versions.older_size, listing.versions.older_unsized)
    return [Field("Hidden", f"{hidden} of it, in older versions")]
