"""Comparisons of listings, against a comparison of two dictionaries; flat and as a tree."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.browse.rows.row_builder import Change
from s3tui.browse.snapshot.comparison import ChangeCounts, Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotWriter
from s3tui.browse.source.source import LIVE, PageRequest, SourceError
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectSummary
from tests.s3.listing.listing_server import SyntheticBucket, listing_server, no_order
from tests.servers import S3Server

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NO_CLIENT = cast(S3Client, None)
Value = tuple[int, str | None, int]
"""Size, etag, time."""
KEYS = st.text(alphabet="ab/é", min_size=1, max_size=6)
VALUES = st.tuples(st.integers(0, 1), st.sampled_from([None, "x", "y"]), st.integers(0, 1))
LISTINGS = st.dictionaries(KEYS, VALUES, max_size=25)


def kept(
    file: Path, listing: Mapping[str, Value], prefix: str = "", *, is_complete: bool = True, bucket: str = "b"
) -> Snapshot:
    writer = SnapshotWriter(file, "work", bucket, prefix, NOW)
    writer.add(
        [
            ObjectSummary(key, size, NOW + timedelta(seconds=seconds), etag)
            for key, (size, etag, seconds) in sorted(listing.items())
        ]
    )
    return writer.finish(NOW, is_complete=is_complete)


async def told(
    comparison: Comparison, prefix: str = "", delimiter: str = "/", *, stops_after: int | None = None
) -> dict[str, Change]:
    """Return every row's sign; with `stops_after`, the listing stops and goes on after so many pages."""
    listing = Listing(prefix)
    while listing.state is not State.COMPLETE:
        token = listing.continuation_token
        pages = comparison.pages(NO_CLIENT, PageRequest("b", prefix, delimiter, token))
        seen = 0
        async with aclosing(pages):
            async for page in pages:
                listing.append(page)
                seen += 1
                if seen == stops_after:
                    break
    rows = [listing.row(number) for number in range(len(listing))]
    assert [row.key for row in rows] == sorted({row.key for row in rows}), "in order, nothing twice"
    for row in rows:
        is_prefix = bool(delimiter) and delimiter in row.key[len(prefix) :]
        assert (row.kind is Kind.PREFIX) == is_prefix
    return {row.key: row.change for row in rows if row.change is not None}


def expected_changes(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Change | None]:
    def change(key: str) -> Change | None:
        if key not in old:
            return Change.ADDED
        if key not in new:
            return Change.REMOVED
        (size, etag, time), (other_size, other_etag, other_time) = old[key], new[key]
        has_etags = etag is not None and other_etag is not None
        is_same = size == other_size and (etag == other_etag if has_etags else time == other_time)
        return None if is_same else Change.CHANGED

    return {key: change(key) for key in {*old, *new}}


def rolled_up(changes: Mapping[str, Change | None], prefix: str) -> dict[str, Change]:
    below: dict[str, set[Change | None]] = {}
    for key, change in changes.items():
        if key.startswith(prefix):
            head, slash, _ = key[len(prefix) :].partition("/")
            below.setdefault(prefix + head + slash, set()).add(change)
    return {
        name: (next(iter(kinds)) if len(kinds) == 1 else Change.CHANGED) or Change.CHANGED
        for name, kinds in below.items()
        if kinds != {None}
    }


@settings(max_examples=60)  # two files each
@given(
    old=LISTINGS, new=LISTINGS, prefix=st.sampled_from(["", "a/", "a"]), stops_after=st.none() | st.just(1)
)
def test_every_key_comes_out_as_two_dictionaries_say(
    tmp_path_factory: pytest.TempPathFactory,
    old: dict[str, Value],
    new: dict[str, Value],
    prefix: str,
    stops_after: int | None,
) -> None:
    folder = tmp_path_factory.mktemp("given")
    comparison = Comparison(kept(folder / "old", old), kept(folder / "new", new))
    changes = {k: c for k, c in expected_changes(old, new).items() if k.startswith(prefix)}
    flat = asyncio.run(told(comparison, prefix, "", stops_after=stops_after))
    assert flat == {key: change for key, change in changes.items() if change is not None}
    tree = asyncio.run(told(comparison, prefix, stops_after=stops_after))
    assert tree == rolled_up(changes, prefix)
    counts = Counter(changes.values())
    for delimiter in ("", "/"):
        tally = comparison.tallies[prefix, delimiter]
        assert (tally.added, tally.removed, tally.changed, tally.same) == (
            counts[Change.ADDED],
            counts[Change.REMOVED],
            counts[Change.CHANGED],
            counts[None],
        )
    both = [(old[k], new[k]) for k in changes if k in old and k in new]
    assert tally.by_time == sum(a[1] is None or b[1] is None for a, b in both)


@pytest.mark.parametrize("stops_after", [None, 1, 3])
async def test_long_listings_are_folded_across_pages(tmp_path: Path, stops_after: int | None) -> None:
    old = {f"{n // 1500}/{n:05}": (n, "x", 0) for n in range(6000)} | {"z": (0, "x", 0)}
    new = {key: value for key, value in old.items() if not key.startswith("1/")} | {"2/03000": (1, "y", 0)}
    new |= {f"3a/{n:05}": (1, "x", 0) for n in range(2500)}
    comparison = Comparison(kept(tmp_path / "old", old), kept(tmp_path / "new", new))
    assert await told(comparison, stops_after=stops_after) == {
        "1/": Change.REMOVED,
        "2/": Change.CHANGED,
        "3a/": Change.ADDED,
    }
    assert comparison.tallies["", "/"] == ChangeCounts(2500, 1500, 1, 4500)
    assert str(comparison.tallies["", "/"]) == "+2,500 −1,500 ~1 · 4,500 same"


async def test_a_part_is_compared_as_far_as_it_goes(tmp_path: Path) -> None:
    old = kept(tmp_path / "old", {"a": (1, "x", 0), "c": (1, "x", 0)}, is_complete=False)
    new = kept(tmp_path / "new", {"b": (1, "x", 0), "c": (1, "x", 0), "d": (1, "x", 0)})
    comparison = Comparison(old, new)
    assert await told(comparison) == {"a": Change.REMOVED, "b": Change.ADDED}
    assert "as far as both go" in comparison.title


async def test_only_what_both_know_is_compared(tmp_path: Path) -> None:
    old = kept(tmp_path / "old", {"p/q/1": (1, "x", 0)}, "p/q/")
    new = kept(tmp_path / "new", {"p/0": (1, "x", 0), "p/q/2": (1, "x", 0)}, "p/")
    comparison = Comparison(old, new)
    assert await told(comparison, "") == {"p/": Change.CHANGED}
    assert await told(comparison, "p/") == {"p/q/": Change.CHANGED}
    assert await told(comparison, "p/q/") == {"p/q/1": Change.REMOVED, "p/q/2": Change.ADDED}
    assert await told(comparison, "p/r/") == {}
    elsewhere = Comparison(old, kept(tmp_path / "else", {"x/1": (1, "x", 0)}, "x/"))
    with pytest.raises(SourceError, match="nothing in common"):
        await told(elsewhere)


async def test_a_directory_bucket_is_not_compared_at_all(tmp_path: Path) -> None:
    comparison = Comparison(kept(tmp_path / "old", {"a": (1, "x", 0)}), LIVE)
    async with S3Client(Endpoint.aws(), None) as s3:
        with pytest.raises(SourceError, match="not listed by key"):
            await anext(comparison.pages(s3, PageRequest("logs--use1-az4--x-s3", "", "/")))


async def test_a_snapshot_is_compared_with_the_bucket_as_it_is(tmp_path: Path, ministack: S3Server) -> None:
    bucket, boto3 = ministack.make_bucket("compare"), ministack.boto3()
    for key in ("gone/1", "same/1", "same/2", "top"):
        boto3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        writer = SnapshotWriter(tmp_path / "old", "work", bucket, "", NOW)
        async for page in s3.list_objects(bucket):
            writer.add(page.objects)
        comparison = Comparison(writer.finish(NOW, is_complete=True), LIVE)
        assert not comparison.is_offline
        boto3.delete_object(Bucket=bucket, Key="gone/1")
        boto3.put_object(Bucket=bucket, Key="top", Body=b"TOP")  # as long as before
        boto3.put_object(Bucket=bucket, Key="new/1", Body=b"1")
        found: dict[str, Change] = {}
        async with aclosing(comparison.pages(s3, PageRequest(bucket, "", "/"))) as pages:
            async for compared in pages:
                found |= compared.changes  # type: ignore[attr-defined]
    assert found == {"gone/": Change.REMOVED, "new/": Change.ADDED, "top": Change.CHANGED}
    assert comparison.tallies["", "/"] == ChangeCounts(1, 1, 1, 2)


async def test_a_server_without_order_is_refused_not_compared_wrongly(tmp_path: Path) -> None:
    old = kept(tmp_path / "old", {"k1": (1, "x", 0)})
    async with listing_server(SyntheticBucket(["k12", "k21"], order=no_order)) as url:
        from s3tui.s3.address.endpoint import Endpoint
        from s3tui.s3.credentials import Credentials

        async with S3Client(Endpoint.custom(url), Credentials("a", "b")) as s3:
            pages = Comparison(old, LIVE).pages(s3, PageRequest("b", ""))
            async with aclosing(pages):
                with pytest.raises(SourceError, match="not listed by key"):
                    async for _ in pages:
                        pass


async def test_a_comparison_goes_on_where_a_server_ignores_a_start_after(tmp_path: Path) -> None:
    keys = [f"{n:05}" for n in range(2500)]
    old = kept(tmp_path / "old", dict.fromkeys(keys, (7, None, 0)))
    async with listing_server(SyntheticBucket([*keys, "9"], knows_start_after=False)) as url:
        from s3tui.s3.address.endpoint import Endpoint
        from s3tui.s3.credentials import Credentials

        comparison, token, found = Comparison(old, LIVE), None, []
        while True:
            async with S3Client(Endpoint.custom(url), Credentials("a", "b")) as s3:
                pages = comparison.pages(s3, PageRequest("b", "", continuation_token=token))
                async with aclosing(pages):
                    page = await anext(pages)
            found += [summary.key for summary in page.objects]
            if (token := page.next_continuation_token) is None:
                break
    assert "9" in found
    assert found == sorted(set(found))
    assert comparison.tallies["", ""].added == 1
