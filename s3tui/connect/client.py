"""Opens the client of a connection: the one place where this run's settings are applied to it.

Whatever asks S3 something for the user does it with a client that is made here, so no way to choose a
connection can lose what the command line, the environment or config.toml said of all of them.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s3tui.config.options import NO_PROXY
from s3tui.connect.connection import Connection, FromKeyring
from s3tui.connect.identity import origin_of
from s3tui.paths import expanded
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.settings import Settings

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials.interaction import Interaction
    from s3tui.s3.retries import RetryQuotas
    from s3tui.s3.sending.sender import Observer


def as_set(connection: Connection, settings: Settings) -> Connection:
    """Return the connection with this run's settings applied; idempotent.

    Where Amazon has no such endpoint, what comes back has an obstacle that says so.
    """
    obstacle = connection.obstacle
    try:
        endpoint = _endpoint_as_set(connection.endpoint, settings)
    except ValueError as error:
        endpoint, obstacle = connection.endpoint, obstacle or str(error)
    return replace(
        connection,
        endpoint=endpoint,
        obstacle=obstacle,
        read_only=connection.read_only or settings.read_only,
        ca_file=settings.ca_bundle or connection.ca_file,
        verify_tls=connection.verify_tls and not settings.no_verify_ssl,
    )


def _endpoint_as_set(endpoint: Endpoint, settings: Settings) -> Endpoint:
    """Apply the settings to an endpoint.

    Raises: ValueError, where Amazon has no such endpoint.
    """
    if settings.addressing is not Addressing.AUTO and not endpoint.accelerate:
        endpoint = replace(endpoint, addressing=settings.addressing)
    if not endpoint.is_aws:
        return endpoint
    made = Endpoint.aws(
        endpoint.region_name,
        addressing=endpoint.addressing,
        dual_stack=endpoint.dual_stack or settings.dual_stack,
        fips=endpoint.fips or settings.fips,
        accelerate=endpoint.accelerate,
    )
    return replace(endpoint, host=made.host, dual_stack=made.dual_stack, fips=made.fips)


def elsewhere(connection: Connection, host: str) -> Connection | None:
    """Return a connection like another one to a host that an answer named; `None` where that is none."""
    scheme = connection.endpoint.scheme
    try:
        endpoint = Endpoint.custom(f"{scheme}://{host}", region=connection.endpoint.region)
    except ValueError:
        return None
    source = connection.credentials
    key = source.access_key if isinstance(source, FromKeyring) else ""
    return Connection(host, endpoint, FromKeyring(key), ca_file=connection.ca_file)


def open_client(
    connection: Connection,
    settings: Settings,
    observer: Observer,
    *,
    interaction: Interaction | None = None,
    quotas: RetryQuotas | None = None,
) -> S3Client:
    """Open a client of the connection with this run's settings. Blocks, perhaps on the keyring's prompt.

    Args:
        interaction: the ways to the user, who may be asked for something when keys are needed.
        quotas: what the retries of all clients of one endpoint are paid from.

    Raises: CredentialsError.
    """
    from s3tui.connect.checksums import call_defaults
    from s3tui.connect.retries import app_id, retry_policy
    from s3tui.connect.store import resolve
    from s3tui.s3.client import S3Client

    wanted = as_set(connection, settings)
    return S3Client(
        wanted.endpoint,
        resolve(wanted, interaction=interaction),
        defaults=call_defaults(wanted, settings),
        retry=retry_policy(wanted),
        read_only=wanted.read_only,
        ca_file=None if wanted.ca_file is None else expanded(wanted.ca_file),
        verify_tls=wanted.verify_tls,
        connect_timeout_s=wanted.client.connect_timeout_s,
        read_timeout_s=wanted.client.read_timeout_s,
        max_connections=wanted.client.max_connections,
        use_proxies=wanted.client.proxy != NO_PROXY,
        proxy=None if wanted.client.proxy in ("", NO_PROXY) else wanted.client.proxy,
        client_cert=expanded(wanted.client.client_cert) if wanted.client.client_cert else None,
        user_agent=wanted.client.user_agent or app_id(wanted),
        observer=observer,
        quota=None if quotas is None else quotas.of(origin_of(wanted.endpoint)),
    )
