"""The sizes of one prefix: what a count found, and how old it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.browse.sizes.count import Sizes
from s3tui.format import printable
from s3tui.tui.keymap.screens import SIZES_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import counted_words
from s3tui.tui.widgets.lists.sizes_chart import SizesChart, chart_rows


class SizesScreen(FramedScreen):
    HELP_TITLE = "Sizes"
    BINDINGS: ClassVar[list[BindingType]] = [*SIZES_KEYS]

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        bucket: str,
        sizes: Sizes,
        start_count: Callable[[str, Sizes | None], None],
    ) -> None:
        """`start_count` counts a prefix, or goes on with a count, once this screen is gone."""
        super().__init__(session, transfers)
        self._location = Location(bucket, sizes.prefix)
        self.sizes = sizes
        self._start_count = start_count

    @property
    def uri(self) -> str:
        return str(self._location)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            yield SizesChart()

    def on_mount(self) -> None:
        super().on_mount()
        panel, chart = self.query_one("#queue-panel"), self.query_one(SizesChart)
        panel.border_title = Content("Sizes" if self.sizes.is_complete else "Sizes · stopped: ↵ goes on")
        panel.border_subtitle = Content(counted_words(self.sizes.begun_at, self.session.now()))
        chart.show(tuple(chart_rows(self.sizes)))
        chart.focus()

    def place(self) -> Place:
        crumbs = [printable(name) or "⟨empty⟩" for name, _ in self._location.crumbs]
        return connected_place(self._session, crumbs=crumbs, bucket=self._location.bucket)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "go_on" or self._can_go_on

    @property
    def _can_go_on(self) -> bool:
        return not self.sizes.is_complete and self.sizes.last_key is not None

    @on(SizesChart.Chosen)
    def _open(self) -> None:
        row = self.query_one(SizesChart).current
        if row is not None and row.key is not None:
            bucket = self._location.bucket
            self.app.push_screen(ObjectDetailScreen(self.session, self.transfers, bucket, row.key))

    def action_again(self) -> None:
        self.app.pop_screen()
        self._start_count(self.sizes.prefix, None)

    def action_go_on(self) -> None:
        self.app.pop_screen()
        self._start_count(self.sizes.prefix, self.sizes)

    def action_back(self) -> None:
        self.app.pop_screen()
