"""The sender of all requests: addresses, signs, sends and retries them, and maps their errors.

One loop holds what all operations share: retries with backoff, at most one hop to another region,
one correction of the clock, translation of httpx's exceptions, and a fact for each thing that
happened. Decisions are in `retry`, `region_redirects` and `error_mapping`; this module acts on them.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx

from s3tui.s3 import retries
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.target import SignedWith, Target
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.errors import ReadOnly, S3Error, ServiceError, TransportError
from s3tui.s3.request.request_builder import RequestBuilder
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.retries import Throttled
from s3tui.s3.sending import error_mapping, inquiry, proof, region_redirects
from s3tui.s3.sending.capabilities import Capabilities, Capability, CapabilityObserved
from s3tui.s3.sending.client_config import ClientOptions
from s3tui.s3.sending.clock import Clock, ClockSkewed, complains_about_time
from s3tui.s3.sending.exchange import MAX_ANSWER, Recorder, is_cut, received
from s3tui.s3.sending.inquiry import ReadResponse
from s3tui.s3.sending.region_redirects import RegionMap, RegionRouted
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.sending.resend import check_resendable, may_repeat
from s3tui.s3.sending.sessions import Sessions, knows_none

Fact = RegionRouted | Exchange | ClockSkewed | Throttled | CapabilityObserved
Observer = Callable[[Fact], None]


@dataclass(slots=True)
class _CallState:
    """The progress of one call: its attempts, failures and regions so far."""

    attempt: int = 0
    failures: int = 0
    sent: int = 0
    """Number of failures in all."""
    paid: int = 0
    """The tokens that its last retry took of the endpoint's quota."""
    clock_corrected: bool = False
    keys_renewed: bool = False
    mode_refused: ServiceError | None = None
    """The refusal of a request for a checksum, which was left out then."""
    asked: list[str] = field(default_factory=list)
    """The regions that a redirect sent us away from."""


class Sender:
    """Sends `S3Request`s to one endpoint with one pair of keys; bound to one event loop."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Refreshing | None,
        transport: httpx.AsyncBaseTransport,
        file_transport: httpx.AsyncBaseTransport,
        options: ClientOptions,
        *,
        observer: Observer,
        clock: Clock,
        quota: retries.RetryQuota,
    ) -> None:
        self.endpoint = endpoint
        self.policy = options.retry
        self._refreshing = credentials if isinstance(credentials, Refreshing) else None
        self.credentials = credentials if isinstance(credentials, Credentials) else None
        self.regions = RegionMap(observer)
        self.capabilities = Capabilities(observer, clock.own)
        self.wants_md5: set[str] = set()
        """Buckets that take no body without a proof, as those with Object Lock do."""
        self.pays_for: set[str] = set()
        """Buckets whose requests are agreed to be paid for, where the requester pays."""
        self.slow_downs = 0
        self.slow_downs_of: Counter[str | None] = Counter()
        self.quota = quota
        self._transport = transport
        self._file_transport = file_transport
        self._read_only = options.read_only
        timeouts = {"connect": options.connect_timeout_s, "read": options.read_timeout_s}
        self._builder = RequestBuilder(endpoint, timeouts, options.user_agent)
        self._observer = observer
        self._clock = clock
        self._sessions = Sessions(self.send, clock.now, read_only=options.read_only)

    async def aclose(self) -> None:
        try:
            await self._file_transport.aclose()
        finally:
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

    def _forget_keys(self, bucket: str | None) -> bool:
        """Forget keys that have expired; return whether others can be had."""
        was_session = self._sessions.forget(bucket)
        if self._refreshing is not None and self.credentials is not None:
            self._refreshing.forget(self.credentials)
        return was_session or self._refreshing is not None

    async def signed(self, request: S3Request, region: str) -> tuple[Target, Credentials | None]:
        """Return where a request goes, and the keys that sign it: of a session where there is one."""
        target, credentials = self._builder.target(request, region), await self.current_credentials()
        if credentials is None or request.bucket is None or target.signed_with is not SignedWith.SESSION:
            return target, credentials
        try:
            return target, await self._sessions(request.bucket)
        except S3Error as error:
            if self.endpoint.is_aws or not knows_none(error):
                raise
        self.endpoint = self._builder.endpoint = replace(self.endpoint, directory_buckets=False)
        return self._builder.target(request, region), credentials

    def now(self) -> datetime:
        """Return the server's time, as far as its skew is known."""
        return self._clock.now()

    def heard(self, fact: Fact) -> None:
        """Learn from, and pass on, a fact that another sender to the same endpoint observed."""
        if isinstance(fact, RegionRouted):
            self.regions.reroute(fact)
            return
        if isinstance(fact, CapabilityObserved):
            self.capabilities.learn(fact.capability, fact.is_there, fact.evidence)
            return
        if isinstance(fact, Throttled):
            self.slow_downs += 1
            self.slow_downs_of[fact.bucket] += 1
        self._observer(fact)

    def region_for(self, request: S3Request) -> str:
        return request.region or self.known_region(request.bucket) or self.endpoint.region_of(request.bucket)

    def known_region(self, bucket: str | None) -> str | None:
        """Return the known region of `bucket`, or `None`: the endpoint's own; sends nothing."""
        # Where the endpoint itself has but one region, that is where its buckets are; AWS has many.
        return self.regions.get(bucket) or (None if self.endpoint.is_aws else self.regions.get(None))

    async def send(self, request: S3Request) -> tuple[httpx.Response, bytes]:
        """Send `request`, and read the whole response (at most `MAX_ANSWER` bytes)."""
        return await self._succeed(request, MAX_ANSWER)

    async def read(self, request: S3Request) -> tuple[httpx.Response, bytes]:
        """As `send`, for an object's bytes, without a limit."""
        return await self._succeed(request, None)

    async def open(self, request: S3Request) -> httpx.Response:
        """Send `request`, and return the response with its body still to be read; the caller closes it."""
        response, _ = await self._succeed(request, 0)
        return response

    def check_allowed(self, request: S3Request) -> None:
        """Refuse a write of a read-only client.

        Raises: ReadOnly.
        """
        if not request.is_read:
            self.check_writable(request.operation, request.bucket, request.key)

    def check_writable(self, operation: str, bucket: str | None = None, key: str | None = None) -> None:
        """Refuse a write of several requests before the first of them, which may be a read.

        Raises: ReadOnly, when this client may only read.
        """
        if self._read_only:
            raise ReadOnly(
                f"{operation} was not sent: this connection is read-only",
                operation=operation,
                bucket=bucket,
                key=key,
            )

    async def _succeed(self, request: S3Request, body_limit: int | None) -> tuple[httpx.Response, bytes]:
        self.check_allowed(request)
        if request.bucket in self.pays_for:
            request = replace(request, headers={**request.headers, "x-amz-request-payer": "requester"})
        progress = _CallState()
        while True:
            progress.attempt += 1
            region = self.region_for(request)
            started = time.monotonic()
            landed = 0 if request.sink is None else request.sink.moved
            try:
                answer = await self._exchange(request, region, progress, body_limit)
            except TransportError as error:
                if request.sink is not None and request.sink.moved > landed:
                    progress.failures = 0  # in a row: each byte that came counts as a success
                await self._back_off(request, progress, error, is_worth_it=may_repeat(request, error))
                continue
            if not answer.is_error:
                if progress.mode_refused is not None and not progress.mode_refused.is_page:
                    evidence = proof.evidence_of(progress.mode_refused)
                    self.capabilities.learn(Capability.CHECKSUM_MODE, False, evidence)
                self.quota.give_back(progress.paid)
                if request.bucket is not None and self.regions.get(request.bucket) is None:
                    self.regions.learn(request.bucket, region)
                return answer.response, answer.body
            stands_for_it = await self._recover(request, region, answer, progress, time.monotonic() - started)
            if progress.mode_refused is not None:
                kept = {name: value for name, value in request.headers.items() if name != proof.MODE_HEADER}
                request = replace(request, headers=kept)
            if stands_for_it is not None:
                return stands_for_it.response, stands_for_it.body

    async def _recover(
        self, request: S3Request, region: str, answer: ReadResponse, progress: _CallState, elapsed_s: float
    ) -> ReadResponse | None:
        """Recover from an error response: return `None` to send the request again, or raise the error.

        Returns: another response, where there is one that stands for a successful one.
        """
        ask, was_sent_on = self._asks(region, progress), bool(progress.asked)
        try:
            answer, redirect = await inquiry.understood(ask, request, answer, region, was_sent_on=was_sent_on)
        except TransportError as lost:
            await self._back_off(request, progress, lost, is_worth_it=may_repeat(request, lost))
            return None
        if not answer.is_error:
            return answer
        status, headers, details = answer.response.status_code, answer.response.headers, answer.details
        error = error_mapping.service_error(
            request, status, headers, details, self._access_key, asked=(*progress.asked, region)
        )
        error.is_bare, error.is_alone, error.is_page = answer.is_bare, answer.is_alone, answer.is_page
        if redirect is not None and request.region is None:
            self._reroute(request, region, redirect, progress, error, elapsed_s)
            return None
        if proof.refuses_mode(request.headers, error):
            progress.mode_refused = error
            return None
        if not progress.clock_corrected and self._correct_clock(error.code, answer):
            check_resendable(request, error)
            progress.clock_corrected = True
            return None
        if error.code == "ExpiredToken" and not progress.keys_renewed and self._forget_keys(request.bucket):
            check_resendable(request, error)
            progress.keys_renewed = True
            return None
        wait_s = error.retry_after_s = retries.retry_after_s(headers, self.now())
        if retries.is_throttling(status, error.code):
            self.slow_downs += 1
            self.slow_downs_of[request.bucket] += 1
            self._observer(Throttled(request.operation, request.bucket, self._clock.own(), wait_s))
        is_harmless = request.repeatable or retries.is_refused_untouched(
            status, error.code, is_spelled_out=bool(details)
        )
        is_worth_it = is_harmless and retries.is_retryable(status, error.code)
        await self._back_off(request, progress, error, is_worth_it=is_worth_it, retry_after_s=wait_s)
        return None

    def _reroute(
        self,
        request: S3Request,
        region: str,
        redirect: region_redirects.Redirect,
        progress: _CallState,
        error: ServiceError,
        elapsed_s: float,
    ) -> None:
        """Follow a region redirect, once; the second time raise `error`."""
        if progress.asked:
            self.regions.forget(request.bucket)  # it led nowhere: the next call starts afresh
            raise error
        check_resendable(request, error)
        progress.asked.append(region)
        there, evidence, host = redirect.region, redirect.evidence, self._host(request, region)
        self.regions.reroute(
            RegionRouted(
                request.bucket,
                region,
                there,
                evidence,
                self._clock.own(),
                elapsed_s,
                host,
            )
        )

    def _host(self, request: S3Request, region: str) -> str:
        try:
            return self.endpoint.in_region(region).target(request.bucket, None).authority
        except ValueError:
            return self.endpoint.authority

    def _asks(self, region: str, progress: _CallState) -> inquiry.Ask:
        async def ask(question: S3Request, reads: bool) -> ReadResponse:
            progress.attempt += 1
            return await self._exchange(question, region, progress, MAX_ANSWER if reads else 0)

        return ask

    def _correct_clock(self, code: str, answer: ReadResponse) -> bool:
        """Correct the clock by a response that refuses the request's time; a cache may have aged `Date`."""
        said = answer.details.get("Message", "")
        if self.credentials is None or not complains_about_time(code, said):
            return False
        fact = self._clock.correct(
            answer.details.get("ServerTime", ""), answer.response.headers.get("date", "")
        )
        if fact is not None:
            self._observer(fact)
        return fact is not None

    async def _back_off(
        self,
        request: S3Request,
        progress: _CallState,
        error: S3Error,
        *,
        is_worth_it: bool,
        retry_after_s: float | None = None,
    ) -> None:
        is_timeout = isinstance(error.__cause__, httpx.TimeoutException)
        progress.failures += (self.policy.attempts + 1) // 2 if is_timeout else 1  # each took its time
        progress.sent += 1
        error.tries = progress.sent
        if not is_worth_it or progress.failures >= self.policy.attempts:
            raise error
        check_resendable(request, error)
        paid = self.quota.take(is_timeout=is_timeout)
        if paid is None:
            raise error
        progress.paid = paid
        await asyncio.sleep(self.policy.delay_s(progress.failures, retry_after_s=retry_after_s))

    async def _exchange(
        self, request: S3Request, region: str, progress: _CallState, body_limit: int | None
    ) -> ReadResponse:
        """Send once; return the response and its body, or the beginning of it for an error response."""
        target, credentials = await self.signed(request, region)
        wire = self._builder.build(request, target, credentials, self.now())
        record = Recorder(
            self._observer,
            request,
            region,
            attempt=progress.attempt,
            is_region_hop=bool(progress.asked),
            started_at=self._clock.own(),
            sent=wire.extensions,
            token=None if credentials is None else credentials.session_token,
        )
        try:
            transport = self._transport if request.body_file is None else self._file_transport
            response = await transport.handle_async_request(wire)
            response.request = wire
            record.head_came(response)
            answer = await received(request.operation, wire, response, record, body_limit)
        except httpx.TransportError as error:
            record.close(type(error).__name__)
            raise error_mapping.transport_error(request, self.endpoint, error) from error
        except BaseException as error:  # cancelled, or the source of a streamed body failed
            record.close(type(error).__name__)
            raise
        if body_limit == MAX_ANSWER and not answer.is_error and is_cut(answer.body):
            record.close("cut")
            raise error_mapping.cut_document(request, self.endpoint)
        if body_limit != 0:
            record.close()
        return answer
