"""RangedFile against the bytes themselves: every range right, none requested twice, none beyond the bound."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.preview.ranged_file import First, RangedFile, Served, SpanCache, joined
from s3tui.preview.source import BLOCK, BeyondBound, Needed, Span
from s3tui.s3.errors import PreconditionFailed
from tests.preview.served import Made

DATA = bytes((n * 7 + n // 251) % 256 for n in range(5_000))
SPANS = st.tuples(st.integers(0, 5_200), st.integers(0, 900)).map(lambda each: (each[0], each[0] + each[1]))


@given(st.lists(st.lists(SPANS, min_size=1, max_size=4), max_size=8), st.sampled_from([0, 100, 1000]))
def test_it_reads_as_a_file_does_and_requests_no_byte_twice(reads: list[list[Span]], ahead: int) -> None:
    made = Made.of(DATA)

    async def read() -> None:
        file = made.file(kept=10**9)
        for spans in reads:
            assert await file.read_all(spans, ahead=ahead) == [DATA[first:end] for first, end in spans]
        assert file.received == sum(end - first for first, end in made.spans)
        assert file.requests == len(made.spans)

    asyncio.run(read())
    if not ahead:
        asked = sorted(made.spans)
        assert all(before[1] <= after[0] for before, after in pairwise(asked))


@given(st.lists(SPANS, min_size=1, max_size=12), st.integers(200, 2_000))
def test_what_it_keeps_is_bounded_and_what_it_reads_again_is_right(spans: list[Span], kept: int) -> None:
    async def read() -> None:
        file = Made.of(DATA).file(kept=kept)
        for first, end in spans:
            assert await file.read(first, end - first, ahead=0) == DATA[first:end]
            assert await file.read(first, end - first, ahead=0) == DATA[first:end]

    asyncio.run(read())


@given(st.lists(SPANS.filter(lambda span: span[1] > span[0]), max_size=8), SPANS)
def test_a_cache_knows_what_is_missing(added: list[Span], wanted: Span) -> None:
    cache, there = SpanCache(10**9), set[int]()
    for first, end in added:
        cache.add(first, DATA[first : min(end, len(DATA))])
        there |= set(range(first, min(end, len(DATA))))
    missing = {n for first, end in cache.missing(wanted) for n in range(first, end)}
    assert missing == set(range(*wanted)) - there


@given(st.lists(SPANS, min_size=1, max_size=6), st.integers(0, 1_000))
def test_neighbours_are_joined(gaps: list[Span], ahead: int) -> None:
    ranges = joined([gap for gap in gaps if gap[0] < 5_000], ahead, 5_000)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))
    assert all(
        any(first <= gap[0] and min(gap[1], 5_000) <= end for first, end in ranges)
        for gap in gaps
        if gap[0] < 5_000
    )


@pytest.mark.parametrize(
    ("first", "spans"),
    [
        (First.HEAD, [(0, BLOCK)]),
        (First.TAIL, [(10 * BLOCK - BLOCK, 10 * BLOCK)]),
        (First.BOTH, [(0, BLOCK), (9 * BLOCK, 10 * BLOCK)]),
    ],
)
async def test_the_first_request_is_by_kind(first: First, spans: list[Span]) -> None:
    made = Made.of(bytes(10 * BLOCK))
    await made.file().begin(first)
    assert sorted(made.spans) == spans


async def test_a_small_object_is_one_request() -> None:
    made = Made.of(DATA)
    file = made.file()
    await file.begin(First.BOTH)
    assert await file.read(0, 10_000) == DATA
    assert made.spans == [(0, len(DATA))]


async def test_a_bound_is_never_exceeded_and_says_what_it_would_take() -> None:
    made = Made.of(bytes(10 * BLOCK))
    file = made.file(bound=2 * BLOCK)
    await file.read(0, 10)
    await file.read(BLOCK, 10)
    with pytest.raises(BeyondBound) as refused:
        await file.read(5 * BLOCK, 100)
    assert refused.value.needed == 2 * BLOCK + 100
    assert file.received == 2 * BLOCK
    file.bound = 3 * BLOCK
    assert await file.read(5 * BLOCK, 100) == bytes(100)


async def test_reading_ahead_gives_way_to_the_bound() -> None:
    made = Made.of(bytes(10 * BLOCK))
    file = made.file(bound=BLOCK + 100)
    await file.read(0, 10)
    await file.read(5 * BLOCK, 100)
    assert made.spans[-1] == (5 * BLOCK, 5 * BLOCK + 100)


async def test_an_object_that_was_replaced_is_not_mixed_with_the_one_before() -> None:
    made = Made.of(DATA)
    file = made.file()
    await file.read(0, 10, ahead=0)
    made.etag = "another"
    with pytest.raises(PreconditionFailed):
        await file.read(100, 10, ahead=0)


async def test_the_size_that_the_listing_said_is_corrected_by_the_first_answer() -> None:
    made = Made.of(DATA)
    file = RangedFile(made.fetch, 100_000)
    await file.begin(First.TAIL)
    assert file.size == len(DATA)
    assert await file.read(0, 10**6) == DATA


async def test_ranges_are_requested_at_the_same_time_and_all_cancelled_with_the_read() -> None:
    waiting, cancelled, everything = set[Span](), set[Span](), asyncio.Event()

    async def fetch(span: Span, etag: str | None) -> Served:
        waiting.add(span)
        if len(waiting) == 2:
            everything.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.add(span)
            raise
        raise AssertionError

    file = RangedFile(fetch, 10 * BLOCK)
    reading = asyncio.create_task(file.begin(First.BOTH))
    await everything.wait()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
    assert cancelled == waiting == {(0, BLOCK), (9 * BLOCK, 10 * BLOCK)}


async def test_what_is_held_is_read_and_the_rest_is_needed() -> None:
    file = Made.of(DATA).file()
    await file.read(0, 100, ahead=0)
    held = file.held("name")
    assert held.read(0, 100) == DATA[:100]
    with pytest.raises(Needed) as needed:
        held.read(90, 20)
    assert needed.value.spans == ((90, 110),)


async def test_what_is_read_without_a_bound_leaves_that_of_others_and_shares_what_is_at_hand() -> None:
    made = Made.of(b"abcdef" * 100)
    file = made.file(bound=6)
    assert await file.read(0, 6, ahead=0) == b"abcdef"
    free = file.without_bound()
    assert await free.read(0, 12, ahead=0) == b"abcdefabcdef"
    assert made.spans == [(0, 6), (6, 12)]
    with pytest.raises(BeyondBound):
        await file.read(12, 6, ahead=0)
