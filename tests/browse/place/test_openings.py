"""Ways of looking that were opened one over the other, and closed one by one. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.browse.place.location import Location
from s3tui.browse.place.openings import Opening, Openings
from s3tui.browse.source.as_of import AsOf
from s3tui.browse.source.query import parse
from s3tui.browse.source.search import Search
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import VERSIONS
from tests.long import rng, share

TOP = Location("b")
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def search(query: str, within: Source = LIVE) -> Search:
    return Search(parse(query), lambda: NOW, within)


OPENINGS: list[Callable[[Location], Location]] = [
    lambda here: replace(here.unsearched, is_flat=True),
    lambda here: replace(here.unsearched, source=VERSIONS),
    lambda here: replace(here.unsearched, source=AsOf(NOW)),
    lambda here: replace(here.unsearched, source=search("x", here.unsearched.source)),
]


@pytest.mark.parametrize("seed", map(str, range(share(30, 3000))))
def test_what_was_opened_is_closed_one_by_one_wherever_one_went_meanwhile(seed: str) -> None:
    random = rng(seed)
    here, openings, ways = TOP, Openings(TOP), [(TOP.source, False)]
    for _ in range(12):
        there = random.choice(OPENINGS)(here)
        if random.random() < 0.3:
            there = replace(here, prefix=random.choice(["", "a/", "a/b/"]))
        way = (there.source, there.is_flat)
        if way in ways:
            del ways[ways.index(way) + 1 :]
        elif here.search is not None and there.search is None and there.unsearched == here.unsearched:
            ways.pop()
        else:
            ways.append(way)
        openings.arrive(there, here, there.prefix)
        here = there
    while openings.last is not None:
        ways.pop()
        before, here = here, openings.last.location
        assert (here.source, here.is_flat) == ways[-1]
        openings.arrive(here, before, None)
    assert len(ways) == 1


def test_another_query_or_instant_is_no_step_of_its_own() -> None:
    openings = Openings(TOP)
    first, second = (replace(TOP, source=search(query)) for query in ("x", "y"))
    openings.arrive(first, TOP, "k")
    openings.arrive(second, first, "found")
    assert openings.last == Opening(TOP, "k")
    then, earlier = (replace(TOP, source=AsOf(NOW - timedelta(days=days))) for days in (1, 2))
    openings.arrive(TOP, second, None)
    openings.arrive(then, TOP, None)
    openings.arrive(earlier, then, None)
    assert openings.last == Opening(TOP)


def test_where_one_begins_amid_ways_of_looking_they_are_closed_to_the_bucket_as_it_is() -> None:
    here = Location("b", "a/", is_flat=True, source=search("x", VERSIONS))
    openings = Openings(here)
    seen = []
    while openings.last is not None:
        before, here = here, openings.last.location
        seen.append((here.source, here.is_flat))
        openings.arrive(here, before, None)
    assert seen == [(VERSIONS, True), (VERSIONS, False), (LIVE, False)]
