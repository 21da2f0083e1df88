"""The known sizes of prefixes, from counts of this run and, by the state database, of earlier ones."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from datetime import UTC, datetime

from s3tui.browse.place.bookmarks import Whose
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.sizes.count import Age, Large, Newest, Sizes, SizeTotal

_KEPT = 500
"""Counts kept per account."""


@dataclass(frozen=True, slots=True)
class KnownSize:
    """The size of a prefix; a lower bound unless `is_complete`."""

    tally: SizeTotal
    is_complete: bool
    begun_at: datetime


class Counts:
    """The counts of one bucket, by prefix."""

    def __init__(self, counts: Iterable[Sizes] = ()) -> None:
        self._counts: dict[str, Sizes] = {}
        self._largest: dict[str, int] = {}
        self._sizes: PrefixSizes | None = None
        for sizes in counts:
            self.put(sizes)

    def __bool__(self) -> bool:
        return bool(self._counts)

    def get(self, prefix: str) -> Sizes | None:
        return self._counts.get(prefix)

    def sizes(self) -> PrefixSizes:
        """Return the sizes known by now, for sorting; the same value until another count comes in."""
        if self._sizes is None:
            self._sizes = PrefixSizes(self._counts)
        return self._sizes

    def put(self, sizes: Sizes) -> bool:
        """Add a count, unless it is a part of one that is complete; return whether it was added."""
        old = self._counts.get(sizes.prefix)
        if old is not None and old.is_complete and not sizes.is_complete:
            return False
        self._counts[sizes.prefix] = sizes
        self._largest.clear()
        self._sizes = None
        return True

    def add_older(self, others: Counts) -> None:
        """Add the counts of prefixes that were not counted in this run."""
        for prefix, sizes in others._counts.items():
            self._counts.setdefault(prefix, sizes)
        self._largest.clear()
        self._sizes = None

    def known(self, prefix: str) -> KnownSize | None:
        """Return the size of a prefix, from its own count or that of its parent; `None` without either."""
        found = []
        if (own := self._counts.get(prefix)) is not None:
            found.append(KnownSize(own.total, own.is_complete, own.begun_at))
        above = self._counts.get(_above(prefix)) if prefix else None
        if above is not None and (child := above.child(prefix)) is not None:
            found.append(KnownSize(*child, above.begun_at))
        return max(found, key=lambda known: (known.is_complete, known.begun_at), default=None)

    def largest_in(self, above: str) -> int:
        """Return the size of the largest prefix right below `above`, in bytes: the full length of a bar."""
        if above not in self._largest:
            whole = self._counts.get(above)
            prefixes = {prefix for prefix in self._counts if prefix and _above(prefix) == above}
            prefixes.update(whole.children if whole is not None else ())
            sizes = (known.tally.size for known in map(self.known, prefixes) if known is not None)
            self._largest[above] = max(sizes, default=0)
        return self._largest[above]


class PrefixSizes:
    """The known sizes at one time: an immutable value to sort by."""

    def __init__(self, counts: Mapping[str, Sizes]) -> None:
        self._counts = Counts()
        self._counts._counts = dict(counts)

    def __call__(self, prefix: str) -> int | None:
        known = self._counts.known(prefix)
        return None if known is None else known.tally.size


def _above(prefix: str) -> str:
    head, slash, _ = prefix[:-1].rpartition(DELIMITER)
    return head + slash


def remember(database: sqlite3.Connection, whose: Whose, bucket: str, sizes: Sizes) -> None:
    """Store a count; the oldest of the account beyond the limit are deleted."""
    values = (whose.identity, bucket, _blob(sizes.prefix), sizes.begun_at.timestamp(), _dumped(sizes))
    database.execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?, ?, ?)", values)
    database.execute(
        "DELETE FROM counts WHERE identity = ?1 AND at <= "
        "(SELECT at FROM counts WHERE identity = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
        (whose.identity, _KEPT),
    )


def remembered(database: sqlite3.Connection, whose: Whose, bucket: str) -> Counts:
    """Load the counts of a bucket, of this run and those before."""
    asked = "SELECT prefix, at, sizes FROM counts WHERE identity = ? AND bucket = ?"
    loaded = (_loaded_or_none(*row) for row in database.execute(asked, (whose.identity, bucket)))
    return Counts(sizes for sizes in loaded if sizes is not None)


def remembered_totals(database: sqlite3.Connection, whose: Whose) -> dict[str, KnownSize]:
    """Load the sizes of whole buckets, of this run and those before, by the bucket's name."""
    asked = "SELECT bucket, prefix, at, sizes FROM counts WHERE identity = ? AND prefix = ?"
    found = ((row[0], _loaded_or_none(*row[1:])) for row in database.execute(asked, (whose.identity, b"")))
    return {
        bucket: KnownSize(sizes.total, sizes.is_complete, sizes.begun_at)
        for bucket, sizes in found
        if sizes is not None
    }


def _blob(prefix: str) -> bytes:
    # A prefix may hold lone surrogates, which SQLite takes for no text.
    return prefix.encode(errors="surrogatepass")


def _dumped(sizes: Sizes) -> str:
    def numbers(tallies: Mapping[str, SizeTotal]) -> dict[str, tuple[int, ...]]:
        return {name: astuple(tally) for name, tally in tallies.items()}

    return json.dumps(
        {
            "is_complete": sizes.is_complete,
            "last_key": sizes.last_key,
            "total": astuple(sizes.total),
            "children": numbers(sizes.children),
            "by_class": numbers(sizes.by_class),
            "by_age": numbers({age.name: tally for age, tally in sizes.by_age.items()}),
            "largest": [(large.size, large.key) for large in sizes.largest],
            "newest": None if sizes.newest is None else (sizes.newest.modified.timestamp(), sizes.newest.key),
        }
    )


def _loaded_or_none(prefix: bytes, at: float, text: str) -> Sizes | None:
    """Parse a stored count; `None` for a row that is damaged: it is counted again."""
    try:
        return _loaded(prefix, at, text)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        return None


def _loaded(prefix: bytes, at: float, text: str) -> Sizes:
    values = json.loads(text)

    def tallies(name: str) -> dict[str, SizeTotal]:
        return {key: SizeTotal(*numbers) for key, numbers in values[name].items()}

    newest = values.get("newest")
    return Sizes(
        prefix.decode(errors="surrogatepass"),
        datetime.fromtimestamp(at, UTC),
        values["is_complete"],
        values["last_key"],
        SizeTotal(*values["total"]),
        tallies("children"),
        tallies("by_class"),
        {Age[name]: tally for name, tally in tallies("by_age").items()},
        tuple(Large(*pair) for pair in values["largest"]),
        None if newest is None else Newest(datetime.fromtimestamp(newest[0], UTC), str(newest[1])),
    )
