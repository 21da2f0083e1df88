"""Look of a terminal cell (colours, attributes, link), and the shortest SGR change to another one. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
"""What ends an attribute; the others are ended by a reset, as terminals disagree on them."""
_UNSEEN_ON_BLANK = frozenset({"1", "2", "3", "8"})


@dataclass(frozen=True)
class Look:
    """Colours, attributes and link of one cell."""

    attributes: frozenset[str] = frozenset()
    """SGR codes: 1 is bold, 4 underlined, 7 reversed, …"""
    foreground: str = ""
    """SGR codes of a colour; empty: the terminal's own."""
    background: str = ""
    link: str = ""
    """URL of an OSC 8 link."""

    @cached_property
    def of_blank(self) -> Look:
        """This look as far as it is seen on a blank."""
        if self.attributes - _UNSEEN_ON_BLANK:
            return self
        return Look(background=self.background, link=self.link)

    def on_blank_after(self, current: Look) -> Look:
        """Return what a blank of this look may be painted in: what is not seen stays as it is."""
        if self.attributes:
            return self
        kept = current.attributes & _UNSEEN_ON_BLANK
        if (kept, self.background, self.link) == (current.attributes, current.background, current.link):
            return current
        return Look(kept, current.foreground, self.background, self.link)


PLAIN = Look()


def parse_sgr(codes: str, link: str = "") -> Look:
    """Return the look that SGR codes, separated by semicolons, ask of a terminal that was reset."""
    attributes, foreground, background = set[str](), "", ""
    left = iter(codes.split(";"))
    for code in left:
        number = int(code or 0)
        if number in (38, 48):
            colour = _extended(code, left)
            foreground, background = (colour, background) if number == 38 else (foreground, colour)
        elif 30 <= number <= 37 or 90 <= number <= 97:
            foreground = code
        elif 40 <= number <= 47 or 100 <= number <= 107:
            background = code
        elif number not in (0, 39, 49):
            attributes.add(code)
    return Look(frozenset(attributes), foreground, background, link)


def _extended(code: str, left: Iterator[str]) -> str:
    kind = next(left)
    return ";".join([code, kind, *(next(left) for _ in range(1 if kind == "5" else 3))])


def change(before: Look, after: Look) -> str:
    """Return the escape sequences from one look to another."""
    if before is after:
        return ""
    link = "" if before.link == after.link else f"\x1b]8;;{after.link}\x1b\\"
    step, reset = _step(before, after), _reset(after)
    codes = reset if step is None or len(reset) < len(step) else step
    return link + (f"\x1b[{codes}m" if step != "" else "")


def _reset(after: Look) -> str:
    """Return the codes that lead to a look from any other."""
    codes = [*sorted(after.attributes), after.foreground, after.background]
    return ";".join(["0", *filter(None, codes)]) if any(codes) else ""


def _step(before: Look, after: Look) -> str | None:
    """Return the codes of what differs, or `None` where only a reset leads there."""
    lost = before.attributes - after.attributes
    if not lost <= _OFF.keys():
        return None
    ends = {_OFF[code] for code in lost}
    kept = {code for code in before.attributes if _OFF.get(code) not in ends}
    codes = [*sorted(ends), *sorted(after.attributes - kept)]
    if before.foreground != after.foreground:
        codes.append(after.foreground or "39")
    if before.background != after.background:
        codes.append(after.background or "49")
    return ";".join(codes)
