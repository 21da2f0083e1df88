"""Progress of the transfers for the terminal's title. Pure."""

from __future__ import annotations

from s3tui.format import counted
from s3tui.transfer.models import QueueSnapshot
from s3tui.tui.text.transfers.progress import fraction_done

_MANY = 1000
"""Transfers from which nobody adds up what is done."""


def title_words(queue: QueueSnapshot) -> str | None:
    """Return `2 transfers, 62 %`; `None` where nothing moves."""
    if not queue.moving:
        return None
    words = counted(queue.moving, "transfer")
    if len(queue.transfers) > _MANY:
        return words
    moving = [each for each in queue.transfers if not each.state.is_final]
    if any(fraction_done(each) is None for each in moving):
        return words
    done, total = sum(each.bytes_done for each in moving), sum(each.bytes_total or 0 for each in moving)
    return f"{words}, {done * 100 // total} %" if total else words
