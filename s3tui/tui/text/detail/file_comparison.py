"""The outcome of a comparison of an object with a file, as a sentence. Pure."""

from __future__ import annotations

from s3tui.format import counted
from s3tui.transfer.integrity.same_as_file import BYTES, FileComparison
from s3tui.transfer.integrity.verify import SIZE


def comparison_sentence(comparison: FileComparison, object_size: int | None) -> str:
    """Return the outcome as a sentence that says what proved it."""
    verdict = comparison.verdict
    if verdict.is_same and verdict.by != SIZE:
        return f"The same: {verdict.by} match." if verdict.by == BYTES else f"The same: {verdict.by} matches."
    if verdict.is_same:
        return "The same: both are empty."
    if comparison.first_difference is not None:
        return f"Different from byte {comparison.first_difference:,} on (counted from 0)."
    if verdict.is_same is None:
        return "Not decidable without reading it: S3 keeps no checksum that these bytes can be held against."
    if object_size is not None and object_size != comparison.file_size:
        more = comparison.file_size - object_size
        words = f"{counted(abs(more), 'byte')} {'longer' if more > 0 else 'shorter'}"
        return f"Different: the file is {words}."
    return f"Different: {verdict.by} does not match."
