"""Thrift's compact protocol: structs of bytes that may be cut, field by field. Pure.

Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

Value: TypeAlias = "int | float | bytes | list[Value] | dict[int, Value] | None"
"""What stands in a field: a struct is its fields by their ids."""

_TRUE, _FALSE, _BYTE, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 6, 7, 8, 9, 10, 11, 12
_DEEPEST = 32
_LONGEST_VARINT = 10


class Cut(Exception):
    """The bytes end in the middle of a value."""


class Malformed(Exception):
    """Bytes that are no Thrift."""


class Reader:
    """Reads values from `data`, the next one at `at`.

    All raise Cut and Malformed. No length is believed that the bytes at hand cannot hold.
    """

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def varint(self) -> int:
        data, at = self.data, self.at
        try:
            byte = data[at]
            value = byte & 0x7F
            shift = 7
            while byte >= 0x80:
                at += 1
                byte = data[at]
                value |= (byte & 0x7F) << shift
                shift += 7
                if shift > 7 * _LONGEST_VARINT:
                    raise Malformed
        except IndexError:
            raise Cut from None
        self.at = at + 1
        return value

    def integer(self) -> int:
        value = self.varint()
        return value >> 1 ^ -(value & 1)

    def byte(self) -> int:
        if self.at >= len(self.data):
            raise Cut
        self.at += 1
        return self.data[self.at - 1]

    def binary(self) -> bytes:
        length = self.varint()
        if self.at + length > len(self.data):
            raise Cut
        self.at += length
        return self.data[self.at - length : self.at]

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield the id and the type of each field of a struct; the value is read by who asks for them."""
        number = 0
        while (head := self.byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self.integer()
            yield number, head & 0x0F

    def list_head(self) -> tuple[int, int]:
        """Return the number of elements, and their type."""
        head = self.byte()
        length = self.varint() if head >> 4 == 15 else head >> 4
        return length, head & 0x0F

    def value(self, type_: int, depth: int = 0) -> Value:
        if type_ == _STRUCT:
            return self.struct(depth + 1)
        if _BYTE < type_ <= _I64:
            return self.integer()
        if type_ == _BINARY:
            return self.binary()
        if type_ in (_LIST, _SET):
            return self._list(depth + 1)
        if type_ in (_TRUE, _FALSE):
            return int(type_ == _TRUE)
        if type_ == _BYTE:
            return self.byte()
        if type_ == _DOUBLE:
            self.at += 8
            if self.at > len(self.data):
                raise Cut
            return self.data[self.at - 8 : self.at]
        if type_ == _MAP:
            self._skip_map(depth + 1)
            return None
        raise Malformed

    def struct(self, depth: int = 0) -> dict[int, Value]:
        if depth > _DEEPEST:
            raise Malformed
        return {number: self.value(type_, depth) for number, type_ in self.fields()}

    def _list(self, depth: int) -> list[Value]:
        length, type_ = self.list_head()
        if depth > _DEEPEST:
            raise Malformed
        if self.at + length > len(self.data):
            raise Cut  # each element takes a byte at least
        if type_ in (_TRUE, _FALSE):
            return [int(self.byte() == _TRUE) for _ in range(length)]
        return [self.value(type_, depth) for _ in range(length)]

    def _skip_map(self, depth: int) -> None:
        """Skip a map: no format here has one whose content matters."""
        length = self.varint()
        if depth > _DEEPEST:
            raise Malformed
        if length:
            types = self.byte()
            if self.at + length > len(self.data):
                raise Cut
            for _ in range(length):
                self.value(types >> 4, depth)
                self.value(types & 0x0F, depth)
