"""S3Client: one coroutine per S3 operation, named after it.

    async with S3Client(Endpoint.aws("eu-west-1"), Credentials("AKIA…", "…")) as s3:
        async for page in s3.list_objects("analytics-raw", "logs/", delimiter="/"):
            ...

The operations are in `operations`, a module a resource: those on buckets, and those on objects. What happens
to each request is in `sending.sender`.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from s3tui.s3.address.access_point import is_arn
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Provider, Refreshing
from s3tui.s3.errors import CredentialsError
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.file_transport import FileTransport
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.operations.buckets import BucketOperations
from s3tui.s3.operations.large import LargeObjectOperations
from s3tui.s3.request.options import CallDefaults
from s3tui.s3.request.s3_request import S3Request
from s3tui.s3.retry import DEFAULT_POLICY, RetryPolicy, RetryQuota
from s3tui.s3.sending.client_config import ClientConfig, ClientOptions
from s3tui.s3.sending.clock import Clock, utc_now
from s3tui.s3.sending.object_stream import ObjectBody
from s3tui.s3.sending.sender import Fact, Observer, Sender
from s3tui.s3.signing.presign import PresignedUrl, ResponseOverrides, presign
from s3tui.s3.signing.presign_post import PresignedForm, presign_post

__all__ = ["ObjectBody", "S3Client"]


_NO_DEFAULTS = CallDefaults()


class S3Client(BucketOperations, LargeObjectOperations):
    """An S3 client of one endpoint with one pair of keys; bound to the event loop it is first used in.

    Cancelling a call closes its connection. Errors are those of `s3tui.s3.errors`.

    Args:
        credentials: keys, or a provider that is asked for them before they end; `None` sends anonymous
            requests.
        defaults: what every call says that does not say otherwise: requester pays, expected bucket owner,
            and which checksums are sent and verified.
        read_only: refuse every operation that could change something, with `ReadOnly`, before it is sent.
        connect_timeout_s: from the first packet to the end of the TLS handshake.
        read_timeout_s: how long the server may be silent, or take nothing; a slow transfer is fine.
        max_connections: at most so many sockets at once; further requests wait for one. Up to eight more
            move bodies between a file and the network.
        verify_tls: `False` accepts any certificate, so that anybody on the way can change everything.
        ca_file: PEM file of the certificate authorities to trust, instead of the system's.
        use_proxies: obey HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.
        proxy: the URL of a proxy instead of theirs, for every host.
        client_cert: PEM file of a certificate and its key, shown to servers that ask for one.
        user_agent: words behind our own in the header of that name.
        observer: called in the event loop with each fact: `Exchange`, `RegionRouted`, `ClockSkewed`,
            `Throttled`, `CapabilityObserved`.
        quota: what retries are paid from; to be shared by the clients of one endpoint in one event loop.
        now: the local clock, in UTC.
        transport: another httpx transport than our own, for all but the bodies that go between a file
            and a socket; closed with the client.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Provider | None,
        *,
        defaults: CallDefaults = _NO_DEFAULTS,
        read_only: bool = False,
        retry: RetryPolicy = DEFAULT_POLICY,
        connect_timeout_s: float = 10.0,
        read_timeout_s: float = 60.0,
        max_connections: int = 64,
        verify_tls: bool = True,
        ca_file: Path | None = None,
        use_proxies: bool = True,
        proxy: str | None = None,
        client_cert: Path | None = None,
        user_agent: str = "",
        observer: Observer | None = None,
        quota: RetryQuota | None = None,
        now: Callable[[], datetime] = utc_now,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._defaults = defaults
        self._is_observed = observer is not None
        self._options = options = ClientOptions(
            defaults,
            read_only,
            retry,
            connect_timeout_s,
            read_timeout_s,
            max_connections,
            verify_tls,
            ca_file,
            use_proxies,
            proxy,
            client_cert,
            user_agent,
        )
        self._is_ordinary = transport is None and now is utc_now
        self._config: ClientConfig | None = None
        self._config_changes = 0
        connect_options = ConnectOptions(
            verify_tls, ca_file, endpoint.family.value, use_proxies, proxy, client_cert
        )
        self._pool = ConnectionPool(connect_options, max_connections=max_connections)
        messages = transport or self._pool
        self._sender = Sender(
            endpoint,
            _single_flight(credentials),
            messages,
            FileTransport(messages, connect_options),
            options,
            observer=observer or _ignore,
            clock=Clock(now),
            quota=quota or RetryQuota(),
        )

    @classmethod
    def from_config(
        cls, config: ClientConfig, *, observer: Observer | None = None, quota: RetryQuota | None = None
    ) -> Self:
        """Make a client from a `ClientConfig`; its keys are never renewed."""
        options = {option.name: getattr(config.options, option.name) for option in fields(config.options)}
        client = cls(config.endpoint, config.credentials, observer=observer, quota=quota, **options)
        for bucket, region in config.regions.items():
            client._sender.regions.learn(bucket, region)
        for observed in config.capabilities:
            client.capabilities.take(observed)
        client.sender.pays_for.update(config.pays_for)
        return client

    async def config(self) -> ClientConfig | None:
        """Return the configuration to make this client again in another process, with its current keys.

        It is the same one while these are, and what is known of the endpoint.

        Returns: `None`, for a client with a transport or a clock of its own.
        Raises: CredentialsError.
        """
        if not self._is_ordinary:
            return None
        credentials = await self._sender.current_credentials()
        pays_for = frozenset(self._sender.pays_for)
        is_old = self._config_changes != self.capabilities.changes
        is_old |= self._config is not None and self._config.pays_for != pays_for
        if self._config is None or self._config.credentials is not credentials or is_old:
            self._config_changes = self.capabilities.changes
            self._config = ClientConfig(
                self.endpoint,
                credentials,
                self._options,
                self._sender.regions.known(),
                self.capabilities.known(),
                self._is_observed,
                pays_for,
            )
        return self._config

    def heard(self, fact: Fact) -> None:
        """Learn from a fact that a client made from this one's configuration observed."""
        self._sender.heard(fact)

    @property
    def sender(self) -> Sender:
        """The sender of its requests, for those that no operation makes."""
        return self._sender

    @property
    def endpoint(self) -> Endpoint:
        return self._sender.endpoint

    @property
    def verifies_tls(self) -> bool:
        """The server's certificate is verified; over plain http there is none."""
        return self._options.verify_tls and self.endpoint.scheme == "https"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; calls that are under way fail."""
        await self._sender.aclose()

    def expecting_owner(self, account: str | None) -> Self:
        """Return this client in another guise: its calls fail unless the bucket is of that account.

        It shares connections and all that is learned; only the client itself is closed.
        """
        if account is None:
            return self
        guise = copy(self)
        guise._defaults = replace(self._defaults, expected_bucket_owner=account)
        return guise

    async def account(self) -> str | None:
        """Return the number of the account of Amazon's that the keys belong to, as far as they tell it.

        Raises: CredentialsError.
        """
        credentials = await self._sender.current_credentials()
        return None if credentials is None or not self.endpoint.is_aws else credentials.account

    @property
    def slow_downs(self) -> int:
        """Number of throttled responses so far (`SlowDown`); each was retried, as the policy allows."""
        return self._sender.slow_downs

    @property
    def is_connecting(self) -> bool:
        """True while a connection is made; any thread may ask."""
        return self._pool.is_connecting

    def slow_downs_of(self, bucket: str) -> int:
        """As `slow_downs`, for requests to one bucket."""
        return self._sender.slow_downs_of[bucket]

    def region_of(self, bucket: str) -> str | None:
        """Return the region that `bucket` is known to be in, or `None`; sends nothing."""
        return self._sender.known_region(bucket)

    def forget_region(self, bucket: str) -> None:
        """Forget the region of `bucket`: the next response tells it."""
        self._sender.regions.forget(bucket)

    async def presign(
        self,
        method: str,
        bucket: str,
        key: str,
        *,
        expires_s: int = 3600,
        version_id: str | None = None,
        overrides: ResponseOverrides | None = None,
        content_type: str | None = None,
        only_if_new: bool = False,
    ) -> PresignedUrl:
        """Return a presigned URL: whoever holds it may do `method` on an object.

        Sends nothing. Signed for the region that is known of the bucket: call `head_bucket` first when
        none is.

        Args:
            method: GET, HEAD, PUT or DELETE.
            expires_s: cut to seven days, and to the end of the session; `expires_at` tells the outcome.
            content_type: of a PUT; the bearer must send just this one.
            only_if_new: of a PUT; the bearer must send `If-None-Match: *`, so that nothing is overwritten.

        Raises: CredentialsError, for an anonymous client; ValueError, for what no URL can do; ReadOnly.
        Source: S3 API Reference, *Authenticating Requests: Using Query Parameters*.
        """
        endpoint, credentials = await self._signer(S3Request("Presign", method, bucket, key))
        return presign(
            method,
            endpoint,
            bucket,
            key,
            credentials=credentials,
            at=self._sender.now(),
            expires_s=expires_s,
            version_id=version_id,
            overrides=overrides,
            content_type=content_type,
            only_if_new=only_if_new,
        )

    async def presign_post(
        self,
        bucket: str,
        key: str,
        *,
        expires_s: int = 3600,
        content_type: str | None = None,
        max_size: int | None = None,
    ) -> PresignedForm:
        """Return a presigned form: whoever holds it may upload a file by a POST, from a browser too.

        Sends nothing, and needs the bucket's region, as `presign` does.

        Args:
            key: one that ends in `${filename}` allows every key that begins with what stands before it.
            expires_s: cut to seven days, and to the end of the session; `expires_at` tells the outcome.
            content_type: the bearer must send just this one.
            max_size: bytes of the largest file that is taken; not every storage provider checks it.

        Raises: CredentialsError, for an anonymous client; ValueError, for what no form can do; ReadOnly.
        Source: S3 API Reference, *Browser-Based Uploads Using POST*.
        """
        endpoint, credentials = await self._signer(S3Request("Presign", "POST", bucket, key))
        return presign_post(
            endpoint,
            bucket,
            key,
            credentials=credentials,
            at=self._sender.now(),
            expires_s=expires_s,
            content_type=content_type,
            max_size=max_size,
        )

    async def _signer(self, request: S3Request) -> tuple[Endpoint, Credentials]:
        """Return what a presigned request is signed for, and the keys to sign it with."""
        if not request.is_read:
            self._sender.check_writable("Presign", request.bucket, request.key)
        region = self._sender.region_for(request)
        _, credentials = await self._sender.signed(request, region)
        if credentials is None:
            raise CredentialsError("an anonymous connection cannot sign a URL")
        return self.endpoint if is_arn(request.bucket) else self.endpoint.in_region(region), credentials


def _single_flight(credentials: Credentials | Provider | None) -> Credentials | Refreshing | None:
    if credentials is None or isinstance(credentials, Credentials | Refreshing):
        return credentials
    return Refreshing(credentials)


def _ignore(fact: Fact) -> None:
    pass
