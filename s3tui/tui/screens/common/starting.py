"""StartingScreen: shown while the demo starts, which takes a second or two."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.frame.state_panel import StatePanel


class StartingScreen(FramedScreen):
    OFFERS_CONNECTIONS = False

    def compose_body(self) -> Iterable[Widget]:
        yield StatePanel()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(StatePanel).show(
            "loading",
            "Starting the demo…",
            "an S3 of its own on this machine, with sample buckets in three regions",
        )

    def place(self) -> Place:
        return Place(title="s3tui demo")
