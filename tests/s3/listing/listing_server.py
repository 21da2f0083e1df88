"""A listing server over real HTTP: S3's listings, and the mistakes of other servers.

`SyntheticBucket` decides what is on a page; `listing_server` says it in XML on a loopback port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

from s3tui.s3.models import (
    ListObjectsPage,
    ListVersionsPage,
    ObjectSummary,
    ObjectVersion,
    VersionMarker,
)


def utf8_order(key: str) -> bytes:
    """S3's own."""
    return key.encode()


def utf16_order(key: str) -> bytes:
    """Sort key of some servers written in Java; beyond U+FFFF it is not S3's."""
    return key.encode("utf-16-be")


def tree_order(key: str) -> bytes:
    """Sort key of servers that walk folders: the keys of `a/` come before `a-b`."""
    return key.encode().replace(b"/", b"\0")


def no_order(key: str) -> bytes:
    """Sort key of no order, as in S3's directory buckets."""
    return key.encode()[::-1]


@dataclass(frozen=True, slots=True)
class Entry:
    """An object, or a common prefix and the last key below it."""

    name: str
    last_key: str
    is_prefix: bool


@dataclass(slots=True)
class SyntheticBucket:
    keys: Iterable[str]
    order: Callable[[str], bytes] = utf8_order
    knows_start_after: bool = True
    names_begun_prefixes: bool = True
    """Whether a start-after inside of a common prefix still names it."""
    filters_by_bytes: bool = False
    """Whether a start-after leaves out what is not behind it in S3's order, and the rest comes in its own."""
    repeats_prefixes: bool = False
    """Whether a page begins with the common prefix that the one before it ended with."""
    _known: dict[tuple[str, str], tuple[list[Entry], list[str]]] = field(default_factory=dict, init=False)
    """Entries and tokens by prefix and delimiter: to make them for each page would take seconds."""
    _known_of: object = field(default=None, init=False)

    def entries(self, prefix: str = "", delimiter: str = "") -> list[Entry]:
        """Return the whole listing, rolled up the slow and obvious way; it names nothing twice."""
        keys = sorted((key for key in self.keys if key.startswith(prefix)), key=self.order)

        def entry_name(key: str) -> str:
            place = key.find(delimiter, len(prefix)) if delimiter else -1
            return key if place < 0 else key[: place + len(delimiter)]

        last_keys = {}
        for key in keys:
            last_keys[entry_name(key)] = key
        return [
            Entry(name, last_key, bool(delimiter) and delimiter in name[len(prefix) :])
            for name, last_key in last_keys.items()
        ]

    def page(
        self,
        *,
        prefix: str = "",
        delimiter: str = "",
        start_after: str | None = None,
        token: str | None = None,
        max_keys: int = 1000,
    ) -> ListObjectsPage:
        entries, names = self._listing(prefix, delimiter)
        if token is None and start_after is not None and self.filters_by_bytes:
            behind = [entry for entry in entries if self._reached(entry).encode() > start_after.encode()]
            last = behind[:max_keys][-1:]
            return _page(
                behind[:max_keys], last[0].name.encode().hex() if last not in ([], entries[-1:]) else None
            )
        first = 0 if token is None else names.index(token) + 1
        if token is None and start_after is not None and self.knows_start_after:
            floor = self.order(start_after)
            while first < len(entries) and not self._is_behind(entries[first], floor):
                first += 1
        end = first + max_keys
        if self.repeats_prefixes and token is not None and entries[first - 1].is_prefix:
            first -= 1
        return _page(entries[first:end], names[end - 1] if end < len(entries) else None)

    def _listing(self, prefix: str, delimiter: str) -> tuple[list[Entry], list[str]]:
        """Return the entries, and the token of each: it names an entry, as S3's do, so that keys that are put
        in front of it change nothing.
        """
        if self._known_of != (self.keys, self.order):
            self._known_of = (self.keys, self.order)
            self._known.clear()
        if (prefix, delimiter) not in self._known:
            entries = self.entries(prefix, delimiter)
            self._known[prefix, delimiter] = entries, [entry.name.encode().hex() for entry in entries]
        return self._known[prefix, delimiter]

    def _is_behind(self, entry: Entry, floor: bytes) -> bool:
        return self.order(self._reached(entry)) > floor

    def _reached(self, entry: Entry) -> str:
        return entry.last_key if entry.is_prefix and self.names_begun_prefixes else entry.name


def _page(entries: Sequence[Entry], token: str | None) -> ListObjectsPage:
    return ListObjectsPage(
        tuple(ObjectSummary(entry.name, 7) for entry in entries if not entry.is_prefix),
        tuple(entry.name for entry in entries if entry.is_prefix),
        token,
    )


@dataclass(slots=True)
class SyntheticVersions:
    """A bucket's versions as S3 lists them: by key, the latest first."""

    versions: Sequence[ObjectVersion]

    def page(
        self,
        *,
        prefix: str = "",
        delimiter: str = "",
        key: str | None = None,
        version_id: str | None = None,
        max_keys: int = 1000,
    ) -> ListVersionsPage:
        """Return what follows a version or, without its id, all versions of a key."""
        entries: list[ObjectVersion | str] = []
        for version in sorted(self.versions, key=lambda version: utf8_order(version.key)):
            if not version.key.startswith(prefix):
                continue
            place = version.key.find(delimiter, len(prefix)) if delimiter else -1
            if place < 0:
                entries.append(version)
            elif version.key[: place + len(delimiter)] not in entries:
                entries.append(version.key[: place + len(delimiter)])
        names = [(_entry_key(entry), _entry_id(entry)) for entry in entries]
        first = 0
        if version_id is not None and (key or "", version_id) in names:
            first = names.index((key or "", version_id)) + 1
        elif key is not None:
            first = sum(utf8_order(name) <= utf8_order(key) for name, _ in names)
        chosen = entries[first : first + max_keys]
        following = None
        if first + max_keys < len(entries):
            following = VersionMarker(*names[first + max_keys - 1])
        return ListVersionsPage(
            tuple(entry for entry in chosen if not isinstance(entry, str)),
            tuple(entry for entry in chosen if isinstance(entry, str)),
            following,
        )


def _entry_key(entry: ObjectVersion | str) -> str:
    return entry if isinstance(entry, str) else entry.key


def _entry_id(entry: ObjectVersion | str) -> str | None:
    return None if isinstance(entry, str) else entry.version_id


@asynccontextmanager
async def listing_server(
    bucket: SyntheticBucket, versions: SyntheticVersions | None = None
) -> AsyncIterator[str]:
    """Serve one bucket, whatever it is called, at the URL that comes out."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("ascii"):
                target = urlsplit(head.split(" ", 2)[1])
                _, _, key = target.path.lstrip("/").partition("/")
                if key:  # an object: its bytes are its key
                    size = f'HTTP/1.1 200 OK\r\nETag: "0af"\r\nContent-Length: {len(key)}\r\n\r\n'
                    writer.write((size + ("" if head.startswith("HEAD ") else key)).encode())
                    await writer.drain()
                    continue
                query = dict(parse_qsl(target.query, keep_blank_values=True))
                if versions is not None and "versions" in query:
                    found = versions.page(
                        prefix=query.get("prefix", ""),
                        delimiter=query.get("delimiter", ""),
                        key=query.get("key-marker"),
                        version_id=query.get("version-id-marker"),
                        max_keys=int(query.get("max-keys", "1000")),
                    )
                body = (
                    _versions_xml(found)
                    if "versions" in query
                    else _xml(
                        bucket.page(
                            prefix=query.get("prefix", ""),
                            delimiter=query.get("delimiter", ""),
                            start_after=query.get("start-after"),
                            token=query.get("continuation-token"),
                            max_keys=int(query.get("max-keys", "1000")),
                        )
                    )
                )
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    await asyncio.sleep(0.01)  # what was accepted just now becomes a connection first
    for connection in connections:
        connection.cancel()
    await asyncio.gather(*connections, return_exceptions=True)


def _xml(page: ListObjectsPage) -> bytes:
    entries = "".join(
        f"<Contents><Key>{quote(o.key)}</Key><LastModified>2026-11-21T02:19:39.000Z</LastModified>"
        f"<ETag>&quot;0af&quot;</ETag><Size>{o.size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for o in page.objects
    )
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{quote(prefix)}</Prefix></CommonPrefixes>"
        for prefix in page.common_prefixes
    )
    token = page.next_continuation_token
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult><EncodingType>url</EncodingType>'
        f"<IsTruncated>{'true' if token else 'false'}</IsTruncated>{more}{entries}{prefixes}"
        "</ListBucketResult>"
    ).encode()


def _versions_xml(page: ListVersionsPage) -> bytes:
    entries = "".join(
        f"<{_tag(v)}><Key>{quote(v.key)}</Key><VersionId>{v.version_id}</VersionId>"
        f"<IsLatest>{'true' if v.is_latest else 'false'}</IsLatest>"
        f"<LastModified>{v.last_modified.isoformat() if v.last_modified else ''}</LastModified>"
        f"<Size>{v.size or 0}</Size></{_tag(v)}>"
        for v in page.versions
    )
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{quote(prefix)}</Prefix></CommonPrefixes>"
        for prefix in page.common_prefixes
    )
    more = ""
    if page.next is not None:
        more = f"<NextKeyMarker>{quote(page.next.key)}</NextKeyMarker>"
        if page.next.version_id is not None:
            more += f"<NextVersionIdMarker>{page.next.version_id}</NextVersionIdMarker>"
    return (
        "<ListVersionsResult><EncodingType>url</EncodingType>"
        f"<IsTruncated>{'true' if page.next else 'false'}</IsTruncated>{more}{entries}{prefixes}"
        "</ListVersionsResult>"
    ).encode()


def _tag(version: ObjectVersion) -> str:
    return "DeleteMarker" if version.is_delete_marker else "Version"
