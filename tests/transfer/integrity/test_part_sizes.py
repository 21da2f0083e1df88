"""Part sizes of an object: found with few requests, and never guessed."""

from __future__ import annotations

from typing import Any

import pytest

from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity.part_sizes import PartSizes, exact_part_sizes, likely_part_sizes, part_count
from tests.transfer.integrity.cut_objects import CutObject, served

DATA = bytes(range(18))
EVEN, UNEVEN, MISLEADING = (8, 8, 2), (5, 7, 6), (7, 5, 6)


@pytest.mark.parametrize(
    ("etag", "count"),
    [
        ("a" * 32 + "-3", 3),
        ("a-1", 1),
        ("a-10000", 10_000),
        ("a-00012", 12),
        ("a-99999", 99_999),
        ("a-123456", None),
        ("a-0", None),
        ("a-", None),
        ("a", None),
        ("a-x", None),
        ("a-٣", None),
        ("a-²", None),
        ("a-2-3", None),
        (None, None),
    ],
)
def test_the_etag_says_how_many_parts_there_are(etag: str | None, count: int | None) -> None:
    assert part_count(ObjectHead(1, etag)) == count


async def likely(stored: CutObject, version_id: str | None = None, **head: Any) -> PartSizes | None:
    async with served(stored) as client:
        asked = ObjectHead(**{"size": len(stored.data), "etag": stored.etag, **head})
        return await likely_part_sizes(client, "b", "k", version_id, asked)


async def exact(stored: CutObject, version_id: str | None = None, **head: Any) -> PartSizes | None:
    async with served(stored) as client:
        asked = ObjectHead(**{"size": len(stored.data), "etag": stored.etag, **head})
        return await exact_part_sizes(client, "b", "k", version_id, asked)


@pytest.mark.parametrize("head", [{"etag": "0" * 32}, {"etag": None}, {"size": None}])
async def test_what_has_no_parts_or_no_size_is_not_asked_for(head: dict[str, Any]) -> None:
    stored = CutObject(DATA, EVEN)
    assert await likely(stored, **head) is None
    assert stored.asked == []


async def test_a_single_part_is_known_without_a_question() -> None:
    stored = CutObject(DATA, (18,))
    assert await likely(stored) == PartSizes((18,), is_exact=True)
    assert stored.asked == []


@pytest.mark.parametrize("sizes", [EVEN, (9, 9), (6, 6, 6), (1,) * 18])
async def test_equal_parts_cost_one_question_and_are_a_guess(sizes: tuple[int, ...]) -> None:
    stored = CutObject(DATA, sizes)
    assert await likely(stored, "v") == PartSizes(sizes, is_exact=False)
    assert stored.asked == ["part 1 of v"]


async def test_a_first_part_can_mislead() -> None:
    assert await likely(CutObject(DATA, MISLEADING)) == PartSizes((7, 7, 4), is_exact=False)


async def test_parts_that_cannot_be_equal_are_asked_for_at_once() -> None:
    stored = CutObject(DATA, UNEVEN)
    assert await likely(stored, "v") == PartSizes(UNEVEN, is_exact=True)
    assert stored.asked == ["part 1 of v", "attributes of v"]


async def test_the_length_tells_where_there_is_no_range() -> None:
    stored = CutObject(DATA, EVEN, has_content_range=False)
    assert await likely(stored) == PartSizes(EVEN, is_exact=False)


async def test_attributes_say_it_of_every_part() -> None:
    stored = CutObject(DATA, MISLEADING)
    assert await exact(stored, "v") == PartSizes(MISLEADING, is_exact=True)
    assert stored.asked == ["attributes of v"]


@pytest.mark.parametrize(
    "told",
    [
        {"tells_attributes": False},
        {"attributes_etag": "0" * 32 + "-3"},
        {"attributes": (7, 5, 5)},
        {"attributes": (12, 6)},
        {"attributes": ()},
    ],
)
async def test_attributes_of_something_else_are_not_taken(told: dict[str, Any]) -> None:
    stored = CutObject(DATA, MISLEADING, **told)
    assert await exact(stored, "v") == PartSizes(MISLEADING, is_exact=True)
    asked = [f"part {number} of v" for number in (1, 1, 2, 3)]
    assert (stored.asked[:2], sorted(stored.asked[1:])) == (["attributes of v", asked[0]], asked)


async def test_a_server_that_knows_no_parts_is_asked_for_one() -> None:
    stored = CutObject(DATA, MISLEADING, tells_attributes=False, knows_part_numbers=False)
    assert await exact(stored) is None
    assert stored.asked == ["attributes", "part 1"]


async def test_what_has_no_parts_is_asked_for_no_part() -> None:
    stored = CutObject(DATA, EVEN, tells_attributes=False, etag="0" * 32)
    assert await exact(stored) is None
    assert stored.asked == ["attributes"]


async def test_one_part_that_is_not_told_of_leaves_all_unknown() -> None:
    stored = CutObject(DATA, MISLEADING, tells_attributes=False, refused_parts=frozenset({2}))
    assert await exact(stored) is None


async def test_parts_that_do_not_come_to_the_size_are_not_those_of_the_object() -> None:
    assert await exact(CutObject(DATA, MISLEADING, tells_attributes=False), size=17) is None
