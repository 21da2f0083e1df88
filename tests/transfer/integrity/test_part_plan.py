"""Parts cover the object once and fit S3's limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.integrity.part_plan import (
    GIB,
    MAX_OBJECT,
    MAX_PART,
    MAX_PARTS,
    MIB,
    MIN_PART,
    PartPlan,
    plan_copy,
    plan_parts,
    plan_ranges,
    plan_upload,
)

SIZES = st.one_of(
    st.integers(0, 100 * MIB),
    st.integers(0, MAX_OBJECT),
    st.sampled_from([0, 1, 8 * MIB, 8 * MIB + 1, 8 * MIB * MAX_PARTS, 8 * MIB * MAX_PARTS + 1, MAX_OBJECT]),
)


@given(SIZES, st.integers(1, 6 * GIB))
def test_parts_fit_the_limits(size: int, preferred: int) -> None:
    plan = plan_parts(size, preferred=preferred)
    assert MIN_PART <= plan.part_size <= MAX_PART
    assert 1 <= len(plan) <= MAX_PARTS


@given(SIZES)
def test_parts_cover_every_byte_once(size: int) -> None:
    end = 0
    plan = plan_parts(size)
    lengths = []
    for offset, length in plan:
        assert offset == end
        end += length
        lengths.append(length)
    assert end == size
    assert len(lengths) == len(plan)
    assert all(length == plan.part_size for length in lengths[:-1])
    assert size == 0 or lengths[-1] > 0


@given(SIZES, st.booleans())
def test_ranges_cover_every_byte_once(size: int, at_once: bool) -> None:
    plan = plan_ranges(size, at_once=at_once)
    assert len(plan) <= MAX_PARTS
    assert sum(length for _, length in plan) == size
    assert [offset for offset, _ in plan] == [index * plan.part_size for index in range(len(plan))]
    assert at_once or len(plan) == 1


@pytest.mark.parametrize("size", [-1, MAX_OBJECT + 1])
def test_what_s3_cannot_hold_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="S3 holds objects"):
        plan_parts(size)


def test_the_largest_object_fits_into_the_parts_that_s3_takes() -> None:
    for plan in (plan_parts(MAX_OBJECT), plan_copy(MAX_OBJECT), plan_ranges(MAX_OBJECT)):
        assert plan.is_acceptable
        assert len(plan) <= MAX_PARTS
        assert sum(length for _, length in plan) == MAX_OBJECT == 5 * 1024 * GIB


TIB = 1024 * GIB


@pytest.mark.parametrize(
    ("size", "uploaded", "copied", "fetched"),
    [
        (0, 8 * MIB, 32 * MIB, 1),
        (1, 8 * MIB, 32 * MIB, 1),
        (16 * MIB - 1, 8 * MIB, 32 * MIB, 16 * MIB - 1),  # too small to be fetched at once
        (16 * MIB, 8 * MIB, 32 * MIB, 8 * MIB),
        (256 * MIB, 8 * MIB, 32 * MIB, 8 * MIB),  # 32 ranges, none longer than need be
        (256 * MIB + 1, 8 * MIB, 32 * MIB, 9 * MIB),
        (GIB, 8 * MIB, 32 * MIB, 32 * MIB),
        (2 * GIB, 8 * MIB, 32 * MIB, 64 * MIB),
        (100 * GIB, 11 * MIB, 32 * MIB, 64 * MIB),  # 10.24 MiB: 10 000 parts are the most that S3 takes
        (10_000 * 8 * MIB, 8 * MIB, 32 * MIB, 64 * MIB),
        (10_000 * 8 * MIB + 1, 9 * MIB, 32 * MIB, 64 * MIB),
        (10_000 * 64 * MIB + 1, 65 * MIB, 65 * MIB, 64 * MIB + 1),
        (5 * TIB, 525 * MIB, 525 * MIB, -(-5 * TIB // 10_000)),  # 524.288 MiB
    ],
)
def test_parts_are_as_long_as_s3_makes_them_be(size: int, uploaded: int, copied: int, fetched: int) -> None:
    assert plan_parts(size).part_size == uploaded
    assert plan_copy(size).part_size == copied
    assert plan_ranges(size).part_size == fetched
    assert plan_ranges(size, at_once=False).part_size == max(size, 1)


@pytest.mark.parametrize(
    ("size", "steady", "flaky"),
    [
        (16 * MIB, 8 * MIB, 5 * MIB),
        (256 * MIB, 8 * MIB, 5 * MIB),
        (256 * MIB + 1, 9 * MIB, 5 * MIB),
        (GIB, 32 * MIB, 5 * MIB),
        (2 * GIB, 64 * MIB, 5 * MIB),
        (100 * GIB, 64 * MIB, 11 * MIB),  # 10.24 MiB: 10 000 parts are the most that S3 takes
        (10_000 * 64 * MIB + 1, 65 * MIB, 65 * MIB),
    ],
)
def test_parts_of_an_upload_grow_with_it_where_the_line_bears_that(
    size: int, steady: int, flaky: int
) -> None:
    assert plan_upload(size).part_size == steady
    assert plan_upload(size, is_steady=False).part_size == flaky


def test_what_is_preferred_stays_within_the_limits() -> None:
    assert plan_parts(1, preferred=1).part_size == 5 * MIB
    assert plan_parts(1, preferred=6 * GIB).part_size == 5 * GIB
    assert plan_parts(1, preferred=7 * MIB + 1).part_size == 7 * MIB + 1


def test_a_plan_is_its_parts() -> None:
    assert list(PartPlan(25, 10)) == [(0, 10), (10, 10), (20, 5)]
    assert list(PartPlan(20, 10)) == [(0, 10), (10, 10)]
    assert list(PartPlan(0, 10)) == [(0, 0)]
    assert [len(PartPlan(size, 10)) for size in (0, 1, 10, 11, 20, 21)] == [1, 1, 1, 2, 2, 3]


@pytest.mark.parametrize(
    ("size", "part_size", "is_acceptable"),
    [
        (0, MIN_PART, True),
        (10, 10, True),
        (11, 10, False),
        (MIN_PART + 1, MIN_PART, True),
        (MIN_PART * MAX_PARTS, MIN_PART, True),
        (MIN_PART * (MAX_PARTS + 1), MIN_PART, False),
        (2 * MAX_PART, MAX_PART, True),
        (2 * (MIN_PART - 1), MIN_PART - 1, False),
        (2 * MAX_PART + 2, MAX_PART + 1, False),
    ],
)
def test_a_plan_knows_whether_s3_takes_it(size: int, part_size: int, is_acceptable: bool) -> None:
    assert PartPlan(size, part_size).is_acceptable is is_acceptable
