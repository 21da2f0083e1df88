"""Errors as sentences. Pure."""

from __future__ import annotations

from s3tui.format import printable


def explain(error: Exception) -> str:
    """Return what an error says, terminal-safe and with a full stop."""
    text = printable(str(error)).rstrip()
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."
