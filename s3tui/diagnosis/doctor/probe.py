"""Probes: single requests whose answer is looked at by its root element, not by its status alone.

Servers answer what they do not know with a listing, or with the object's bytes, and 200.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, fromstring

from s3tui.s3.client import S3Client
from s3tui.s3.errors import ServiceError
from s3tui.s3.request.s3_request import S3Request

NOT_KNOWN = frozenset({"NotImplemented", "MethodNotAllowed", "XNotImplemented", "HTTP501", "HTTP405"})
"""The codes of an operation that a server does not have."""


@dataclass(frozen=True, slots=True)
class Probed:
    """The answer to a probe."""

    status: int
    code: str = ""
    """S3's error code; empty where it succeeded."""
    said: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def is_refused(self) -> bool:
        return bool(self.code)

    @property
    def is_lacking(self) -> bool:
        """Say whether the server does not have what was asked for."""
        return self.code in NOT_KNOWN or self.status in (405, 501)

    @property
    def tells_nothing(self) -> bool:
        """Say whether it was refused for another reason: the keys, somebody who writes beside, an outage."""
        return self.status in (401, 403, 409, 429) or (self.status >= 500 and not self.is_lacking)

    @property
    def document(self) -> Element | None:
        """The document without namespaces, `None` where it is none."""
        if b"<!DOCTYPE" in self.body or b"<!ENTITY" in self.body:
            return None
        try:
            root = fromstring(self.body.lstrip())
        except (ParseError, ValueError):
            return None
        for each in root.iter():
            each.tag = each.tag.rpartition("}")[2]
        return root

    @property
    def root(self) -> str:
        """The name of the document's root; empty where there is none."""
        document = self.document
        return "" if document is None else str(document.tag)

    @property
    def evidence(self) -> str:
        return f"{self.status} {self.code}".strip()

    def texts(self, path: str) -> list[str]:
        """Return the texts of the elements at a path below the root, in order."""
        document = self.document
        return [] if document is None else [each.text or "" for each in document.findall(path)]


async def probe(
    s3: S3Client,
    method: str,
    operation: str,
    bucket: str | None = None,
    key: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    payload_hash: str | None = None,
    more: Mapping[str, str] | None = None,
    **query: str,
) -> Probed:
    """Send one request; an error response is an answer, too.

    Args:
        payload_hash: to be signed in place of the body's own.
        more: query pairs as they are.
        query: underscores stand for hyphens.

    Raises: TransportError, CredentialsError, ReadOnly.
    """
    pairs = tuple((name.replace("_", "-"), value) for name, value in query.items())
    pairs += tuple((more or {}).items())
    sent: bytes | _Chunks = body if payload_hash is None else _Chunks(body)
    length = None if payload_hash is None else len(body)
    request = S3Request(
        operation,
        method,
        bucket,
        key,
        pairs,
        dict(headers or {}),
        sent,
        content_length=length,
        payload_hash=payload_hash,
    )
    try:
        response, content = await s3.sender.send(request)
    except ServiceError as error:
        return Probed(error.status, error.code, error.said or "")
    return Probed(response.status_code, headers=response.headers, body=content)


class _Chunks:
    """A body that is sent as a stream, and again if need be."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data
