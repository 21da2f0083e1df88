"""Facts of earlier runs in the state database: the commands that were run last, and hints that were given."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

_KEPT = 20


def recent_commands(database: sqlite3.Connection) -> list[str]:
    """Return the ids of the commands that were run last, the latest first."""
    asked = "SELECT name FROM remembered WHERE kind = 'command' ORDER BY at DESC LIMIT ?"
    return [str(name) for (name,) in database.execute(asked, (_KEPT,))]


def note_command(database: sqlite3.Connection, id: str, at: datetime) -> None:
    """Insert that a command was run."""
    database.execute("INSERT OR REPLACE INTO remembered VALUES ('command', ?, ?)", (id, at.timestamp()))


def first_time(database: sqlite3.Connection) -> bool:
    """Return whether the hint for a first start was never given; from then on it was."""
    return bool(database.execute("INSERT OR IGNORE INTO remembered VALUES ('hint', 'keys', 0)").rowcount)
