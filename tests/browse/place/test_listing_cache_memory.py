"""The memory that kept listings take, measured from outside of Python: the resident size of a process."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from s3tui.browse.place.listing_cache import MOST_BYTES, MOST_ROWS

FILL = """
import json, sys
from pathlib import Path
from s3tui.browse.place.listing_cache import ListingCache, ListingKey
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listed_tree import ListedTree
from s3tui.browse.rows.listing import Listing
from s3tui.browse.rows.tree import Tree
from s3tui.s3.models import ListObjectsPage, ObjectSummary

listings, rows, length = map(int, sys.argv[1:])


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def listed(prefix: str) -> ListedTree:
    listing = Listing(prefix)
    for first in range(0, rows, 1000):
        numbers = range(first, min(rows, first + 1000))
        page = tuple(ObjectSummary(f"{prefix}{number:0{length}}", number) for number in numbers)
        more = "more" if numbers[-1] + 1 < rows else None
        listing.append(ListObjectsPage(page, next_continuation_token=more))
    return ListedTree(Tree(listing))


class Screen:
    def __init__(self, shown: ListedTree) -> None:
        self.listed, self.key = shown, ListingKey("me", Location("b", "shown/"))

    def change(self, change: object) -> None: ...


cache, first, most = ListingCache(), listed("warm up/"), 0
one = listed("p/").tree.root
cache.show(Screen(listed("shown/")))
before = resident()
for number in range(listings):
    tree = ListedTree(Tree(one.spliced([])))
    cache.keep(ListingKey("me", Location("b", f"{number}/")), tree)
    cache.fit()
    most = max(most, resident()) if number % 50 == 0 else most
weight, kept = cache.weight(), len(cache)
grown = max(most, resident()) - before
print(json.dumps({"grown": grown, "kept": kept, "rows": weight.rows, "bytes": weight.bytes}))
"""


@pytest.mark.large
@pytest.mark.parametrize(
    ("listings", "rows", "length"),
    [(250, 10_000, 20), (120, 10_000, 300), (24_000, 3, 20)],
    ids=["many rows", "long names", "many small ones"],
)
def test_the_process_grows_by_no_more_than_the_budget(listings: int, rows: int, length: int) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FILL, *map(str, (listings, rows, length))],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    found = json.loads(answer)
    assert found["kept"] < listings, "it was filled beyond what is kept"
    assert found["rows"] <= MOST_ROWS
    assert found["bytes"] <= MOST_BYTES
    assert found["rows"] + rows > MOST_ROWS or found["bytes"] * 1.1 > MOST_BYTES, "and is full"
    assert found["grown"] <= 1.15 * MOST_BYTES
