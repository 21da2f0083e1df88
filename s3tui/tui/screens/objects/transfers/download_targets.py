"""Targets of downloads: each row's path below a folder, and the sentence for a wrong one."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from s3tui import paths
from s3tui.browse.rows.listing import Kind, Row
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.versions import short_id
from s3tui.format import printable
from s3tui.transfer.download.local_names import LocalNames


def inside(path: Path, name: str) -> Path:
    return path / name if os.path.isdir(path) else path


def last_part(key: str) -> str:
    return key.rstrip("/").rpartition("/")[2] or key


def versioned_name(name: str, version_id: str) -> str:
    """Return a name that tells a version of an object from its others: `report.3f9c1a2b.csv`."""
    stem, dot, suffix = name.rpartition(".")
    mark = re.sub(r"\W", "_", short_id(version_id)).strip("_")
    return f"{stem}.{mark}.{suffix}" if stem and dot else f"{name}.{mark}"


def places_below(rows: Sequence[Row]) -> list[tuple[Row, str]]:
    """Return where each of several rows goes, relative to their folder."""
    names, several = LocalNames(), Counter(row.key for row in rows)
    return [(row, _place(row, names, is_one_of_many=several[row.key] > 1)) for row in rows]


def _place(row: Row, names: LocalNames, *, is_one_of_many: bool) -> str:
    """Return where one of several rows goes: by its last part, or by its path in a flat listing.

    Of many versions of a key, each has its own name.
    """
    has_path = row.kind is not Kind.PREFIX and DELIMITER in row.name
    name = row.name if has_path else last_part(row.key)
    if is_one_of_many and row.version_id is not None:
        name = versioned_name(name, row.version_id)
    # A folder's marker, too, was marked as the object that it is.
    return names.place(name, size=1 if has_path else 0).path


def wrong_file(text: str) -> str | None:
    path = paths.expanded(text)
    if not text.strip():
        return "A path is needed."
    if wrong := paths.unknown_home(text):
        return printable(wrong)
    if os.path.exists(path.parent) and not os.path.isdir(path.parent):
        return f"{printable(str(path.parent))} is a file, not a folder."
    return None


def wrong_folder(text: str) -> str | None:
    if not text.strip():
        return "A folder is needed."
    if wrong := paths.unknown_home(text):
        return printable(wrong)
    return f"{printable(text)} is a file, not a folder." if os.path.isfile(paths.expanded(text)) else None
