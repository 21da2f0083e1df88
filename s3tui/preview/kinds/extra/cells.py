"""Values of Python as cells of a table. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from s3tui.preview.preview import Column, Table

_LONGEST = 300


def table_of(names: Sequence[str], columns: Sequence[Sequence[object]]) -> Table:
    """Return columns of values as a table; numbers are aligned as such."""
    heads = tuple(Column(name, _is_numeric(values)) for name, values in zip(names, columns, strict=True))
    rows = zip(*columns, strict=False) if columns else ()
    return Table(heads, tuple(tuple(cell(value) for value in row) for row in rows))


def _is_numeric(values: Sequence[object]) -> bool:
    told = [value for value in values if value is not None]
    return bool(told) and all(
        isinstance(value, int | float | Decimal) and not isinstance(value, bool) for value in told
    )


def cell(value: object) -> str:
    """Return a value in one line: nothing for a null, bytes as hexadecimal numbers."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, bytes):
        return f"0x{value[: _LONGEST // 2].hex()}"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time | timedelta | Decimal | int | float):
        return str(value)
    try:
        return json.dumps(value, default=cell, ensure_ascii=False)[:_LONGEST]
    except (ValueError, TypeError, RecursionError):
        return str(value)[:_LONGEST]
