"""Line filter for terminals of sixteen colours: text stays legible, and what is highlighted stays so.

The nearest of sixteen colours is often that of the ground: a light cursor would be white on white. Here a
background is that of the theme, or another one; what has a hue keeps it, where its text can be read.

The palette is the terminal's own: what is said of contrast holds for those of xterm and the Linux console.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter

_BLACK, _RED, _GREEN, _YELLOW, _BLUE, _MAGENTA, _CYAN, _GREY, _DARK_GREY, _WHITE = (
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    15,
)
_BRIGHT = 8
_HUES = (_RED, _YELLOW, _GREEN, _CYAN, _BLUE, _MAGENTA)
"""Sixty degrees apart."""
_ON_DARK = {_BLUE: _CYAN}
_ON_LIGHT = {_YELLOW: _DARK_GREY, _CYAN: _BLUE}
"""Stand for hues that cannot be read there."""
_TAKES_WHITE = frozenset({_RED, _BLUE, _MAGENTA, _DARK_GREY})
"""Backgrounds whose text is white; on others it is black."""
_LEAST_CHROMA = 0.12
_BRIGHT_TEXT, _MIDDLE_TEXT = 0.75, 0.4
Rgb = tuple[int, int, int]


class SixteenColors(LineFilter):
    """Gives each style colours of the first sixteen.

    Args:
        grounds: the theme's backgrounds, which are one here.
        is_dark: whether they are black, or white.
    """

    def __init__(self, grounds: Collection[Rgb], *, is_dark: bool) -> None:
        super().__init__()
        self._grounds, self._is_dark = frozenset(grounds), is_dark
        self._ground = _BLACK if is_dark else _WHITE
        self._convert = lru_cache(4096)(self._converted)

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else self._convert(style), control)
            for text, style, control in segments
        ]

    def _converted(self, style: Style) -> Style:
        behind, text = _rgb(style.bgcolor), _rgb(style.color)
        ground = self._ground if behind is None else self.background(behind)
        color = None if text is None else RichColor.from_ansi(self.foreground(text, ground))
        return style + Style(color=color, bgcolor=None if behind is None else RichColor.from_ansi(ground))

    def background(self, color: Rgb) -> int:
        """Return the number of a background's colour."""
        if any(_is_like(color, ground) for ground in self._grounds):
            return self._ground
        if (hue := _hue(color)) is not None:
            return hue
        return _DARK_GREY if self._is_dark else _GREY

    def foreground(self, color: Rgb, ground: int) -> int:
        """Return the number of a text's colour on a background of that number."""
        is_bright = ground != self._ground and ground not in (_DARK_GREY, _GREY)
        if is_bright:
            return _WHITE if ground in _TAKES_WHITE else _BLACK
        if (hue := _hue(color)) is not None:
            return _ON_DARK.get(hue, hue) + _BRIGHT if self._is_dark else _ON_LIGHT.get(hue, hue)
        lightness = sum(color) / 3 / 255
        if not self._is_dark:
            return _BLACK if lightness < _MIDDLE_TEXT or ground == _GREY else _DARK_GREY
        if lightness > _BRIGHT_TEXT or ground == _DARK_GREY:
            return _WHITE
        return _GREY if lightness > _MIDDLE_TEXT else _DARK_GREY


def _is_like(one: Rgb, other: Rgb) -> bool:
    """Say whether two colours are the same, but for what blending rounds."""
    return all(abs(a - b) <= 1 for a, b in zip(one, other, strict=True))


def _rgb(color: RichColor | None) -> Rgb | None:
    """Return the parts of a colour; `None` where it is the terminal's own."""
    return None if color is None or color.is_default else tuple(color.get_truecolor())  # type: ignore[return-value]  # three of them


def _hue(color: Rgb) -> int | None:
    """Return the number of the hue that a colour is nearest to; `None` for what is nearly grey."""
    red, green, blue = (part / 255 for part in color)
    most, least = max(red, green, blue), min(red, green, blue)
    chroma = most - least
    if chroma < _LEAST_CHROMA:
        return None
    if most == red:
        sixth = (green - blue) / chroma
    elif most == green:
        sixth = 2 + (blue - red) / chroma
    else:
        sixth = 4 + (red - green) / chroma
    return _HUES[round(sixth) % 6]
