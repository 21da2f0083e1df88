"""Unexpected errors of the S3 thread, converted to errors that screens can show as a state."""

from __future__ import annotations

from pathlib import Path

from s3tui import crash_report
from s3tui.format import printable
from s3tui.s3.errors import S3Error


class Unforeseen(S3Error):
    """Stands for an unexpected error, as an error that screens can show."""


def foreseen(error: Exception) -> Exception:
    """Return `error` if screens handle its type; else save a report and return an `Unforeseen` for it."""
    from s3tui.state import StateError
    from s3tui.transfer.errors import TransferError

    if isinstance(error, S3Error | StateError | TransferError | TimeoutError):
        return error
    file = crash_report.save(error, "the S3 thread")
    said = printable(crash_report.name_of(error))
    return Unforeseen(f"Something went wrong inside s3tui: {said}. {kept(file)}.")


def kept(file: Path | None) -> str:
    """Return a sentence on where the report of an error is, without a full stop."""
    if file is None:
        return "It could not be written down"
    return f"What is known of it is in {printable(str(file))}"
