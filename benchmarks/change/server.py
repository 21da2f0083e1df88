"""A scripted S3 that keeps its objects in memory, answers after 20 ms, and asks once to slow down.

It knows what deletions and copies of objects take: ListObjectsV2, HEAD, DeleteObjects, DELETE, CopyObject.
Above 3 500 keys that are written in a second, as S3 allows a prefix, it answers one request with SlowDown.
`python -m benchmarks.change.server COUNT` prints its port; `POST /reset?COUNT` puts its objects anew.
"""

from __future__ import annotations

import asyncio
import re
import sys
from bisect import bisect_left, bisect_right
from collections import deque
from html import escape, unescape
from urllib.parse import parse_qsl, unquote, urlsplit

_LATENCY_S = 0.02
_RATE = 3500
_KEY = re.compile(rb"<Key>([^<]*)</Key>")
_BODY = b"x" * 16
_ETAG = "c6f7c372641dd25e0fddf0215375561f"
_WHEN = "Mon, 05 Jan 2026 10:00:00 GMT"
_SLOW = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_NONE = b"<Error><Code>%s</Code><Message>there is none</Message></Error>"


class Store:
    """The keys of the one bucket, and how many were written in the last second."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self._sorted: list[str] | None = None
        self._writes: deque[tuple[float, int]] = deque()
        self._may_slow_down = True

    def reset(self, count: int) -> None:
        self.keys = {f"p/{number % 97:02}/{number:07}" for number in range(count)}
        self._sorted, self._may_slow_down = None, True

    def page(self, prefix: str, after: str, limit: int) -> list[str]:
        # What is deleted while it is listed is left out below: the order need not be made anew for each page.
        if self._sorted is None:
            self._sorted = sorted(self.keys)
        first = max(bisect_left(self._sorted, prefix), bisect_right(self._sorted, after))
        found: list[str] = []
        while first < len(self._sorted) and len(found) <= limit:
            key = self._sorted[first]
            if not key.startswith(prefix):
                break
            if key in self.keys:
                found.append(key)
            first += 1
        return found

    def write(self, key: str) -> None:
        if key not in self.keys:
            self.keys.add(key)
            self._sorted = None

    def is_too_fast(self, keys: int) -> bool:
        """Count keys that are written; say whether this request is the one to be refused."""
        now = asyncio.get_running_loop().time()
        while self._writes and now - self._writes[0][0] > 1:
            self._writes.popleft()
        if self._may_slow_down and sum(number for _, number in self._writes) + keys > _RATE:
            self._may_slow_down = False
            return True
        self._writes.append((now, keys))
        return False


class Connection(asyncio.Protocol):
    def __init__(self, store: Store) -> None:
        self._store = store
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, rest = self._buffer.partition(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
            if headers.get("expect") == "100-continue":
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = int(headers.get("content-length", "0"))
            if len(rest) < length:
                return
            body, self._buffer = rest[:length], rest[length:]
            method, target, _ = lines[0].split(" ", 2)
            status, more, answer = self._answer(method, target, headers, body)
            delay = 0.0 if target.startswith("/reset") else _LATENCY_S
            asyncio.get_running_loop().call_later(delay, self._send, method, status, more, answer)

    def _send(self, method: str, status: int, headers: dict[str, str], body: bytes) -> None:
        fields = {"Content-Length": str(len(body)), "Content-Type": "application/xml", **headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        answer = f"HTTP/1.1 {status} x\r\n{head}\r\n".encode()
        self._transport.write(answer if method == "HEAD" else answer + body)

    def _answer(
        self, method: str, target: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        key = unquote(parts.path).lstrip("/").partition("/")[2]
        store = self._store
        if target.startswith("/reset"):
            store.reset(int(parts.query))
            return 200, {}, b""
        if method == "POST" and "delete" in query:
            return self._delete(body)
        if method == "GET" and not key:
            return self._bucket(query)
        if method == "GET" and "tagging" in query:
            return 200, {}, b"<Tagging><TagSet></TagSet></Tagging>"
        if method == "GET" and "acl" in query:
            return 501, {}, b"<Error><Code>NotImplemented</Code></Error>"
        if method in ("HEAD", "GET"):
            if key and key not in store.keys:
                return 404, {}, _NONE % b"NoSuchKey"
            said = {"ETag": f'"{_ETAG}"', "Last-Modified": _WHEN, "Content-Type": "text/plain"}
            return 200, said, _BODY if key else b""
        if store.is_too_fast(1):
            return 503, {}, _SLOW
        if method == "PUT":
            store.write(key)
            result = (
                f"<CopyObjectResult><ETag>&quot;{_ETAG}&quot;</ETag>"
                "<LastModified>2026-01-05T10:00:00.000Z</LastModified></CopyObjectResult>"
            )
            return 200, {"ETag": f'"{_ETAG}"'}, result.encode()
        store.keys.discard(key)
        return 204, {}, b""

    def _delete(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        keys = [unescape(found.decode()) for found in _KEY.findall(body)]
        if self._store.is_too_fast(len(keys)):
            return 503, {}, _SLOW
        self._store.keys.difference_update(keys)
        is_quiet = b"<Quiet>true</Quiet>" in body
        gone = "" if is_quiet else "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys)
        return 200, {}, f"<DeleteResult>{gone}</DeleteResult>".encode()

    def _bucket(self, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if "versioning" in query:
            return 200, {}, b"<VersioningConfiguration/>"
        if "ownershipControls" in query:
            rule = "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>"
            return 200, {}, f"<OwnershipControls>{rule}</OwnershipControls>".encode()
        if "list-type" not in query:
            return 200, {}, b"<LocationConstraint/>"
        prefix, limit = query.get("prefix", ""), min(int(query.get("max-keys", "1000")), 1000)
        after = query.get("continuation-token") or query.get("start-after", "")
        found = self._store.page(prefix, after, limit)
        is_more, found = len(found) > limit, found[:limit]
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-01-05T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;{_ETAG}&quot;</ETag><Size>{len(_BODY)}</Size>"
            "<StorageClass>STANDARD</StorageClass></Contents>"
            for key in found
        )
        token = f"<NextContinuationToken>{found[-1]}</NextContinuationToken>" if is_more else ""
        encoding = "<EncodingType>url</EncodingType>" if query.get("encoding-type") == "url" else ""
        return 200, {}, (
            f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>'
            f"<Prefix>{prefix}</Prefix>{token}{encoding}<KeyCount>{len(found)}</KeyCount>"
            f"<MaxKeys>{limit}</MaxKeys><IsTruncated>{str(is_more).lower()}</IsTruncated>{entries}"
            "</ListBucketResult>"
        ).encode()  # fmt: skip


async def _serve(count: int) -> None:
    store = Store()
    store.reset(count)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(store), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
