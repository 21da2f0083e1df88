"""Search as a source: against a plain listing that is filtered, over real HTTP, and continued."""

from __future__ import annotations

import asyncio
import fnmatch
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.browse.rows.search_progress import FilteredPage, SearchProgress
from s3tui.browse.source.query import parse
from s3tui.browse.source.search import Search
from s3tui.browse.source.source import LIVE, PageRequest
from s3tui.s3 import Credentials, Endpoint, S3Client
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from tests.browse.pages import EPOCH, pages
from tests.s3.listing.listing_server import SyntheticBucket, listing_server

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEYS = [f"p/{number // 700}/{number:05}.{'csv' if number % 13 else 'json'}" for number in range(4200)] + ["q"]

A_KEY = Credentials("key", "secret")


def a_search(query: str) -> Search:
    return Search(parse(query), lambda: NOW)


async def found(search: Search, s3: S3Client, prefix: str, token: str | None = None) -> list[FilteredPage]:
    listed = search.pages(s3, PageRequest("b", prefix, continuation_token=token))
    async with aclosing(listed):
        return [page async for page in listed]


def keys(listed: list[FilteredPage]) -> list[str]:
    return [summary.key for page in listed for summary in page.objects]


@pytest.mark.parametrize(
    ("query", "prefix"),
    [("*7.csv", "p/"), ("3/*", "p/"), ("prefix:p/2 !JSON", ""), ("01?2", ""), ("nowhere", "")],
)
async def test_what_is_found_is_what_a_listing_holds_that_is_meant(query: str, prefix: str) -> None:
    search = a_search(query)
    test = search.query.test(NOW)
    expected = [
        key for key in KEYS if key.startswith(prefix) and test(key[len(prefix) :], ObjectSummary(key, 0))
    ]
    async with listing_server(SyntheticBucket(KEYS)) as url, S3Client(Endpoint.custom(url), A_KEY) as s3:
        listed = await found(search, s3, prefix)
    assert keys(listed) == expected
    below = [key for key in KEYS if key.startswith(search.listed_prefix(prefix))]
    assert sum(page.keys_read for page in listed) == len(below)
    assert listed[-1].last_key == max(below, default=None)


async def test_it_goes_on_behind_any_page_also_one_with_nothing_on_it() -> None:
    async with listing_server(SyntheticBucket(KEYS)) as url, S3Client(Endpoint.custom(url), A_KEY) as s3:
        search = a_search("04??0.csv")
        whole = await found(search, s3, "p/")
        assert not whole[0].objects
        for number, page in enumerate(whole[:-1]):
            rest = await found(search, s3, "p/", page.next_continuation_token)
            assert keys(rest) == keys(whole[number + 1 :])


class Canned:
    """A source of pages that are given."""

    title = "canned"
    is_live = False
    is_offline = False

    def __init__(self, listed: list[ListObjectsPage]) -> None:
        self.listed = listed

    async def pages(self, s3: S3Client, request: PageRequest) -> AsyncGenerator[ListObjectsPage, None]:
        assert request.delimiter == ""
        for page in self.listed:
            yield replace(page, objects=tuple(o for o in page.objects if o.key.startswith(request.prefix)))


async def test_others_get_their_turn_in_the_middle_of_a_long_page() -> None:
    objects = tuple(ObjectSummary(f"{number:06}", 1, EPOCH) for number in range(100_000))
    search = Search(parse("/9[0-9]*9$/ *9 !7"), lambda: NOW, Canned([ListObjectsPage(objects)]))
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    async with S3Client(Endpoint.custom("http://127.0.0.1:1"), A_KEY) as s3:
        sifted = await found(search, s3, "")
    other.cancel()
    assert sifted[0].keys_read == len(objects)
    assert turns > 5


@given(
    st.sets(st.text("ab/.", min_size=1, max_size=6), max_size=30).map(sorted),
    st.sampled_from(["*", "*a", "a/*", "a*/**", "?"]),
    st.integers(1, 7),
)
async def test_any_source_can_be_searched(names: list[str], glob: str, per_page: int) -> None:
    objects = [ObjectSummary(f"in/{name}", 1, EPOCH) for name in names]
    listed = [ListObjectsPage(tuple(objects[i : i + per_page])) for i in range(0, len(objects), per_page)]
    search = Search(parse(glob), lambda: NOW, Canned(listed))
    async with S3Client(Endpoint.custom("http://127.0.0.1:1"), A_KEY) as s3:
        sifted = await found(search, s3, "in/")
    test = parse(glob).test(NOW)
    assert keys(sifted) == [o.key for o in objects if test(o.key.removeprefix("in/"), o)]
    assert (search.title, search.is_live) == (f"canned · search {glob}", False)


def test_a_search_is_a_value_and_its_clock_no_part_of_it() -> None:
    one, other = a_search("*.csv"), Search(parse("*.csv"), lambda: EPOCH)
    assert (one, hash(one)) == (other, hash(other))
    assert one != a_search("*.json")
    assert one.title == "search *.csv"
    assert a_search("a\x1bb").title == "search a␛b"


def test_a_place_that_is_searched_is_left_by_going_anywhere() -> None:
    flat = Location("b", "p/q/", is_flat=True)
    here = replace(flat, source=a_search("*.csv"))
    assert here.delimiter == ""
    assert here.search == a_search("*.csv")
    assert here.unsearched == flat
    assert here.parent == Location("b", "p/")
    assert here.at("x/") == Location("b", "x/")
    assert here.as_tree == Location("b", "p/q/")
    assert flat.search is None
    assert replace(flat, is_flat=False, source=a_search("x")).delimiter == ""
    assert (flat.source, flat.unsearched) == (LIVE, flat)


def test_how_far_one_has_come_adds_up_over_pages_and_stops() -> None:
    first = SearchProgress().add(FilteredPage((), keys_read=1000, last_key="k1"), 0.5)
    first = first.add(FilteredPage(()), 1.0)
    assert (first, first.keys_per_s) == (SearchProgress(1000, "k1", 1.0), 1000.0)
    later = first.followed_by(SearchProgress(3000, "k4", 1.0))
    assert (later, later.keys_per_s) == (SearchProgress(4000, "k4", 2.0), 2000.0)
    assert SearchProgress().keys_per_s == 0


@given(st.sets(st.text("abc", min_size=1, max_size=3)), st.sets(st.text("abc", min_size=1, max_size=3)))
def test_deleted_keys_are_taken_off_what_was_found(names: set[str], gone: set[str]) -> None:
    listing = Listing("p/")
    for page in pages([f"p/{name}" for name in names], "p/", per_page=4):
        listing.append(replace(page, next_continuation_token="on"))
    listing.stop(by_user=True)
    listing.progress = SearchProgress(99, "z", 1.0)
    change = BucketChange("b", gone=frozenset(f"p/{name}" for name in gone))
    rest = change.edit(Location("b", "p/", source=a_search("x")))(listing)
    rest = listing if rest is None else rest
    kept = [listing.row(row) for row in range(len(listing)) if listing.row(row).name not in gone]
    assert [rest.row(row) for row in range(len(rest))] == kept
    assert all(row.kind is Kind.OBJECT for row in kept)
    assert (rest.state, rest.continuation_token, rest.progress) == (State.STOPPED, "on", listing.progress)


def test_globs_of_names_are_those_of_the_shell() -> None:
    names = ["a.csv", "A.CSV", "b.csv.gz", ".csv", "[x].csv"]
    for glob in ("*.csv", "?.csv", "[ab]*", "[!a]*.csv", "[[]*"):
        test = parse(glob).test(NOW)
        assert [n for n in names if test(n, ObjectSummary(n, 0))] == fnmatch.filter(names, glob), glob
