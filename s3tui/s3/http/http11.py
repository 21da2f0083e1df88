"""One HTTP/1.1 connection of the connection pool: one exchange at a time (RFC 9112).

The parser is llhttp, by way of httptools. This module adds what a parser cannot know: that a response to a
HEAD has no body, that the end of a connection can be the end of a response, the timeouts, and that a body is
not read any more.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from typing import Protocol, cast

import httptools
import httpx

from s3tui.s3.http import heads

Body = bytes | AsyncIterable[bytes]

SLICE = 256 * 1024
"""Bytes of one write to the socket: more would hold the loop for too long."""
_AT_ONCE = 32 * 1024  # a body that the socket's buffer takes in one write, whatever the other side does
_READ_AHEAD = 256 * 1024
_MAX_HEAD = 256 * 1024
_CONSENT_S = 5.0  # RFC 9110 §10.1.1: a client should not wait for `100 Continue` for ever
_BODYLESS = frozenset((204, 304))  # RFC 9112 §6.3


class NoConsent(httpx.ReadTimeout):
    """The server sent neither `100 Continue` nor a response; nothing of the body was sent."""


class ConnectionOwner(Protocol):
    """The owner of connections (the pool), told when one is free or closed."""

    def freed(self, connection: Http11Connection) -> None:
        """Take note that an exchange is over; `connection` can carry another one while it is usable."""

    def lost(self, connection: Http11Connection) -> None:
        """Take note that the socket of `connection` is closed."""


class IncomingResponse:
    """The response of one exchange, as far as it was received."""

    __slots__ = (
        "buffered",
        "chunks",
        "failure",
        "has_body",
        "has_head",
        "headers",
        "is_complete",
        "news",
        "status",
    )

    def __init__(self, *, has_body: bool) -> None:
        self.has_body = has_body
        """The method allows a body."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: deque[bytes] = deque()
        """The part of its body that was received, and not taken yet."""
        self.buffered = 0
        self.has_head = False
        self.is_complete = False
        self.failure: httpx.TransportError | None = None
        """Why it will never be complete."""
        self.news: asyncio.Future[None] | None = None

    def tell(self, _: object = None) -> None:
        """Wake the task that waits for `news`."""
        if self.news is not None and not self.news.done():
            self.news.set_result(None)

    @property
    def ends_with_connection(self) -> bool:
        """The body ends with the connection: no length or chunks say where (RFC 9112 §6.3)."""
        fields = {name.lower(): value for name, value in self.headers}
        coding = fields.get(b"transfer-encoding")
        is_open = b"content-length" not in fields if coding is None else not _is_chunked(coding)
        return self.has_head and is_open


class Http11Connection(asyncio.Protocol):
    """An open connection; made by `Connector`, bound to its event loop."""

    def __init__(self, owner: ConnectionOwner, place: object) -> None:
        self.place = place
        """The origin whose requests it can carry."""
        self._owner = owner
        self._is_closed = False
        self._loop = asyncio.get_running_loop()
        self._parser = _parser(self)
        self._answer: IncomingResponse | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._head = bytearray()
        """The bytes received until the head of the response is complete."""
        self._is_untidy = False
        """The parser refused a part of it."""
        self._is_agreed = False
        """The server sent `100 Continue`."""
        self._is_sent = False
        self._room: asyncio.Future[None] | None = None
        self._is_full = False
        self._is_paused = False
        self._patience_s = 0.0
        self._deadline: float | None = None
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def is_usable(self) -> bool:
        return not (self._is_closed or self._transport.is_closing())

    async def exchange(
        self, head: bytes, body: Body, *, method: str, expects: bool, timeout_s: float | None
    ) -> IncomingResponse:
        """Send a request; return its response as soon as its head is complete.

        Args:
            head: the request line and the headers, with the empty line.
            expects: send `body` only when the server consents.
            timeout_s: how long the server may be silent, or take nothing.

        Raises: httpx.ReadTimeout, WriteTimeout, ReadError, RemoteProtocolError; NoConsent; what the source
            of `body` raises.
        """
        answer = self._answer = IncomingResponse(has_body=method != "HEAD")
        self._head.clear()
        self._is_untidy = self._is_agreed = self._is_sent = False
        try:
            if isinstance(body, bytes) and (not body or (len(body) <= _AT_ONCE and not expects)):
                self._is_sent = True
                self._transport.write(head + body)
            else:
                self._transport.write(head)
                if expects:
                    await self._await_consent(answer, timeout_s)
                if not answer.has_head:
                    await self._send_until_answered(answer, body, timeout_s)
            while not answer.has_head:
                if answer.failure is not None:
                    raise answer.failure
                await self._wait(answer, timeout_s)
        except BaseException:
            self.give_up(answer)
            raise
        return answer

    async def more(self, answer: IncomingResponse, timeout_s: float | None) -> None:
        """Wait until more of the body of `answer` was received, or it ended or failed."""
        if self._answer is answer:
            await self._wait(answer, timeout_s)

    def take(self, answer: IncomingResponse) -> bytes:
        """Return the next chunk of a body; there must be one."""
        chunk = answer.chunks.popleft()
        answer.buffered -= len(chunk)
        if self._is_paused and answer.buffered < _READ_AHEAD and self._answer is answer:
            self._resume()
        return chunk

    def give_up(self, answer: IncomingResponse) -> None:
        """Give up the rest of `answer`. Does nothing when there is none: others use the connection."""
        if self._answer is answer:
            self.abort()

    def abort(self) -> None:
        """Close it at once: a polite end of a TLS session waits for the other side."""
        if not self._is_closed:
            self._transport.abort()
            self._close()

    # What the exchange waits for

    async def _await_consent(self, answer: IncomingResponse, timeout_s: float | None) -> None:
        while not (self._is_agreed or answer.has_head):
            if isinstance(answer.failure, httpx.ReadTimeout):
                raise NoConsent("the server says nothing about the body that was announced")
            if answer.failure is not None:
                raise answer.failure
            await self._wait(answer, _CONSENT_S if timeout_s is None else min(_CONSENT_S, timeout_s))

    async def _send_until_answered(
        self, answer: IncomingResponse, body: Body, timeout_s: float | None
    ) -> None:
        sending = self._loop.create_task(self._send(body, timeout_s))
        sending.add_done_callback(answer.tell)
        try:
            while not (sending.done() or answer.has_head or answer.failure is not None):
                await self._wait(answer, None)
            if sending.done():
                await sending  # raises what stopped it
        finally:
            if not sending.done():
                sending.cancel()
                await asyncio.wait({sending})  # it may hold a file that is about to be closed

    async def _send(self, body: Body, timeout_s: float | None) -> None:
        async with aclosing(_slices(body)) as slices:
            async for data in slices:
                if self._is_closed:
                    return
                self._transport.write(data)
                await self._drain(timeout_s)
        self._is_sent = True

    async def _drain(self, timeout_s: float | None) -> None:
        if not self._is_full or self._is_closed:
            return
        self._room = self._loop.create_future()
        try:
            async with asyncio.timeout(timeout_s):
                await self._room
        except TimeoutError:
            raise httpx.WriteTimeout("the other side takes no more") from None
        finally:
            self._room = None

    async def _wait(self, answer: IncomingResponse, timeout_s: float | None) -> None:
        """Wait for news of the response; it fails after `timeout_s` without any."""
        answer.news = self._loop.create_future()
        if timeout_s is not None:
            self._be_patient(timeout_s)
        try:
            await answer.news
        finally:
            answer.news = None
            if self._answer is answer:  # else it carries another exchange already
                self._deadline = None

    def _be_patient(self, seconds: float) -> None:
        self._patience_s = seconds
        self._deadline = self._loop.time() + seconds
        if self._alarm is not None and self._alarm.when() > self._deadline:
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            # It stays when news come: most exchanges are over long before, and setting one costs time.
            self._alarm = self._loop.call_at(self._deadline, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        if self._deadline is None:
            return
        if self._loop.time() < self._deadline:
            self._alarm = self._loop.call_at(self._deadline, self._ring)
        else:
            self._fail(httpx.ReadTimeout("nothing came for a while"))

    # asyncio's callbacks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        if answer is None:
            self.abort()  # no request is in flight
            return
        if self._deadline is not None:
            self._deadline = self._loop.time() + self._patience_s
        if not answer.has_head:
            self._head += data
        try:
            self._read(answer, data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(httpx.RemoteProtocolError(_why_unreadable(error, data)))
        except heads.UnclearLength as error:
            self._fail(error)
        if answer.has_head:
            self._head.clear()
        elif len(self._head) > _MAX_HEAD:
            self._fail(httpx.RemoteProtocolError(f"its headers are longer than {_MAX_HEAD} bytes"))
        answer.tell()

    def _read(self, answer: IncomingResponse, data: bytes) -> None:
        """Feed `data` to the parser; of a head that it refuses, the tidied one."""
        if not self._is_untidy:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError:
                if answer.has_head or not heads.begins_well(self._head):
                    raise
                self._is_untidy = True
            else:
                return
        elif b"\n" not in data:
            return
        rest, self._parser = bytes(self._head), _parser(self)
        while not answer.has_head:
            parts = heads.split(rest)
            if parts is None:
                return  # some of it is still to come
            head, rest = parts
            self._parser.feed_data(heads.tidied(head))
        self._is_untidy = False
        if rest and self._answer is answer:
            self._parser.feed_data(rest)
        elif rest:
            self.abort()  # a body that may not be

    def eof_received(self) -> None:
        if self._answer is None:
            self.abort()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._make_room()

    def connection_lost(self, error: Exception | None) -> None:
        answer = self._answer
        if answer is not None and not self._is_closed:
            if answer.has_head and error is None and answer.ends_with_connection:
                answer.is_complete = True
            else:
                answer.failure = _why_lost(answer, error)
        self._close()
        self._owner.lost(self)

    # The parser's callbacks

    def on_message_begin(self) -> None:
        if self._answer is None:
            self.abort()  # a response without a request
        self._headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        answer, status = self._answer, self._parser.get_status_code()
        if answer is None or status < 200:
            return
        heads.check(self._headers)  # the parser takes a length that no body has
        answer.status, answer.headers, answer.has_head = status, self._headers, True
        self._headers = []  # for trailers, which are not read
        if not answer.has_body or status in _BODYLESS:
            is_kept = self._parser.should_keep_alive()
            self._parser = _parser(self)  # the old one waits for a body
            self._complete(answer, is_kept=is_kept)

    def on_body(self, chunk: bytes) -> None:
        answer = self._answer
        if answer is None:
            self.abort()  # a body that may not be
            return
        answer.chunks.append(chunk)
        answer.buffered += len(chunk)
        if answer.buffered > _READ_AHEAD and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._answer is None:
            return
        if not self._answer.has_head:  # only an interim response (RFC 9110 §15.2)
            self._is_agreed = self._is_agreed or self._parser.get_status_code() == 100
            return
        self._complete(self._answer, is_kept=self._parser.should_keep_alive())

    # How an exchange ends

    def _complete(self, answer: IncomingResponse, *, is_kept: bool) -> None:
        answer.is_complete = True
        self._answer = self._deadline = None
        if self._is_paused:
            self._resume()
        if not (is_kept and self._is_sent) or self._transport.get_write_buffer_size():
            self.abort()
        self._owner.freed(self)

    def _fail(self, error: httpx.TransportError) -> None:
        if self._answer is not None:
            self._answer.failure = error
        self.abort()

    def _close(self) -> None:
        """Close the connection."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        answer, self._answer = self._answer, None
        if answer is not None:
            if not answer.is_complete and answer.failure is None:
                answer.failure = httpx.ReadError("it was closed")
            answer.tell()
            self._owner.freed(self)
        self._make_room()

    def _resume(self) -> None:
        self._is_paused = False
        self._transport.resume_reading()

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)


async def _slices(body: Body) -> AsyncGenerator[bytes | memoryview]:
    if isinstance(body, bytes):
        for start in range(0, len(body), SLICE):
            yield memoryview(body)[start : start + SLICE]
        return
    async for chunk in body:
        if len(chunk) <= SLICE:
            yield chunk
            continue
        for start in range(0, len(chunk), SLICE):
            yield memoryview(chunk)[start : start + SLICE]


def _parser(connection: Http11Connection) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(connection)
    # Servers write such, and other clients take it.
    parser.set_dangerous_leniencies(
        lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
    )
    return parser


def _is_chunked(coding: bytes) -> bool:
    return coding.rpartition(b",")[2].strip().lower() == b"chunked"


def _why_unreadable(error: Exception, data: bytes) -> str:
    if data.startswith(b"\x15\x03"):  # an alert (RFC 8446 §5.1)
        return "it speaks TLS on that port; is the endpoint an https:// one?"
    if isinstance(error, httptools.HttpParserUpgrade):
        return "it wants to speak another protocol"
    said = error.args[0] if error.args else ""
    return said.decode("latin-1") if isinstance(said, bytes) else str(said)


def _why_lost(answer: IncomingResponse, error: Exception | None) -> httpx.TransportError:
    if error is not None:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return httpx.ReadError(said.lower() if isinstance(error, OSError) else said)
    if answer.has_head:
        return httpx.RemoteProtocolError("the body ended too early")
    return httpx.ReadError("the server closed it without an answer")
