"""Sentences for refusals: the server's message first, then its usual meaning, marked as ours. Pure.

The reason stands in the server's own sentence (a policy's deny, a key of KMS, a second factor, an unpaid
bill, Block Public Access) and cannot be guessed from the operation.

Truth: *Troubleshoot access denied errors* and *Error responses* in Amazon's S3 documentation, and what
other products were seen to answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_SAID = 600
"""Characters of a server's sentence that are kept; the longest of AWS's name two ARNs and a policy."""

_MEANS_PERMISSION = frozenset({"AccessDenied", "AccessForbidden", "Forbidden", "Unauthorized"})
"""Codes that say no more than that something is not allowed."""
_SAYS_NOTHING = frozenset(
    {"", "access denied", "access forbidden", "forbidden", "unauthorized", "permission denied"}
)

_HINT_BY_CODE: Mapping[str, str] = {
    "AllAccessDisabled": "access was switched off for everybody, so no permission helps",
    "InvalidPayer": "whoever should pay for it cannot, so no permission helps",
    "AccountProblem": "something is wrong with the account, often an unpaid bill: its owner has to settle it",
    "NotSignedUp": "the account is not signed up for the service: its owner has to do that first",
    "UserDisable": "the account is suspended: its owner has to settle that",
    "UserSuspended": "the account is suspended: its owner has to settle that",
    "AccountSuspended": "the account is suspended: its owner has to settle that",
    "QuotaExceeded": "the quota is used up: make room, or have it raised",
}
_HINT_BY_WORDS = (
    (
        re.compile(r"explicit deny", re.I),
        "a deny wins over every permission: whoever keeps that policy has to change it",
    ),
    (
        re.compile(r"multi-?factor|\bMFA\b", re.I),
        "a session that was opened with a second factor (MFA) may be needed",
    ),
    (
        re.compile(r"block ?public|public ?access ?block", re.I),
        "Block Public Access, of the bucket or of the account, refuses it",
    ),
    (
        re.compile(r"\bkms:", re.I),
        "it is encrypted with a key of KMS, and using that key takes a permission of its own",
    ),
    (
        re.compile(r"\b(?:caps?|quota|storage limit)\b.*\bexceeded|\bexceed\w*\b.*\b(?:cap|quota)\b", re.I),
        "what the account may use is used up, so no permission helps",
    ),
    (
        re.compile(r"unpaid|overdue|billing|payment|invoice|suspended", re.I),
        "something is wrong with the account: its owner has to settle it",
    ),
    (
        re.compile(r"\bVPC\b|endpoint policy|this network|source ip", re.I),
        "it depends on the network that one asks from",
    ),
)
_NAMES_AN_ACTION = re.compile(r"not authorized to perform:? ?\w+:\w+", re.I)


def normalized(said: str) -> str:
    """Return a server's message on one line, cut to `MAX_SAID`; its control characters are not escaped."""
    line = " ".join(said.split())
    return line if len(line) <= MAX_SAID else f"{line[: MAX_SAID - 1]}…"


def sentence(*, code: str, said: str, operation: str, what: str, permission: str, who: str) -> str:
    """Return the sentence that says why a request was refused.

    Args:
        said: the server's sentence, normalized; empty where it gave none.
        what: the bucket or object that it was about.
        permission: the one that the operation needs as a rule: `s3:GetObject`.
        who: the one whose keys signed it, in words.
    """
    first = _first(code, said, f"{operation} on {what}")
    hint = _HINT_BY_CODE.get(code) or _hint_by_words(said)
    if hint is None and code in _MEANS_PERMISSION and not _NAMES_AN_ACTION.search(said):
        likely = "most likely" if _says_nothing(said) else "perhaps"
        hint = f"{likely} {permission} is needed on {what}, and {who} may not"
    return first if hint is None else f"{first} (s3tui: {hint})"


def _first(code: str, said: str, asked: str) -> str:
    shown = code if not said or said == code else said
    if code in _MEANS_PERMISSION:
        return f'"{said}", the server says to {asked}' if said else f"the server refuses {asked}"
    named = "" if shown == code else f" ({code})"
    return f'"{shown}"{named}, the server says to {asked}'


def _says_nothing(said: str) -> bool:
    return said.rstrip(".!").lower() in _SAYS_NOTHING


def _hint_by_words(said: str) -> str | None:
    return next((hint for pattern, hint in _HINT_BY_WORDS if pattern.search(said)), None)
