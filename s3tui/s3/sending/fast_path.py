"""The fast path of small requests: sent from a template straight to the connection pool.

It knows one outcome: all of a success came, and shows that it is S3's. Anything else is dropped, recorded as
every exchange is, and the caller sends the request again as all others are sent: so errors, retries and
redirects have one code. For that, only what may be sent twice goes this way, and what a retry would wait and
pay for is waited and paid for here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from time import monotonic

import httpx

from s3tui.s3 import retries
from s3tui.s3.errors import S3Error
from s3tui.s3.http.http11 import IncomingResponse
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.request.request_builder import RequestBuilder
from s3tui.s3.request.request_template import RequestTemplate
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.retries import Throttled
from s3tui.s3.sending import error_mapping
from s3tui.s3.sending.client_config import ClientOptions
from s3tui.s3.sending.clock import Clock
from s3tui.s3.sending.exchange import Recorder
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.sending.sender import Sender
from s3tui.s3.signing.sigv4 import EMPTY_PAYLOAD
from s3tui.s3.wire import xml

_REST_S = 1.0
"""After a failure all goes the ordinary way for so long: what ails one request ails its neighbours."""
_LONG_REST_S = 600.0
"""As `_REST_S`, after a success that is odd: likely all of them are, and each would be asked for twice."""
_TEMPLATES = 256
MAX_BODY = 256 * 1024
"""Bytes of the largest body that comes this way."""
HeaderPairs = tuple[tuple[str, str], ...]


class FastPath:
    """Sends small requests for a `Sender`, whose keys, regions and clock it uses."""

    def __init__(
        self,
        sender: Sender,
        pool: ConnectionPool,
        options: ClientOptions,
        observer: Callable[[Exchange], None],
        clock: Clock,
    ) -> None:
        self._sender = sender
        self._pool = pool
        self._options = options
        self._builder = RequestBuilder(sender.endpoint, {}, options.user_agent)
        self._observer = observer
        self._clock = clock
        self._templates: dict[tuple[object, ...], RequestTemplate] = {}
        self._rests_until = 0.0

    async def send(
        self,
        operation: str,
        method: str,
        bucket: str,
        key: str,
        fixed: HeaderPairs,
        values: Mapping[str, str],
        body: bytes = b"",
        *,
        query: HeaderPairs = (),
    ) -> IncomingResponse | None:
        """Send a request that may be repeated; return its response, when it is a success with an etag.

        The response to a GET may have `MAX_BODY` bytes, every other one none.

        Args:
            fixed: headers that others have too; one whose value is `OPEN` stands in `values`.

        Returns: `None`, when it is to be sent the ordinary way, whatever became of it.
        """
        sender = self._sender
        if not key or monotonic() < self._rests_until or sender.quota.is_used_up:
            return None
        if bucket in sender.pays_for:
            fixed = (*fixed, ("x-amz-request-payer", "requester"))
        request = S3Request(operation, method, bucket, key, query, values, body)
        try:
            sender.check_allowed(request)
            credentials = await sender.current_credentials()
            region = sender.region_for(request)
            shape = (method, bucket, region, fixed, query)
            template = self._templates.get(shape)
            if template is None or template.credentials is not credentials:
                if len(self._templates) >= _TEMPLATES:
                    self._templates.clear()
                like = S3Request(operation, method, bucket, key, query, dict(fixed))
                template = self._builder.template(like, region, credentials)
                if template is None:
                    return None
                self._templates[shape] = template
        except (S3Error, ValueError):
            return None  # the ordinary way meets it again, and says so
        payload_hash = hashlib.sha256(body).hexdigest() if body else EMPTY_PAYLOAD
        head = template.head(key, values, payload_hash, sender.now())
        record = Recorder(
            self._observer,
            request,
            region,
            attempt=1,
            is_region_hop=False,
            started_at=self._clock.own(),
            sent={"origin": template.origin, "target": head.target, "headers": head.headers},
            token=None if credentials is None else credentials.session_token,
        )
        try:
            answer = await self._pool.send(
                template.url,
                method,
                head.target,
                head.fields,
                body,
                at_most=MAX_BODY,
                connect_s=self._options.connect_timeout_s,
                read_s=self._options.read_timeout_s,
            )
        except httpx.TransportError as error:
            self._failed(record, type(error).__name__)
            await self._back_off(is_timeout=isinstance(error, httpx.TimeoutException))
            return None
        except BaseException as error:  # cancelled
            record.close(type(error).__name__)
            raise
        record.answered(answer.status, answer.headers)
        record.bytes_received = answer.buffered
        if not 200 <= answer.status < 300:
            details = xml.parse_error(b"".join(answer.chunks))
            code = error_mapping.error_code(answer.status, details)
            wait_s = retries.retry_after_s(httpx.Headers(answer.headers, encoding="latin-1"), sender.now())
            if retries.is_throttling(answer.status, code):
                sender.heard(Throttled(operation, bucket, self._clock.own(), wait_s))
            self._failed(record, code, details)
            if retries.is_retryable(answer.status, code):
                await self._back_off(wait_s)
            return None
        if (answer.buffered and not request.is_read) or not any(
            name.lower() == b"etag" for name, _ in answer.headers
        ):
            self._failed(record, "unexpected", rest_s=_LONG_REST_S)
            return None
        record.close()
        sender.quota.give_back(0)
        if sender.regions.get(bucket) is None:
            sender.regions.learn(bucket, region)
        return answer

    def _failed(
        self,
        record: Recorder,
        error: str,
        details: Mapping[str, str] | None = None,
        *,
        rest_s: float = _REST_S,
    ) -> None:
        record.close(error, details)
        self._rests_until = max(self._rests_until, monotonic() + rest_s)

    async def _back_off(self, retry_after_s: float | None = None, *, is_timeout: bool = False) -> None:
        """Pay for the second try, and wait until it may be made."""
        self._sender.quota.take(is_timeout=is_timeout)
        await asyncio.sleep(self._sender.policy.delay_s(1, retry_after_s=retry_after_s))
