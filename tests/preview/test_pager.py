"""Pager and finding against the bytes themselves, from any place on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.preview.find import Found, Progress, Target, find, find_line, parse_target, pattern_of
from s3tui.preview.formats.encoding import Encoding
from s3tui.preview.formats.line_format import HexLines, line_start, row_start
from s3tui.preview.formats.text_lines import TextLines
from s3tui.preview.pager import Pager
from tests.preview.served import Made

TEXT = b"".join(b"%d %s\n" % (n, b"x" * (n * 37 % 200)) for n in range(3_000))
WHOLE = TextLines(Encoding("utf-8")).feed(TEXT, final=True)


def text_pager(data: bytes = TEXT, most: int = 10**6) -> Pager:
    return Pager(Made.of(data).file(), partial(TextLines, Encoding("utf-8")), line_start, most=most)


@given(st.integers(0, len(TEXT) + 10), st.lists(st.booleans(), max_size=8))
@settings(max_examples=30)
def test_lines_around_any_place_are_those_of_the_whole(offset: int, ways: list[bool]) -> None:
    async def read() -> None:
        pager = text_pager(most=900)
        at = await pager.open(offset)
        line = next(line for line in reversed(WHOLE) if line.offset <= min(offset, len(TEXT) - 1))
        assert pager.lines[at] == line
        for forwards in ways:
            await (pager.more() if forwards else pager.before())
            first = WHOLE.index(pager.lines[0])
            assert pager.lines == WHOLE[first : first + len(pager.lines)]
            assert pager.number in (None, first)
            assert len(pager.lines) <= 900 or forwards is False

    asyncio.run(read())


async def test_the_end_is_reached_from_the_beginning_and_the_beginning_from_the_end() -> None:
    pager = text_pager()
    at = await pager.open_end()
    assert pager.lines[at] == WHOLE[-1]
    assert pager.ends
    while not pager.begins:
        assert await pager.before()
    assert pager.lines == WHOLE
    await pager.open(0)
    while not pager.ends:
        await pager.more()
    assert pager.lines == WHOLE
    assert pager.number_of(1_234) == 1_235


async def test_rows_of_bytes_begin_where_rows_do() -> None:
    made = Made.of(TEXT)
    pager = Pager(made.file(), partial(HexLines, size=len(TEXT)), row_start)
    at = await pager.open(100_007)
    assert pager.lines[at].offset == 100_000 - 100_000 % 16
    assert pager.lines[at].text.startswith(f"{pager.lines[at].offset:08x}")


async def test_an_object_of_five_gibibytes_is_read_around_a_place_alone() -> None:
    made = Made(lambda first, end: b"abcdefg\n" * ((end - first) // 8 + 2), 5 * 2**30)
    pager = Pager(made.file(), partial(TextLines, Encoding("utf-8")), line_start)
    await pager.open(3 * 2**30)
    assert sum(end - first for first, end in made.spans) <= 200_000


async def last(steps: AsyncGenerator[Found | Progress, None]) -> int | None:
    async for step in steps:
        if isinstance(step, Found):
            return step.offset
    raise AssertionError


@given(
    st.integers(0, len(TEXT)),
    st.sampled_from(["123 ", "2999", "xx\n77", "nowhere", "0x0a 31"]),
    st.booleans(),
)
@settings(max_examples=30)
def test_text_is_found_where_bytes_find_it(start: int, text: str, backwards: bool) -> None:
    pattern = pattern_of(text, "utf-8")
    needle = b"\n1" if text.startswith("0x") else text.encode()
    found = asyncio.run(last(find(Made.of(TEXT).file(), pattern, len(needle), start, backwards=backwards)))
    there = TEXT.rfind(needle, 0, start + len(needle) - 1) if backwards else TEXT.find(needle, start)
    assert found == (there if there >= 0 else None)


async def test_what_lies_across_portions_is_found_and_small_letters_find_large_ones() -> None:
    data = b"." * (2**20 - 3) + b"NEEDLE" + b"." * 2**20
    file = Made.of(data).file()
    assert await last(find(file, pattern_of("needle", "utf-8"), 6, 0)) == 2**20 - 3
    assert await last(find(file, pattern_of("needle", "utf-8"), 6, len(data), backwards=True)) == 2**20 - 3
    assert await last(find(file, pattern_of("Needle", "utf-8"), 6, 0)) is None


@pytest.mark.parametrize("number", [1, 2, 1_500, 3_000])
async def test_a_line_is_found_by_its_number(number: int) -> None:
    assert await last(find_line(Made.of(TEXT).file(), number, b"\n")) == WHOLE[number - 1].offset


async def test_a_line_that_is_not_there_is_not_found() -> None:
    assert await last(find_line(Made.of(TEXT).file(), 3_001, b"\n")) is None


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("1200", Target(line=1200)),
        ("1,200", Target(line=1200)),
        ("0", Target(line=1)),
        ("0x1F", Target(offset=31)),
        ("10M", Target(offset=10_000_000)),
        ("2 KiB", Target(offset=2048)),
        ("50%", Target(offset=500)),
    ],
)
def test_a_place_is_read_as_people_write_it(text: str, target: Target) -> None:
    assert parse_target(text, 1_000) == target


@given(st.text(max_size=12))
def test_any_other_text_is_a_place_or_refused(text: str) -> None:
    with suppress(ValueError):
        target = parse_target(text, 1_000)
        assert (target.line is None) != (target.offset is None)
