"""Chooses the kind of an object: by its name, and by its first bytes, which are right where they differ."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import cast

from s3tui.preview.formats.encoding import find_encoding
from s3tui.preview.kinds.table import HEX, JSON, JSON_LINES, KINDS, TEXT, XML, Kind
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

Look = Callable[[Source, Room], Preview]

_BY_SUFFIX = {suffix: kind for kind in KINDS for suffix in kind.suffixes}
_JSON_BEGINS = re.compile(rb'(?:\xef\xbb\xbf)?\s*[{\[]\s*(?:["{\[\]}]|-?[0-9]|true|false|null)')


def by_name(name: str) -> Kind | None:
    """Return the kind that a name promises."""
    stem, _, suffix = name.lower().rpartition(".")
    return _BY_SUFFIX.get(suffix) if stem else None


def by_content(name: str, head: bytes, *, is_whole: bool) -> Kind:
    """Return the kind of an object that begins with `head`; `is_whole`: and ends with it."""
    promised = by_name(name)
    for kind in KINDS:
        if any(head.startswith(signature, at) for at, signature in kind.signatures):
            return kind
    if find_encoding(head, is_whole=is_whole) is None:
        has_signature = promised is not None and bool(promised.signatures)
        return HEX if promised is None or promised.is_text or has_signature else promised
    if promised is not None and promised.is_text:
        return promised
    return _json_or_text(head)


def _json_or_text(head: bytes) -> Kind:
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<?xml"):
        return XML
    if not _JSON_BEGINS.match(head):
        return TEXT
    first, _, second = head.lstrip().partition(b"\n")
    is_lines = first.rstrip().endswith(b"}") and second.startswith(b"{")
    return JSON_LINES if is_lines else JSON


def look_of(kind: Kind) -> Look:
    """Return the function of a kind; its module is imported by the first who asks."""
    return cast(Look, importlib.import_module(kind.module).look)
