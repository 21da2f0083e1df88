"""Words on a conflict: how both sides differ, and which question of how many it is. Pure."""

from __future__ import annotations

from s3tui.format import count
from s3tui.transfer.models import Transfer
from s3tui.transfer.target.conflict_kind import ConflictKind


def kind_sentence(kind: ConflictKind) -> str:
    """Return a sentence on what is there beside what comes."""
    age = {None: "", True: ", and is newer", False: ", and is older"}[kind.is_newer]
    return f"What is there has {kind.likeness.value}{age}."


def place_words(row: Transfer) -> str:
    """Return which question of how many this is: `3 of 642`; empty for a single one.

    While objects are still found or moved, more questions may come: `3 of 12 so far`.
    """
    total = row.answered + row.questions
    over = row.objects_done + row.failed_objects + row.questions
    is_final = row.listing_done and row.objects_total is not None and over >= row.objects_total
    if total <= 1 and is_final:
        return ""
    return (
        f"{count(row.answered + 1)} of {count(max(total, row.answered + 1))}{'' if is_final else ' so far'}"
    )
