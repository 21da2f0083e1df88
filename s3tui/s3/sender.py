"""The way of every request: address, sign, send, and understand the answer.

One loop holds what all operations share: retries with backoff, at most one hop to another region,
one correction of the clock, translation of httpx's exceptions, and a fact for each thing that
happened. Decisions are in `retry`, `routing` and `explain`; this module acts on them.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from s3tui import __version__
from s3tui.s3 import explain, retry, routing, sigv4, xml
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.endpoint import Endpoint
from s3tui.s3.errors import ProtocolError, ReadOnly, S3Error, SlowDown, TransportError
from s3tui.s3.ledger import Exchange
from s3tui.s3.request import S3Request
from s3tui.s3.routing import RegionMap, RegionRouted

MAX_ANSWER = 32 * 1024 * 1024
"""No S3 document is longer: a page of 1 000 keys, each 1 024 bytes and percent-encoded, is a tenth of it."""
_MAX_ERROR = 256 * 1024
_TOLERATED_SKEW_S = 300.0  # S3 refuses beyond 15 minutes; some products are stricter
_USER_AGENT = f"s3tui/{__version__}"


@dataclass(frozen=True, slots=True)
class ClockSkewed:
    """A fact: this machine's clock is off, and signatures are corrected for it from now on."""

    skew_s: float
    """How far the server's clock is ahead of ours."""


Fact = RegionRouted | Exchange | ClockSkewed
Observer = Callable[[Fact], None]


@dataclass(slots=True)
class _Progress:
    """What one call has been through so far."""

    attempt: int = 0
    failures: int = 0
    hopped: bool = False
    clock_corrected: bool = False
    keys_renewed: bool = False


class Sender:
    """Sends `S3Request`s to one endpoint with one pair of keys; bound to one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Refreshing | None,
        transport: httpx.AsyncBaseTransport,
        *,
        read_only: bool,
        policy: retry.RetryPolicy,
        connect_timeout_s: float,
        read_timeout_s: float,
        observer: Observer,
    ) -> None:
        self.endpoint = endpoint
        self._refreshing = credentials if isinstance(credentials, Refreshing) else None
        self.credentials = credentials if isinstance(credentials, Credentials) else None
        self.regions = RegionMap(observer)
        self.slow_downs = 0
        self._transport = transport
        self._read_only = read_only
        self._policy = policy
        self._timeout = {"connect": connect_timeout_s, "read": read_timeout_s}
        self._observer = observer
        self._skew = timedelta(0)

    async def aclose(self) -> None:
        await self._transport.aclose()

    @property
    def _access_key(self) -> str | None:
        return None if self.credentials is None else self.credentials.access_key

    async def current_credentials(self) -> Credentials | None:
        """Return the keys to sign with now, `None` for an anonymous client.

        Raises: CredentialsError, when there should be some and there are none.
        """
        if self._refreshing is not None:
            self.credentials = await self._refreshing()
        return self.credentials

    def now(self) -> datetime:
        """Return the time as the server has it, as far as that is known."""
        return datetime.now(UTC) + self._skew

    def region_for(self, request: S3Request) -> str:
        return request.region or self.regions.get(request.bucket) or self.endpoint.region_of(request.bucket)

    async def send(self, request: S3Request) -> tuple[httpx.Response, bytes]:
        """Send `request`, and read the answer whole (at most `MAX_ANSWER` bytes)."""
        response, body = await self._succeed(request, MAX_ANSWER)
        return response, body

    async def read(self, request: S3Request) -> tuple[httpx.Response, bytes]:
        """Like `send`, for an object's bytes: as many as there are."""
        return await self._succeed(request, None)

    async def open(self, request: S3Request) -> httpx.Response:
        """Send `request`, and return the answer with its body still to be read; the caller closes it."""
        response, _ = await self._succeed(request, 0)
        return response

    def check_allowed(self, request: S3Request) -> None:
        """Raises: ReadOnly, when this client may only read and `request` could change something."""
        if self._read_only and not request.is_read:
            raise ReadOnly(
                f"{request.operation} was not sent: this connection is read-only",
                operation=request.operation,
                bucket=request.bucket,
                key=request.key,
            )

    async def _succeed(self, request: S3Request, body_limit: int | None) -> tuple[httpx.Response, bytes]:
        self.check_allowed(request)
        progress = _Progress()
        while True:
            progress.attempt += 1
            region = self.region_for(request)
            started = time.monotonic()
            try:
                response, body = await self._exchange(request, region, progress.attempt, body_limit)
            except TransportError as error:
                await self._back_off(request, progress, error, retryable=_may_repeat(request, error))
                continue
            if response.status_code < 300 and not _is_late_error(body, body_limit):
                if request.bucket is not None and self.regions.get(request.bucket) is None:
                    self.regions.learn(request.bucket, region)
                return response, body
            await self._recover(request, region, response, body, progress, time.monotonic() - started)

    async def _recover(
        self,
        request: S3Request,
        region: str,
        response: httpx.Response,
        body: bytes,
        progress: _Progress,
        elapsed_s: float,
    ) -> None:
        """Return when the same request is worth sending again; raise when it is not."""
        details = xml.parse_error(body) if body else {}
        if not details and request.method == "HEAD" and response.status_code in (400, 403):
            details = await self._ask_why(request, region, progress)
        error = explain.service_error(
            request,
            response.status_code,
            response.headers,
            details,
            self._access_key,
        )
        self.slow_downs += isinstance(error, SlowDown)
        redirect = routing.find_redirect(
            response.status_code, details.get("Code", ""), response.headers, details, used=region
        )
        if redirect is not None and request.bucket is not None and not progress.hopped:
            progress.hopped = True
            self.regions.reroute(
                RegionRouted(
                    request.bucket, region, redirect.region, redirect.evidence, datetime.now(UTC), elapsed_s
                )
            )
            _check_unsent(request, error)
            return
        if not progress.clock_corrected and self._correct_clock(response):
            progress.clock_corrected = True
            _check_unsent(request, error)
            return
        if error.code == "ExpiredToken" and self._refreshing is not None and not progress.keys_renewed:
            progress.keys_renewed = True
            if self.credentials is not None:
                self._refreshing.forget(self.credentials)
            _check_unsent(request, error)
            return
        await self._back_off(
            request, progress, error, retry.is_retryable(error.status, error.code), _retry_after_s(response)
        )

    async def _ask_why(self, request: S3Request, region: str, progress: _Progress) -> dict[str, str]:
        """HEAD is answered without a body: the same question as a GET says why it was refused."""
        progress.attempt += 1
        if request.key is None:
            question = S3Request(
                request.operation, "GET", request.bucket, query=(("list-type", "2"), ("max-keys", "0"))
            )
        else:
            headers = {**request.headers, "range": "bytes=0-0"}
            question = S3Request(
                request.operation, "GET", request.bucket, request.key, request.query, headers
            )
        try:
            _, body = await self._exchange(question, region, progress.attempt, _MAX_ERROR)
        except S3Error:
            return {}  # the first answer stands as it is
        return xml.parse_error(body)

    def _correct_clock(self, response: httpx.Response) -> bool:
        if response.status_code not in (400, 403) or self.credentials is None:
            return False
        try:
            server_time = parsedate_to_datetime(response.headers.get("date", ""))
        except ValueError:
            return False
        if server_time.tzinfo is None:
            return False
        skew = server_time - datetime.now(UTC)
        if abs((skew - self._skew).total_seconds()) < _TOLERATED_SKEW_S:
            return False
        self._skew = skew
        self._observer(ClockSkewed(skew.total_seconds()))
        return True

    async def _back_off(
        self,
        request: S3Request,
        progress: _Progress,
        error: S3Error,
        retryable: bool,
        retry_after_s: float | None = None,
    ) -> None:
        progress.failures += 1
        if not retryable or progress.failures >= self._policy.attempts:
            raise error
        _check_unsent(request, error)
        await asyncio.sleep(self._policy.delay_s(progress.failures, retry_after_s=retry_after_s))

    async def _exchange(
        self, request: S3Request, region: str, attempt: int, body_limit: int | None
    ) -> tuple[httpx.Response, bytes]:
        """Send once; return the answer and its body, or the beginning of it when it is an unhappy one."""
        await self.current_credentials()
        wire = self.sign(request, region)
        started_at, started = datetime.now(UTC), time.monotonic()
        status: int | None = None
        failure: str | None = None
        response: httpx.Response | None = None
        try:
            response = await self._transport.handle_async_request(wire)
            status = response.status_code
            if status >= 300:
                return response, await _read(response, _MAX_ERROR, cut=True)
            if body_limit == 0:
                return response, b""
            return response, await _read(response, body_limit)
        except httpx.TransportError as error:
            failure = type(error).__name__
            raise transport_error(request, self.endpoint, error) from error
        finally:
            headers = httpx.Headers() if response is None else response.headers
            self._observer(
                Exchange(
                    operation=request.operation,
                    method=request.method,
                    bucket=request.bucket,
                    key=request.key,
                    region=region,
                    status=status,
                    started_at=started_at,
                    elapsed_s=time.monotonic() - started,
                    bytes_sent=int(wire.headers.get("content-length", "0")),
                    bytes_received=_content_length(headers) if request.method != "HEAD" else 0,
                    attempt=attempt,
                    request_id=headers.get("x-amz-request-id"),
                    error=failure,
                )
            )

    def sign(self, request: S3Request, region: str) -> httpx.Request:
        """Return `request` as it goes on the wire, signed for `region` (not signed without credentials)."""
        target = self.endpoint.in_region(region).target(request.bucket, request.key)
        query = sigv4.canonical_query(request.query)
        headers = {
            "host": target.authority,
            "user-agent": _USER_AGENT,
            "accept-encoding": "identity",
            **request.headers,
        }
        if isinstance(request.body, bytes):
            payload_hash = hashlib.sha256(request.body).hexdigest() if request.body else sigv4.EMPTY_PAYLOAD
            if request.body or not request.is_read:
                headers["content-length"] = str(len(request.body))
        else:
            # Its hash is known only when it was sent.
            payload_hash = request.payload_hash or sigv4.UNSIGNED_PAYLOAD
            headers["content-length"] = str(request.content_length)
        if self.credentials is not None:
            headers |= sigv4.authorization(
                request.method,
                target.path,
                query,
                headers,
                credentials=self.credentials,
                region=region,
                at=self.now(),
                payload_hash=payload_hash,
            )
        raw_target = f"{target.path}?{query}" if query else target.path
        return httpx.Request(
            request.method,
            f"{target.scheme}://{target.authority}/",
            headers=headers,
            content=request.body,
            extensions={"target": raw_target.encode(), "timeout": self._timeout},
        )


class OnceBody:
    """A body that comes from an iterator: it can be sent again only while nothing of it was taken."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.started = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.started = True
        async for chunk in self._chunks:
            yield chunk


def _check_unsent(request: S3Request, error: S3Error) -> None:
    if isinstance(request.body, OnceBody) and request.body.started:
        raise error


def _may_repeat(request: S3Request, error: TransportError) -> bool:
    """Without an answer nobody knows whether the request took effect, unless it never left."""
    return request.repeatable or isinstance(error.__cause__, httpx.ConnectError | httpx.ConnectTimeout)


def transport_error(request: S3Request, endpoint: Endpoint, error: httpx.TransportError) -> TransportError:
    """Say in a sentence why no answer came."""
    where = endpoint.authority
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError() if "ertificate" in str(error):
            said = f"the TLS certificate of {where} cannot be trusted: {error}"
        case httpx.ConnectTimeout():
            said = f"{where} does not answer: the connection timed out"
        case httpx.ConnectError() | httpx.ProxyError():
            said = f"{where} cannot be reached: {error}"
        case httpx.TimeoutException():
            said = f"{where} stopped answering: nothing came for a while"
        case _:
            said = f"the connection to {where} broke: {error}"
    return TransportError(said, operation=request.operation, bucket=request.bucket, key=request.key)


async def _read(response: httpx.Response, limit: int | None, *, cut: bool = False) -> bytes:
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in response.aiter_raw():
            size += len(chunk)
            chunks.append(chunk)
            if limit is not None and size > limit:
                if cut:
                    break
                raise ProtocolError(f"the server's answer is longer than {limit} bytes; no S3 document is")
    finally:
        await response.aclose()
    return b"".join(chunks)


def _is_late_error(body: bytes, body_limit: int | None) -> bool:
    # S3 says 200 to a copy or a completion before it knows, and may put an error into the body after that.
    return body_limit == MAX_ANSWER and b"<Error" in body[:2048]


def _content_length(headers: httpx.Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isdigit() and text.isascii() else 0


def _retry_after_s(response: httpx.Response) -> float | None:
    text = response.headers.get("retry-after", "")
    return float(text) if text.isdigit() and text.isascii() else None
