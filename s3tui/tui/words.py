"""Values and errors in running text. Pure."""

from __future__ import annotations

from s3tui.format import printable, rate, size


def explain(error: Exception) -> str:
    """Return what an error says, terminal-safe and with a full stop."""
    text = printable(str(error)).rstrip()
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def short_size(n: int | None) -> str:
    """Return a size without the padding that aligns it in a column."""
    return " ".join(size(n).split())


def short_rate(bytes_per_s: float) -> str:
    return " ".join(rate(bytes_per_s).split())
