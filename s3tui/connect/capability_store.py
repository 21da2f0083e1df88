"""Capabilities of endpoints, kept from one run to the next in the state database, by identity.

Everything here takes the state database and is over in a moment; it waits for another instance that writes,
so it belongs in a thread of its own.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from s3tui.s3.sending.capabilities import Capability, CapabilityObserved

_BELIEVED = timedelta(days=30)
"""Servers get upgraded: older observations are dropped, and made anew."""


def keep(database: sqlite3.Connection, identity: str, observed: CapabilityObserved) -> None:
    """Store an observed capability, in place of an earlier observation."""
    database.execute(
        "INSERT OR REPLACE INTO capabilities VALUES (?, ?, ?, ?, ?)",
        (
            identity,
            observed.capability.value,
            observed.is_there,
            observed.evidence.encode(errors="surrogatepass"),
            observed.at.timestamp(),
        ),
    )


def kept(database: sqlite3.Connection, identity: str, now: datetime) -> list[CapabilityObserved]:
    """Load the recent capabilities of that endpoint and account; a row that cannot be read is left out."""
    asked = "SELECT capability, is_there, evidence, at FROM capabilities WHERE identity = ? AND at > ?"
    rows = database.execute(asked, (identity, (now - _BELIEVED).timestamp()))
    return [observed for row in rows if (observed := _observed(*row)) is not None]


def _observed(
    capability: object, is_there: object, evidence: object, at: object
) -> CapabilityObserved | None:
    try:
        known = Capability(capability)  # a newer s3tui may know more of them
    except ValueError:
        return None
    if is_there not in (0, 1) or not isinstance(evidence, bytes) or not isinstance(at, float | int):
        return None
    try:
        when = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return CapabilityObserved(known, is_there == 1, evidence.decode(errors="replace"), when)
