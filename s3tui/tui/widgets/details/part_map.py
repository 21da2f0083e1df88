"""PartMap: a row of cells for the parts of an object, above progress, paths and error of its transfer."""

from __future__ import annotations

from itertools import pairwise

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.widgets import Static

from s3tui.format import count, counted, printable
from s3tui.transfer.models import PartState, Transfer, TransferState
from s3tui.tui.text.cells import middle
from s3tui.tui.text.sentences import short_size, tilde

_WIDEST = 3
"""Most cells of one part, if there are fewer parts than cells."""
_CELLS = {
    PartState.WAITING: ("░", "$foreground 40%"),
    PartState.MOVING: ("▒", "$accent"),
    PartState.DONE: ("█", "$success"),
    PartState.DONE_AGAIN: ("▓", "$warning"),
}


class PartMap(Static):
    DEFAULT_CSS = """
    PartMap {
        height: auto;
        max-height: 8;
        padding: 0 1;
        background: $surface;
        border: round $border-blurred;
        border-title-color: $foreground 80%;
    }
    """

    _transfer: Transfer | None = None

    def show(self, transfer: Transfer | None) -> None:
        """Show the parts and progress of `transfer`; hidden without one."""
        self._transfer = transfer
        self.display = transfer is not None
        self._paint()

    def on_resize(self, event: events.Resize) -> None:
        self._paint()

    def _paint(self) -> None:
        transfer, width = self._transfer, self.content_size.width
        if transfer is None or not width:
            return
        name = printable(transfer.name)
        self.border_title = Content(f"parts of {name}" if transfer.parts else name)
        lines = []
        if transfer.parts:
            lines.append(
                Content("").join([Content.styled(*_CELLS[cell]) for cell in cells(transfer.parts, width)])
            )
        lines.append(Content(progress_text(transfer) or transfer.state.value))
        lines.append(Content.styled(way(transfer, width), "$foreground 70%"))
        if transfer.notice:
            lines.append(Content.styled(f"! {printable(transfer.notice)}", "$warning"))
        if transfer.error:
            code = f" ({printable(transfer.error_code)})" if transfer.error_code else ""
            lines.append(Content.styled(f"{printable(transfer.error)}{code}", "$error"))
        self.update(Content("\n").join(lines))


def way(transfer: Transfer, width: int) -> str:
    """Return where a transfer comes from and goes to, in at most `width` cells."""
    if not transfer.target:  # a deletion leads nowhere
        return middle(printable(tilde(transfer.source)), width)
    source, target = printable(tilde(transfer.source)), printable(tilde(transfer.target))
    if cell_len(source) + cell_len(target) + 3 > width:
        source, target = middle(source, (width - 3) // 2), middle(target, (width - 3) // 2)
    return f"{source} → {target}"


def cells(parts: bytes, width: int) -> list[PartState]:
    """Return at most `width` cells for the parts, in order; one of several shows what matters most."""
    if len(parts) <= width:
        each = max(1, min(_WIDEST, width // max(1, len(parts))))
        return [PartState(part) for part in parts for _ in range(each)]
    bounds = [index * len(parts) // width for index in range(width + 1)]
    return [_most(parts[start:end]) for start, end in pairwise(bounds)]


def _most(parts: bytes) -> PartState:
    states = set(parts)
    if PartState.MOVING in states:
        return PartState.MOVING
    if PartState.WAITING in states:  # partly done is not done
        return PartState.WAITING if len(states) == 1 else PartState.MOVING
    return PartState.DONE_AGAIN if PartState.DONE_AGAIN in states else PartState.DONE


def progress_text(transfer: Transfer) -> str:
    """Return the progress in parts or objects, how it was verified, attempts and priority."""
    phrases = _part_phrases(transfer) if transfer.objects_total == 1 else _object_phrases(transfer)
    if transfer.verified:
        phrases.append(f"verified {printable(transfer.verified)}")
    if transfer.attempts > 1:
        phrases.append(f"{transfer.attempts} attempts")
    if transfer.priority:
        phrases.append(f"priority {transfer.priority:+}")
    return " · ".join(phrases)


def _part_phrases(transfer: Transfer) -> list[str]:
    if not transfer.parts_total:
        return []
    moving = transfer.parts.count(PartState.MOVING)
    retried = transfer.parts.count(PartState.DONE_AGAIN)
    phrases = [f"{count(transfer.parts_done or 0)} of {count(transfer.parts_total)}"]
    if retried:
        phrases.append(f"{count(retried)} retried")
    if moving and transfer.state is TransferState.RUNNING:
        phrases.append(f"{counted(moving, 'connection')}")
    return phrases


def _object_phrases(transfer: Transfer) -> list[str]:
    total = "? objects" if transfer.objects_total is None else counted(transfer.objects_total, "object")
    more = "" if transfer.listing_done else ", still listing"
    size = short_size(transfer.bytes_done)
    if transfer.bytes_total is not None:
        size += f" of {short_size(transfer.bytes_total)}"
    notes = [
        (transfer.failed_objects, "failed"),
        (transfer.skipped, "skipped"),
        (transfer.renamed, "renamed"),
    ]
    return [
        f"{count(transfer.objects_done)} of {total}{more}",
        *[size] * (not transfer.direction.counts_objects),
        *(f"{count(number)} {word}" for number, word in notes if number),
    ]
