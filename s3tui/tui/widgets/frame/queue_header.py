"""QueueHeader: counts of transfers, speeds of the last minute, limits and time left."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.widgets import Static

from s3tui.format import count, duration
from s3tui.transfer.models import Limits, QueueSnapshot
from s3tui.tui.text.sentences import short_rate
from s3tui.tui.text.transfers.throughput import SECONDS, Throughput, sparkline

_GAP = "   "


class QueueHeader(Static):
    DEFAULT_CSS = """
    QueueHeader {
        height: 2;
        padding: 0 1;
        background: $surface;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[QueueSnapshot, Throughput, Throughput, float] | None = None
        self._failed_before = 0

    def show(
        self, snapshot: QueueSnapshot, down: Throughput, up: Throughput, now_s: float, failed_before: int
    ) -> None:
        """Show the queue; `failed_before` of the failed transfers failed in another run."""
        self._shown, self._failed_before = (snapshot, down, up, now_s), failed_before
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        self._paint()

    def _paint(self) -> None:
        width = self.content_size.width
        if self._shown is None or not width:
            return
        snapshot, down, up, now_s = self._shown
        self.update(
            Content("\n").join(
                [_counts(snapshot, width, self._failed_before), _speeds(snapshot, down, up, now_s, width)]
            )
        )


def _counts(snapshot: QueueSnapshot, width: int, failed_before: int) -> Content:
    counts, texts = summary(snapshot, failed_before), [limit_text(snapshot.limits)]
    if snapshot.eta_s is not None and snapshot.running:
        texts.append(f"{duration(snapshot.eta_s)} left")
    rest = "   ".join(texts)
    gap = width - len(counts) - len(rest)
    if gap < 2:
        return Content.styled(counts, "bold")
    return Content.assemble((counts, "bold"), " " * gap, (rest, "$foreground 70%"))


def _speeds(snapshot: QueueSnapshot, down: Throughput, up: Throughput, now_s: float, width: int) -> Content:
    texts = [f"↓ {short_rate(snapshot.down_bps)} ", f"↑ {short_rate(snapshot.up_bps)} "]
    room = width - sum(map(len, texts)) - len(_GAP)
    seconds = max(1, min(SECONDS, room // 2))
    lines = [throughput.last(now_s, seconds) for throughput in (down, up)]
    top = max(max(line) for line in lines)
    return Content(_GAP).join(
        [
            Content.styled(text + sparkline(line, top), "$accent" if bps else "$foreground 70%")
            for text, line, bps in zip(texts, lines, (snapshot.down_bps, snapshot.up_bps), strict=True)
        ]
    )


def limit_text(limits: Limits) -> str:
    return f"limit {'off' if limits.rate_bps is None else short_rate(limits.rate_bps)}"


def summary(snapshot: QueueSnapshot, failed_before: int = 0) -> str:
    """Return the number of transfers in each state."""
    counts = [
        (snapshot.running, "running"),
        (snapshot.waiting, "waiting"),
        (snapshot.queued, "queued"),
        (snapshot.paused, "paused"),
        (snapshot.failed - failed_before, "failed"),
        (failed_before, "failed before"),
        (snapshot.done, "done"),
        (cancelled(snapshot), "cancelled"),
    ]
    return " · ".join(f"{count(number)} {word}" for number, word in counts if number) or "nothing moves"


def cancelled(snapshot: QueueSnapshot) -> int:
    others = snapshot.moving + snapshot.paused + snapshot.failed + snapshot.done
    return len(snapshot.transfers) - others
