"""A synthetic S3 that only lists, fast enough to stay out of the measurement.

The bucket's name says what it holds and how slow it is: `flat-200000-20ms`. Entries are rendered once
into one buffer, and a page is a slice of it between a head and a foot; `numbered` holds no keys and makes
each page anew. Honours prefix, delimiter,
start-after, continuation tokens, max-keys and encoding-type (its keys need no encoding).
"""

from __future__ import annotations

import asyncio
import re
import sys
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from benchmarks.listing.shapes import SHAPES, Numbered

_BUCKET = re.compile(r"([a-z]+)-(\d+)-(\d+)ms")
_BEHIND_ALL = "\U0010ffff"
SHOWN_BUCKET = "flat-1000000-20ms"
"""The one that a list of buckets names."""
_BUCKETS = (
    '<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Owner><ID>x</ID></Owner><Buckets>'
    f"<Bucket><Name>{SHOWN_BUCKET}</Name><CreationDate>2025-01-01T00:00:00.000Z</CreationDate></Bucket>"
    "</Buckets></ListAllMyBucketsResult>"
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A sorted key space, and its entries as XML end to end."""

    keys: list[str]
    entries: bytes
    ends: array[int]

    def slice(self, first: int, end: int) -> memoryview:
        start = self.ends[first - 1] if first else 0
        return memoryview(self.entries)[start : self.ends[end - 1] if end else 0]


@dataclass(frozen=True, slots=True)
class Synthesised:
    """A key space that is rendered page by page: slower, but it holds nothing."""

    keys: Numbered

    def slice(self, first: int, end: int) -> bytes:
        return b"".join(_entry(i, self.keys[i]) for i in range(first, end))


@lru_cache(maxsize=1)
def rendered(shape: str, count: int) -> Rendered | Synthesised:
    if shape == "numbered":
        return Synthesised(Numbered(count))
    keys = SHAPES[shape](count)
    entries, ends = bytearray(), array("Q")
    for i, key in enumerate(keys):
        entries += _entry(i, key)
        ends.append(len(entries))
    return Rendered(keys, bytes(entries), ends)


def _entry(i: int, key: str) -> bytes:
    return (
        f"<Contents><Key>{key}</Key><LastModified>2025-{i % 12 + 1:02}-{i % 28 + 1:02}T10:00:00.000Z"
        f"</LastModified><ETag>&quot;{i:032x}&quot;</ETag><Size>{i * 37 % 1_000_003}</Size>"
        f"<StorageClass>STANDARD</StorageClass></Contents>"
    ).encode()


def page(space: Rendered | Synthesised, query: dict[str, str]) -> list[bytes | memoryview]:
    """Return the body of one ListObjectsV2 answer, in parts."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    limit = min(int(query.get("max-keys", "1000")), 1000)
    first = bisect_left(space.keys, prefix)
    end = bisect_left(space.keys, prefix + _BEHIND_ALL)
    if "continuation-token" in query:
        first = max(first, int(query["continuation-token"]))
    elif "start-after" in query:
        first = max(first, bisect_right(space.keys, query["start-after"]))
    if delimiter:
        parts, following = _rolled_up(space, prefix, delimiter, first, end, limit)
    else:
        following = min(end, first + limit)
        parts = [space.slice(first, following)] if following > first else []
    token = f"<NextContinuationToken>{following}</NextContinuationToken>" if following < end else ""
    encoding = "<EncodingType>url</EncodingType>" if query.get("encoding-type") == "url" else ""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        f"<Name>b</Name><Prefix>{prefix}</Prefix><Delimiter>{delimiter}</Delimiter>{token}{encoding}"
        f"<KeyCount>{following - first}</KeyCount><MaxKeys>{limit}</MaxKeys>"
        f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>"
    )
    return [head.encode(), *parts, b"</ListBucketResult>"]


def _rolled_up(
    space: Rendered | Synthesised, prefix: str, delimiter: str, first: int, end: int, limit: int
) -> tuple[list[bytes | memoryview], int]:
    objects: list[bytes | memoryview] = []
    prefixes: list[bytes | memoryview] = []
    while first < end and len(objects) + len(prefixes) < limit:
        name, found, _ = space.keys[first][len(prefix) :].partition(delimiter)
        if found:
            common = prefix + name + delimiter
            prefixes.append(f"<CommonPrefixes><Prefix>{common}</Prefix></CommonPrefixes>".encode())
            first = bisect_left(space.keys, common + _BEHIND_ALL, first)
        else:
            objects.append(space.slice(first, first + 1))
            first += 1
    return objects + prefixes, first


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            method, target, _ = head.decode("ascii").split(" ", 2)
            if method == "HEAD":
                self._send([])
            else:
                self._answer(target)

    def _answer(self, target: str) -> None:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        named = _BUCKET.fullmatch(unquote(parts.path).strip("/"))
        if parts.path == "/":
            self._send([_BUCKETS.encode()])
            return
        if named is None or "list-type" not in query:
            self._send([b"<LocationConstraint/>"])
            return
        body = page(rendered(named[1], int(named[2])), query)
        asyncio.get_running_loop().call_later(int(named[3]) / 1000, self._send, body)

    def _send(self, body: list[bytes | memoryview]) -> None:
        length = sum(map(len, body))
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n\r\n"
        self._transport.write(b"".join((head.encode(), *body)))


async def serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(serve()))
