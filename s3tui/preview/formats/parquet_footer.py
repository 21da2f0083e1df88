"""The footer of Parquet: columns, and row groups as far as its first bytes tell. Pure.

Source: Apache Parquet, parquet.thrift.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias, cast
from uuid import UUID

from s3tui.preview.formats.thrift import Cut, Malformed, Reader, Value

Struct: TypeAlias = "dict[int, Value]"
Bound: TypeAlias = "int | float | bytes"
"""A smallest or largest value in a form that can be compared."""

PHYSICAL = ("bool", "int32", "int64", "int96", "float", "double", "binary", "fixed")
_CODECS = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4 raw")
_CONVERTED = {
    0: "string",
    4: "enum",
    6: "date",
    7: "time[ms]",
    8: "time[us]",
    9: "timestamp[ms]",
    10: "timestamp[us]",
    **{11 + n: f"uint{8 << n}" for n in range(4)},
    **{15 + n: f"int{8 << n}" for n in range(4)},
    19: "json",
    20: "bson",
    21: "interval",
}
_LOGICAL = {1: "string", 4: "enum", 6: "date", 11: "null", 12: "json", 13: "bson", 14: "uuid", 15: "float16"}
_UNITS = {1: "ms", 2: "us", 3: "ns"}
_PER_SECOND = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_REPEATED = 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_COLUMNS = 10_000
_MOST_CHUNKS = 20_000
"""Column chunks that are walked through: most of a second of work."""


@dataclass(slots=True)
class ColumnFacts:
    """A leaf of the schema, and what all row groups that were read say of it."""

    name: str
    """Its path, with dots."""
    physical: str
    type: str
    scale: int = 0
    is_required: bool = False
    is_repeated: bool = False
    codecs: set[str] = field(default_factory=set)
    packed: int = 0
    """Bytes, compressed."""
    nulls: int | None = 0
    """`None`: some row group does not tell."""
    low: Bound | None = None
    high: Bound | None = None
    has_bounds: bool = True
    """False once a row group did not tell its bounds."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The values of one column in one row group, in the file."""

    begin: int
    size: int


@dataclass(frozen=True, slots=True)
class RowGroup:
    rows: int
    size: int
    """Bytes, uncompressed."""
    packed: int
    codecs: frozenset[str]
    begin: int
    end: int
    """Of its struct in the footer."""
    chunks: tuple[Chunk, ...] = ()
    """In the order of the columns."""


@dataclass(slots=True)
class Footer:
    columns: list[ColumnFacts]
    schema_end: int
    """Offset behind the schema."""
    rows: int | None = None
    """Of the file."""
    groups: list[RowGroup] = field(default_factory=list)
    group_count: int | None = None
    created_by: str = ""
    metadata: dict[str, bytes] = field(default_factory=dict)
    is_whole: bool = False

    @property
    def has_all_groups(self) -> bool:
        return self.group_count is not None and len(self.groups) == self.group_count


def read_footer(data: bytes, *, most_chunks: int = _MOST_CHUNKS) -> Footer:
    """Read as much of a footer as is there.

    Raises: Cut, where not even the schema is; Malformed.
    """
    reader = Reader(data)
    footer: Footer | None = None
    try:
        for number, type_ in reader.fields():
            if number == 2:
                footer = _schema(reader)
            elif footer is not None and number == 3:
                footer.rows = reader.integer()
            elif footer is not None and number == 4:
                if not _row_groups(reader, footer, most_chunks):
                    return footer
            elif footer is not None and number == 5:
                pairs = [each for each in _list(reader.value(type_)) if isinstance(each, dict)]
                footer.metadata = {_text(each.get(1)): _bytes(each.get(2)) for each in pairs}
            elif footer is not None and number == 6:
                footer.created_by = _text(reader.value(type_))
            else:
                reader.value(type_)
    except Cut:
        if footer is None:
            raise
        return footer
    if footer is None:
        raise Malformed
    footer.is_whole = True
    return footer


def _schema(reader: Reader) -> Footer:
    length, type_ = reader.list_head()
    if length > MOST_COLUMNS * 4:
        raise Malformed
    elements = [reader.value(type_) for _ in range(length)]
    structs = [each for each in elements if isinstance(each, dict)]
    if len(structs) != length or not structs:
        raise Malformed
    columns: list[ColumnFacts] = []
    _leaves(structs, columns)
    return Footer(columns[:MOST_COLUMNS], reader.at)


def _leaves(elements: Sequence[Struct], columns: list[ColumnFacts]) -> None:
    """Collect the leaves: each element says how many of those behind it are its children."""
    open_: list[tuple[int, str, bool]] = [(1, "", False)]
    for index, element in enumerate(elements):
        while open_ and open_[-1][0] == 0:
            open_.pop()
        if not open_:
            return
        left, path, repeated = open_[-1]
        open_[-1] = left - 1, path, repeated
        name = "" if index == 0 else f"{path}.{_text(element.get(4))}" if path else _text(element.get(4))
        repeated = repeated or element.get(3) == _REPEATED
        if children := _int(element.get(5)):
            open_.append((children, name, repeated))
        elif index:
            physical = _at(PHYSICAL, _int(element.get(1)))
            type_, scale = _type(element, physical)
            columns.append(ColumnFacts(name, physical, type_, scale, element.get(3) == 0, repeated))


def _type(element: Struct, physical: str) -> tuple[str, int]:
    """Return the type of a leaf in words, and the scale of a decimal number."""
    logical = element.get(10)
    if isinstance(logical, dict) and logical:
        kind, told = next(iter(logical.items()))
        about = told if isinstance(told, dict) else {}
        if kind == 5:
            return _decimal(_int(about.get(2)), _int(about.get(1)))
        if kind in (7, 8):
            unit = _UNITS.get(next(iter(cast(Struct, about.get(2) or {}))), "?") if about.get(2) else "?"
            zone = ", UTC" if about.get(1) and kind == 8 else ""
            return f"{'time' if kind == 7 else 'timestamp'}[{unit}{zone}]", 0
        if kind == 10:
            return f"{'' if about.get(2) else 'u'}int{_int(about.get(1))}", 0
        if kind in _LOGICAL:
            return _LOGICAL[kind], 0
    converted = element.get(6)
    if converted == 5:
        return _decimal(_int(element.get(8)), _int(element.get(7)))
    if isinstance(converted, int) and converted in _CONVERTED:
        return _CONVERTED[converted], 0
    length = f"[{_int(element.get(2))}]" if physical == "fixed" else ""
    return f"{physical}{length}", 0


def _decimal(precision: int, scale: int) -> tuple[str, int]:
    return f"decimal({precision}, {scale})", scale


def _row_groups(reader: Reader, footer: Footer, most_chunks: int) -> bool:
    """Read row groups; say whether all of them were, which are not once they are too many."""
    footer.group_count, type_ = reader.list_head()
    most = max(1, most_chunks // max(1, len(footer.columns)))
    for number in range(footer.group_count):
        if number >= most:
            return False
        begin = reader.at
        group = reader.value(type_)
        if not isinstance(group, dict):
            raise Malformed
        footer.groups.append(_row_group(group, footer.columns, begin, reader.at))
    return True


def _row_group(group: Struct, columns: Sequence[ColumnFacts], begin: int, end: int) -> RowGroup:
    packed, codecs, places = 0, set[str](), list[Chunk]()
    chunks = _list(group.get(1))
    for column, chunk in zip(columns, chunks, strict=False):
        about = chunk.get(3) if isinstance(chunk, dict) else None
        if not isinstance(about, dict):
            column.has_bounds, column.nulls = False, None
            places.append(Chunk(0, 0))
            continue
        codec, size = _at(_CODECS, _int(about.get(4))), _int(about.get(7))
        codecs.add(codec)
        column.codecs.add(codec)
        column.packed += size
        packed += size
        places.append(Chunk(_int(about.get(11)) or _int(about.get(9)), size))
        _take_statistics(column, about.get(12), _int(about.get(5)))
    return RowGroup(
        _int(group.get(3)), _int(group.get(2)), packed, frozenset(codecs), begin, end, tuple(places)
    )


def _take_statistics(column: ColumnFacts, told: Value, values: int) -> None:
    about = told if isinstance(told, dict) else {}
    nulls = about.get(3)
    column.nulls = column.nulls + nulls if isinstance(nulls, int) and column.nulls is not None else None
    low, high = about.get(6), about.get(5)
    if low is None and high is None and _is_signed(column):
        low, high = about.get(2), about.get(1)  # of the order that others misunderstood
    below, above = _bound(column, low), _bound(column, high)
    if below is None or above is None:
        column.has_bounds = column.has_bounds and nulls == values
        return
    column.low = below if column.low is None else min(column.low, below)
    column.high = above if column.high is None else max(column.high, above)


def _is_signed(column: ColumnFacts) -> bool:
    return column.physical in ("bool", "int32", "int64", "float", "double") and column.type[:4] != "uint"


_FORMS = {"int32": "<i", "int64": "<q", "float": "<f", "double": "<d", "bool": "<?"}


def _bound(column: ColumnFacts, raw: Value) -> Bound | None:
    if not isinstance(raw, bytes) or column.type in ("interval", "int96"):
        return None
    form = _FORMS.get(column.physical)
    if form is None:
        is_decimal = column.type.startswith("decimal")
        return int.from_bytes(raw, "big", signed=True) if is_decimal else raw
    if column.type.startswith("uint"):
        form = form.upper()
    if len(raw) != struct.calcsize(form):
        return None
    value = struct.unpack(form, raw)[0]
    return int(value) if isinstance(value, bool) else value if value == value else None


def bound_text(column: ColumnFacts, bound: Bound | None) -> str:
    """Return a smallest or largest value as it is read in its column's type."""
    if bound is None or not column.has_bounds:
        return ""
    type_ = column.type
    if isinstance(bound, bytes):
        if type_ in ("string", "enum", "json"):
            return bound.decode("utf-8", "backslashreplace")
        if type_ == "uuid" and len(bound) == 16:
            return str(UUID(bytes=bound))
        return f"0x{bound.hex()}"
    try:
        return _number_text(type_, bound, column.scale)
    except (OverflowError, ValueError):
        return str(bound)


def _number_text(type_: str, bound: int | float, scale: int) -> str:
    if type_.startswith("decimal"):
        return str(Decimal(int(bound)).scaleb(-scale))
    if type_ == "bool":
        return "true" if bound else "false"
    if type_ == "date":
        return str(date(1970, 1, 1) + timedelta(days=int(bound)))
    if type_.startswith(("timestamp[", "time[")):
        per_second = _PER_SECOND.get(type_.partition("[")[2][:2])
        if per_second is None:
            return str(bound)
        seconds, rest = divmod(int(bound), per_second)
        moment = _EPOCH + timedelta(seconds=seconds)
        digits = f".{rest:0{len(str(per_second)) - 1}}".rstrip("0") if rest else ""
        shape = "%H:%M:%S" if type_.startswith("time[") else "%Y-%m-%d %H:%M:%S"
        return f"{moment:{shape}}{digits}{'Z' * type_.endswith('UTC]')}"
    if type_ in ("float", "double"):
        return f"{bound:.7g}" if type_ == "float" else repr(float(bound))
    return str(bound)


def one_group(data: bytes, footer: Footer, number: int) -> bytes:
    """Return the footer of a file that has one row group of this one's alone, its place in the file kept."""
    group = footer.groups[number]
    parts = [
        data[: footer.schema_end],
        b"\x16",
        _zigzag(group.rows),
        b"\x19\x1c",
        data[group.begin : group.end],
    ]
    return b"".join([*parts, b"\0"])


def _zigzag(value: int) -> bytes:
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _at(names: Sequence[str], number: int) -> str:
    return names[number] if 0 <= number < len(names) else f"{number}?"


def _int(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _list(value: Value) -> list[Value]:
    return value if isinstance(value, list) else []


def _bytes(value: Value) -> bytes:
    return value if isinstance(value, bytes) else b""


def _text(value: Value) -> str:
    return _bytes(value).decode("utf-8", "backslashreplace")
