"""State, progress and errors of a transfer, as short text for one row. Pure."""

from __future__ import annotations

from s3tui.format import count, printable
from s3tui.transfer.errors import NOT_AT_HAND
from s3tui.transfer.models import Transfer, TransferState
from s3tui.tui.text.cells import Tone
from s3tui.tui.text.sentences import short_size

SIGNS: dict[TransferState, tuple[str, Tone]] = {
    TransferState.QUEUED: ("⋯", "dim"),
    TransferState.RUNNING: ("", "accent"),
    TransferState.WAITING: ("↻", "warn"),
    TransferState.PAUSED: ("‖", "warn"),
    TransferState.DONE: ("✓", "good"),
    TransferState.FAILED: ("✗", "bad"),
    TransferState.CANCELLED: ("–", "dim"),
}


def trouble(row: Transfer) -> str:
    """Return the error of a transfer; if it waits, with the time until the next try first."""
    error = printable(row.error or "")
    match row.state:
        case TransferState.FAILED:
            return error
        case TransferState.PAUSED if row.error_code == NOT_AT_HAND:
            return error
        case TransferState.WAITING if error:
            return f"again in {row.next_try_s or 0} s: {error}"
        case _:
            return ""


def fraction_done(row: Transfer) -> float | None:
    if row.state is TransferState.DONE:
        return 1.0
    if row.direction.counts_objects:
        return row.objects_done / row.objects_total if row.objects_total else None
    if row.bytes_total and row.listing_done:
        return row.bytes_done / row.bytes_total
    return None


def amount(row: Transfer) -> str:
    """Return the bytes done and in total: `23.6 / 38.1 GB`; of a deletion its objects."""
    if row.direction.counts_objects:
        return objects(row)
    done = short_size(row.bytes_done)
    if row.bytes_total is None or row.bytes_done == row.bytes_total:
        return done
    total = short_size(row.bytes_total)
    number, _, unit = done.partition(" ")
    return f"{number if total.endswith(f' {unit}') else done} / {total}"


def objects(row: Transfer) -> str:
    """Return the objects done and in total; `1,203 / 1,940+` while more are listed."""
    total = "?" if row.objects_total is None else count(row.objects_total)
    return f"{count(row.objects_done)} / {total}{'' if row.listing_done else '+'}"
