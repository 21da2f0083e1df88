"""Learned regions: the region redirects of buckets, kept from one run to the next by identity.

The latest row of a bucket says what its requests are signed for; those before it are how that came about.
Everything here takes the state database and is over in a moment; it waits for another instance that writes,
so it belongs in a thread of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime

from s3tui.s3.sending.region_redirects import RegionRouted, is_region

CHOSEN = "chosen here"
"""Evidence of a region that the user chose."""
_KEPT = 20
"""Redirects of a bucket."""


def keep(database: sqlite3.Connection, identity: str, routed: RegionRouted) -> None:
    """Store a redirect of a bucket, or a choice; beyond 20 of a bucket, the oldest are deleted."""
    if routed.bucket is None:
        return
    database.execute(
        "INSERT OR REPLACE INTO regions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            identity,
            routed.bucket,
            routed.at.timestamp(),
            routed.from_region,
            routed.to_region,
            routed.evidence.encode(errors="surrogatepass"),
            routed.elapsed_s,
            routed.host,
        ),
    )
    database.execute(
        "DELETE FROM regions WHERE identity = ?1 AND bucket = ?2 AND at NOT IN "
        "(SELECT at FROM regions WHERE identity = ?1 AND bucket = ?2 ORDER BY at DESC LIMIT ?3)",
        (identity, routed.bucket, _KEPT),
    )


def trail(database: sqlite3.Connection, identity: str, bucket: str) -> list[RegionRouted]:
    """Load the redirects of a bucket, oldest first; a row that cannot be read is left out."""
    asked = f"SELECT {_COLUMNS} FROM regions WHERE identity = ? AND bucket = ? ORDER BY at"
    return _all(database.execute(asked, (identity, bucket)).fetchall())


def latest(database: sqlite3.Connection, identity: str) -> list[RegionRouted]:
    """Load the latest redirect of each bucket."""
    asked = f"SELECT {_COLUMNS} FROM regions WHERE identity = ? ORDER BY at"
    rows = _all(database.execute(asked, (identity,)).fetchall())
    return list({routed.bucket: routed for routed in rows}.values())


def forget(database: sqlite3.Connection, identity: str, bucket: str) -> None:
    """Delete all that was learned of a bucket's region."""
    database.execute("DELETE FROM regions WHERE identity = ? AND bucket = ?", (identity, bucket))


_COLUMNS = "bucket, at, from_region, to_region, evidence, elapsed_s, host"


def _all(rows: Sequence[tuple[object, ...]]) -> list[RegionRouted]:
    return [routed for row in rows if (routed := _routed(*row)) is not None]


def _routed(
    bucket: object,
    at: object,
    from_region: object,
    to_region: object,
    evidence: object,
    elapsed_s: object,
    host: object,
) -> RegionRouted | None:
    if not isinstance(bucket, str) or not isinstance(from_region, str) or not isinstance(to_region, str):
        return None
    if not is_region(to_region) or not isinstance(evidence, bytes) or not isinstance(at, float | int):
        return None
    try:
        when = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    took_s = elapsed_s if isinstance(elapsed_s, float | int) else None
    words = evidence.decode(errors="replace")
    return RegionRouted(bucket, from_region, to_region, words, when, took_s, str(host or ""))
