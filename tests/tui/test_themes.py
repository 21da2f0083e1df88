"""Themes: what carries meaning can be read, in the dark and in the light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

import s3tui.tui
from s3tui.tui.text.content_kinds import ContentKind
from s3tui.tui.themes import THEMES, contrast, kind_colors, legible_on

LEAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""


def ratio(one: str, other: str) -> float:
    """Return the contrast ratio as WCAG 2.2 defines it, from hexadecimal colours."""

    def luminance(color: str) -> float:
        shares = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)],
)
def test_the_contrast_is_that_of_the_standard(one: str, other: str, expected: float) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.01)
    assert contrast(Color.parse(one), Color.parse(other)) == pytest.approx(ratio(one, other))
    assert contrast(Color.parse("ansi_red"), Color.parse(other)) == 0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_kind_of_content_has_a_legible_colour_of_its_own(theme: Theme) -> None:
    colors = kind_colors(theme)
    assert set(colors) == set(ContentKind)
    assert len(set(colors.values())) == len(colors)
    assert theme.surface
    assert {kind: color for kind, color in colors.items() if ratio(color, theme.surface) < LEAST} == {}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_what_is_done_warned_of_or_wrong_is_legible_in_lists_and_panes(theme: Theme) -> None:
    assert theme.surface
    named = {name: getattr(theme, name) for name in ("accent", "primary", "success", "warning", "error")}
    assert {name: color for name, color in named.items() if ratio(color, theme.surface) < LEAST} == {}


SHARES = {
    int(share)
    for file in Path(s3tui.tui.__file__).parent.rglob("*")
    if file.suffix in (".py", ".tcss")
    for share in re.findall(r"(?<!background: )\$foreground (\d+)%", file.read_text("utf-8"))
}
"""How much of the foreground texts have that are less important."""
FAINT = {25, 30, 35, 40}
"""Of rules, bars and what cannot be pressed: nothing to be read."""


def mixed(color: str, ground: str, share: int) -> str:
    parts = [
        (int(color[i : i + 2], 16) * share + int(ground[i : i + 2], 16) * (100 - share)) / 100
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{round(part):02x}" for part in parts)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_dim_text_and_errors_can_be_read_wherever_they_stand(theme: Theme) -> None:
    grounds = {name: str(getattr(theme, name)) for name in ("background", "surface", "panel")}
    texts = {f"{share} %": share for share in SHARES - FAINT}
    assert 70 in texts.values()
    faults = {
        (name, ground): mixed(str(theme.foreground), color, share)
        for ground, color in grounds.items()
        for name, share in texts.items()
        if ratio(mixed(str(theme.foreground), color, share), color) < LEAST
    }
    assert faults == {}
    assert {
        ground: color for ground, color in grounds.items() if ratio(str(theme.error), color) < LEAST
    } == {}


@pytest.mark.parametrize("theme", BUILTIN_THEMES.values(), ids=lambda theme: theme.name)
def test_in_a_foreign_theme_no_colour_is_given_that_would_be_hard_to_read(theme: Theme) -> None:
    surface = Color.parse(theme.to_color_system().generate()["surface"])
    assert all(ratio(color, surface.hex6) >= LEAST for color in kind_colors(theme).values())


@pytest.mark.parametrize("theme", [*THEMES, *BUILTIN_THEMES.values()], ids=lambda theme: theme.name)
def test_a_chip_is_legible_in_every_theme(theme: Theme) -> None:
    colors = theme.to_color_system().generate()
    chips = [Color.parse(colors[name]) for name in ("error", "success", "accent", "warning", "foreground")]
    for chip in chips:
        if chip.ansi is None:
            assert ratio(legible_on(chip).hex6, chip.hex6) >= LEAST
