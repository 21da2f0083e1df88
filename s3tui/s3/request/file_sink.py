"""FileSink: writes the bytes of one object, or of a range of it, into an open file."""

from __future__ import annotations

import os
from collections.abc import Callable

import httpx

from s3tui.s3.checksum import Verifier
from s3tui.s3.errors import PreconditionFailed, RangeIgnored
from s3tui.s3.http.file_section import FileFailed
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.wire import foreign
from s3tui.s3.wire import headers as response_headers
from s3tui.s3.wire.xml import is_weak, quote_etag


class FileSink:
    """Writes the bytes of one object, or of a range of it, into a file as they are received.

    When the connection breaks, `moved` and `continues` say what is still to be asked for.

    Args:
        offset: where the first wanted byte belongs in the file.
        wanted: with a first and a last byte; `None` is the whole object.
        observe: called in the moving thread with the number of bytes that each write took.
    """

    def __init__(
        self,
        bucket: str,
        key: str,
        fd: int,
        offset: int,
        wanted: ByteRange | None,
        observe: Callable[[int], None],
    ) -> None:
        if wanted is not None and (wanted.first is None or wanted.last is None):
            raise ValueError("a file takes a range from a first to a last byte")
        self.moved = 0
        self.head = ObjectHead(None)
        self._bucket = bucket
        self._key = key
        self._fd = fd
        self._offset = offset
        self._observe = observe
        self._first = 0 if wanted is None else wanted.first or 0
        self._last = None if wanted is None else wanted.last
        self._verifier: Verifier | None = None

    @property
    def can_continue(self) -> bool:
        """The rest can be requested: nothing was received yet, or the object has an etag to compare."""
        return not self.moved or self.head.etag is not None

    def continues(self) -> dict[str, str]:
        """Return the headers that request the rest; none, when nothing was received yet."""
        if not self.moved:
            return {}
        rest = ByteRange(first=self._first + self.moved, last=self._last)
        etag = self.head.etag or ""
        asked = {"range": str(rest)}
        return asked if is_weak(etag) else asked | {"if-match": quote_etag(etag)}  # the response is compared

    def begin(self, request: httpx.Request, response: httpx.Response) -> int | None:
        """Check the head of a response before a byte is written; return the length of its body.

        `None`, where only the end of the body tells.

        Raises: ForeignAnswer, RangeIgnored, PreconditionFailed, ProtocolError; nothing was written then.
        """
        foreign.check(request, response)
        headers = response.headers
        head, span = response_headers.object_head(headers), response_headers.content_range(headers)
        first = self._first + self.moved
        is_whole = self._last is None
        if is_whole and self.moved == 0:
            self._verifier = _verifier(response)
        if is_whole and (head.size is not None or span is not None):
            self._last = (head.size or 0) - 1 if span is None else span.last
        elif span is not None and span.total is not None and self._last is not None:
            self._last = min(self._last, span.total - 1)
        # The response decides: some servers send 200 with Content-Range, some ignore the range.
        is_all = span is None and (self._last is None or head.size == self._last + 1)
        if (span.first if span else 0) != first or (span is None and not is_all):
            raise RangeIgnored(
                "the server answered with other bytes than were asked for",
                operation="GetObject",
                bucket=self._bucket,
                key=self._key,
            )
        if self.moved and (head.etag != self.head.etag or response_headers.is_another(head, self.head)):
            raise PreconditionFailed(  # not every product obeys If-Match
                f"s3://{self._bucket}/{self._key} changed while it was read",
                code="PreconditionFailed",
                status=412,
                operation="GetObject",
                bucket=self._bucket,
                key=self._key,
            )
        if not self.moved:
            self.head = head
        return None if self._last is None else self._last + 1 - first

    def write(self, data: memoryview) -> None:
        """Write bytes at the next position of the file.

        Raises: FileFailed.
        """
        view = data
        while view:
            try:
                count = os.pwrite(self._fd, view, self._offset + self.moved)
            except OSError as error:
                raise FileFailed(error) from error
            if self._verifier is not None:
                self._verifier.update(view[:count])
            view = view[count:]
            self.moved += count
            self._observe(count)

    def verify(self) -> None:
        """Verify the checksum, where the object has one and all of it was received.

        Raises: ChecksumMismatch.
        """
        if self._verifier is not None:
            self._verifier.check()


def _verifier(response: httpx.Response) -> Verifier | None:
    expected = response_headers.whole_checksum(response)
    return None if expected is None else Verifier(expected)
