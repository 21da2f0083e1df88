"""Sentences on restores from archive storage: tiers, how long they take, refusals. Pure."""

from __future__ import annotations

from collections.abc import Collection

from s3tui.format import counted
from s3tui.s3.errors import ServiceError

TIERS = ("Standard", "Bulk", "Expedited")
TIERING = "INTELLIGENT_TIERING"
"""Brings the object itself back, for good: it takes no days."""
ARCHIVES = frozenset({"GLACIER", "DEEP_ARCHIVE", TIERING})
_DEEP = "DEEP_ARCHIVE"
_TIMES = {
    ("GLACIER", "Standard"): "3 to 5 hours",
    ("GLACIER", "Bulk"): "5 to 12 hours",
    ("GLACIER", "Expedited"): "1 to 5 minutes",
    (_DEEP, "Standard"): "12 hours",
    (_DEEP, "Bulk"): "48 hours",
    (TIERING, "Standard"): "up to 12 hours",
    (TIERING, "Bulk"): "up to 48 hours",
    (TIERING, "Expedited"): "1 to 5 minutes",
}
"""As *Understanding archive retrieval options* in the S3 user guide has it."""
_UNDER_WAY = "RestoreAlreadyInProgress"
_AWAKE = frozenset({"InvalidObjectState", "ObjectAlreadyInActiveTierError"})
_FULL = "GlacierExpeditedRetrievalNotAvailable"


def tiers_of(classes: Collection[str | None]) -> tuple[str, ...]:
    """Return the tiers that all of these storage classes know."""
    return TIERS[:2] if _DEEP in classes else TIERS


def restore_note(classes: Collection[str | None], tier: str, days: int | None) -> str:
    """Say how long a restore takes, and how long what is restored stays."""
    times = sorted({_TIMES[known, tier] for known in map(str, classes) if (known, tier) in _TIMES})
    said = f"It takes {' or '.join(times)}." if times else "How long it takes is not known."
    if tier == "Expedited":
        said += " Expedited is dear, and may be refused when S3 is busy."
    if days is not None:
        said += f" A copy can be read for {counted(days, 'day')}, and is charged beside the archived object."
    if TIERING in classes:
        said += " Objects of Intelligent-Tiering come back for good."
    return said


def refused_restore(error: ServiceError) -> str | None:
    """Return a sentence on why a restore was not begun, where S3 has an own word for it."""
    if error.code == _UNDER_WAY:
        return "It is being restored already."
    if error.code in _AWAKE:
        return "It is not archived, and can be read as it is."
    if error.code == _FULL:
        return "S3 has no room for an expedited restore now: take Standard."
    return None
