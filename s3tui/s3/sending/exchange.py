"""One HTTP exchange: its response is read and its bodies are counted, and a record is made at the end."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

import httpx

from s3tui.s3.errors import ProtocolError
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.secret import Secret
from s3tui.s3.sending import error_mapping
from s3tui.s3.sending.inquiry import ReadResponse
from s3tui.s3.sending.request_log import NOTHING, Exchange
from s3tui.s3.wire import foreign, redaction, xml

MAX_ANSWER = 32 * 1024 * 1024
"""Most bytes of a document: a page of 1 000 keys, each 1 024 bytes and percent-encoded, is a tenth of it."""
_MAX_ERROR = 256 * 1024
# S3 says 200 to a copy or a completion before it knows, and may put an error into the body after that,
# behind white space that kept the connection alive.
_LATE_ERROR = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?xml[^>]*>)?(?:\s|<!--.*?-->)*<(?:\w+:)?Error(?:Response)?[\s>/]", re.DOTALL
)
_BLANKS = b"\xef\xbb\xbf \t\r\n"
_NEAR = 256
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*>\s*|<!--.*?-->\s*)*<(?P<name>[^\s<>/!?]+)(?P<tag>[^>]*)>", re.DOTALL
)
"""The root's tag, behind declarations and comments."""


class Recorder:
    """Collects the fields of one `Exchange`, and gives it to the observer once.

    Args:
        sent: `origin`, `target` and `headers` of the request, as `RequestBuilder` makes them.
    """

    def __init__(
        self,
        observer: Callable[[Exchange], None],
        request: S3Request,
        region: str,
        *,
        attempt: int,
        is_region_hop: bool,
        started_at: datetime,
        sent: Mapping[str, Any],
        token: Secret | None = None,
    ) -> None:
        self.bytes_received = 0
        self._observer: Callable[[Exchange], None] | None = observer
        self._request = request
        self._region = region
        self._attempt = attempt
        self._is_region_hop = is_region_hop
        self._started_at = started_at
        self._sent = sent
        self._token = token
        self._started = time.monotonic()
        self._status: int | None = None
        self._headers: Iterable[tuple[bytes, bytes]] = ()
        self._head_s: float | None = None
        self._landed = 0 if request.sink is None else request.sink.moved

    def head_came(self, response: httpx.Response) -> None:
        headers = response.extensions.get("headers")
        self.answered(response.status_code, response.headers.raw if headers is None else headers)
        self._head_s = response.extensions.get("head_at", time.monotonic()) - self._started

    def answered(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Note the head of a response that came just now."""
        self._status, self._headers = status, headers
        self._head_s = time.monotonic() - self._started

    def close(self, error: str | None = None, details: Mapping[str, str] | None = None) -> None:
        """End the record, once.

        Args:
            error: the failure in one word, such as S3's code or an exception's name.
            details: the children of the `Error` document.
        """
        if self._observer is None:
            return
        observer, self._observer = self._observer, None
        request, body = self._request, self._request.body
        if request.sink is not None:
            self.bytes_received += request.sink.moved - self._landed
        # By position: names cost as much again as all of it.
        observer(
            Exchange(
                request.operation,
                request.method,
                request.bucket,
                request.key,
                self._region,
                self._status,
                self._started_at,
                time.monotonic() - self._started,
                len(body) if isinstance(body, bytes) else request.content_length or 0,
                self.bytes_received,
                self._attempt,
                error,
                self._head_s,
                self._is_region_hop,
                self._sent["origin"],
                self._sent["target"],
                self._sent["headers"],
                b"\n".join(chain.from_iterable(self._headers)),
                self._token,
                redaction.kept_details(details) if details else NOTHING,
            )
        )


class RecordedStream(httpx.AsyncByteStream):
    """The body of a response that the caller reads; its end closes the record.

    An iterator rather than a generator: one that is left half-way costs the loop a task to finish it.
    """

    def __init__(self, inner: httpx.AsyncByteStream, record: Recorder) -> None:
        self._inner = inner
        self._record = record
        self._chunks = aiter(inner)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            chunk = await anext(self._chunks)
        except httpx.TransportError as error:
            self._record.close(type(error).__name__)
            raise
        self._record.bytes_received += len(chunk)
        return chunk

    async def aclose(self) -> None:
        self._record.close()
        await self._inner.aclose()


def is_cut(body: bytes) -> bool:
    """Say whether `body` is a truncated XML document: its root never ends, e.g. because the sender died."""
    start = _ROOT.match(body)
    if start is None:
        begins = body[:_NEAR].lstrip(_BLANKS)  # not even the root's tag is there
        return begins.startswith(b"<") and not begins.startswith(b"<!")
    if start["tag"].endswith(b"/"):
        return False
    name = start["name"]
    end = body.rfind(b"</" + name)
    return end < 0 or b">" not in body[end:]


async def received(
    operation: str, wire: httpx.Request, response: httpx.Response, record: Recorder, body_limit: int | None
) -> ReadResponse:
    """Read a response: an error's beginning, else all of it; with a limit of 0, its head alone.

    Args:
        record: closed here for an error; where only the head is read, by the end of its stream.
        body_limit: `MAX_ANSWER`, for a document; `None`, for an object's bytes.

    Raises: httpx.TransportError, also for a response that is not S3's; ProtocolError.
    """
    is_error, is_document = response.status_code >= 300, body_limit == MAX_ANSWER
    if not is_error and operation in foreign.OPERATIONS:
        await _refuse_foreign(wire, response)
    if not is_error and body_limit == 0:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = RecordedStream(response.stream, record)
        return ReadResponse(response)
    body = await read_body(response, record, _MAX_ERROR if is_error else body_limit, cuts=is_error)
    if is_error:
        foreign.check_error(wire, response, body, operation)
    elif is_document:
        foreign.check_document(wire, response, body, operation)
    if not is_error and not (is_document and _LATE_ERROR.match(body)):
        return ReadResponse(response, body)
    details = xml.parse_error(body) if body else {}
    record.close(error_mapping.error_code(response.status_code, details), details)
    is_bare, is_page = foreign.is_bare(response, body), foreign.is_page(response, body)
    return ReadResponse(response, b"", True, details, is_bare=is_bare, is_page=is_page)


async def _refuse_foreign(wire: httpx.Request, response: httpx.Response) -> None:
    try:
        foreign.check(wire, response)
    except foreign.ForeignAnswer:
        await response.aclose()
        raise


async def read_body(
    response: httpx.Response, record: Recorder, limit: int | None, *, cuts: bool = False
) -> bytes:
    """Read the whole body of a response, and close it.

    Args:
        limit: at most so many bytes; what is longer raises ProtocolError, or is cut when it `cuts`.
    """
    chunks: list[bytes] = []
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    try:
        async for chunk in stream:
            record.bytes_received += len(chunk)
            chunks.append(chunk)
            if limit is not None and record.bytes_received > limit:
                if cuts:
                    break
                raise ProtocolError(f"the server's answer is longer than {limit} bytes; no S3 document is")
    finally:
        await response.aclose()
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
