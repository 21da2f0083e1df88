"""Client configurations: values that make the same client again, in another process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.credentials import Credentials
from s3tui.s3.request.options import CallDefaults
from s3tui.s3.retries import RetryPolicy
from s3tui.s3.sending.capabilities import CapabilityObserved


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """The arguments of an `S3Client` that mean the same in every process; see there."""

    defaults: CallDefaults
    read_only: bool
    retry: RetryPolicy
    connect_timeout_s: float
    read_timeout_s: float
    max_connections: int
    verify_tls: bool
    ca_file: Path | None
    use_proxies: bool
    proxy: str | None = field(repr=False)  # it may hold a password
    client_cert: Path | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """The state of a client: endpoint, keys, options, known regions and capabilities; can be pickled.

    Pickling reveals the secret, which no other type does: it goes to processes of ours only.
    """

    endpoint: Endpoint
    credentials: Credentials | None
    options: ClientOptions
    regions: Mapping[str | None, str] = field(default_factory=dict)
    """The known regions by bucket; `None`: of the endpoint itself."""
    capabilities: tuple[CapabilityObserved, ...] = ()
    """The capabilities that were observed so far."""
    is_observed: bool = False
    """The client has an observer, to be told of each exchange."""
    pays_for: frozenset[str] = frozenset()
    """Buckets whose requests are agreed to be paid for."""

    def __reduce__(self) -> tuple[Callable[..., ClientConfig], tuple[object, ...]]:
        keys = self.credentials
        revealed = None
        if keys is not None:
            token = keys.session_token and keys.session_token.reveal()
            revealed = (keys.access_key, keys.secret_key.reveal(), token, keys.expires_at, keys.source)
        others = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "credentials"}
        return _unpickled, (revealed, others)


def _unpickled(
    keys: tuple[str, str, str | None, datetime | None, str] | None, others: dict[str, Any]
) -> ClientConfig:
    return ClientConfig(credentials=None if keys is None else Credentials(*keys), **others)
