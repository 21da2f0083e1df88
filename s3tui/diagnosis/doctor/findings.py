"""Findings of the doctor: the outcome of each check, with its reason and its remedy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Outcome(Enum):
    """The outcome of one check."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "not supported"
    """The endpoint lacks it, or does it in another way: s3tui works around it."""
    UNKNOWN = "unknown"
    """Nothing could be learned: refused, broken off, or not asked."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    check: str
    """The id of the check: `tls`, `if-none-match`."""
    outcome: Outcome
    sentence: str
    """Not terminal-safe: it may quote the server."""
    remedy: str = ""
    """What can be done about it; empty where nothing has to be."""


def passed(check: str, sentence: str) -> Finding:
    return Finding(check, Outcome.PASSED, sentence)


def failed(check: str, sentence: str, remedy: str) -> Finding:
    return Finding(check, Outcome.FAILED, sentence, remedy)


def unsupported(check: str, sentence: str, remedy: str = "") -> Finding:
    return Finding(check, Outcome.UNSUPPORTED, sentence, remedy)


def unknown(check: str, sentence: str, remedy: str = "") -> Finding:
    return Finding(check, Outcome.UNKNOWN, sentence, remedy)
