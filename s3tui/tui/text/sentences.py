"""Values and errors in running text. Pure."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.format import ago, duration, printable, rate, size

if TYPE_CHECKING:
    from s3tui.s3.request.capabilities import CapabilityObserved
    from s3tui.s3.request.clock import ClockSkewed


def explain(error: Exception) -> str:
    """Return what an error says, terminal-safe and with a full stop."""
    text = printable(str(error)).rstrip()
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def short_size(n: int | None) -> str:
    """Return a size without the padding that aligns it in a column."""
    return " ".join(size(n).split())


def tilde(path: Path | str) -> str:
    """Return a path as people write it: `~` for home. What is no path stays as it is."""
    home, text = paths.home(), str(path)
    return f"~{text[len(str(home)) :]}" if home and text.startswith(f"{home}{os.sep}") else text


def least_size(n: int, unsized: int) -> str:
    """Return the size of several objects; where that of some is unknown, it is a lower bound."""
    return f"at least {short_size(n)}" if unsized else short_size(n)


def short_rate(bytes_per_s: float) -> str:
    return " ".join(rate(bytes_per_s).split())


def counted_words(when: datetime, now: datetime) -> str:
    """Say how old a count is."""
    return f"counted {ago(when, now)}"


def capability_sentence(fact: CapabilityObserved) -> str | None:
    """Say what the server was seen not to do, where that changes what the user gets."""
    if fact.is_there or not fact.capability.value.startswith("checksum-"):
        return None
    return "This server refuses checksums: they are left out from now on, and MD5 stands in where it can."


def clock_sentence(fact: ClockSkewed) -> str:
    """Say how far this machine's clock is off, and what was done about it."""
    side = "behind" if fact.skew_s > 0 else "ahead of"
    off = duration(abs(fact.skew_s))
    return f"This machine's clock is {off} {side} the server's. Signatures are corrected; set it right."
