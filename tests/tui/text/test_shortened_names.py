"""Shortened names: neighbours that differ read differently, in the width that there is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.format import printable
from s3tui.tui.text.shortened_names import join, kept, shared_folders, shorten

LETTERS = st.text("ab/=-.é日", min_size=1, max_size=60)
NAMES = LETTERS | st.text(max_size=60).map(printable).filter(bool)
WIDTHS = st.integers(0, 70)


def column(names: list[str], width: int) -> list[str]:
    """Return a column of names, each beside those above and below."""
    padded = ["", *names, ""]
    return [
        shorten(name, width, [other for other in (above, below) if other])
        for above, name, below in zip(padded, names, padded[2:], strict=False)
    ]


def day(hours: int, head: str = "checkout/year=2026/month=01/day=01") -> list[str]:
    return [f"{head}/hour={hour:02}/part-00000.json.gz" for hour in range(hours)]


def test_a_path_keeps_its_end_from_a_slash_on() -> None:
    assert column(day(2), 37) == [
        "…/day=01/hour=00/part-00000.json.gz",
        "…/day=01/hour=01/part-00000.json.gz",
    ]


def test_a_long_end_that_is_the_same_gives_way_to_what_differs() -> None:
    same = "8a7f22de-1111-4222-8333-123456789abc-c000.snappy.parquet"
    parts = [f"jobs/2026/11/29/run-77/part-{number:05}-{same}" for number in range(3)]
    assert column(parts, 30) == [
        "…/part-00000-8a7f22d…y.parquet",
        "…/part-00001-8a7f22d…y.parquet",
        "…/part-00002-8a7f22d…y.parquet",
    ]


def test_a_name_without_folders_keeps_its_beginning_and_its_end() -> None:
    assert shorten("2025-archive-of-everything.tar.zst", 20) == "2025-archive-…ar.zst"


@pytest.mark.parametrize("width", [24, 37, 50])
def test_no_two_neighbours_among_folders_of_days_and_hours_read_the_same(width: int) -> None:
    heads = [f"{kind}/year=2026/month=0{month}/day=0{number}" for kind in ("buy", "login") for month in (1, 2)
             for number in (1, 2)]  # fmt: skip
    names = [name for head in heads for name in day(24, head)]
    assert all(above != below for above, below in pairwise(column(names, width)))


@given(NAMES, WIDTHS, st.lists(NAMES, max_size=2))
def test_the_width_is_kept_and_only_printable_text_is_shown(name: str, width: int, beside: list[str]) -> None:
    shown = shorten(name, width, beside)
    assert cell_len(shown) <= max(1, width)
    assert shown.isprintable()
    assert shown == name or "…" in shown


@given(NAMES, WIDTHS, st.lists(NAMES, max_size=2))
def test_the_ranges_are_in_order_and_apart(name: str, width: int, beside: list[str]) -> None:
    ranges = kept(name, width, beside)
    ends = [index for start, stop in ranges for index in (start, stop)]
    assert ends == sorted(ends)
    assert ends[0] >= 0
    assert ends[-1] <= len(name)
    assert all(stop < start for (_, stop), (start, _) in pairwise(ranges))
    assert join(name, ranges) == shorten(name, width, beside)


@given(st.text("ab/=-", max_size=90), st.text("ab/=-", max_size=90), NAMES, NAMES, st.integers(12, 70))
def test_two_neighbours_that_differ_near_an_end_read_differently(
    head: str, tail: str, one: str, other: str, width: int
) -> None:
    assume(min(len(head), len(tail)) < (width - 1) // 3 and one != other)
    above = shorten(head + one + tail, width, [head + other + tail])
    below = shorten(head + other + tail, width, [head + one + tail])
    assert above != below


@given(st.lists(st.sampled_from("abcdefghij"), min_size=8, max_size=30), st.data())
def test_neighbours_whose_folders_differ_anywhere_read_differently(
    folders: list[str], data: st.DataObject
) -> None:
    names = [f"{folder}{number}" for number, folder in enumerate(folders)]
    place = data.draw(st.integers(0, len(names) - 1))
    one, other = ("/".join([*names[:place], word, *names[place + 1 :]]) for word in ("x", "y"))
    width = data.draw(st.integers(12, 60))
    assert shorten(one, width, [other]) != shorten(other, width, [one])


@given(LETTERS, LETTERS)
def test_shared_folders_end_at_a_slash(name: str, other: str) -> None:
    folders = shared_folders(name, other)
    assert name.startswith(folders)
    assert other.startswith(folders)
    assert folders[-1:] in ("", "/")
    head, slash, _ = name[len(folders) :].partition("/")
    assert not slash or not other.startswith(folders + head + slash)
