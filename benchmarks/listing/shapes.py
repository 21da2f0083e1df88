"""Key spaces as buckets really have them: each a sorted list of keys, the same on every run."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import overload

_WORDS = [
    "alpha",
    "audit",
    "backup",
    "billing",
    "cache",
    "catalog",
    "clicks",
    "daily",
    "events",
    "exports",
    "features",
    "images",
    "invoices",
    "labels",
    "logs",
    "metrics",
    "models",
    "orders",
    "parquet",
    "payments",
    "prod",
    "raw",
    "reports",
    "sessions",
    "staging",
    "tables",
    "tmp",
    "users",
]


def flat(count: int) -> list[str]:
    """One long row of numbers."""
    return list(Numbered(count))


class Numbered(Sequence[str]):
    """As `flat`, made when asked for: for more keys than one wants to hold."""

    def __init__(self, count: int) -> None:
        self._numbers = range(count)

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [_numbered(i) for i in self._numbers[place]]
        return _numbered(self._numbers[place])


def _numbered(i: int) -> str:
    return f"data/part-{i:08d}.parquet"


def hashed(count: int) -> list[str]:
    """Content addresses: even, without any structure."""
    return sorted(f"blobs/{hashlib.md5(str(i).encode()).hexdigest()}" for i in range(count))


def dated(count: int) -> list[str]:
    """Three years of logs, a folder an hour: most numbers never occur."""
    begin, step = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=3 * 365) / count
    return [f"logs/{begin + i * step:%Y/%m/%d/%H/%M%S}-host{i % 7}-{i:07d}.gz" for i in range(count)]


def tree(count: int) -> list[str]:
    """Folders in folders, named in words, some of ten keys and some of thousands."""
    choice = random.Random(2026)
    keys: list[str] = []
    folders: set[str] = set()
    while len(keys) < count:
        folder = "/".join(choice.choice(_WORDS) for _ in range(choice.randint(2, 5)))
        if folder not in folders:
            folders.add(folder)
            size = min(int(choice.paretovariate(0.7) * 10), 20_000, count - len(keys))
            keys += [f"{folder}/{choice.choice(_WORDS)}-{i:05d}.json" for i in range(size)]
    return sorted(set(keys))


def skewed(count: int) -> list[str]:
    """Three hundred tenants, one of which has 95 % of the keys."""
    choice = random.Random(2026)
    tenants = [f"{choice.choice(_WORDS)}-{choice.getrandbits(24):06x}" for _ in range(300)]
    hot = sorted(tenants)[170]
    return sorted(
        f"tenants/{hot if i % 20 else choice.choice(tenants)}/events/{choice.getrandbits(64):016x}.json"
        for i in range(count)
    )


SHAPES: dict[str, Callable[[int], list[str]]] = {
    "flat": flat,
    "hashed": hashed,
    "dated": dated,
    "tree": tree,
    "skewed": skewed,
}
