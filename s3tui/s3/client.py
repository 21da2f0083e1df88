"""S3Client: one coroutine per S3 operation, named after it.

    async with S3Client(Endpoint.aws("eu-west-1"), Credentials("AKIA…", "…")) as s3:
        async for page in s3.list_objects("analytics-raw", "logs/", delimiter="/"):
            ...

The operations are in `operations`, a module a resource: those on buckets, and those on objects. What happens
to each request is in `sending.sender`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

import httpx

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.bucket import BucketHandle
from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Provider, Refreshing
from s3tui.s3.http.connect_options import ConnectOptions
from s3tui.s3.http.file_transport import FileTransport
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.operations.buckets import BucketOperations
from s3tui.s3.operations.large import LargeObjectOperations
from s3tui.s3.operations.small_objects import SmallObjects
from s3tui.s3.request.options import CallDefaults, CallOptions
from s3tui.s3.retries import DEFAULT_POLICY, RetryPolicy, RetryQuota
from s3tui.s3.sending.client_config import ClientConfig, ClientOptions
from s3tui.s3.sending.clock import Clock, utc_now
from s3tui.s3.sending.fast_path import FastPath
from s3tui.s3.sending.object_stream import ObjectBody
from s3tui.s3.sending.sender import Fact, Observer, Sender

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
        messages, observe, clock = transport or self._pool, observer or _ignore, Clock(now)
        self._sender = Sender(
            endpoint,
            _single_flight(credentials),
            messages,
            FileTransport(messages, connect_options),
            options,
            observer=observe,
            clock=clock,
            quota=quota or RetryQuota(),
        )
        self._fast_path: FastPath | None = None
        if transport is None:  # another one is given each request
            self._fast_path = FastPath(self._sender, self._pool, options, observe, clock)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **options: Any) -> Self:
        """Make a client of the endpoint, the region and the keys that the AWS tools would use here.

        Args:
            environ: by default this process's.
            options: those of the client itself.

        Keys are looked for when they are first needed.

        Raises: ValueError, where the settings contradict each other; CredentialsError, where there is no such
            profile as AWS_PROFILE names.
        """
        from s3tui.s3.credentials.endpoint_settings import endpoint_from
        from s3tui.s3.credentials.profiles import default_provider

        env = os.environ if environ is None else environ
        return cls(endpoint_from(env), default_provider(env), **options)

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
    def options(self) -> ClientOptions:
        """The arguments that it was made with, but for endpoint and keys."""
        return self._options

    @property
    def sender(self) -> Sender:
        """The sender of its requests, for those that no operation makes."""
        return self._sender

    @property
    def endpoint(self) -> Endpoint:
        return self._sender.endpoint

    @property
    def small_objects(self) -> SmallObjects:
        """The fast path for small objects, which transfers of many go first."""
        return SmallObjects(self._sender, self._fast_path, self._defaults)

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
    def keys(self) -> Credentials | None:
        """The keys that signed last, which may have ended; `None` before the first request."""
        return self._sender.credentials

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

    async def create_bucket(
        self,
        bucket: str,
        *,
        region: str | None = None,
        acl: str | None = None,
        object_lock: bool = False,
        ownership: str | None = None,
        **call: Unpack[CallOptions],
    ) -> BucketHandle:
        """Create `bucket` in `region`, by default the endpoint's own, and return a handle on it.

        One that is there already is a conflict, whoever owns it: where S3 would not say so of your own, as in
        us-east-1, it is looked for first.

        Args:
            acl: a canned ACL; S3 refuses all but `private` unless `ownership` allows them.
            object_lock: let versions be locked; also turns versioning on, for good.
            ownership: `BucketOwnerEnforced` (S3's default), `BucketOwnerPreferred` or `ObjectWriter`.

        Raises: BucketAlreadyExists, AccessDenied, TransportError.
        Source: S3 API Reference, CreateBucket.
        """
        await self._make_bucket(bucket, region, acl, object_lock, ownership, call)
        return BucketHandle(self, bucket)

    async def get_bucket(self, bucket: str, **call: Unpack[CallOptions]) -> BucketHandle:
        """Check that the bucket exists, and return a handle on it.

        Raises: NoSuchBucket, AccessDenied, TransportError.
        Source: S3 API Reference, HeadBucket.
        """
        await self.head_bucket(bucket, **call)
        return BucketHandle(self, bucket)


def _single_flight(credentials: Credentials | Provider | None) -> Credentials | Refreshing | None:
    if credentials is None or isinstance(credentials, Credentials | Refreshing):
        return credentials
    return Refreshing(credentials)


def _ignore(fact: Fact) -> None:
    pass
