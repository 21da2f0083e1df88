"""ASCII substitutes for signs, for terminals whose locale is not UTF-8. Pure."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Mapping

from rich.cells import cell_len

_SIGNS = {
    "│┃║▌▐▏▎▍▋▊▉╎┆": "|",
    "─━═╌┄▁▔": "-",
    "╭╮╰╯┌┐└┘├┤┬┴┼╔╗╚╝": "+",
    "▸▶❯→›»↪": ">",
    "◂◀←‹«": "<",
    "▾▼↓": "v",
    "▴▲↑⇅": "^",
    "⋯…": ".",
    "·•∙": ".",
    "●★✓✔■█▇▆▅▓": "*",
    "○☆□░▒▄▃▂": "o",
    "✗✘✕×": "x",
    "–—−": "-",
    "↵⏎": "J",
    "␣": "_",
    "⇥": "T",
    "⌫": "B",
    "↺⟳": "@",
    "▣": "&",
    "◪": "%",
    "▦": "#",
    "≡": "=",
    "Σ": "S",
    "≥": ">",
    "≤": "<",
    "≠": "!",
    "≈": "~",
    "⟨": "<",
    "⟩": ">",
    "“”": '"',
    "‘’": "'",
    "\N{NO-BREAK SPACE}": " ",
}
_OF = {ord(sign): plain for signs, plain in _SIGNS.items() for sign in signs}


def is_utf8(environment: Mapping[str, str]) -> bool:
    """Tell whether the environment declares a UTF-8 locale (POSIX: LC_ALL, LC_CTYPE, LANG)."""
    if sys.platform == "darwin":
        return True
    named = environment.get("LC_ALL") or environment.get("LC_CTYPE") or environment.get("LANG") or ""
    # Python has put UTF-8 in place of a locale that was C (PEP 538).
    is_made_up = named == "C.UTF-8" and bool(sys.flags.utf8_mode) and "PYTHONUTF8" not in environment
    return named.lower().replace("-", "").endswith("utf8") and not is_made_up


def ascii_signs(text: str) -> str:
    """Return `text` in ASCII, each substitute as wide as its sign."""
    return text if text.isascii() else "".join(map(_plain, text))


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if (plain := _OF.get(ord(character))) is not None:
        return plain
    letter = unicodedata.normalize("NFKD", character)[0]
    width = cell_len(character)
    return letter if letter.isascii() and width == 1 else "?" * width
