"""Differences of texts: applied to the old one, they make the new one."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.line_diff import changed_blocks, unified
from s3tui.preview.difference import MOST, difference
from tests.preview.served import Made

LINES = st.lists(st.sampled_from("abcdefgh"), max_size=30)


@given(LINES, LINES)
def test_blocks_lead_from_one_to_the_other(old: list[str], new: list[str]) -> None:
    made, at = list[str](), 0
    for first_old, end_old, first_new, end_new in changed_blocks(old, new):
        assert at <= first_old
        assert old[first_old:end_old] != new[first_new:end_new]
        made += old[at:first_old] + new[first_new:end_new]
        at = end_old
    assert made + old[at:] == new


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize("seed", range(6))
def test_patch_takes_it(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    old = [f"line {random_.randrange(40)}" for _ in range(200)]
    new = [line for line in old if random_.random() > 0.05]
    for _ in range(9):
        new.insert(random_.randrange(len(new)), f"new {random_.randrange(5)}")
    (tmp_path / "a").write_text("".join(f"{line}\n" for line in old))
    patch = "--- a\n+++ a\n" + "".join(f"{line}\n" for line in unified(old, new))
    subprocess.run(["patch", "-s", "a"], cwd=tmp_path, input=patch, text=True, check=True)
    assert (tmp_path / "a").read_text() == "".join(f"{line}\n" for line in new)


def test_any_texts_take_bounded_time() -> None:
    random_ = random.Random(1)
    old, new = ([random_.choice("ab") for _ in range(50_000)] for _ in range(2))
    began = time.process_time()
    unified(old, new)
    assert time.process_time() - began < 3


async def compared(old: bytes, new: bytes, name: str = "a.txt") -> tuple[list[str], str]:
    found = await difference(Made.of(old).file(), Made.of(new).file(), name)
    return list(found.lines), found.sentence


async def test_a_difference_is_lines_and_how_many() -> None:
    lines, sentence = await compared(b"a\nb\nc\n", b"a\nx\nc\nd\n")
    assert lines == ["@@ -1,3 +1,4 @@", " a", "-b", "+x", " c", "+d"]
    assert sentence == "1 line gone, 2 lines came."


async def test_all_lines_are_counted_of_which_the_first_are_shown() -> None:
    old, new = (b"".join(b"%s%d\n" % (name, number) for number in range(21_000)) for name in (b"a", b"b"))
    lines, sentence = await compared(old, new)
    assert len(lines) == 20_000
    assert sentence == "21,000 lines gone, 21,000 lines came. Here are the first 20,000 lines of that."


@pytest.mark.parametrize(
    ("old", "new", "name", "pattern"),
    [
        (b"a\n", b"a\n", "a", r"They hold the same bytes\."),
        (b"a\r\n", b"a\n", "a", r"Their lines are the same; line ends or white space differ\."),
        (b"\0\1\2", b"\0\1\3", "a", r"not both text\. The first difference is at byte 2\."),
        (b"x" * MOST + b"1", b"x" * MOST + b"2", "a", r"same bytes\. Of each the first 1 MiB was compared\."),
        (b"", b"a\n", "a", r"0 lines gone, 1 line came\."),
    ],
)
async def test_what_is_no_difference_of_lines_is_a_sentence(
    old: bytes, new: bytes, name: str, pattern: str
) -> None:
    assert re.search(pattern, (await compared(old, new, name))[1])


async def test_json_in_one_line_is_compared_value_by_value() -> None:
    values = ", ".join(f'"key {n}": "a value of some length {n}"' for n in range(99))
    lines, _ = await compared(
        f"{{{values}}}".encode(), f"{{{values}}}".replace("length 50", "x").encode(), "a.json"
    )
    assert [line for line in lines if line[0] in "+-"] == [
        '-  "key 50": "a value of some length 50",',
        '+  "key 50": "a value of some x",',
    ]
