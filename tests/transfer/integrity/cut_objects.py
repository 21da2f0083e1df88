"""A server of one object that was uploaded in parts, which tells more or less of how it was cut.

What it answers is written after *GetObjectAttributes*, *HeadObject* (`partNumber`), *ListObjectsV2* and
*ListObjectVersions* in the Amazon S3 API Reference.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from urllib.parse import parse_qs

from s3tui.s3.client import S3Client
from s3tui.s3.retries import RetryPolicy
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted


def in_parts(data: bytes, sizes: Sequence[int]) -> list[bytes]:
    return [data[end - size : end] for size, end in zip(sizes, accumulate(sizes), strict=True)]


def etag_of(data: bytes, sizes: Sequence[int]) -> str:
    """Return the etag that S3 gives: the MD5 over those of the parts, and how many there are."""
    digests = b"".join(hashlib.md5(part).digest() for part in in_parts(data, sizes))
    return f"{hashlib.md5(digests).hexdigest()}-{len(sizes)}"


def crc32_of(data: bytes) -> str:
    return base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


def composite_of(data: bytes, sizes: Sequence[int]) -> str:
    """Return the composite CRC32 (*Checking object integrity*, S3 User Guide)."""
    digests = b"".join(zlib.crc32(part).to_bytes(4, "big") for part in in_parts(data, sizes))
    return f"{crc32_of(digests)}-{len(sizes)}"


@dataclass
class CutObject:
    """`b/k`, of version `v`."""

    data: bytes
    sizes: Sequence[int]
    etag: str = ""
    tells_attributes: bool = True
    attributes: Sequence[int] | None = None
    """The sizes that GetObjectAttributes gives; else the true ones."""
    attributes_etag: str | None = None
    knows_part_numbers: bool = True
    has_content_range: bool = True
    refused_parts: frozenset[int] = frozenset()
    lists: bool = True
    keys: Sequence[str] = ("k", "k2")
    asked: list[str] = field(default_factory=list)
    """Every question: `attributes`, `part 1`, `list k`, `versions k`, `bytes`; some with ` of v`."""

    def __post_init__(self) -> None:
        self.etag = self.etag or etag_of(self.data, self.sizes)

    def answer(self, seen: Seen) -> Reply:
        path, _, text = seen.target.decode().partition("?")
        query = parse_qs(text, keep_blank_values=True)
        if path.rstrip("/") != ("/b" if {"versions", "list-type"} & set(query) else "/b/k"):
            return error_reply(404, "NoSuchKey")
        of = " of v" if query.get("versionId") == ["v"] else ""
        if "attributes" in query:
            self.asked.append(f"attributes{of}")
            return self._attributes()
        if "partNumber" in query:
            number = int(query["partNumber"][0])
            self.asked.append(f"part {number}{of}")
            return self._part(number)
        if "versions" in query or "list-type" in query:
            name = "versions" if "versions" in query else "list"
            self.asked.append(f"{name} {query['prefix'][0]}")
            return self._list(name) if self.lists else error_reply(403, "AccessDenied")
        self.asked.append(f"bytes{of}")
        if seen.headers.get("if-match") not in (None, f'"{self.etag}"', self.etag):
            return error_reply(412, "PreconditionFailed")
        return Reply(headers={"etag": f'"{self.etag}"'}, body=self.data)

    def _attributes(self) -> Reply:
        if not self.tells_attributes:
            return error_reply(403, "AccessDenied")
        sizes = self.sizes if self.attributes is None else self.attributes
        parts = "".join(
            f"<Part><PartNumber>{number}</PartNumber><Size>{size}</Size></Part>"
            for number, size in enumerate(sizes, 1)
        )
        body = (
            f"<GetObjectAttributesResponse><ETag>{self.attributes_etag or self.etag}</ETag>"
            f"<ObjectParts><IsTruncated>false</IsTruncated>{parts}</ObjectParts>"
            f"<ObjectSize>{len(self.data)}</ObjectSize></GetObjectAttributesResponse>"
        )
        return Reply(body=body.encode())

    def _part(self, number: int) -> Reply:
        whole = {"etag": f'"{self.etag}"', "content-length": str(len(self.data))}
        if not self.knows_part_numbers:
            return Reply(headers=whole)
        if number in self.refused_parts:
            return Reply(403)
        end, size = list(accumulate(self.sizes))[number - 1], self.sizes[number - 1]
        headers = {**whole, "x-amz-mp-parts-count": str(len(self.sizes)), "content-length": str(size)}
        if self.has_content_range:
            headers["content-range"] = f"bytes {end - size}-{end - 1}/{len(self.data)}"
        return Reply(206, headers)

    def _list(self, name: str) -> Reply:
        row, rest = ("Version", "<IsLatest>true</IsLatest>") if name == "versions" else ("Contents", "")
        rows = "".join(
            f"<{row}><Key>{key}</Key>{version}{rest}<LastModified>2026-11-20T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></{row}>"
            for key in self.keys
            for version, etag, size in (
                (("<VersionId>new</VersionId>", "other", 1),) if name == "versions" else ()
            )
            + (("<VersionId>v</VersionId>" if name == "versions" else "", self.etag, len(self.data)),)
        )
        root = "ListVersionsResult" if name == "versions" else "ListBucketResult"
        more = "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"
        more += "<NextKeyMarker>k9</NextKeyMarker><NextVersionIdMarker>v9</NextVersionIdMarker>"
        return Reply(body=f"<{root}>{more}{rows}</{root}>".encode())


@asynccontextmanager
async def served(stored: CutObject) -> AsyncIterator[S3Client]:
    async with (
        scripted(stored.answer) as server,
        S3Client(server.endpoint, KEYS, retry=RetryPolicy(attempts=1)) as client,
    ):
        yield client
