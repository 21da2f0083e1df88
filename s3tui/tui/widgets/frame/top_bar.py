"""TopBar: where am I, as whom, what runs. One line, the same on every screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from s3tui.format import duration
from s3tui.transfer.models import Direction, QueueSnapshot
from s3tui.tui.text.cells import middle
from s3tui.tui.text.place import Place
from s3tui.tui.text.sentences import short_rate

_CRUMB = "crumb"
_QUEUE = "queue"
_MANY = 1000


class TopBar(Widget):
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "top-bar--connection",
        "top-bar--read-only",
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
        .top-bar--read-only { color: $warning; }
        .top-bar--dim { color: $foreground 45%; }
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
    queue: reactive[QueueSnapshot] = reactive(QueueSnapshot())

    @dataclass
    class CrumbClicked(Message):
        index: int
        """0 is the bucket."""

    class QueueClicked(Message):
        """On the summary of the transfers."""

    def watch_place(self, place: Place) -> None:
        self.set_class(place.production, "-production")

    def on_click(self, event: events.Click) -> None:
        meta = event.style.meta
        if _CRUMB in meta:
            self.post_message(self.CrumbClicked(meta[_CRUMB]))
        elif _QUEUE in meta:
            self.post_message(self.QueueClicked())

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        right = self._right()
        connection = (
            [self._piece(f" {self.place.connection} ", "connection")] if self.place.connection else []
        )
        if self.place.read_only:
            connection.append(self._piece(" read-only", "read-only"))
        if self.place.tls_unverified:
            connection.append(self._piece(" TLS not verified", "failed"))
        fixed = _width(connection) + _width(right) + 2
        left = [*connection, self._piece(" ", "dim"), *self._crumbs(max(8, width - fixed - 1))]
        gap = max(1, width - _width(left) - _width(right))
        pieces = [*left, self._piece(" " * gap, "dim"), *right]
        return Strip(pieces).adjust_cell_length(width, self.rich_style)

    def _crumbs(self, room: int) -> list[Segment]:
        crumbs = list(self.place.crumbs)
        if not crumbs:
            return [self._piece(middle(self.place.title, room), "here")]
        first = 0  # the crumbs between the bucket and this one make room for the rest
        while _crumbs_width(crumbs, first) > room and first < len(crumbs) - 2:
            first += 1
        pieces = [self._piece("s3://", "dim")]
        for index, crumb in enumerate(crumbs):
            if 0 < index <= first:
                continue
            if index:
                pieces.append(self._piece(" / … / " if first and index == first + 1 else " / ", "dim"))
            here = index == len(crumbs) - 1
            text = middle(crumb, max(5, room - _width(pieces) - 2)) if here else crumb
            pieces.append(self._piece(text, "here" if here else "crumb", {_CRUMB: index}))
        if len(crumbs) > 1 and not self.place.is_object:
            pieces.append(self._piece(" /", "dim"))
        return pieces

    def _right(self) -> list[Segment]:
        place, pieces = self.place, []
        if place.region:
            pieces.append(self._piece(place.region, "region"))
            if place.redirected:
                pieces.append(self._piece(" ↪", "redirected"))
            pieces.append(self._piece("   ", "dim"))
        return [*pieces, *self._summary(), self._piece(" ", "dim")]

    def _summary(self) -> list[Segment]:
        queue = self.queue
        moving = queue.moving
        meta = {_QUEUE: True}
        pieces = []
        if moving or queue.paused:
            text = _open_words(queue)
            if not moving:
                text += "  paused"
            else:
                text += f"  {short_rate(queue.down_bps + queue.up_bps)}"
                text += f"  {duration(queue.eta_s)}" if queue.eta_s is not None else ""
            pieces.append(self._piece(text, "queue", meta))
        if queue.failed:
            pieces.append(self._piece(f"{'  ' if pieces else ''}{queue.failed} failed", "failed", meta))
        return pieces or [self._piece("idle", "dim", meta)]

    def _piece(self, text: str, name: str, meta: Mapping[str, object] | None = None) -> Segment:
        style = self.get_component_rich_style(f"top-bar--{name}")
        return Segment(text, style + Style.from_meta(dict(meta)) if meta else style)


def _open_words(queue: QueueSnapshot) -> str:
    """Say how many are not over, by direction; of very many, looking at each would take too long."""
    if len(queue.transfers) > _MANY:
        return f"{queue.moving + queue.paused:,} transfers"
    open_ = [transfer.direction for transfer in queue.transfers if not transfer.state.is_final]
    return " ".join(f"{way.value}{open_.count(way)}" for way in Direction if way in open_)


def _width(pieces: Sequence[Segment]) -> int:
    return sum(piece.cell_length for piece in pieces)


def _crumbs_width(crumbs: Sequence[str], first: int) -> int:
    shown = [crumbs[0], *crumbs[first + 1 :]]
    return 5 + sum(cell_len(crumb) + 3 for crumb in shown) + (4 if first else 0)
