"""Sizes, snapshots, comparisons and instants of a bucket that is listed in no order, or repeats keys."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Listing
from s3tui.browse.sizes.count import Count, count_objects
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotWriter
from s3tui.browse.source.source import LIVE, PageRequest
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.errors import ProtocolError
from s3tui.s3.listing.versions import list_objects_at
from s3tui.s3.models import ListObjectsPage, ListVersionsPage, ObjectSummary, ObjectVersion, VersionMarker
from tests.s3.listing.listing_server import SyntheticBucket, SyntheticVersions, listing_server
from tests.s3.scripted import KEYS

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LISTED = st.lists(st.text("ab/", min_size=1, max_size=4), unique=True, min_size=1, max_size=30)


def in_pages(keys: list[str], size: int) -> list[ListObjectsPage]:
    return [
        ListObjectsPage(tuple(ObjectSummary(key, 7, NOW, f"e{key}") for key in keys[at : at + size]))
        for at in range(0, len(keys), size)
    ]


def in_order_of(keys: list[str]) -> Callable[[str], bytes]:
    places = {key: place.to_bytes(4, "big") for place, key in enumerate(keys)}
    return lambda key: places.get(key, b"")


@given(LISTED, st.integers(1, 4), st.integers(1, 7))
def test_a_key_that_comes_again_is_counted_once(keys: list[str], times: int, size: int) -> None:
    count = Count("", NOW)
    for page in in_pages(list(chain.from_iterable([key] * times for key in keys)), size):
        assert count.add(page)
    assert count.sizes().total.objects == len(keys)
    assert (count.sizes().last_key is None) == (keys != sorted(keys))


@pytest.mark.parametrize("seed", range(8))
async def test_a_count_that_goes_on_and_finds_no_order_counts_again(seed: int) -> None:
    dice = random.Random(seed)
    keys = [f"k{number:04}" for number in range(1500)]
    cut = dice.randrange(400, 1400)
    listed = keys[:300] + dice.sample(keys[300:], 1200) if seed % 2 else keys[cut:] + keys[:cut]
    so_far = Count("", NOW)
    assert so_far.add(in_pages(listed[:300], 300)[0])
    bucket = SyntheticBucket(listed, in_order_of(listed), knows_start_after=False)
    async with (
        listing_server(bucket) as url,
        S3Client(Endpoint.custom(url), KEYS) as client,
        aclosing(count_objects(client, "b", "", NOW, so_far=so_far.sizes())) as counts,
    ):
        *_, last = [sizes async for sizes in counts]
    assert (last.total.objects, last.is_complete) == (1500, True)


@given(keys=LISTED, repeats=st.integers(0, 30), size=st.integers(1, 7))
def test_a_snapshot_holds_each_key_once(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], repeats: int, size: int
) -> None:
    dice = random.Random(repeats)
    listed = [*keys, *(dice.choice(keys) for _ in range(repeats))]
    dice.shuffle(listed)
    header = snapshot_of(tmp_path_factory.mktemp("snapshots") / "s", listed, size).header
    assert (header.objects, header.size) == (len(keys), 7 * len(keys))


def snapshot_of(file: Path, listed: list[str], size: int = 100, *, is_complete: bool = True) -> Snapshot:
    writer = SnapshotWriter(file, "c", "b", "", NOW)
    for page in in_pages(listed, size):
        writer.add(page.objects)
    return writer.finish(NOW, is_complete=is_complete)


def test_a_part_without_an_order_goes_up_to_no_key(tmp_path: Path) -> None:
    part = snapshot_of(tmp_path / "part", ["a", "c", "b"], is_complete=False)
    assert (part.header.is_complete, part.header.last_key) == (False, "")
    assert Comparison(part, part).until == ""
    ordered = snapshot_of(tmp_path / "ordered", ["a", "b", "c"], is_complete=False)
    assert ordered.header.last_key == "c"


@dataclass(slots=True)
class Repeating(SyntheticBucket):
    """Each key three times."""

    def page(self, *, max_keys: int = 1000, **asked: object) -> ListObjectsPage:
        page = super(Repeating, self).page(max_keys=max_keys // 3, **asked)  # type: ignore[arg-type]  # as it came
        objects = chain.from_iterable([found] * 3 for found in page.objects)
        return ListObjectsPage(tuple(objects), page.common_prefixes, page.next_continuation_token)


async def test_a_key_that_comes_again_is_compared_once(tmp_path: Path) -> None:
    keys = [f"k{number:04}" for number in range(700)]
    old = snapshot_of(tmp_path / "old", keys[:-1])
    async with listing_server(Repeating(keys)) as url, S3Client(Endpoint.custom(url), KEYS) as client:
        live = Comparison(old, LIVE)
        async for _ in live.pages(client, PageRequest("b", "")):
            pass
    tally = live.tallies["", ""]
    assert (tally.added, tally.removed, tally.changed + tally.same) == (1, 0, 699)


@dataclass(slots=True)
class Apart(SyntheticVersions):
    """Versions in the order in which they were given, one a page."""

    def page(self, *, version_id: str | None = None, **asked: object) -> ListVersionsPage:
        place = 0 if version_id is None else int(version_id) + 1
        version = self.versions[place]
        is_last = place + 1 == len(self.versions)
        return ListVersionsPage((version,), (), None if is_last else VersionMarker(version.key, str(place)))


async def test_what_was_there_is_not_told_where_the_versions_of_a_key_lie_apart() -> None:
    versions = [
        ObjectVersion(
            key=key, version_id=str(place), is_latest=False, last_modified=NOW - timedelta(days=place), size=1
        )
        for place, key in enumerate(["b", "a", "b"])
    ]
    server = listing_server(SyntheticBucket([]), Apart(versions))
    async with server as url, S3Client(Endpoint.custom(url), KEYS) as client:
        with pytest.raises(ProtocolError, match="does not list its versions by key"):
            async for _ in list_objects_at(client, "b", at=NOW):
                pass


@given(LISTED, st.integers(1, 4), st.integers(1, 7))
def test_a_key_that_comes_again_is_one_row(keys: list[str], times: int, size: int) -> None:
    listing = Listing()
    for page in in_pages(list(chain.from_iterable([key] * times for key in sorted(keys))), size):
        listing.append(page)
    assert [listing.key(row) for row in range(len(listing))] == sorted(keys)
    assert listing.total_size == 7 * len(keys)


def test_a_prefix_that_comes_again_on_a_page_is_one_row() -> None:
    listing = Listing()
    listing.append(ListObjectsPage((ObjectSummary("b", 1), ObjectSummary("b", 1)), ("a/", "c/", "a/"), "t"))
    listing.append(ListObjectsPage((ObjectSummary("d", 1),), ("c/", "c/")))
    assert [listing.key(row) for row in range(len(listing))] == ["a/", "b", "c/", "d"]
