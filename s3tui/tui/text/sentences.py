"""Formats values and errors for running text. Pure."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.format import ago, duration, printable, rate, size

if TYPE_CHECKING:
    from s3tui.config.reader import Problem
    from s3tui.s3.sending.capabilities import CapabilityObserved
    from s3tui.s3.sending.clock import ClockSkewed


def explain(error: Exception) -> str:
    """Return what an error says, terminal-safe and with a full stop."""
    text = printable(str(error)).rstrip()
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def config_sentence(file: str, problems: Sequence[Problem]) -> str:
    """Return a sentence on the first mistake in config.toml, and on how many more there are."""
    first = problems[0]
    place = f"{file}, line {first.line}" if first.line else file
    more = f" {len(problems) - 1} more: s3tui --check-config lists them." if problems[1:] else ""
    return f"{explain(ValueError(f'{place}: {first.sentence}'))}{more}"


def short_size(n: int | None) -> str:
    """Return a size without the padding that aligns it in a column."""
    return " ".join(size(n).split())


def tilde(path: Path | str) -> str:
    """Return a path with `~` for the home directory; text that is no path stays as it is."""
    home, text = paths.home(), str(path)
    return f"~{text[len(str(home)) :]}" if home and text.startswith(f"{home}{os.sep}") else text


def least_size(n: int, unsized: int) -> str:
    """Return the total size of objects, as a lower bound if `unsized` of them have an unknown size."""
    return f"at least {short_size(n)}" if unsized else short_size(n)


def short_rate(bytes_per_s: float) -> str:
    return " ".join(rate(bytes_per_s).split())


def counted_words(when: datetime, now: datetime) -> str:
    """Return the age of a count: `counted 5 minutes ago`."""
    return f"counted {ago(when, now)}"


def capability_sentence(fact: CapabilityObserved) -> str | None:
    """Return a sentence on a capability that the server lacks, if that matters to the user."""
    if fact.is_there or not fact.capability.value.startswith("checksum-"):
        return None
    return "This server refuses checksums: they are left out from now on, and MD5 stands in where it can."


def clock_sentence(fact: ClockSkewed) -> str:
    """Return a sentence on the skew of this machine's clock and its correction."""
    side = "behind" if fact.skew_s > 0 else "ahead of"
    off = duration(abs(fact.skew_s))
    return f"This machine's clock is {off} {side} the server's. Signatures are corrected; set it right."
