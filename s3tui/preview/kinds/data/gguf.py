"""GGUF (llama.cpp): the metadata and tensors of a model by its header; the weights are not read.

Source: ggml, docs/gguf.md.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from s3tui.format import count, counted
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Column, Preview, Room, Table
from s3tui.preview.source import BLOCK, BeyondBound, Source

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
_TYPES: Mapping[int, str] = dict(
    enumerate(
        re.findall(
            r"\S+",
            "F32 F16 Q4_0 Q4_1 ? ? Q5_0 Q5_1 Q8_0 Q8_1 Q2_K Q3_K Q4_K Q5_K Q6_K Q8_K IQ2_XXS IQ2_XS IQ3_XXS "
            "IQ1_S IQ4_NL IQ3_S IQ2_S IQ4_XS I8 I16 I32 I64 F64 IQ1_M BF16",
        )
    )
)
_MOST = 1_000_000
"""Entries, tensors or elements that a header is believed to have."""
_LONGEST_NAME = 64 * 1024
_SHOWN = 8
"""Elements of an array that are shown."""
_MOST_DIMENSIONS = 8


@dataclass(slots=True)
class _Header:
    version: int
    tensors: int
    entries: int
    metadata: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    weights: int = 0
    """Of the tensors that were read."""


def look(source: Source, room: Room) -> Preview:
    cursor = _Cursor(source)
    if cursor.take(4) != b"GGUF":
        raise Mismatch
    try:
        version, tensors, entries = struct.unpack("<IQQ", cursor.take(20))
        header = _Header(version, tensors, entries)
        if not 1 < version < 16 or max(tensors, entries) > _MOST:
            raise Mismatch
        more, sentence = None, ""
        try:
            _read(cursor, header)
        except BeyondBound as beyond:
            more = beyond.needed + 4 * 1024 * 1024
            sentence = "Its tensors stand behind the words that it knows, which have to be read first."
    except struct.error as error:
        raise Mismatch from error
    return _preview(header, room, sentence, more)


def _read(cursor: _Cursor, header: _Header) -> None:
    for _ in range(header.entries):
        key = cursor.string()
        (type_,) = struct.unpack("<I", cursor.take(4))
        header.metadata[key] = cursor.value(type_)
    for _ in range(header.tensors):
        name = cursor.string()
        (dimensions,) = struct.unpack("<I", cursor.take(4))
        if dimensions > _MOST_DIMENSIONS:
            raise Mismatch
        shape = struct.unpack(f"<{dimensions}Q", cursor.take(8 * dimensions))
        (type_, _) = struct.unpack("<IQ", cursor.take(12))
        header.rows.append((name, _type_name(type_), " × ".join(map(count, shape)) or "scalar"))
        weights = 1
        for each in shape:
            weights *= each
        header.weights += weights


def _type_name(type_: int) -> str:
    return _TYPES.get(type_, f"type {type_}")


def _preview(header: _Header, room: Room, sentence: str, more: int | None) -> Preview:
    lines = tuple(f"{name}  {value}" for name, value in list(header.metadata.items())[: room.lines])
    architecture = header.metadata.get("general.architecture", "")
    kinds = {row[1] for row in header.rows}
    most = max(kinds, key=[row[1] for row in header.rows].count) if kinds else ""
    weights = f"{header.weights / 1e9:.2f} billion weights" if header.weights >= 10**7 else ""
    facts = [
        header.metadata.get("general.name", ""),
        architecture,
        counted(header.tensors, "tensor"),
        weights,
        f"mostly {most}" if len(kinds) > 1 else most,
        f"version {header.version}",
    ]
    columns = (Column("tensor"), Column("type"), Column("shape"))
    table = Table(columns, tuple(header.rows[: room.lines])) if header.rows else None
    return Preview("GGUF", tuple(filter(None, facts)), lines, table, sentence, more)


class _Cursor:
    """Reads on from the beginning, in portions that grow. Raises BeyondBound, and Mismatch at the end."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0
        self._data, self._used, self._portion = b"", 0, BLOCK

    def take(self, length: int) -> bytes:
        if self._used + length > len(self._data):
            self._fill(length)
        self._used += length
        return self._data[self._used - length : self._used]

    def _fill(self, length: int) -> None:
        rest = self._data[self._used :]
        wanted = max(length - len(rest), self._portion)
        found = self._source.read(self._at, wanted, ahead=0)
        self._at += len(found)
        self._data, self._used = rest + found, 0
        self._portion = min(self._portion * 2, 1024 * 1024)
        if len(self._data) < length:
            raise Mismatch

    def skip(self, length: int) -> None:
        left = self._used + length - len(self._data)
        if left <= 0:
            self._used += length
            return
        self._at += left
        self._data, self._used = b"", 0

    def string(self) -> str:
        (length,) = struct.unpack("<Q", self.take(8))
        if length > _LONGEST_NAME:
            return self._long_string(length)
        return self.take(length).decode("utf-8", "backslashreplace")

    def _long_string(self, length: int) -> str:
        """Return the beginning of a string, such as a template of chats, and skip the rest."""
        if self._source.size is not None and length > self._source.size:
            raise Mismatch
        text = self.take(200).decode("utf-8", "backslashreplace")
        self.skip(length - 200)
        return f"{text}…"

    def value(self, type_: int) -> str:
        if type_ == _STRING:
            return self.string()
        if type_ == _ARRAY:
            return self._array()
        return str(self._scalar(type_))

    def _scalar(self, type_: int) -> int | float | bool:
        if type_ not in _SCALARS:
            raise Mismatch
        form = f"<{_SCALARS[type_]}"
        found: int | float | bool = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return found

    def _array(self) -> str:
        type_, length = struct.unpack("<IQ", self.take(12))
        if length > _MOST * 10 or (type_ not in _SCALARS and type_ != _STRING):
            raise Mismatch
        shown = list(self._elements(type_, min(length, _SHOWN)))
        left = length - len(shown)
        if type_ == _STRING:
            for _ in range(left):
                (wide,) = struct.unpack("<Q", self.take(8))
                self.take(wide) if wide <= _LONGEST_NAME else self.skip(wide)
        else:
            self.skip(left * struct.calcsize(f"<{_SCALARS[type_]}"))
        more = f", … {count(left)} more" if left else ""
        return f"[{', '.join(shown)}{more}]"

    def _elements(self, type_: int, number: int) -> Iterator[str]:
        for _ in range(number):
            yield repr(self.string()) if type_ == _STRING else str(self._scalar(type_))
