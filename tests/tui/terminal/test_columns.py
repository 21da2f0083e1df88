"""Beside characters whose width terminals dispute, columns stand where they stand in the other rows."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from pathlib import Path

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, set_cell_size

from s3tui.format import printable
from s3tui.tui.terminal.columns import with_fixed_columns
from tests.servers import S3Server
from tests.terminal import run_in_terminal

NAMES = [
    "plain.txt",
    "\N{THUMBS UP SIGN}\U0001f3fd.txt",
    "\u0928\u093f\u092f\u092e.txt",  # Devanagari, vowel sign before its letter
    "\u0ba4\u0bae\u0bbf\u0bb4\u0bcd.txt",  # Tamil
    "\u09ac\u09be\u0982\u09b2\u09be.txt",  # Bengali
    "\u0d2e\u0d32\u0d2f\u0d3e\u0d33\u0d02.txt",  # Malayalam
    "e\u0301te\u0301.txt",
    "\u1112\u1161\u11ab.txt",  # Hangul, in jamo that join
    "\U0001f1e9\U0001f1ea.txt",  # a flag
    "\N{HEAVY BLACK HEART}\ufe0f.txt",
    "\U0001f468\u200d\U0001f469.txt",
]
"""The first is as wide everywhere."""
_WIDTH = 30
ROOT = Path(__file__).parents[3]


def paint(names: list[str]) -> str:
    """Paint rows as the compositor does: to a place, then styled pieces."""
    rows = [
        f"\x1b[{y};3H\x1b[1m{set_cell_size(printable(name), _WIDTH)}\x1b[0m\x1b[2m|7 B|\x1b[0m"
        for y, name in enumerate(names, 1)
    ]
    return "\n".join(rows)


def columns(data: str, rows: int) -> list[int]:
    """Return in which column of a screen the size stands, row by row; -1 where it does not."""
    screen = pyte.Screen(80, rows)
    pyte.Stream(screen).feed(data)
    found = []
    for y in range(rows):
        cells = [screen.buffer[y][x].data for x in range(80)]
        found.append(next((x for x in range(78) if cells[x : x + 3] == ["|", "7", " "]), -1))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_next_column_stands_where_it_stands_elsewhere(name: str) -> None:
    assert columns(with_fixed_columns(paint([NAMES[0], name])), 2) == [_WIDTH + 2] * 2


MARKED = st.text(st.characters(categories=["Lo", "Ll", "Mn", "Mc", "Me", "So", "Zs"]), max_size=12)


@given(st.lists(MARKED, min_size=1, max_size=8))
def test_no_name_moves_a_column(names: list[str]) -> None:
    painted = with_fixed_columns(paint(names))
    assert columns(painted, len(names)) == [_WIDTH + 2] * len(names)


def test_where_a_cell_is_left_over_nothing_old_stands_in_it() -> None:
    screen = pyte.Screen(20, 1)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[1;1H" + "#" * 20)
    stream.feed(with_fixed_columns("\x1b[1;1H\u0915\u093e\u0916\u093e  "))
    assert "#" not in screen.display[0][: cell_len("\u0915\u093e\u0916\u093e")]


@pytest.mark.parametrize(
    "data", ["", "\x1b[1;1Hplain ümlaut ─│ \x1b[0m", "\x1b]8;;x\x1b\\a\x1b]8;;\x1b\\", "\u0915\u093e"]
)
def test_what_is_certain_or_has_no_known_place_is_left_alone(data: str) -> None:
    assert with_fixed_columns(data) == data


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_in_a_real_terminal_the_sizes_stand_below_each_other(
    home: Path, ministack: S3Server, tmp_path: Path
) -> None:
    bucket = ministack.make_bucket("columns")
    for name in NAMES:
        ministack.boto3().put_object(Bucket=bucket, Key=name, Body=bytes(777))
    environment = {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "TERM": "screen-256color",
        "AWS_ACCESS_KEY_ID": ministack.credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": ministack.credentials.secret_key.reveal(),
        "AWS_ENDPOINT_URL": ministack.endpoint_url,
    }
    command = [sys.executable, "-m", "s3tui", f"s3://{bucket}/"]
    with run_in_terminal(command, tmp_path, environment, width=140, height=30) as terminal:
        screen = terminal.wait_until(lambda text: text.count(" 777  B") >= len(NAMES), "all rows are there")
        terminal.press("q")
    sizes = {tmux_cells(row[: row.index("777  B")]) for row in screen.splitlines() if " 777  B" in row}
    assert len(sizes) == 1, screen


def tmux_cells(text: str) -> int:
    """Return how many cells tmux gave `text`, where each letter of a jamo syllable and each flag is one."""
    text = text.replace("\u1112\u1161\u11ab", "xx").replace("\U0001f1e9\U0001f1ea", "xx")
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return sum(unicodedata.category(character) not in ("Mn", "Me") for character in text) + wide
