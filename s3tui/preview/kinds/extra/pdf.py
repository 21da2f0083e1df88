"""PDF: pages, title and the text of the first page; no page is drawn."""

from __future__ import annotations

import pypdfium2
import pypdfium2.raw

from s3tui.format import counted
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_MOST_TEXT = 64 * 1024
_KNOWN = {"Title": "title", "Author": "author", "Creator": "made with", "CreationDate": "made"}


def look(source: Source, room: Room) -> Preview:
    if b"%PDF-" not in source.read(0, 1024):
        raise Mismatch
    document = pypdfium2.PdfDocument(Reading(source))
    pages = len(document)
    told = document.get_metadata_dict(skip_empty=True)
    lines = [f"{label}: {told[name]}" for name, label in _KNOWN.items() if told.get(name)]
    if pages:
        page = document[0]
        text = page.get_textpage()
        words = text.get_text_range(0, min(text.count_chars(), _MOST_TEXT))
        lines += ["", *words.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
        width, height = page.get_size()
    version = document.get_version()
    facts = [
        counted(pages, "page"),
        f"{width / 72 * 25.4:.0f} × {height / 72 * 25.4:.0f} mm" if pages else "",
        f"PDF {version // 10}.{version % 10}" if version else "",
    ]
    return Preview("PDF", tuple(filter(None, facts)), tuple(lines[: room.lines]))
