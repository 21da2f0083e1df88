"""The name of a row in the object tree, styled, and shortened to differ from its neighbours. No state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.style import Style

from s3tui import format
from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.browse.rows.row_builder import Change
from s3tui.browse.source.versions import short_id
from s3tui.tui.text.content_kinds import ContentKind, content_kind
from s3tui.tui.text.shortened_names import ELLIPSIS, kept, shared_folders

COLLAPSED, EXPANDED = "▸", "▾"
DELETED, MARKER = "✗", "○"
Highlighter = Callable[[str], Iterable[tuple[int, int]]]
"""Returns the start and end of each match of a search within a name."""
Runs = Iterable[tuple[str, Style]]
Neighbours = tuple[Row | None, Row | None]
"""The rows above and below."""


@dataclass(frozen=True, slots=True)
class Styles:
    """Styles of the parts of a line; on the cursor's line all but `odd` and `found` are the same."""

    base: Style
    prefix: Style
    odd: Style
    mark: Style
    muted: Style
    failed: Style
    found: Style
    """The match of a search within a name."""
    added: Style
    removed: Style
    changed: Style
    guide: Style
    kinds: Mapping[ContentKind, Style] = field(kw_only=True)

    def change(self, change: Change) -> Style:
        return {Change.ADDED: self.added, Change.REMOVED: self.removed, Change.CHANGED: self.changed}[change]


def row_sign(row: Row, styles: Styles, *, is_expanded: bool) -> tuple[str, Style]:
    """Return the sign before a name: of a prefix, of what is deleted, of the kind of content."""
    if row.kind is Kind.PREFIX:
        return EXPANDED if is_expanded else COLLAPSED, styles.base
    if row.status.is_delete_marker:
        return DELETED, styles.failed
    if row.kind is Kind.MARKER:
        return MARKER, styles.muted
    kind = content_kind(row.name)
    return kind.value, styles.kinds[kind] if row.status is VersionStatus.CURRENT else styles.muted


def name_runs(
    row: Row, styles: Styles, highlighter: Highlighter | None = None
) -> Iterator[tuple[str, Style]]:
    """Yield the name of a row, terminal-safe, in runs of one style."""
    if row.status is not VersionStatus.CURRENT:
        yield from _hidden_name(row, styles)
        return
    if row.kind is Kind.MARKER:
        yield "(folder marker)", styles.muted
        return
    plain = styles.prefix if row.kind is Kind.PREFIX else styles.base
    name = row.name
    if name == "/":
        yield "⟨empty⟩", styles.odd
    if highlighter is not None and format.printable(name, mark_spaces=True) == name:
        yield from _highlighted(name, highlighter(name), plain, styles.found)
        return
    for text, is_odd in format.runs(name, mark_spaces=True):
        yield text, styles.odd if is_odd else plain


def _hidden_name(row: Row, styles: Styles) -> Iterator[tuple[str, Style]]:
    """Yield the name of a version that is not current, with its short version id."""
    style = styles.failed if row.status is VersionStatus.DELETED else styles.muted
    yield ("(folder marker)" if row.kind is Kind.MARKER else format.printable(row.name)), style
    yield f"  {format.printable(short_id(row.version_id or ''))}", styles.muted


def _highlighted(
    text: str, highlights: Iterable[tuple[int, int]], plain: Style, found: Style
) -> Iterator[tuple[str, Style]]:
    """Yield `text` in runs, those at `highlights` in the style `found`."""
    place = 0
    for start, end in highlights:
        yield text[place:start], plain
        yield text[start:end], found
        place = end
    yield text[place:], plain


def fitted(runs: Runs, width: int, beside: Neighbours, styles: Styles) -> Sequence[tuple[str, Style]]:
    """Shorten a name to `width` cells; the folders that it shares with the row above are muted."""
    parts = list(runs)
    name = "".join(text for text, _ in parts)
    above, below = (None if row is None else _text(row, styles) for row in beside)
    shared = 0 if above is None else len(shared_folders(name, above))
    if not shared and cell_len(name) <= width:
        return parts
    units = [(character, style) for text, style in parts for character in text]
    for index in range(shared):
        if units[index][1] == styles.base:
            units[index] = units[index][0], styles.muted
    result: list[tuple[str, Style]] = []
    end = 0
    for start, stop in kept(name, width, [other for other in (above, below) if other is not None]):
        result += [(ELLIPSIS, styles.muted)] * (start > end) + units[start:stop]
        end = stop
    return result + [(ELLIPSIS, styles.muted)] * (0 < end < len(name))


def _text(row: Row, styles: Styles) -> str:
    return "".join(text for text, _ in name_runs(row, styles))
