"""The app's own themes, one dark and one light. Textual's built-in themes work as well."""

from __future__ import annotations

from collections.abc import Mapping

from textual.color import Color
from textual.theme import Theme

from s3tui.tui.text.content_kinds import ContentKind

DARK = Theme(
    name="s3tui-dark",
    primary="#6aa9e9",
    secondary="#8794a8",
    accent="#6aa9e9",
    success="#7fc08a",
    warning="#dcb463",
    error="#e5737b",
    foreground="#cdd6e0",
    background="#10141a",
    surface="#151a22",
    panel="#1d242e",
    dark=True,
    variables={
        "border": "#6aa9e9",
        "border-blurred": "#303b4a",
        "block-cursor-background": "#2a4261",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#212b38",
        "footer-key-foreground": "#6aa9e9",
        "scrollbar": "#303b4a",
        "scrollbar-background": "#151a22",
        "kind-archive": "#d9a65b",
        "kind-image": "#cc9be0",
        "kind-table": "#7fc08a",
        "kind-text": "#b9c4d0",
        "kind-code": "#62c3c9",
        "kind-binary": "#8794a8",
    },
)

LIGHT = Theme(
    name="s3tui-light",
    primary="#1f66ad",
    secondary="#5d6b7d",
    accent="#1f66ad",
    success="#2c7a3d",
    warning="#94660a",
    error="#b3303c",
    foreground="#1f2933",
    background="#f3f5f7",
    surface="#fbfcfd",
    panel="#e5e9ee",
    dark=False,
    variables={
        "border": "#1f66ad",
        "border-blurred": "#c2cbd5",
        "block-cursor-background": "#cfe1f5",
        "block-cursor-foreground": "#0d1b2a",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e3e9ef",
        "footer-key-foreground": "#1f66ad",
        "scrollbar": "#c2cbd5",
        "scrollbar-background": "#f3f5f7",
        "kind-archive": "#8a5d00",
        "kind-image": "#8a3fa0",
        "kind-table": "#2c7a3d",
        "kind-text": "#3b4754",
        "kind-code": "#0d6b77",
        "kind-binary": "#5d6b7d",
    },
)

THEMES = (DARK, LIGHT)
_BLACK, _WHITE = Color.parse("#000000"), Color.parse("#ffffff")
LEAST_CONTRAST = 4.5
"""Of text, by WCAG 2.2, level AA."""


def kind_colors(theme: Theme) -> Mapping[ContentKind, str]:
    """Return the colour of each kind of content in lists, by the theme's `kind-…` variables.

    A theme without them has those of ours that is as dark. What would be hard to read has no colour.
    """
    ours = (DARK if theme.dark else LIGHT).variables
    surface = Color.parse(theme.to_color_system().generate()["surface"])
    named = {kind: f"kind-{kind.name.lower()}" for kind in ContentKind}
    colors = {kind: theme.variables.get(name, ours[name]) for kind, name in named.items()}
    return {
        kind: color
        for kind, color in colors.items()
        if contrast(Color.parse(color), surface) >= LEAST_CONTRAST
    }


def legible_on(color: Color) -> Color:
    """Return black or white, whichever has more contrast on `color`: at least 4.58."""
    return max(_BLACK, _WHITE, key=lambda text: contrast(text, color))


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio of two colours, by WCAG 2.2; 0 for those that the terminal chooses."""
    if one.ansi is not None or other.ansi is not None:
        return 0.0
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: Color) -> float:
    channels = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.normalized)
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), channels, strict=True))
