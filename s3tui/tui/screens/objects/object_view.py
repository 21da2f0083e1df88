"""What the object tree's screen shows beside its rows: captions, states, filter, order, the detail pane."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from rich.cells import cell_len
from textual import on, work
from textual.content import Content
from textual.message import Message

from s3tui.browse.rows.listing import Kind, Listing, Row, Standing, State
from s3tui.browse.rows.row_builder import Change
from s3tui.format import UNKNOWN, ago, count, printable, timestamp
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.tui.screens.objects.object_marks import ObjectMarks
from s3tui.tui.text.fields import Field, Section
from s3tui.tui.text.object_fields import metadata_section, overview_sections, size_words
from s3tui.tui.text.sentences import explain, least_size
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from s3tui.tui.widgets.tree.tree_lines import loaded_caption

_FRAME = 4
"""Cells around a caption."""
_GLANCE_S = 0.05
_PAUSE_S = 0.15
"""How long the cursor must rest on an object before it is asked for."""


class ObjectView(ObjectMarks):
    """The half of the screen that only looks."""

    _offers_rows: bool | None = None
    """Whether the keys for rows are shown."""

    _looked_at: Row | None = None
    """What the pane shows, or is about to."""

    @dataclass
    class RowSeen(Message):
        """The cursor stays for more than a glance; `None` is a line that is no row."""

        row: Row | None

    @dataclass
    class HeadLearned(Message):
        row: Row
        head: ObjectHead

    @dataclass
    class HeadFailed(Message):
        row: Row
        error: S3Error

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        tree = self.tree_model
        return tree.line(tree.cursor).read() if len(tree) else None

    def targets(self) -> list[Row]:
        """What an action is for: the marked rows, or the one under the cursor."""
        marked = list(self.tree_model.selection.targets())
        return marked or ([self.current] if self.current is not None else [])

    def show_tree(self) -> None:
        """Repaint after the model changed."""
        self.catch_up()
        root, tree = self.tree_model.root, self.query_one(ObjectTree)
        panel = self.query_one(StatePanel)
        tree.refresh_rows()
        has_rows = bool(len(root)) or root.state in (State.MORE, State.STOPPED)
        tree.display, panel.display = has_rows, not has_rows
        if has_rows:
            tree.focus() if self.focused is None else None
        else:
            self.show_no_rows(panel)
        self._show_captions()
        if has_rows != self._offers_rows:
            self._offers_rows = has_rows
            self.refresh_bindings()
        if not has_rows:
            self._show_no_detail()
        self.follow_cursor()

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)  # the pane is there, or not, only by then

    def _fit(self) -> None:
        self._show_captions()
        self.follow_cursor()

    def follow_cursor(self) -> None:
        """Have the pane show the row under the cursor: another one may be there without a move."""
        row = self.current if self.has_class("-wide") else None
        if row is not None and row != self._looked_at:
            self.learn_row(row)
        self._looked_at = row

    def show_no_rows(self, panel: StatePanel) -> None:
        """Say why there are none."""
        root = self.tree_model.root
        if root.state is State.FAILED and root.error is not None:
            panel.show_error(root.error)
        elif root.state is State.COMPLETE:
            panel.show(
                "empty", "Nothing under this prefix.", "u uploads here  ·  ⌫ goes up  ·  r looks again"
            )
        else:
            panel.show("loading", f"listing {printable(str(self.location))} …", "esc goes back")

    def caption(self) -> str:
        """Say what the rows are, and how many; in which order, where that fits: the header says it too."""
        ways = [self.location.source.title, "flat" if self.location.is_flat else ""]
        said = " · ".join([*filter(None, ways), self.loaded_words()])
        ordered = f"{said} · {self.arranging_caption()}"
        return ordered if cell_len(ordered) <= self.caption_room else said

    @property
    def caption_room(self) -> int:
        """How many cells of the frame a caption has."""
        return self.query_one("#list-panel").size.width - _FRAME

    def loaded_words(self) -> str:
        """Say how many rows there are."""
        return loaded_caption(self.tree_model)

    def _show_captions(self) -> None:
        frame = self.query_one("#list-panel")
        frame.border_title = Content(self.caption())
        marks = self.tree_model.selection
        parts = []
        if objects := marks.count - marks.prefixes:
            parts.append(f"{count(objects)} marked · {least_size(marks.size, marks.unsized)}")
        if marks.prefixes:
            parts.append(f"{count(marks.prefixes)} prefix{'es' * (marks.prefixes != 1)} with all below")
        frame.border_subtitle = Content(f"● {' + '.join(parts)}" if parts else "")

    def show_marks(self) -> None:
        self.query_one(ObjectTree).refresh()
        self._show_captions()

    @on(ObjectTree.MarksChanged)
    def _marks_changed(self) -> None:
        self._show_captions()

    @on(ObjectTree.PrefixCollapsed)
    def _collapsed(self) -> None:
        self._show_captions()

    def action_escape(self) -> None:
        """Undo one thing: a pattern, a running listing, the filter, the marks, another view, being here."""
        bar = self.query_one("#filter", FilterBar)
        if self.close_pattern() or self.stop_listing():
            return
        if bar.is_open or self.needle:
            bar.close()
            self.arrange_rows(needle="")
            self.query_one(ObjectTree).focus()
        elif self.tree_model.selection.count:
            self.tree_model.selection.clear()
            self.show_tree()
        else:
            self.leave()

    def leave(self) -> None:
        """Go one step back from what is looked at."""
        self.app.pop_screen()

    @on(ObjectTree.CursorMoved)
    def _look_at(self, message: ObjectTree.CursorMoved) -> None:
        self.workers.cancel_group(self, "detail")
        if self.has_class("-wide"):
            self._looked_at = message.row
            self.learn_row(message.row)

    @work(group="detail", exclusive=True)
    async def learn_row(self, row: Row | None) -> None:
        """Show what is known of a row on which the cursor rests, and then what its head says."""
        # The pane costs as much to paint as the rows: while a key is held down, only they follow.
        await asyncio.sleep(_GLANCE_S)
        self.post_message(self.RowSeen(row))
        has_head = self.location.source.is_live or (row is not None and row.version_id is not None)
        if row is None or not row.has_bytes or not has_head:
            return
        await asyncio.sleep(_PAUSE_S - _GLANCE_S)
        bucket = self.location.bucket
        try:
            head = await self.session.run(
                lambda s3: s3.head_object(bucket, row.key, version_id=row.version_id)
            )
        except S3Error as error:
            self.post_message(self.HeadFailed(row, error))
        else:
            self.post_message(self.HeadLearned(row, head))

    @on(RowSeen)
    def _show_seen(self, message: RowSeen) -> None:
        row = message.row
        if row is None or row != self.current:
            self._show_no_detail()
        elif row.kind is Kind.PREFIX:
            self._show_prefix(row)
        else:
            self._show_row(row)

    @on(HeadLearned)
    def _show_head(self, message: HeadLearned) -> None:
        if message.row == self.current:
            sections = overview_sections(message.head, self.session.now())
            if message.head.metadata:
                sections.insert(1, metadata_section(message.head))
            self.query_one(DetailPane).show(printable(message.row.name or message.row.key), sections)

    @on(HeadFailed)
    def _show_head_failure(self, message: HeadFailed) -> None:
        if message.row == self.current:
            self._show_row(message.row, explain(message.error))

    def _show_row(self, row: Row, words: str = "") -> None:
        """Show what the listing says, until the object's own head is there."""
        now = self.session.now()
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
            words = words or _MARKER_WORDS[row.standing]
        self.query_one(DetailPane).show(printable(row.name or row.key), [Section("", fields)], words)

    def _show_prefix(self, row: Row) -> None:
        listing = self.tree_model.listing(row.key)
        uri = f"s3://{self.location.bucket}/{row.key}"
        fields = [
            Field("Prefix", printable(row.key), "strong"),
            Field("URI", printable(uri)),
            *_loaded(listing),
            *self.counted_fields(row.key),
        ]
        self.query_one(DetailPane).show(
            printable(row.name), [Section("", fields)], "→ shows what is in it here, ↵ goes in"
        )

    def counted_fields(self, prefix: str) -> list[Field]:
        """Return what was counted below a prefix."""
        return []

    def _show_no_detail(self) -> None:
        self.query_one(DetailPane).show("", [])


_MARKER_WORDS = {
    Standing.DELETED: "A delete marker: the key is not there now. D removes it, and what it hides is back.",
    Standing.WAS_DELETED: "A delete marker: the key was deleted here, and written again since.",
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
