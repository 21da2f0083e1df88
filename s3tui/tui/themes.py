"""The app's own themes, one dark and one light. Textual's built-in themes work as well."""

from __future__ import annotations

from textual.theme import Theme

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
    },
)

THEMES = (DARK, LIGHT)
