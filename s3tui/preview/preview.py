"""Preview: what a kind tells of an object, as values for any view; and its form between processes."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from typing import Any

from s3tui.format import printable

MOST_LINES = 5_000
LONGEST_LINE = 4_096
"""Characters of a line, a cell or a fact at most."""
MOST_COLUMNS = 500
MOST_BYTES = 256 * 1024
"""Of a preview that came from another process."""


@dataclass(frozen=True, slots=True)
class Room:
    """The room that a view has: a kind need not make more."""

    lines: int = 200
    members: int = 0
    """Members of an archive that are wanted as values."""
    start: int = 0
    """From where on, as a preview before said in `next`."""
    width: int = 80
    """Cells of a line: what is longer may be cut."""
    columns: tuple[str, ...] = ()
    """Names or patterns of the columns whose rows are wanted; empty: the first ones."""


INSIDE = "inside"
"""Packing of a member that lies in a compressed stream, at its offset in what comes out of that."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive, and where its bytes are."""

    name: str
    """Raw."""
    size: int
    offset: int
    """Of its bytes; in zip, of its local header."""
    packed: int
    packing: str = ""
    """Its method of compression, in zip; empty: its bytes stand at the offset as they are."""
    crc: int = 0
    modified: str = ""
    """As `2026-11-29 08:00:00`; empty: not known."""
    note: str = ""
    """Why it cannot be read, such as `encrypted`."""


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    is_number: bool = False
    """Its cells are aligned at the right."""


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image, small enough for a terminal."""

    width: int
    height: int
    pixels: str
    """Three bytes each: red, green, blue; row by row, in base64."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A look inside of an object. Texts are raw until `cleaned`."""

    kind: str
    """Such as `text` or `Parquet`."""
    facts: tuple[str, ...] = ()
    """Short ones, the important first: `41 columns`, `UTF-8`."""
    lines: tuple[str, ...] = ()
    """Those of text; what stands below the table, where there is one."""
    table: Table | None = None
    sentence: str = ""
    """A sentence on what is not shown, and why."""
    more: int | None = None
    """Bytes that reading on would take in all; `None`: reading on would tell nothing else."""
    members: tuple[Member, ...] = ()
    """Where they were asked for."""
    next: int | None = None
    """Where to start for the members behind them; `None`: those are all."""
    language: str = ""
    """What its lines are highlighted and folded by, such as `yaml`."""
    picture: Picture | None = None


def cleaned(preview: Preview) -> Preview:
    """Return a preview that a terminal may be shown, of bounded size."""
    table = preview.table
    if table is not None:
        names = [replace(column, name=_clean(column.name)) for column in table.columns[:MOST_COLUMNS]]
        rows = tuple(_texts(row[:MOST_COLUMNS]) for row in table.rows[:MOST_LINES])
        table = Table(tuple(names), rows)
    return replace(
        preview,
        kind=_clean(preview.kind),
        facts=_texts(preview.facts[:100]),
        lines=_texts(preview.lines[:MOST_LINES]),
        table=table,
        sentence=_clean(preview.sentence),
    )


def shortened(preview: Preview) -> Preview:
    """Return a preview that fits between processes: with fewer lines or rows, if need be."""
    while len(to_json(preview)) > MOST_BYTES and (preview.lines or preview.table):
        table = preview.table
        if table is not None:
            half = table.rows[: len(table.rows) // 2]
            table = Table(table.columns, half) if table.rows else None
        preview = replace(preview, lines=preview.lines[: len(preview.lines) // 2], table=table)
    return preview


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_clean(text) for text in texts)


def _clean(text: str) -> str:
    return printable(text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…")


def to_json(preview: Preview) -> bytes:
    table = preview.table
    columns = [] if table is None else [[column.name, column.is_number] for column in table.columns]
    return json.dumps(
        {
            "kind": preview.kind,
            "facts": preview.facts,
            "lines": preview.lines,
            "columns": columns,
            "rows": [] if table is None else table.rows,
            "sentence": preview.sentence,
            "more": preview.more,
            "members": [astuple(member) for member in preview.members],
            "next": preview.next,
            "language": preview.language,
            "picture": None if preview.picture is None else astuple(preview.picture),
        }
    ).encode()


def from_json(data: bytes) -> Preview:
    """Return the preview that another process made, cleaned.

    Raises: ValueError, for what is none or too large.
    """
    if len(data) > MOST_BYTES:
        raise ValueError("the preview is too large")
    try:
        return cleaned(_preview_of(json.loads(data)))
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("that is no preview") from error


def _preview_of(told: dict[str, Any]) -> Preview:
    columns = tuple(Column(str(name), bool(is_number)) for name, is_number in told["columns"])
    rows = tuple(tuple(str(cell) for cell in row) for row in told["rows"])
    more, following = told["more"], told["next"]
    return Preview(
        kind=str(told["kind"]),
        facts=tuple(str(fact) for fact in told["facts"]),
        lines=tuple(str(line) for line in told["lines"]),
        table=Table(columns, rows) if columns else None,
        sentence=str(told["sentence"]),
        more=more if isinstance(more, int) else None,
        members=tuple(_member(*each) for each in told["members"]),
        next=following if isinstance(following, int) else None,
        language=str(told["language"])[:20],
        picture=None if told["picture"] is None else _picture(*told["picture"]),
    )


def _member(
    name: object, size: object, offset: object, packed: object, packing: object, crc: object, *words: object
) -> Member:
    numbers = [each if isinstance(each, int) and each >= 0 else 0 for each in (size, offset, packed, crc)]
    modified, note = words
    texts = [str(each)[:LONGEST_LINE] for each in (name, packing, modified, note)]
    return Member(
        texts[0], numbers[0], numbers[1], numbers[2], texts[1], numbers[3], _clean(texts[2]), _clean(texts[3])
    )


def _picture(width: int, height: int, pixels: str) -> Picture:
    """Return a picture whose pixels are as many as it says."""
    if not 0 < width <= 1_000 or not 0 < height <= 1_000 or len(b64decode(pixels)) != 3 * width * height:
        raise ValueError("that is no picture")
    return Picture(width, height, pixels)
