"""Rendering of one line of the object tree into a `Strip`: columns and signs. No state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from s3tui import format
from s3tui.browse.rows.listing import Kind, Listing, Row, State, VersionStatus
from s3tui.browse.rows.row_builder import Change
from s3tui.browse.rows.tree import Tree, TreeLine
from s3tui.browse.rows.view import Order, SortBy
from s3tui.browse.sizes.known_sizes import KnownSize
from s3tui.browse.source.versions import count_versions
from s3tui.s3.errors import AccessDenied
from s3tui.tui.text.cells import left
from s3tui.tui.text.refusals import REFUSALS
from s3tui.tui.text.sentences import short_size
from s3tui.tui.widgets.tree.columns import AGE, ASLEEP, CLASS, Columns
from s3tui.tui.widgets.tree.row_name import Highlighter, Neighbours, Runs, Styles, fitted, name_runs, row_sign

GUTTER = 2
"""Cells at the left, for the mark, and for a change or a space."""
INDENT = 2
"""Cells per level, and of the ▸ before a prefix."""
MARK = "●"
GUIDE = "│ "
"""For each prefix that a row is in."""
RESTORING, RESTORED = "↻", "✓"
_LONGEST_CLASS = 12
COUNTED = "Σ"
"""Before the age of a count."""

_HIDDEN = frozenset({VersionStatus.OLDER, VersionStatus.WAS_DELETED})
"""Versions that are shown below the one that hides them."""


@dataclass(frozen=True, slots=True)
class SizeCell:
    """The known size of a prefix, and the scale of its bar."""

    known: KnownSize
    largest: int
    """Size of the largest prefix beside it, in bytes."""


def loaded_caption(tree: Tree, *, counts_versions: bool = False) -> str:
    """Return the number of rows and the state of the listing; a total only once the listing is complete.

    With `counts_versions`, add the kinds of versions and the size of the hidden ones.
    """
    root = tree.root
    failed = "refused" if isinstance(root.error, REFUSALS) else "failed"
    stands = {
        State.LOADING: "loading ⋯",
        State.MORE: "more ⋯",
        State.STOPPED: "stopped: more ⋯",
        State.FAILED: failed,
    }.get(root.state)
    if stands is not None and not tree.loaded:
        return stands.capitalize()
    rows = _versions_caption(tree) if counts_versions else f"{format.count(tree.loaded)} loaded"
    said = f"{rows}{'' if stands is None else f', {stands}'}"
    if root.begins_at is not None:
        said += f", from {format.printable(root.begins_at[len(root.prefix) :])} on"
    if tree.needle:
        return f"{format.count(tree.shown)} of {said} hold “{format.printable(tree.needle)}”"
    return said


def _versions_caption(tree: Tree) -> str:
    counts = count_versions(tree)
    said = [f"{format.counted(counts.objects, 'object')}"]
    if counts.older:
        hidden = short_size(counts.older_size)
        if counts.older_unsized:
            is_known = counts.older_unsized < counts.older
            hidden = f"at least {hidden}" if is_known else format.UNKNOWN
        said.append(f"{format.counted(counts.older, 'older version')}, {hidden}")
    else:
        said.append("no older versions")
    if markers := counts.delete_markers:
        said.append(f"{format.counted(markers, 'delete marker')}")
    return " · ".join(said)


def marked_caption(tree: Tree) -> str:
    """Return the number of marked rows and the size of the objects among them; empty without marks."""
    selection = tree.selection
    objects, prefixes = selection.count - selection.prefixes, selection.prefixes
    said = []
    if objects:
        least = "at least " if selection.unsized else ""
        size = short_size(selection.size)
        said.append(f"{format.count(objects)} marked · {least}{size}")
    if prefixes:
        said.append(f"{format.count(prefixes)} prefix{'es' if prefixes > 1 else ''} marked")
    return " · ".join(said)


def header(columns: Columns, tree: Tree, style: Style) -> Strip:
    order = tree.order

    def title(by: SortBy, text: str) -> str:
        arrow = "↓" if order.descending else "↑"
        return f"{text} {arrow}" if order.by is by and not is_as_listed(tree, order) else text

    text = (" " * (GUTTER + INDENT) + title(SortBy.NAME, "Name"))[: columns.name].ljust(columns.name)
    text += title(SortBy.SIZE, "Size").rjust(columns.size) if columns.size else ""
    text += " " * columns.bar
    text += title(SortBy.MODIFIED, "Modified").rjust(columns.modified) if columns.modified else ""
    text += title(SortBy.MODIFIED, "Time").rjust(columns.time) if columns.time else ""
    text += "  Class".ljust(columns.storage_class) if columns.storage_class == CLASS else ""
    return _strip([(text, style)], columns, style)


def is_as_listed(tree: Tree, order: Order) -> bool:
    """Tell whether rows sorted by name are in the server's own order instead, which is not by name."""
    return order.by is SortBy.NAME and not tree.root.is_ordered


def row(
    line: TreeLine,
    row: Row,
    is_marked: bool,
    now: datetime,
    columns: Columns,
    styles: Styles,
    counted: SizeCell | None = None,
    change: Change | None = None,
    highlighter: Highlighter | None = None,
    beside: Neighbours = (None, None),
) -> Strip:
    """
    Args:
        change: since an earlier look at the same place; that of a comparison is the row's.
    """
    sign, sign_style = row_sign(row, styles, is_expanded=line.is_expanded)
    lead = [
        (MARK if is_marked else " ", styles.mark),
        (" ", styles.base) if change is None else (change.value, styles.change(change)),
        (f"{GUIDE * line.depth}{' ' * (INDENT * (row.status in _HIDDEN))}", styles.guide),
        (f"{sign} ", sign_style),
        *([] if row.change is None else [(f"{row.change.value} ", styles.change(row.change))]),
    ]
    named = columns.name - sum(len(text) for text, _ in lead)
    name = fitted(name_runs(row, styles, highlighter), max(0, named - 1), beside, styles)
    return _strip(
        (
            *lead,
            *_padded(name, named, styles.base),
            *_detail_columns(row, counted, now, columns, styles),
        ),
        columns,
        styles.base,
    )


def status(line: TreeLine, needle: str, columns: Columns, styles: Styles) -> Strip:
    lead = f"{' ' * GUTTER}{GUIDE * line.depth}{' ' * INDENT}"
    style = styles.failed if line.listing.state is State.FAILED else styles.muted
    width = columns.width
    text = _status_text(line.listing, needle)
    return _strip(
        [(lead, styles.base), (left(format.printable(text), width - len(lead)), style)], columns, styles.base
    )


def _status_text(listing: Listing, needle: str) -> str:
    match listing.state:
        case State.LOADING:
            return "Loading …"
        case State.MORE:
            return "More ⋯"
        case State.STOPPED:
            return "Stopped: ↵ goes on"
        case State.FAILED:
            word = "Refused" if isinstance(listing.error, AccessDenied) else "Failed"
            return f"{word}: {listing.error}"
        case State.COMPLETE:
            return f"Nothing loaded here matches {needle}." if len(listing) else "Empty"


def _detail_columns(
    row: Row, counted: SizeCell | None, now: datetime, columns: Columns, styles: Styles
) -> Iterator[tuple[str, Style]]:
    if columns.size:
        has_size = row.size is not None or counted is not None
        is_unknown = row.size is None and row.has_bytes
        own_size = format.UNKNOWN if is_unknown else format.size(row.size)
        size = own_size if counted is None else counted_size(counted.known)
        is_plain = has_size and row.status is VersionStatus.CURRENT
        yield size.rjust(columns.size), styles.base if is_plain else styles.muted
    if columns.bar:
        share = counted.known.tally.size / counted.largest if counted is not None and counted.largest else 0
        yield f" {bar(share, columns.bar - 1)}", styles.mark
    if columns.modified:
        yield _age(row, counted, now).rjust(columns.modified), styles.muted
    if columns.time:
        time = "" if row.kind is Kind.PREFIX else format.minute(row.modified)
        yield time.rjust(columns.time), styles.muted
    archived = _archive_sign(row, now)
    if columns.storage_class == CLASS:
        name = "deleted" if row.status.is_delete_marker else format.printable(row.storage_class or "")
        name = name if len(name) <= _LONGEST_CLASS else name[: _LONGEST_CLASS - 1] + "…"
        yield f"  {name:{_LONGEST_CLASS}} ", styles.muted
        yield archived, styles.mark
    elif columns.storage_class:
        yield f" {archived}", styles.mark


def _age(row: Row, counted: SizeCell | None, now: datetime) -> str:
    """Return the age of an object, or of the count that a prefix has its size from."""
    if row.modified is not None:
        return format.age_column(row.modified, now)
    if row.kind is not Kind.PREFIX:
        return format.UNKNOWN.rjust(AGE)
    if counted is None or (age := format.age_column(counted.known.begun_at, now)).strip() == "now":
        return ""
    return f"{COUNTED} {age}"


def _archive_sign(row: Row, now: datetime) -> str:
    restore = row.restore
    if restore is not None and restore.is_in_progress:
        return RESTORING
    if restore is not None and (restore.expires is None or restore.expires > now):
        return RESTORED
    return ASLEEP if row.is_asleep(now) else ""


def counted_size(known: KnownSize) -> str:
    """Return the size of a prefix, as a lower bound (≥) if its count is incomplete."""
    is_all = known.is_complete and not known.tally.unsized
    return format.size(known.tally.size) if is_all else f"≥{format.size(known.tally.size)}"


def bar(share: float, width: int) -> str:
    """Return a bar for a share from 0 to 1; any share above 0 has at least one cell."""
    return ("▇" * (max(1, round(share * width)) if share > 0 else 0)).ljust(width)


def _padded(runs: Sequence[tuple[str, Style]], width: int, style: Style) -> Iterator[tuple[str, Style]]:
    yield from runs
    yield " " * (width - sum(cell_len(text) for text, _ in runs)), style


def _strip(runs: Runs, columns: Columns, style: Style) -> Strip:
    return (
        Strip([Segment(text, style) for text, style in runs if text])
        .adjust_cell_length(columns.width, style)
        .simplify()
    )
