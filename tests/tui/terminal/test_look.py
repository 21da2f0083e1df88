"""Looks and the changes between them, judged by an emulated terminal."""

from __future__ import annotations

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip

from s3tui.tui.terminal.look import PLAIN, Look, change, parse_sgr

COLOURS = st.sampled_from([None, "red", "bright_blue", "color(200)", "#0a141e", "#c8c8c8", "default"])
FLAGS = st.sampled_from([None, True, False])
STYLES = st.builds(
    Style,
    color=COLOURS,
    bgcolor=COLOURS,
    bold=FLAGS,
    dim=FLAGS,
    italic=FLAGS,
    underline=FLAGS,
    blink=FLAGS,
    reverse=FLAGS,
    strike=FLAGS,
    underline2=FLAGS,
    overline=FLAGS,
)


def look_of(style: Style) -> Look:
    return parse_sgr(Strip.render_ansi(style, ColorSystem.TRUECOLOR))


def painted(data: str) -> list[pyte.screens.Char]:
    screen = pyte.Screen(20, 1)
    pyte.Stream(screen).feed(data)
    return [screen.buffer[0][x] for x in range(20)]


@given(st.lists(STYLES, min_size=1, max_size=6))
def test_changes_lead_to_what_styles_ask_for(styles: list[Style]) -> None:
    """The oracle is what Rich writes: each text with all of its codes, then a reset."""
    ours, before = "", PLAIN
    for style in styles:
        ours += change(before, look_of(style)) + "x"
        before = look_of(style)
    assert painted(ours) == painted("".join(style.render("x") for style in styles))


@given(STYLES, STYLES)
def test_a_change_is_never_longer_than_a_reset_and_all_codes(one: Style, other: Style) -> None:
    codes = Strip.render_ansi(other, ColorSystem.TRUECOLOR)
    assert len(change(look_of(one), look_of(other))) <= len(f"\x1b[0;{codes}m")


def test_bold_ends_without_dim_which_ends_by_the_same_code() -> None:
    both, dim = Look(frozenset({"1", "2"})), Look(frozenset({"2"}))
    assert change(both, dim) in ("\x1b[22;2m", "\x1b[0;2m")


def test_a_link_is_part_of_a_look() -> None:
    linked = Look(link="https://example.com/")
    assert change(PLAIN, linked) == "\x1b]8;;https://example.com/\x1b\\"
    assert change(linked, PLAIN) == "\x1b]8;;\x1b\\"


@pytest.mark.parametrize("code", ["4", "7", "9"])
def test_what_shows_on_a_blank_is_kept_on_it(code: str) -> None:
    look = Look(frozenset({code, "1"}), "31", "44")
    assert look.of_blank is look
    assert look.on_blank_after(PLAIN) is look


def test_the_colour_of_letters_does_not_matter_on_a_blank() -> None:
    look = Look(frozenset({"1"}), "31", "44")
    assert look.of_blank == Look(background="44")
    assert change(Look(foreground="32", background="44"), look.of_blank.on_blank_after(look)) != "\x1b[m"
    assert look.of_blank.on_blank_after(look) is look
