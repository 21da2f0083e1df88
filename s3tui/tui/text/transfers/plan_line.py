"""One object of a plan in words, for its line in a list. Pure."""

from __future__ import annotations

from datetime import datetime

from s3tui.format import printable
from s3tui.transfer.changes.models import ChangeItem, ItemState


def written_at(item: ChangeItem) -> datetime | None:
    """Return when an object was written, as it was planned."""
    modified = item.facts.get("modified")
    return None if modified is None else datetime.fromisoformat(modified)


def fate_of(item: ChangeItem) -> str:
    """Return in a few words what is to become of an object."""
    facts = item.facts
    if item.state is not ItemState.PLANNED:
        return printable(str(item.outcome.get("why", "")))
    if "to" in facts:
        return printable(f"→ {facts['to']}")
    if "upload" in facts:
        return "unfinished upload"
    if "version" in facts:
        kind = "delete marker" if facts.get("marker") else "version"
        return printable(f"{kind} {facts['version']}")
    return printable(str(facts.get("class") or ""))
