"""The options of a saved sync, in its table below `syncs` of config.toml. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from s3tui.config.options import Option, Reader

_UNITS = {"": 1, "k": 1000, "m": 1000**2, "g": 1000**3, "t": 1000**4}
_BINARY = {"ki": 1024, "mi": 1024**2, "gi": 1024**3, "ti": 1024**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?", re.IGNORECASE)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _place(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a folder or an address like s3://bucket/prefix/ in quotes, not {value!r}")
    return value


def _compare(value: object) -> str:
    if value not in ("mtime", "etag", "checksum") or not isinstance(value, str):
        raise ValueError(f"must be mtime, etag or checksum, not {value!r}")
    return value


def _patterns(value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) and value else value or []
    if not isinstance(listed, list) or not all(isinstance(each, str) and each.strip("/") for each in listed):
        raise ValueError(f'must be a list of patterns, like ["*.tmp", "cache/"], not {value!r}')
    return tuple(listed)


def _moment(value: object) -> datetime | None:
    if value == "":
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError(f"must be a date or a time like 2026-01-31T08:00:00Z, not {value!r}") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _size(value: object) -> int | None:
    if value == "":
        return None
    if type(value) is int and value >= 0:
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f'must be a size, like "10 MB", not {value!r}')
    return int(float(match[1]) * (_UNITS | _BINARY)[match[2].lower()])


def _option(key: str, read: Reader, default: bool | int | str, about: str) -> Option:
    return Option(key, read, default, about)


SYNC_OPTIONS = (
    _option("source", _place, "", "From where: a folder, or an address like s3://bucket/prefix/ or "
            "work:bucket/prefix/ with the name of a connection."),
    _option("target", _place, "", "Where to, likewise. One of the two is an address, or both."),
    _option("compare", _compare, "mtime", "What tells that both sides are the same. mtime: size and the time "
            "that the file was changed; etag: the bytes, as far as S3 knows them; checksum: the same, "
            "read each time."),
    _option("delete", _flag, False, "Delete at the target what the source does not have."),
    _option("include", _patterns, "", 'Only what matches one of these, like ["*.html", "img/"].'),
    _option("exclude", _patterns, "", "What matches one of these is left alone on both sides."),
    _option("newer", _moment, "", "Only what was changed at this time or later, like 2026-01-31."),
    _option("min_size", _size, "", 'Only what has this size or more, like "1 kB".'),
    _option("max_size", _size, "", "Only what has this size or less."),
)  # fmt: skip
"""In the order in which they are printed."""
