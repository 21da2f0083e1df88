"""Ranges of a download, and what the journal is told of their progress."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.models import ObjectHead
from s3tui.transfer.download import ranges
from s3tui.transfer.download.ranges import Span, contiguous_end, facts_of, progress_of, spans_of, split
from s3tui.transfer.integrity.part_plan import PartPlan

SIZES = st.tuples(st.integers(1, 40), st.integers(1, 5))


@given(SIZES, st.data())
def test_what_the_journal_is_told_is_what_it_tells(sizes: tuple[int, int], data: st.DataObject) -> None:
    size, part_size = sizes
    spans = split(PartPlan(size, part_size))
    assert [(span.first, span.size) for span in spans] == list(PartPlan(size, part_size))
    facts = facts_of(ObjectHead(size, "e"), part_size)
    progress = progress_of(spans)
    assert spans_of(facts) == spans, "nothing is there yet"
    for span in spans:
        span.written = data.draw(st.integers(0, span.size))
    again = spans_of(json.loads(json.dumps(facts | progress())))
    assert again == spans
    assert [span.is_done for span in again] == [span.written == span.size for span in spans]


def test_the_journal_is_told_a_bit_for_each_range_that_is_there() -> None:
    spans = [Span(10 * n, 10, 10 if n in (0, 3, 8) else 0) for n in range(10)]
    spans[5].written = 4
    assert progress_of(spans)() == {"done": "0901", "partly": {"5": 4}}


def test_facts_are_of_one_state_of_the_object_and_one_boot_of_the_machine() -> None:
    assert facts_of(ObjectHead(12, "e"), 5) == {
        "etag": "e",
        "size": 12,
        "part_size": 5,
        "boot": ranges.boot_id(),
    }


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 4)), max_size=6))
def test_bytes_are_there_up_to_the_first_one_that_is_missing(sizes: list[tuple[int, int]]) -> None:
    spans: list[Span] = []
    there: list[bool] = []
    for size, written in sizes:
        spans.append(Span(len(there), size, min(size, written)))
        there += [n < written for n in range(size)]
    expected = there.index(False) if False in there else len(there)
    assert contiguous_end(spans) == expected


@pytest.mark.parametrize("done", ["", "00", "ff"])
def test_fewer_bits_than_ranges_say_that_the_rest_is_missing(done: str) -> None:
    spans = spans_of({"size": 20, "part_size": 2, "done": done})
    assert [span.is_done for span in spans] == [done == "ff"] * 8 + [False, False]
