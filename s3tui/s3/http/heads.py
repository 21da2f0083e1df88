"""Response heads: tidied so that a strict parser accepts them, with the same meaning. Pure.

Servers and proxies write header lines that RFC 9112 does not know. A line without meaning is left out; the
length of the body has to be unambiguous, for else a part of it would pass for all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import httpx

LARGEST = 2**63 - 1
"""No body is longer."""
_END = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.[01] [1-9][0-9][0-9][^\n]*\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NO_NAME = re.compile(rb"[^!#$%&'*+.^_`|~0-9A-Za-z-]")
_LENGTH, _CODING = b"content-length", b"transfer-encoding"
_BLANKS = b" \t\r\n"
_NOT_IN_VALUES = bytes.maketrans(b"\r\n\0", b"   ")  # RFC 9110 §5.5
_SHOWN = 40
_LONG = len(str(LARGEST))


class UnclearLength(httpx.RemoteProtocolError):
    """A response head with a contradictory or impossible body length; a retry would get the same."""

    def __init__(self, said: bytes) -> None:
        text = said.decode("latin-1")
        super().__init__(f"it says a length that no body has: {text[:_SHOWN]!r}")


def begins_well(data: bytes | bytearray) -> bool:
    """Say whether `data` begins with the status line of a response."""
    return _STATUS.match(data) is not None


def split(data: bytes) -> tuple[bytes, bytes] | None:
    """Split off the head, with its empty line, from what follows; `None`, while it is incomplete."""
    end = _END.search(data)
    return None if end is None else (data[: end.end()], data[end.end() :])


def tidied(head: bytes) -> bytes:
    """Return the head with a name in every line (RFC 9110 §5.1), and one length at most.

    A folded line becomes part of the one before it. A chunked body has no other length, whatever length is
    named beside it (RFC 9112 §6.3).

    Raises: UnclearLength.
    """
    status, *lines = head.split(b"\n")
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields.pop()
            fields.append((name, value + b" " + line.strip(_BLANKS)))
            continue
        name, colon, value = line.partition(b":")
        fields.append((name.strip(_BLANKS) if colon else b"", value.strip(_BLANKS)))
    named = [(_known(name), value.translate(_NOT_IN_VALUES)) for name, value in fields]
    kept = [(name, value) for name, value in named if _NAME.fullmatch(name) and name.lower() != _LENGTH]
    lengths = [value for name, value in named if name.lower() == _LENGTH]
    if lengths and not any(name.lower() == _CODING for name, _ in kept):
        kept.append((b"Content-Length", b"%d" % _length(b",".join(lengths))))
    return b"\r\n".join([status.strip(_BLANKS), *(b"%b: %b" % field for field in kept), b"", b""])


def check(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Refuse headers with a body length that a parser accepts, and no body can have.

    Raises: UnclearLength.
    """
    for name, value in headers:
        if len(value) >= _LONG and name.lower() == _LENGTH:
            _length(value)


def _length(said: bytes) -> int:
    """Read a Content-Length, which may be repeated (RFC 9110 §8.6).

    Raises: UnclearLength.
    """
    values = {each.strip(_BLANKS) for each in said.split(b",")}
    numbers = {int(value) for value in values if value.isdigit() and len(value) <= _SHOWN}
    if len(numbers) != 1 or not all(map(bytes.isdigit, values)) or max(numbers) > LARGEST:
        raise UnclearLength(said)
    return numbers.pop()


def _known(name: bytes) -> bytes:
    """Return a name; without characters that no name has, where it then is one of the body's length."""
    bare = _NO_NAME.sub(b"", name)
    return bare if bare.lower() in (_LENGTH, _CODING) else name
