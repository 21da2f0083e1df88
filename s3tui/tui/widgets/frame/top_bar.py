"""TopBar: one line on every screen with connection, path, region and a summary of transfers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, get_args

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from s3tui.format import counted, duration
from s3tui.tui.text.cells import middle
from s3tui.tui.text.place import Chip, Place, Tone
from s3tui.tui.text.sentences import short_rate
from s3tui.tui.themes import legible_on

if TYPE_CHECKING:
    from s3tui.transfer.models import QueueSnapshot

_CRUMB = "crumb"
_QUEUE = "queue"
_CONNECTION = "connection"
_MANY = 1000
_LEAST_PATH, _LEAST_NAME = 12, 6
"""Cells that are left for the path and for the connection's name, if chips take the others."""
_TONES = get_args(Tone)
_COLOR_TONES: Mapping[str, Tone] = {
    "red": "danger",
    "yellow": "time",
    "green": "guard",
    "cyan": "way",
    "magenta": "kept",
}
"""The tone that is nearest to each colour of a connection; blue is its own."""


class TopBar(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "top-bar--connection",
        *(f"top-bar--{tone}" for tone in _TONES),
        "top-bar--dim",
        "top-bar--crumb",
        "top-bar--here",
        "top-bar--region",
        "top-bar--redirected",
        "top-bar--queue",
        "top-bar--failed",
    }
    DEFAULT_CSS = """
    TopBar {
        height: 1;
        dock: top;
        background: $panel;
        color: $foreground;
        .top-bar--connection { background: $primary; color: $background; text-style: bold; }
        .top-bar--danger { background: $error; }
        .top-bar--guard { background: $success; }
        .top-bar--way { background: $accent; }
        .top-bar--time { background: $warning; }
        .top-bar--kept { background: $foreground 80%; }
        .top-bar--dim { color: $foreground 70%; }
        .top-bar--crumb { color: $foreground 80%; }
        .top-bar--here { color: $foreground; text-style: bold; }
        .top-bar--region { color: $foreground 70%; }
        .top-bar--redirected { color: $warning; }
        .top-bar--queue { color: $accent; }
        .top-bar--failed { color: $error; }
    }
    TopBar.-production {
        background: $error 25%;
        .top-bar--connection { background: $error; color: $background; text-style: bold; }
    }
    """

    place: reactive[Place] = reactive(Place())
    queue: reactive[QueueSnapshot | None] = reactive(None)
    """`None`: nothing has moved yet."""
    waiting: reactive[str] = reactive("")
    """What is awaited on this screen, if that takes long."""
    failed_before: reactive[int] = reactive(0)
    """How many of the failed transfers failed in another run: they are no news."""

    @dataclass
    class CrumbClicked(Message):
        index: int
        """Index of the crumb; 0 is the bucket."""

    def watch_place(self, place: Place) -> None:
        self.set_class(place.production, "-production")

    async def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        if _CRUMB in meta:
            self.post_message(self.CrumbClicked(meta[_CRUMB]))
        elif _QUEUE in meta:
            await self.app.run_action("transfers")
        elif _CONNECTION in meta:
            await self.app.run_action("connections")

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        chips = [self._chip(chip) for chip in self.place.chips]
        if _width(chips) + len(chips) <= width - _LEAST_PATH - _LEAST_NAME - 2:
            chips = [each for chip in chips for each in (self._segment(" ", "dim"), chip)]
        if self.place.tls_unverified:
            chips.append(self._segment(" TLS not verified", "failed"))
        right = self._right()
        room = width - _width(chips) - _LEAST_PATH
        connection = self._connection(room)
        if _width(connection) + _width(right) > room:  # what is not there at other times is not cut
            right = []
        fixed = _width(connection) + _width(chips) + _width(right) + 2
        left = [*connection, *chips, self._segment(" ", "dim"), *self._crumbs(max(8, width - fixed - 1))]
        gap = max(1, width - _width(left) - _width(right))
        segments = [*left, self._segment(" " * gap, "dim"), *right]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _connection(self, room: int) -> list[Segment]:
        name = self.place.connection
        text = f" {middle(name, max(_LEAST_NAME, room - 2))} "
        segment = self._segment(text, "connection", {_CONNECTION: True})
        tone = None if self.place.production else _COLOR_TONES.get(self.place.color)
        if tone is not None and segment.style is not None:
            segment = Segment(text, segment.style + self._chip_style(tone))
        return [segment] if name else []

    def _chip(self, chip: Chip) -> Segment:
        return Segment(f" {chip.text} ", self._chip_style(chip.tone))

    def _chip_style(self, tone: Tone) -> Style:
        color = Color.from_rich_color(self.get_component_rich_style(f"top-bar--{tone}").bgcolor)
        return Style(color=legible_on(color).rich_color, bgcolor=color.rich_color, bold=True)

    def _crumbs(self, room: int) -> list[Segment]:
        crumbs = list(self.place.crumbs)
        if not crumbs:
            return [self._segment(middle(self.place.title, room), "here")]
        first = 0  # crumbs behind the bucket are left out until the rest fits
        while _crumbs_width(crumbs, first) > room and first < len(crumbs) - 2:
            first += 1
        segments = [self._segment("s3://", "dim")]
        for index, crumb in enumerate(crumbs):
            if 0 < index <= first:
                continue
            if index:
                segments.append(self._segment(" / … / " if first and index == first + 1 else " / ", "dim"))
            here = index == len(crumbs) - 1
            text = middle(crumb, max(5, room - _width(segments) - 2)) if here else crumb
            segments.append(self._segment(text, "here" if here else "crumb", {_CRUMB: index}))
        if len(crumbs) > 1 and not self.place.is_object:
            segments.append(self._segment(" /", "dim"))
        return segments

    def _right(self) -> list[Segment]:
        place, segments = self.place, []
        if place.region:
            segments.append(self._segment(place.region, "region"))
            if place.redirected:
                segments.append(self._segment(" ↪", "redirected"))
            segments.append(self._segment("   ", "dim"))
        if place.keys_left:
            tone = "failed" if place.keys_end_soon else "region"
            segments += [self._segment(place.keys_left, tone), self._segment("   ", "dim")]
        return [*segments, *self._summary(), self._segment(" ", "dim")]

    def _summary(self) -> list[Segment]:
        meta = {_QUEUE: True}
        idle = self._segment("idle", "dim", meta)
        segments = [self._segment(self.waiting, "queue")] if self.waiting else []
        if (queue := self.queue) is None:
            return segments or [idle]
        moving = queue.moving
        if moving or queue.paused:
            text = f"{'  ' if segments else ''}{_open_text(queue)}"
            if not moving:
                text += "  paused"
            else:
                text += f"  {short_rate(queue.down_bps + queue.up_bps)}"
                text += f"  {duration(queue.eta_s)}" if queue.eta_s is not None else ""
            segments.append(self._segment(text, "queue", meta))
        if failed := queue.failed - self.failed_before:
            segments.append(self._segment(f"{'  ' if segments else ''}{failed} failed", "failed", meta))
        return segments or [idle]

    def _segment(self, text: str, name: str, meta: Mapping[str, object] | None = None) -> Segment:
        style = self.get_component_rich_style(f"top-bar--{name}")
        return Segment(text, style + Style.from_meta(dict(meta)) if meta else style)


def _open_text(queue: QueueSnapshot) -> str:
    """Return the number of unfinished transfers by direction; only in total if there are very many."""
    if len(queue.transfers) > _MANY:
        return counted(queue.moving + queue.paused, "transfer")
    from s3tui.transfer.models import Direction

    open_ = [transfer.direction for transfer in queue.transfers if not transfer.state.is_final]
    return " ".join(f"{way.value}{open_.count(way)}" for way in Direction if way in open_)


def _width(segments: Sequence[Segment]) -> int:
    return sum(segment.cell_length for segment in segments)


def _crumbs_width(crumbs: Sequence[str], first: int) -> int:
    shown = [crumbs[0], *crumbs[first + 1 :]]
    return 5 + sum(cell_len(crumb) + 3 for crumb in shown) + (4 if first else 0)
