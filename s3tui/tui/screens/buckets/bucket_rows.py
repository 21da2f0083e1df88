"""BucketRows: the rows of the bucket list with what is known of each, filtered and sorted. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING

from s3tui.format import counted
from s3tui.tui.text.bucket_row import BucketRow

if TYPE_CHECKING:
    from s3tui.browse.place.location import Location
    from s3tui.browse.sizes.known_sizes import KnownSize
    from s3tui.s3.models import Bucket


class BucketOrder(Enum):
    NAME = "name"
    CREATED = "newest"
    REGION = "region"
    SIZE = "largest"

    @property
    def reversed_word(self) -> str:
        return {"newest": "oldest", "largest": "smallest"}.get(self.value, f"{self.value} backwards")

    @property
    def next(self) -> BucketOrder:
        orders = list(BucketOrder)
        return orders[(orders.index(self) + 1) % len(orders)]


class BucketRows:
    """The rows by bucket name, and the bucket that was left last, which has a row in any case."""

    def __init__(self) -> None:
        self._rows: dict[str, BucketRow] = {}
        self._left: str | None = None
        self._bookmarked: Collection[Location] = ()
        self.order = BucketOrder.NAME
        self.is_reversed = False
        self.needle = ""
        """Filter: a row is shown if its name contains this text."""

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, buckets: Sequence[Bucket], regions: Mapping[str, str]) -> None:
        """Replace the rows by the listed buckets; what is known of a bucket is kept."""
        known = self._rows
        self._rows = {
            bucket.name: replace(
                known.get(bucket.name)
                or self._with_star(BucketRow(bucket.name, bucket.created, bucket.region)),
                created=bucket.created,
            )
            for bucket in buckets
        }
        self._add_left(regions)

    def clear(self) -> None:
        self._rows = {}

    def leave(self, bucket: str, regions: Mapping[str, str]) -> None:
        """Add a row for the bucket that was left, if the server did not list it."""
        self._left = bucket
        self._add_left(regions)

    def _add_left(self, regions: Mapping[str, str]) -> None:
        if self._rows and self._left is not None and self._left not in self._rows:
            region = regions.get(self._left)
            row = BucketRow(self._left, None, region, refused=None if region else "not listed")
            self._rows[self._left] = self._with_star(row)

    def forget(self, bucket: str) -> None:
        """Drop the special row of a bucket that was deleted."""
        if self._left == bucket:
            self._left = None

    def mark(self, bookmarked: Collection[Location]) -> None:
        """Set which buckets are bookmarked."""
        self._bookmarked = bookmarked
        self._rows = {name: self._with_star(row) for name, row in self._rows.items()}

    def weigh(self, sizes: Mapping[str, KnownSize]) -> None:
        """Set the sizes that are known of buckets."""
        self._rows = {name: replace(row, known=sizes.get(name)) for name, row in self._rows.items()}

    def sort_by(self, order: BucketOrder) -> None:
        """Sort by `order`; by the same one again backwards."""
        self.is_reversed = order is self.order and not self.is_reversed
        self.order = order

    def _with_star(self, row: BucketRow) -> BucketRow:
        if not (self._bookmarked or row.bookmarked):
            return row
        from s3tui.browse.place.location import Location  # too heavy for the first paint

        return replace(row, bookmarked=Location(row.name) in self._bookmarked)

    def change(self, bucket: str, **changes: str | bool | None) -> bool:
        """Update the row of a bucket; tell whether it has one."""
        if row := self._rows.get(bucket):
            self._rows[bucket] = replace(row, **changes)  # type: ignore[arg-type]  # fields of BucketRow
        return row is not None

    def hides(self, bucket: str) -> bool:
        return self.needle.lower() not in bucket.lower()

    def shown(self) -> list[BucketRow]:
        """Return the filtered rows, sorted; what is not known comes last."""
        rows = sorted(
            (row for row in self._rows.values() if not self.hides(row.name)), key=lambda row: row.name
        )
        known = [row for row in rows if self._value(row) is not None]
        is_falling = self.order in (BucketOrder.CREATED, BucketOrder.SIZE)
        known.sort(key=self._value, reverse=is_falling is not self.is_reversed)  # type: ignore[arg-type]  # none is None
        return [*known, *(row for row in rows if self._value(row) is None)]

    def _value(self, row: BucketRow) -> str | float | None:
        match self.order:
            case BucketOrder.NAME:
                return row.name
            case BucketOrder.CREATED:
                return None if row.created is None else row.created.timestamp()
            case BucketOrder.REGION:
                return row.region
            case BucketOrder.SIZE:
                return None if row.known is None else row.known.tally.size

    def total(self) -> str:
        """Return the number of buckets and of their regions; empty without buckets."""
        if not self._rows:
            return ""
        regions = len({row.region for row in self._rows.values() if row.region})
        words = f"{counted(len(self._rows), 'bucket')}"
        return f"{words} · {counted(regions, 'region')}" if regions else words

    def caption(self, shown: int) -> str:
        words = f"{shown} of {len(self._rows)}" if self.needle else "Buckets"
        return f"{words} · by {self.order.reversed_word if self.is_reversed else self.order.value}"
