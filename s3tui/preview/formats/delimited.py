"""Delimited text (CSV, TSV) as a table: its delimiter, header and columns of numbers. Pure."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO

from s3tui.preview.preview import Column, Table

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SAMPLE = 16 * 1024
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?%?")
_NOTHING = frozenset({"", "na", "nan", "n/a", "null", "none", "-"})
_LEAST_CONSTANT = 0.8
"""Share of records that have the same number of cells."""
_MOST_SAMPLED = 100


@dataclass(frozen=True, slots=True)
class Delimited:
    table: Table
    delimiter: str
    """In a word."""
    has_header: bool


def whole_lines(text: str, *, is_whole: bool) -> str:
    """Return text without its last line, where that may be cut."""
    cut = text.rfind("\n") + 1
    return text if is_whole or not cut else text[:cut]


def find_delimiter(text: str) -> str | None:
    """Return the delimiter that gives most records the same number of cells, more than one."""
    sample = whole_lines(text[:_SAMPLE], is_whole=len(text) <= _SAMPLE)
    found = [(*_constancy(sample, each), each) for each in _DELIMITERS if each in sample]
    found = [each for each in found if each[0] >= _LEAST_CONSTANT and each[1] > 1]
    return max(found)[2] if found else None


def _constancy(sample: str, delimiter: str) -> tuple[float, int]:
    """Return the share of records with the commonest number of cells, and that number."""
    records = read_records(sample, delimiter)
    if not records:
        return 0.0, 0
    cells, records_of_it = Counter(len(record) for record in records).most_common(1)[0]
    return records_of_it / len(records), cells


def read_records(text: str, delimiter: str, most: int = 100_000) -> list[list[str]]:
    """Return the records of whole lines: none where a cell is larger than csv takes."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [record for record, _ in zip(reader, range(most), strict=False) if record]
    except csv.Error:
        return []


def read_table(text: str, *, is_whole: bool, rows: int, delimiter: str | None = None) -> Delimited | None:
    """Return delimited text as a table; `None` where it is none.

    A text of one column has no delimiter: it is one where it has several lines.
    """
    lines = whole_lines(text, is_whole=is_whole)
    delimiter = delimiter or find_delimiter(lines) or ","
    records = read_records(lines, delimiter, rows + 2)
    if not is_whole and len(records) > 1 and len(records) < rows + 2:
        records = records[:-1]  # a quotation mark may be open
    if not records:
        return None
    has_header = _is_header(records)
    body = records[has_header : rows + has_header]
    width = max(len(record) for record in records[: rows + 1])
    names = records[0] if has_header else []
    names = [*names, *(str(number + 1) for number in range(len(names), width))]
    columns = tuple(Column(name, _is_numeric(body, index)) for index, name in enumerate(names))
    padded = tuple((*record, *[""] * (width - len(record))) for record in body)
    return Delimited(Table(columns, padded), _DELIMITERS[delimiter], has_header)


def _is_header(records: Sequence[Sequence[str]]) -> bool:
    """Say whether the first record names the columns: each by another word that is no number."""
    first = [cell.strip() for cell in records[0]]
    is_named = all(first) and len(set(first)) == len(first)
    return is_named and len(records) > 1 and not any(_NUMBER.fullmatch(cell) for cell in first)


def _is_numeric(records: Sequence[Sequence[str]], index: int) -> bool:
    cells = [record[index].strip() for record in records[:_MOST_SAMPLED] if index < len(record)]
    told = [cell for cell in cells if cell.lower() not in _NOTHING]
    return bool(told) and all(len(cell) < 64 and _NUMBER.fullmatch(cell) for cell in told)
