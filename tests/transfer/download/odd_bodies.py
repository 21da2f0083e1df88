"""An S3 look-alike that frames its bodies in every way that HTTP has, or not at all.

Not S3: it takes any signature, keeps objects in memory, and bends its answers as `Odd` says, after RFC 9112
and what gateways and proxies were seen to send.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs, quote, unquote

from tests.s3.scripted import Reply, ScriptedServer, Seen, error_reply, read_request, talking, wire

MODIFIED = "Fri, 20 Nov 2026 10:00:00 GMT"


class Framing(Enum):
    """The framing of a GET's body."""

    LENGTH = "length"
    PADDED = "padded"
    """With white space behind the number (RFC 9110 §5.5)."""
    CHUNKED = "chunked"
    CLOSED = "closed"
    """By the end of the connection."""
    HTTP_1_0 = "HTTP/1.0"


class HeadForm(Enum):
    """The form of the length in a HEAD's response."""

    LENGTH = "length"
    PADDED = "padded"
    NOTHING = "nothing"
    CHUNKED = "chunked"


class Cut(Enum):
    """The part that is missing at the end of each body."""

    NOTHING = "nothing"
    BROKEN = "broken"
    """The connection ends before it should."""
    CLEAN = "clean"
    """The end is as it should be, but some bytes before it are missing: a proxy's doing."""


@dataclass(frozen=True)
class Odd:
    framing: Framing = Framing.LENGTH
    head: HeadForm = HeadForm.LENGTH
    has_md5: bool = True
    """Whether the etag is the MD5."""
    has_checksum: bool = False
    knows_ranges: bool = True
    lists: bool = True
    """Whether listing is allowed."""
    cut: Cut = Cut.NOTHING

    @property
    def says_size(self) -> bool:
        """Say whether some response tells the length of an object."""
        by_get = self.framing in (Framing.LENGTH, Framing.PADDED) and self.cut is not Cut.CLEAN
        return by_get or self.head in (HeadForm.LENGTH, HeadForm.PADDED) or self.lists

    @property
    def is_provable(self) -> bool:
        """Say whether a cut body can be told from a whole one."""
        if self.says_size or self.has_checksum:
            return True
        if self.cut is Cut.CLEAN and self.framing in (Framing.LENGTH, Framing.PADDED):
            return False  # an etag alone may be no MD5, and the length is what came
        return self.has_md5 or (self.cut is Cut.BROKEN and self.framing is Framing.CHUNKED)


@dataclass
class OddStore:
    """The objects, by path, and how they are told of."""

    odd: Odd = field(default_factory=Odd)
    objects: dict[str, bytes] = field(default_factory=dict)
    served: int = 0
    """Bodies that were sent."""
    etag_form: str | None = None
    """As the header has it, with `{md5}` and `{MD5}` in it; by default as `odd` says, in quotes."""
    is_strict: bool = False
    """Whether If-Match never holds for a weak etag (RFC 9110 §13.1.1)."""

    def header(self, data: bytes) -> str | None:
        if self.etag_form is None:
            return f'"{self.etag(data)}"'
        md5 = hashlib.md5(data).hexdigest()
        return self.etag_form.format(md5=md5, MD5=md5.upper()) or None

    def holds(self, condition: str, data: bytes) -> bool:
        etag = self.header(data) or ""
        is_weak = etag.startswith("W/")
        return not (self.is_strict and is_weak) and condition in (etag, f'"{etag}"')

    def etag(self, data: bytes) -> str:
        digest = hashlib.md5(data).hexdigest()
        return digest if self.odd.has_md5 else f"not-{digest[:8]}"

    def headers(self, data: bytes) -> dict[str, str]:
        found = {"last-modified": MODIFIED, "content-type": "text/plain"}
        etag = self.header(data)
        if etag is not None:
            found["etag"] = etag
        if self.odd.has_checksum:
            checksum = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
            found |= {"x-amz-checksum-crc32": checksum, "x-amz-checksum-type": "FULL_OBJECT"}
        return found

    def answer(self, seen: Seen) -> tuple[bytes, bool]:
        """Return what goes on the wire, and whether the connection is over then."""
        path, _, query = seen.target.decode().partition("?")
        asked = parse_qs(query, keep_blank_values=True)
        path = unquote(path)
        if seen.method == "PUT":
            return wire(self._put(path, seen)), False
        if "list-type" in asked:
            return wire(self._list(path, asked["prefix"][0] if "prefix" in asked else "")), False
        if path not in self.objects or "tagging" in asked or "attributes" in asked:
            return wire(error_reply(404, "NoSuchKey"), seen.method), False
        if seen.method == "HEAD":
            return self._head(self.objects[path])
        condition = seen.headers.get("if-match")
        if condition is not None and not self.holds(condition, self.objects[path]):
            return wire(error_reply(412, "PreconditionFailed")), False
        if seen.method == "DELETE":
            del self.objects[path]
            return wire(Reply(204), seen.method), False
        return self._get(self.objects[path], seen.headers.get("range", ""))

    def _quoted(self, path: str) -> str:
        return f'"{self.etag(self.objects[path])}"'

    def _put(self, path: str, seen: Seen) -> Reply:
        source = seen.headers.get("x-amz-copy-source")
        if source is None:
            self.objects[path] = seen.body
            return Reply(headers={"etag": self._quoted(path)})
        self.objects[path] = self.objects["/" + unquote(source).lstrip("/")]
        etag = self.etag(self.objects[path])
        return Reply(body=f"<CopyObjectResult><ETag>&quot;{etag}&quot;</ETag></CopyObjectResult>".encode())

    def _list(self, bucket: str, prefix: str) -> Reply:
        if not self.odd.lists:
            return error_reply(403, "AccessDenied")
        keys = sorted(path.removeprefix(f"{bucket}/") for path in self.objects if path.startswith(bucket))
        rows = "".join(
            f"<Contents><Key>{quote(key)}</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;{self.etag(data)}&quot;</ETag><Size>{len(data)}</Size></Contents>"
            for key in keys
            if key.startswith(prefix)
            for data in [self.objects[f"{bucket}/{key}"]]
        )
        start = "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>"
        return Reply(body=f"{start}{rows}</ListBucketResult>".encode())

    def _head(self, data: bytes) -> tuple[bytes, bool]:
        length = {
            HeadForm.LENGTH: f"content-length: {len(data)}\r\n",
            HeadForm.PADDED: f"content-length: {len(data)} \t\r\n",
            HeadForm.NOTHING: "",
            HeadForm.CHUNKED: "transfer-encoding: chunked\r\n",
        }[self.odd.head]
        return f"HTTP/1.1 200 Odd\r\n{_lines(self.headers(data))}{length}\r\n".encode(), False

    def _get(self, data: bytes, asked: str) -> tuple[bytes, bool]:
        headers, status, body = self.headers(data), 200, data
        if asked and self.odd.knows_ranges:
            first_text, _, last_text = asked.removeprefix("bytes=").partition("-")
            first, last = int(first_text), min(int(last_text or len(data) - 1), len(data) - 1)
            if first > last:
                return wire(error_reply(416, "InvalidRange")), False
            headers |= {"content-range": f"bytes {first}-{last}/{len(data)}"}
            status, body = 206, data[first : last + 1]
        self.served += 1
        return self._framed(status, headers, body)

    def _framed(self, status: int, headers: Mapping[str, str], body: bytes) -> tuple[bytes, bool]:
        framing, cut = self.odd.framing, self.odd.cut
        sent = body if cut is Cut.NOTHING else body[: len(body) - max(1, len(body) // 3)]
        said = len(sent) if cut is Cut.CLEAN else len(body)
        version = "1.0" if framing is Framing.HTTP_1_0 else "1.1"
        start = f"HTTP/{version} {status} Odd\r\n{_lines(headers)}"
        if framing in (Framing.LENGTH, Framing.PADDED):
            pad = " \t" if framing is Framing.PADDED else ""
            is_over = len(sent) < said
            return f"{start}content-length: {said}{pad}\r\n\r\n".encode() + sent, is_over
        if framing is Framing.CHUNKED:
            pieces = [sent[at : at + 50_000] for at in range(0, len(sent), 50_000)]
            chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
            is_over = cut is Cut.BROKEN
            end = b"" if is_over else b"0\r\n\r\n"
            return f"{start}transfer-encoding: chunked\r\n\r\n".encode() + chunks + end, is_over
        return f"{start}connection: close\r\n\r\n".encode() + sent, True


def _lines(headers: Mapping[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())


@asynccontextmanager
async def odd_server(store: OddStore) -> AsyncIterator[ScriptedServer]:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_over = False
        while not is_over:
            seen = await read_request(reader)
            server.requests.append(seen)
            content, is_over = store.answer(seen)
            writer.write(content)
            await writer.drain()
        writer.close()

    async with talking(talk) as server:
        yield server
