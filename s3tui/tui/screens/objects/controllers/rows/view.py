"""Shows the object tree's rows on its screen: the tree or the reason that it is empty, caption, marks."""

from __future__ import annotations

from textual.content import Content

from s3tui.browse.rows.listing import Row, State
from s3tui.browse.rows.view import Order
from s3tui.format import ago, count
from s3tui.tui.messages import ColumnsChosen
from s3tui.tui.screens.objects.controllers.detail_pane import DetailPaneController
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.arranging import ArrangingController
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.screens.objects.controllers.sizes import SizesController
from s3tui.tui.screens.objects.view_mode import Shown
from s3tui.tui.text.sentences import least_size
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_FRAME = 4
"""Cells around a caption."""


class RowsView:
    def __init__(
        self,
        host: TreeHost,
        listing: ListingController,
        arranging: ArrangingController,
        sizes: SizesController,
        pane: DetailPaneController,
    ) -> None:
        self._host, self._listing, self._arranging = host, listing, arranging
        self._sizes, self._pane = sizes, pane
        self._offers_rows: bool | None = None
        """Whether the keys for rows are shown."""

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        tree = self._listing.tree_model
        return tree.line(tree.cursor).read() if len(tree) else None

    def targets(self) -> list[Row]:
        """Return the marked rows, or the one under the cursor."""
        marked = list(self._listing.tree_model.selection.targets())
        return marked or ([self.current] if self.current is not None else [])

    def show(self) -> None:
        """Repaint after the model changed."""
        self._arranging.catch_up()
        host, root = self._host, self._listing.tree_model.root
        tree, panel = host.query_one(ObjectTree), host.query_one(StatePanel)
        tree.refresh_rows()
        has_rows = bool(len(root)) or root.state in (State.MORE, State.STOPPED)
        if has_rows:
            panel.clear()
            tree.focus() if host.focused is None else None
        else:
            self._show_why_empty(panel)
        self.show_captions()
        if has_rows != self._offers_rows:
            self._offers_rows = has_rows
            host.refresh_bindings()
        if not has_rows:
            self._pane.clear()
        self._pane.follow_cursor()

    def fit(self) -> None:
        """Show what another size of the screen has room for."""
        self.show_captions()
        self._pane.follow_cursor()

    async def choose_columns(self) -> None:
        """Ask which columns are shown; to be awaited in a worker."""
        from s3tui.tui.screens.objects.columns_dialog import ColumnsDialog

        columns = await self._host.ask(ColumnsDialog(self._host.query_one(ObjectTree).chosen))
        if columns is not None:
            self._host.app.post_message(ColumnsChosen(columns))

    def _show_why_empty(self, panel: StatePanel) -> None:
        why = self._host.mode.empty_state(self._listing.tree_model.root)
        if why.error is None:
            panel.show(why.condition, why.sentence, why.keys)
        elif why.keys:
            panel.show_error(why.error, keys=why.keys)
        else:
            panel.show_error(why.error)

    def show_captions(self) -> None:
        """Say what the rows are, and which of them are marked."""
        frame, marks = self._host.query_one("#list-panel"), self._listing.tree_model.selection
        frame.border_title = Content(self._host.mode.caption(self._shown(frame.size.width - _FRAME)))
        parts = []
        if objects := marks.count - marks.prefixes:
            parts.append(f"{count(objects)} marked · {least_size(marks.size, marks.unsized)}")
        if marks.prefixes:
            parts.append(f"{count(marks.prefixes)} prefix{'es' * (marks.prefixes != 1)} with all below")
        frame.border_subtitle = Content(f"● {' + '.join(parts)}" if parts else "")

    def _shown(self, room: int) -> Shown:
        tree = self._listing.tree_model
        return Shown(
            tree,
            order=self._arranging.caption(),
            is_default_order=self._arranging.order == Order(),
            is_filtered=bool(self._arranging.needle),
            running=self._listing.fresh.get(tree.root.prefix) or tree.root,
            counted=self._sizes.keys_to_search(),
            as_of=self._as_of(),
            room=room,
        )

    def _as_of(self) -> str:
        """Say from when the rows are, where that is not now, and for what is waited."""
        tree, waiting = self._listing.tree_model, self._listing.waiting
        root, now = tree.root, self._host.session.now()
        parts = []
        if root.is_old and root.listed_at is not None and not self._host.location.source.is_offline:
            is_listed_again = root.prefix in self._listing.fresh
            when = f"as of {ago(root.listed_at, now)}"
            # What is listed again within a moment, and is a moment old, is not worth the words.
            if not is_listed_again or waiting.is_shown or when != f"as of {ago(now, now)}":
                parts = [when, *["listing again"] * is_listed_again]
        return " · ".join([*parts, *([f"{waiting.words}: esc stops"] if waiting.words else [])])

    def show_marks(self) -> None:
        self._host.query_one(ObjectTree).refresh()
        self.show_captions()
