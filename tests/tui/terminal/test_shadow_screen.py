"""What the shadow of a screen writes leads an emulated terminal to what Textual's own painting shows."""

from __future__ import annotations

import io

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui.tui.terminal.cell_diff import Looks
from s3tui.tui.terminal.columns import with_fixed_columns
from s3tui.tui.terminal.shadow_screen import ShadowScreen

WIDTH, HEIGHT = 24, 4
CONSOLE = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True)
STYLES = st.sampled_from(
    [
        Style.parse(each)
        for each in ("none", "bold red on blue", "on blue", "underline", "reverse", "dim #102030")
    ]
)
PIECES = st.lists(st.tuples(st.text("ab  ─│▸", max_size=6), STYLES), max_size=4)
PUTS = st.tuples(st.integers(0, WIDTH - 1), st.integers(0, HEIGHT - 1), PIECES)
COLUMNS = [
    Style.parse(each) for each in ("#cdd6e0 on #151a22", "bold #a1a3a6 on #151a22", "#62c3c9 on #2a4261")
]
"""Styles that take more to change than the cursor takes to move."""
CELLS = st.lists(
    st.tuples(*[st.text("ab 1", min_size=3, max_size=3)] * len(COLUMNS)), min_size=HEIGHT, max_size=HEIGHT
)
DISPUTED = [
    "\N{THUMBS UP SIGN}\U0001f3fd.txt",
    "\u1112\u1161\u11ab",
    "e\u0301te\u0301",
    "日本語 x",
    "plain",
]

BORDER = Style.parse("green on black")


def strip_of(pieces: list[tuple[str, Style]]) -> Strip:
    return Strip([Segment(text, style) for text, style in pieces])


class Emulated:
    """A terminal, and what is seen on it."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.screen.reset_mode(pyte.modes.DECAWM >> 5, private=True)
        self._stream = pyte.Stream(self.screen)

    def feed(self, data: str) -> None:
        self._stream.feed(with_fixed_columns(data))

    def paint(self, x: int, y: int, strip: Strip) -> None:
        """Paint as Textual does."""
        self.feed(f"\x1b[{y + 1};{x + 1}H{strip.crop(0, WIDTH - x).render(CONSOLE)}")

    def cells(self) -> list[list[tuple[object, ...]]]:
        return [[seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]


def seen(cell: pyte.screens.Char) -> tuple[object, ...]:
    is_bare = cell.data == " " and not (cell.underscore or cell.strikethrough or cell.reverse)
    return (" ", cell.bg) if is_bare else tuple(cell)


def shadow() -> ShadowScreen:
    """A shadow of a terminal that was cleared."""
    shadow = ShadowScreen(WIDTH, HEIGHT, Looks(CONSOLE))
    for y in range(HEIGHT):
        shadow.put(0, y, Strip.blank(WIDTH))
    shadow.note_shown()
    return shadow


@given(st.lists(CELLS, min_size=2, max_size=4))
def test_columns_are_painted_look_by_look(frames: list[list[tuple[str, ...]]]) -> None:
    ours, textuals = Emulated(), Emulated()
    shadowed = shadow()
    for frame in frames:
        for y, texts in enumerate(frame):
            strip = strip_of(
                [
                    (text, style)
                    for each in zip(texts, COLUMNS, strict=True)
                    for text, style in (each, ("···", COLUMNS[0]))
                ]
            )
            shadowed.put(0, y, strip)
            textuals.paint(0, y, strip)
        painted = shadowed.changes()
        shadowed.note_shown()
        ours.feed(painted)
        assert ours.cells() == textuals.cells()


def test_columns_that_alternate_turn_each_look_on_once() -> None:
    screen = shadow()
    for digits in ("0123", "1234"):
        for y, digit in enumerate(digits):
            screen.put(0, y, strip_of([(f"name-{digit} ", COLUMNS[0]), (f"  {digit} h", COLUMNS[1])]))
        painted = screen.changes()
        screen.note_shown()
    assert painted.count("m") == len(COLUMNS[:2]) + 1, "and off at the end"


@given(st.lists(st.lists(PUTS, max_size=5), max_size=6))
def test_frames_show_what_textual_would_have_painted(
    frames: list[list[tuple[int, int, list[tuple[str, Style]]]]],
) -> None:
    ours, theirs, screen = Emulated(), Emulated(), shadow()
    for frame in frames:
        for x, y, pieces in frame:
            screen.put(x, y, strip_of(pieces))
            theirs.paint(x, y, strip_of(pieces))
        ours.feed(screen.changes())
        screen.note_shown()
        assert ours.cells() == theirs.cells()
        assert screen.changes() == ""


@given(st.lists(st.lists(st.sampled_from(DISPUTED), min_size=HEIGHT, max_size=HEIGHT), max_size=5), STYLES)
def test_names_of_disputed_width_are_painted_as_a_whole(frames: list[list[str]], style: Style) -> None:
    """A name is followed by a column that changes with it, as in a list of objects."""
    ours, screen = Emulated(), shadow()
    for frame in frames:
        at_once, theirs = Emulated(), Emulated()
        for y, name in enumerate(frame):
            left = Strip([Segment("│ ", BORDER), Segment(f" {name}", style)]).adjust_cell_length(18)
            right = Strip([Segment(f"│{len(name)}", style)]).adjust_cell_length(WIDTH - 18)
            for x, strip in ((0, left), (18, right)):
                screen.put(x, y, strip)
                theirs.paint(x, y, strip)
        ours.feed(screen.changes())
        screen.forget()
        at_once.feed(screen.changes())
        screen.note_shown()
        assert ours.cells() == at_once.cells()
        assert [row[3][1:] for row in ours.cells()] == [row[3][1:] for row in theirs.cells()]
        assert [row[18:] for row in ours.cells()] == [row[18:] for row in theirs.cells()]


def test_the_half_of_a_wide_letter_below_a_dialog_is_blank() -> None:
    ours, screen = Emulated(), shadow()
    screen.put(0, 0, Strip([Segment("ab日本語cd")]))
    screen.put(3, 0, Strip([Segment("|")]))
    ours.feed(screen.changes())
    assert ours.screen.display[0].startswith("ab |本語cd")


def test_a_dialog_over_disputed_names_leaves_them_when_it_closes() -> None:
    ours, screen = Emulated(), shadow()
    rows = [Strip([Segment(name)]).adjust_cell_length(WIDTH) for name in DISPUTED[:HEIGHT]]
    for y, row in enumerate(rows):
        screen.put(0, y, row)
    ours.feed(screen.changes())
    screen.note_shown()
    before = ours.cells()
    for edge in range(1, 8):
        for y in range(HEIGHT):
            screen.put(edge, y, Strip([Segment("│ dialog │")]))
        ours.feed(screen.changes())
        screen.note_shown()
        assert [row[edge][0] for row in ours.cells()] == ["│"] * HEIGHT
        for y, row in enumerate(rows):
            screen.put(0, y, row)
        ours.feed(screen.changes())
        screen.note_shown()
        assert ours.cells() == before


def test_a_strip_that_is_there_already_costs_nothing_and_one_that_was_covered_is_painted_again() -> None:
    screen, strip = shadow(), Strip([Segment("name")])
    screen.put(2, 1, strip)
    screen.note_shown()
    screen.put(2, 1, strip)
    assert screen.changes() == ""
    screen.put(0, 1, Strip.blank(WIDTH))
    screen.note_shown()
    screen.put(2, 1, strip)
    assert "name" in screen.changes()


def test_meta_is_no_part_of_what_is_seen_but_a_link_is() -> None:
    screen = shadow()
    screen.put(0, 0, Strip([Segment("click", Style(meta={"@click": "one"}))]))
    screen.note_shown()
    screen.put(0, 0, Strip([Segment("click", Style(meta={"@click": "other"}))]))
    assert screen.changes() == ""
    screen.put(0, 0, Strip([Segment("click", Style(link="https://example.com/"))]))
    assert "\x1b]8;;https://example.com/" in screen.changes()


def test_what_was_not_written_is_written_later_with_what_comes_then() -> None:
    ours, screen = Emulated(), shadow()
    for text in ("first", "second", "third "):
        screen.put(0, 0, Strip([Segment(text)]))
    ours.feed(screen.changes())
    assert ours.screen.display[0].split() == ["third"]


def test_after_forgetting_all_is_painted() -> None:
    ours, screen = Emulated(), shadow()
    screen.put(3, 2, Strip([Segment("row", Style.parse("bold"))]))
    ours.feed(screen.changes())
    screen.note_shown()
    before = ours.cells()
    ours.feed("\x1b[1;1Hbroadcast\x1b[3;2Hmessage")
    screen.forget()
    ours.feed(screen.changes())
    assert ours.cells() == before


@pytest.mark.parametrize("system", [ColorSystem.STANDARD, ColorSystem.EIGHT_BIT])
def test_looks_are_of_the_colours_that_the_terminal_has(system: ColorSystem) -> None:
    console = Console(file=io.StringIO(), color_system="truecolor", force_terminal=True)
    looks, style = Looks(console), Style.parse("#ff0000")
    assert looks(style).foreground == "38;2;255;0;0"
    console._color_system = system
    assert looks.are_outdated
    looks.clear()
    assert looks(style).foreground == ("31" if system is ColorSystem.STANDARD else "38;5;196")
