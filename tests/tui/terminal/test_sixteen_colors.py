"""Sixteen colours: what is read can be read, what is highlighted is seen, in the dark and in the light."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from textual.color import Color
from textual.theme import Theme

from s3tui.tui.terminal.sixteen_colors import SixteenColors
from s3tui.tui.themes import THEMES, contrast

XTERM = TerminalTheme(
    (0, 0, 0),
    (229, 229, 229),
    [
        *[(0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0)],
        *[(0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229)],
    ],
    [
        *[(127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0)],
        *[(92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255)],
    ],
)
LEAST = 3.0
"""Below the 4.5 of other terminals: the palette has not more for grey on grey."""
CHANNEL = st.integers(0, 255)
RGB = st.tuples(CHANNEL, CHANNEL, CHANNEL)


def parsed(theme: Theme) -> dict[str, Color]:
    return {
        name: Color.parse(text)
        for name, text in theme.to_color_system().generate().items()
        if text.startswith("#") and "%" not in text
    }


def filter_of(theme: Theme) -> SixteenColors:
    colors = parsed(theme)
    grounds = [colors[name].rgb for name in ("background", "surface", "panel")]
    return SixteenColors(grounds, is_dark=theme.dark)


def shown(number: int) -> Color:
    return Color(*RichColor.from_ansi(number).get_truecolor(XTERM))


def texts(theme: Theme) -> Iterator[tuple[str, str]]:
    for name in ("foreground", "primary", "accent", "error", "warning", "success"):
        yield name, "surface"
    yield from (("block-cursor-foreground", "block-cursor-background"), ("foreground", "panel"))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_the_themes_write_is_legible(theme: Theme) -> None:
    colors, few = parsed(theme), filter_of(theme)
    found = {}
    for text, behind in texts(theme):
        ground = few.background(colors[behind].rgb)
        found[text, behind] = contrast(shown(few.foreground(colors[text].rgb, ground)), shown(ground))
    for kind in (name for name in colors if name.startswith("kind-")):
        ground = few.background(colors["surface"].rgb)
        found[kind, "surface"] = contrast(shown(few.foreground(colors[kind].rgb, ground)), shown(ground))
    hard = {pair for pair, ratio in found.items() if ratio < LEAST}
    # The green of xterm is light; what is done has a sign too.
    assert hard <= {("success", "surface"), ("kind-table", "surface")}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_cursor_is_seen_focused_or_not(theme: Theme) -> None:
    colors, few = parsed(theme), filter_of(theme)
    names = ("surface", "block-cursor-background", "block-cursor-blurred-background")
    assert len({few.background(colors[name].rgb) for name in names}) == len(names)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@given(color=RGB, behind=RGB)
def test_no_text_has_the_colour_of_its_background(
    theme: Theme, color: tuple[int, int, int], behind: tuple[int, int, int]
) -> None:
    few = filter_of(theme)
    style = Style(color=RichColor.from_rgb(*color), bgcolor=RichColor.from_rgb(*behind), bold=True)
    [(text, made, _)] = few.apply([Segment("x", style)], Color(0, 0, 0))
    assert made is not None
    assert made.color is not None
    assert made.bgcolor is not None
    assert {made.color.type, made.bgcolor.type} == {ColorType.STANDARD}
    assert made.color != made.bgcolor
    assert (text, made.bold) == ("x", True)


def test_the_terminals_own_colours_stay() -> None:
    few = filter_of(THEMES[0])
    segments = [Segment("a", Style(bold=True)), Segment("b", Style(color="default")), Segment("c")]
    assert few.apply(segments, Color(0, 0, 0)) == segments


@pytest.mark.parametrize(
    ("color", "number"),
    [("#e5737b", 9), ("#7fc08a", 10), ("#dcb463", 11), ("#6aa9e9", 14), ("#cc9be0", 13), ("#808080", 7)],
)
def test_what_has_a_hue_keeps_it(color: str, number: int) -> None:
    few = filter_of(THEMES[0])
    assert few.foreground(Color.parse(color).rgb, few.background(parsed(THEMES[0])["surface"].rgb)) == number
