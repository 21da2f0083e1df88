"""Conversions of text in responses to values: sizes, counts, times, flags. Pure.

Servers write them in more ways than S3 documents. Nothing here raises: text that stands for no value, and
a value that cannot be one (a size beyond 2⁶³, a time outside the calendar), is `None`, which says *unknown*.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

LARGEST = 2**63 - 1
"""No server keeps more bytes, and it is the largest number that databases take."""

_NUMBER = re.compile(r"\s*0*([0-9]{1,19})\s*", re.ASCII)
_CLOCK = r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
_OFFSET = r"\s*(?P<offset>Z|UTC?|GMT|[+-]\d\d:?\d\d)?(?:\s.*)?"
_WRITTEN = tuple(
    re.compile(pattern + _OFFSET, re.ASCII | re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]+{_CLOCK}",
        rf"(?:[a-z]{{3,9}},?\s+)?(?P<day>\d\d?)[\s-](?P<month>[a-z]{{3}})[\s-](?P<year>\d{{2,4}})\s+{_CLOCK}",
        rf"(?:[a-z]{{3}}\s+)?(?P<month>[a-z]{{3}})\s+(?P<day>\d\d?)\s+{_CLOCK}\s+(?P<year>\d{{4}})",
    )
)
"""RFC 3339 and what Go prints, RFC 1123 and RFC 850, asctime: with a second 60, an hour 24, nanoseconds."""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SINCE_EPOCH = re.compile(r"(\d{9,20})(?:\.\d*)?", re.ASCII)


def whole_number(text: str | None, most: int = LARGEST) -> int | None:
    """Read a size or a count, from 0 to `most`."""
    match = _NUMBER.fullmatch(text) if text else None
    value = None if match is None else int(match[1])
    return value if value is not None and value <= most else None


def flag(text: str | None) -> bool | None:
    """Read a flag in any writing."""
    return None if text is None else _FLAGS.get(text.strip().lower())


def is_true(text: str | None) -> bool:
    """Read a flag that is false where it is not said."""
    return flag(text) is True


def time(text: str | None) -> datetime | None:
    """Read a time as an aware one in UTC; one without an offset is in UTC."""
    if not text:
        return None
    if text[:9].isdigit():  # ISO 8601's basic form would read a number of seconds as a date, too
        return _time_written_otherwise(text.strip())
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError):
        return _time_written_otherwise(text.strip())


def time_of_file(seconds: float) -> datetime | None:
    """Return the time of a file's clock, in seconds since 1970; file systems keep more than calendars do."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def http_time(text: str | None) -> datetime | None:
    """Read a time of a header, in any of the forms of RFC 9110 §5.6.7."""
    return _time_written_otherwise(text.strip()) if text else None


def _time_written_otherwise(text: str) -> datetime | None:
    if len(text) > 80:
        return None
    if match := _SINCE_EPOCH.fullmatch(text):
        return _since_epoch(match[1])
    found = next((match for pattern in _WRITTEN if (match := pattern.fullmatch(text))), None)
    return None if found is None else _moment(found)


def _since_epoch(digits: str) -> datetime | None:
    """Read seconds, milliseconds, microseconds or nanoseconds: three digits more are a thousandth of it."""
    thousandths = max(0, len(digits) - 9) // 3
    return _after(_EPOCH, timedelta(microseconds=int(digits) * 1_000_000 // 1000**thousandths))


def _moment(found: re.Match[str]) -> datetime | None:
    month, year = found["month"].lower(), int(found["year"])
    if not month.isdigit() and month not in _MONTHS:
        return None
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    if len(found["year"]) == 2:  # RFC 850; the same guess as POSIX's
        year += 1900 if year > 68 else 2000
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    since_midnight = timedelta(
        hours=hour,
        minutes=minute,
        seconds=second,
        microseconds=int((found["fraction"] or "0")[:6].ljust(6, "0")),
    )
    try:
        day = datetime(year, number, int(found["day"]), tzinfo=UTC)
    except ValueError:
        return None
    return _after(day, since_midnight - _offset(found["offset"]))


def _offset(text: str | None) -> timedelta:
    if text is None or text[0] not in "+-":
        return timedelta()
    size = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return size if text[0] == "+" else -size


def _after(when: datetime, span: timedelta) -> datetime | None:
    try:
        return when + span
    except OverflowError:  # no calendar has it
        return None
