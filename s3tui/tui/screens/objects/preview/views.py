"""The views of an object's inside: by its kind, as text in an encoding, or as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING

from s3tui.format import printable
from s3tui.tui.text.preview.lines import row_line, table_lines, widths_of
from s3tui.tui.text.preview.record_text import Columns, RecordText

if TYPE_CHECKING:
    from s3tui.preview.formats.encoding import Encoding
    from s3tui.preview.formats.line_format import LineFormat
    from s3tui.preview.pager import Fixed, Pager
    from s3tui.preview.preview import Picture, Preview, Table
    from s3tui.preview.ranged_file import RangedFile


class Form(Enum):
    """The form in which bytes are shown."""

    INSIDE = "by kind"
    ROWS = "rows"
    BYTES = "bytes"

    @property
    def next(self) -> Form:
        return Form.BYTES if self is Form.INSIDE else Form.INSIDE


@dataclass(frozen=True, slots=True)
class View:
    """Lines to scroll through, and what is to know of them."""

    pager: Pager | Fixed
    title: str
    header: str = ""
    codec: str = "utf-8"
    """The encoding that text to find is in."""
    newline: bytes | None = None
    """The line end that lines are counted by; `None`: they have no numbers."""
    first: int = 0
    """Offset of the first line."""
    starts_at_end: bool = False
    is_fixed: bool = False
    sentence: str = ""
    language: str = ""
    """What its lines are highlighted by."""
    picture: Picture | None = None
    folds: bool = False
    """Whether lines that are deeper than a level can be left out."""

    @property
    def begins_with_header(self) -> bool:
        """True if the header is the first of the lines, too."""
        lines = self.pager.lines
        return bool(self.header and lines) and self.pager.begins and printable(lines[0].text) == self.header


async def make_view(
    file: RangedFile, preview: Preview, form: Form, codec: str | None, level: int | None = None
) -> View:
    """Return the view of an object.

    Args:
        preview: what its first bytes told.
        level: of lines, by their indentation, sections or elements; deeper ones are left out.
        codec: the encoding of its text; `None`: as its bytes tell.

    Raises: S3Error.
    """
    from s3tui.preview.formats.encoding import Encoding, find_encoding
    from s3tui.preview.source import BLOCK

    title = " · ".join([preview.kind, *preview.facts])
    if form is Form.ROWS:
        return fixed_view(file, preview, title)
    if form is Form.BYTES or preview.kind == "bytes":
        return _bytes(file)
    if preview.kind not in _TEXTS:
        return fixed_view(file, preview, title)
    head = await file.read(0, BLOCK, ahead=0)
    if codec is not None:
        encoding: Encoding | None = Encoding(codec)
    else:
        encoding = await asyncio.to_thread(find_encoding, head, is_whole=len(head) == file.size)
    if encoding is None:
        return _bytes(file)
    return await asyncio.to_thread(_text, file, head, encoding, preview, title, level)


def _bytes(file: RangedFile) -> View:
    from s3tui.preview.formats.line_format import HexLines, row_start
    from s3tui.preview.pager import Pager

    return View(Pager(file, partial(HexLines, size=file.size), row_start), "bytes", codec="latin-1")


def fixed_view(file: RangedFile, preview: Preview, title: str) -> View:
    """Return a view of what a preview has, and no more."""
    from s3tui.preview.formats.text_lines import Line
    from s3tui.preview.pager import Fixed

    header, texts = "", list(preview.lines)
    if preview.table is not None:
        header, rows = table_lines(preview.table)
        texts = [*rows, *([""] if texts else []), *texts]
    lines = [Line(number, text) for number, text in enumerate(texts)]
    return View(
        Fixed(file, lines),
        title,
        header,
        is_fixed=True,
        sentence=preview.sentence,
        language=preview.language,
        picture=preview.picture,
    )


def _text(
    file: RangedFile, head: bytes, encoding: Encoding, preview: Preview, title: str, level: int | None
) -> View:
    from s3tui.preview.formats.folded import Folded
    from s3tui.preview.formats.json_lines import JsonLines
    from s3tui.preview.formats.line_format import line_start
    from s3tui.preview.formats.text_lines import TextLines, line_endings
    from s3tui.preview.formats.xml_lines import XmlLines, tag_start
    from s3tui.preview.pager import Pager, Start

    newline, _ = line_endings(head[:8192], encoding)
    unit = encoding.unit
    wide = newline.rjust(unit, b"\0") if encoding.codec.endswith("-be") else newline.ljust(unit, b"\0")
    make: Callable[[int], LineFormat] = partial(TextLines, encoding, newline=newline)
    start: Start = partial(line_start, newline=wide, unit=unit)
    header, language, folds = "", preview.language, True
    if preview.kind in ("JSON", "JSON Lines") and unit == 1:
        mark = encoding.mark
        make = lambda offset: JsonLines(offset, in_string=None if offset > mark else False)  # noqa: E731
        language = "json"
    elif preview.kind in _MARKUP and unit == 1:
        make, start = XmlLines, tag_start
    elif preview.kind == "CSV" and preview.table is not None:
        header, columns = _columns(head, encoding, preview.table)
        text = make
        make = lambda offset: RecordText(text(offset), columns)  # type: ignore[arg-type]  # noqa: E731
        folds = False
    if level is not None and folds:
        whole = make
        make = lambda offset: Folded(whole(offset), level, language)  # noqa: E731
    pager = Pager(file, make, start, first=encoding.mark)
    return View(
        pager,
        title,
        header,
        codec=encoding.codec,
        newline=None if level is not None or make is XmlLines else wide,
        first=encoding.mark,
        starts_at_end=preview.kind == "log",
        language=language,
        folds=folds,
    )


def _columns(head: bytes, encoding: Encoding, table: Table) -> tuple[str, Columns]:
    from s3tui.preview.formats.delimited import find_delimiter

    text = head[encoding.mark :].decode(encoding.codec, "replace")
    names = [column.name for column in table.columns]
    columns = Columns(
        find_delimiter(text) or ",",
        widths_of(names, table.rows),
        [column.is_number for column in table.columns],
    )
    return row_line(names, columns.widths, columns.numbers), columns


_MARKUP = frozenset({"XML", "SVG"})
_TEXTS = _MARKUP | {"text", "log", "JSON", "JSON Lines", "CSV", "YAML", "TOML", "HTML", "Markdown"}
