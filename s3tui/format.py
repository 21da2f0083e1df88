"""Formats numbers, times and foreign text for a terminal, and parses rates and spans.

No clock, no terminal, and no state but the units and the zone of the process, which `set_units` sets once.
Everything that came from a server or a disk and is put on screen passes `printable` (or `runs`), the one
place that decides what a terminal may be shown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from humanize.number import metric

NONE = "–"
"""Stands for a value that is absent or unknown."""
UNKNOWN = "?"
"""Stands for a value that exists, and that nobody told."""

_MINUTE_S = 60
_HOUR_S = 60 * _MINUTE_S
_DAY_S = 24 * _HOUR_S
_MONTH_S = 30.44 * _DAY_S
_YEAR_S = 365.25 * _DAY_S

# Characters that take no room or pass for a space although `str.isprintable` is true of them: Unicode's
# Default_Ignorable_Code_Point outside the categories C and Z (fillers, joiners, variation selectors),
# and the blank braille pattern. Skin tones, too: some terminals give them two cells, others none.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
_BINARY_PREFIXES = "KMGTPEZYRQ"
_OFF = frozenset({"", "off", "none", "unlimited"})
_RATE = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:([kmgt])(i?)b?|b)(?:/s|ps)?", re.IGNORECASE)
_SPAN = re.compile(r"([0-9]{1,9}(?:[.,][0-9]{1,9})?)\s*(s|min|h|d)")
_SPAN_UNITS = {"s": 1.0, "min": float(_MINUTE_S), "h": float(_HOUR_S), "d": float(_DAY_S)}
_ENDS = {"off": 0.0, "0": 0.0, "unlimited": math.inf}
_ASTRAY_SPACES = re.compile(r"^ +| +$| {2,}")


class Times(Enum):
    """The zone in which times are shown, and in which typed ones are meant."""

    LOCAL = "local"
    UTC = "utc"


class Sizes(Enum):
    """The units of sizes and rates."""

    DECIMAL = "decimal"
    """kB of 1,000 bytes."""
    BINARY = "binary"
    """KiB of 1,024 bytes."""


@dataclass(slots=True)
class _Units:
    times: Times = Times.LOCAL
    sizes: Sizes = Sizes.DECIMAL


_units = _Units()


def set_units(*, times: Times = Times.LOCAL, sizes: Sizes = Sizes.DECIMAL) -> None:
    """Set how this process shows times and sizes: once, before anything is shown."""
    _units.times, _units.sizes = times, sizes


def size_units() -> Sizes:
    """Return the units of sizes, for a process that formats some for this one."""
    return _units.sizes


def printable(text: str, *, mark_spaces: bool = False) -> str:
    """Make `text` safe for a terminal, with whatever is odd in it visible.

    C0 controls and DEL become control pictures (ESC is ␛, newline ␊); every other control, format,
    bidirectional, zero-width or unassigned character, every space that is not U+0020 and every lone
    surrogate becomes its code point in angle brackets, as ⟨202E⟩. With `mark_spaces`, spaces that
    would go unseen (leading, trailing, doubled) become ␠.

    Brackets stay what they are: show the result as `Text`, `Content` or with `markup=False`.
    """
    if _is_plain(text, mark_spaces):
        return text
    return "".join(run for run, _ in runs(text, mark_spaces=mark_spaces))


def runs(text: str, *, mark_spaces: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield `printable(text)` in runs, each with whether it stands for odd characters."""
    if not text:
        return
    if _is_plain(text, mark_spaces):
        yield text, False
        return
    astray = {i for m in _ASTRAY_SPACES.finditer(text) for i in range(*m.span())} if mark_spaces else set()
    run: list[str] = []
    was_odd = False
    for index, character in enumerate(text):
        shown = "␠" if index in astray else _shown(character)
        odd = shown != character
        if run and odd != was_odd:
            yield "".join(run), was_odd
            run.clear()
        run.append(shown)
        was_odd = odd
    yield "".join(run), was_odd


def _is_plain(text: str, mark_spaces: bool) -> bool:
    if not text.isprintable() or (not text.isascii() and _INVISIBLE.search(text)):
        return False
    return not (mark_spaces and " " in text and _ASTRAY_SPACES.search(text))


def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if character.isprintable() and not _INVISIBLE.match(character):
        return character
    return f"⟨{code:02X}⟩"


def size(n: int | None) -> str:
    """Format a number of bytes in three significant figures.

    At most `size_width()` cells: number, space, a unit (`12  B`, `1.21 GB`; or `12   B`, `1.13 GiB`), so
    that a right-aligned column lines up. `None` is unknown.
    """
    if n is None:
        return NONE
    if _units.sizes is Sizes.BINARY:
        return _binary_size(n)
    if n < 1000:
        return f"{n}  B"
    return metric(n, "B")


def _binary_size(n: int) -> str:
    if n < 1024:
        return f"{n}   B"
    value, power = n / 1024, 0
    while value >= 1023.5 and power < len(_BINARY_PREFIXES) - 1:  # it would be rounded to 1024
        value, power = value / 1024, power + 1
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{digits}f} {_BINARY_PREFIXES[power]}iB"


def size_width() -> int:
    """Return the cells of the widest size."""
    return 8 if _units.sizes is Sizes.BINARY else 7


def exact_size(n: int) -> str:
    """Format a number of bytes to the last one: `1,299,414,016 bytes`."""
    return counted(n, "byte")


def count(n: int) -> str:
    return f"{n:,}"


def counted(n: int, noun: str) -> str:
    """Format a number of things: `1 object`, `0 objects`, `12,408 objects`."""
    return f"{count(n)} {noun}{'s' * (n != 1)}"


def rate(bytes_per_s: float | None) -> str:
    """Format a rate as `size` does a size: `84.1 MB/s`."""
    return NONE if bytes_per_s is None else f"{size(round(bytes_per_s))}/s"


def parse_rate(text: str) -> int | None:
    """Parse a rate as people write it into bytes a second; `off` is `None`.

    Raises: ValueError, with the sentence for the user.
    """
    if text.strip().lower() in _OFF:
        return None
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError("A speed is off, or a number with its unit, like 20 MB/s, 500 kB/s or 1.5 MiB/s.")
    number, power, binary = match[1].replace(",", "."), " kmgt".index((match[2] or " ").lower()), match[3]
    value = float(number) * float((1024 if binary else 1000) ** power)
    if value < 1:
        raise ValueError(
            "A speed below one byte a second would stop everything: pause the transfers instead."
        )
    return round(value)


def parse_span(text: str) -> float:
    """Parse a span of time as people write it into seconds; `off` is 0, `unlimited` infinite.

    Raises: ValueError, with the sentence for the user.
    """
    word = text.strip().lower()
    if word in _ENDS:
        return _ENDS[word]
    match = _SPAN.fullmatch(word)
    if match is None:
        raise ValueError("A time is off, or a number with its unit, like 90 s, 15 min or 2 h.")
    return float(match[1].replace(",", ".")) * _SPAN_UNITS[match[2]]


def age(when: datetime | None, now: datetime) -> str:
    """Format the age of `when` in its largest unit, at most six cells: `5 min`, `3 d`, `8 mo`.

    A time less than a minute ago, or ahead of a clock that disagrees with ours, is `now`.
    """
    if when is None:
        return NONE
    seconds = (now - when).total_seconds()
    if seconds < _MINUTE_S:
        return "now"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S:.0f} min"
    if seconds < _DAY_S:
        return f"{seconds // _HOUR_S:.0f} h"
    if seconds < _MONTH_S:
        return f"{seconds // _DAY_S:.0f} d"
    if seconds < _YEAR_S:
        return f"{min(seconds // _MONTH_S, 11):.0f} mo"
    return f"{seconds // _YEAR_S:.0f} y"


def age_column(when: datetime | None, now: datetime) -> str:
    """Format an age in six cells, with number and unit each aligned: ` 3 d  `, `12 mo `, `59 min`."""
    number, space, unit = age(when, now).rpartition(" ")
    return f"{number:>2} {unit:<3}" if space else f"{unit:>6}"


def ago(when: datetime | None, now: datetime) -> str:
    """Format an age for a sentence: `3 d ago`, `just now`."""
    said = age(when, now)
    return "just now" if said == "now" else f"{said} ago"


def zoned(when: datetime) -> datetime:
    """Return a time in the zone in which times are shown; one that has no zone is of that.

    Raises: OverflowError, ValueError or OSError, for the first and the last day of the calendar.
    """
    if _units.times is Times.LOCAL:
        return when.astimezone()
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def zone_words() -> str:
    """Return whose the times are that are shown and typed: `this machine's`, or `in UTC`."""
    return "in UTC" if _units.times is Times.UTC else "this machine's"


def timestamp(when: datetime | None) -> str:
    """Format a time to the second, with the offset of its zone: `2026-11-20 08:59:41 +01:00`.

    In the first and the last day of the calendar it keeps its zone: the local day may lie outside.
    """
    if when is None:
        return NONE
    with suppress(OverflowError, ValueError, OSError):
        when = zoned(when)
    offset = when.strftime("%z") or "+0000"
    said = when.replace(tzinfo=None, microsecond=0).isoformat(
        " "
    )  # strftime pads a year only on some systems
    return f"{said} {offset[:3]}:{offset[3:5]}"


def minute(when: datetime | None) -> str:
    """Format a time to the minute in sixteen cells: `2026-11-20 08:59`."""
    return NONE if when is None else timestamp(when)[:16]


def duration(seconds: float | None) -> str:
    """Format a span in its two largest units: `42s`, `1m 12s`, `3h 05m`, `2d 04h`."""
    if seconds is None:
        return NONE
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole}s"
    if whole < _HOUR_S:
        return f"{whole // _MINUTE_S}m {whole % _MINUTE_S:02}s"
    if whole < _DAY_S:
        return f"{whole // _HOUR_S}h {whole % _HOUR_S // _MINUTE_S:02}m"
    return f"{whole // _DAY_S}d {whole % _DAY_S // _HOUR_S:02}h"
