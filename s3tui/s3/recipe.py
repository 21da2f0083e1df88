"""What it takes to make the same client again, in another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from s3tui.s3.capabilities import CapabilityObserved
from s3tui.s3.credentials import Credentials
from s3tui.s3.endpoint import Endpoint
from s3tui.s3.options import CallDefaults
from s3tui.s3.retry import RetryPolicy


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


@dataclass(frozen=True, slots=True)
class ClientRecipe:
    """A client as it is now; can be pickled. It holds the secret, so it goes to processes of ours only."""

    endpoint: Endpoint
    credentials: Credentials | None
    options: ClientOptions
    regions: Mapping[str, str] = field(default_factory=dict)
    """The region of each bucket, as far as it is known."""
    capabilities: tuple[CapabilityObserved, ...] = ()
    """What the endpoint was seen to do so far."""
    is_observed: bool = False
    """Whether anybody wants to know of each exchange."""
