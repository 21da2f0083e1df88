"""The identity behind a connection's keys: by STS where there is one, by the owner's id elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.connect.aws_settings import profile_of
from s3tui.connect.connection import Connection, FromChain, FromEnvironment, FromProfile
from s3tui.s3.address.region import partition_of
from s3tui.s3.credentials.shared_files import ignores_endpoint_urls
from s3tui.s3.errors import CredentialsError, S3Error

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """The identity behind keys, their source and their end, as far as they are known."""

    access_key: str | None = None
    """`None`: requests are not signed."""
    source: str = ""
    """The place that the keys are from, in words."""
    expires_at: datetime | None = None
    is_renewable: bool = True
    account: str = ""
    arn: str = ""
    """The user or role, from STS."""
    owner: str = ""
    """The owner's id, from a list of buckets."""
    why_unknown: str = ""
    """The reason that STS did not tell."""

    @property
    def words(self) -> str:
        """The identity in one sentence; empty where nothing is known. Not terminal-safe."""
        if self.access_key is None:
            return "Requests are anonymous."
        who = self.arn or (f"account {self.account}" if self.account else "")
        who = who or (f"owner {self.owner}" if self.owner else "")
        ends = f", until {self.expires_at:%Y-%m-%d %H:%M} UTC" if self.expires_at is not None else ""
        return f"The keys are of {who}{ends}." if who else ""


async def who_am_i(
    client: S3Client, connection: Connection, environ: Mapping[str, str] | None = None
) -> WhoAmI:
    """Ask whose keys a client signs with. In the client's event loop only.

    Raises: CredentialsError, where there are none.
    """
    env = os.environ if environ is None else environ
    config = await client.config()
    keys = client.keys if config is None else config.credentials
    if keys is None:
        return WhoAmI()
    known = (keys.access_key, keys.source, keys.expires_at, keys.is_renewable)
    why, url = "", _sts_url(connection, env)
    if url is not None:
        from s3tui.s3.credentials.sts import Sts

        try:
            told = await Sts(url, connection.endpoint.region, _ca_file(connection)).caller_identity(keys)
            return WhoAmI(*known, told.account, told.arn)
        except CredentialsError as error:
            why = error.message
    try:
        if client.known_owner() is None:
            await client.list_buckets()
    except S3Error as error:
        why = why or error.message
    return WhoAmI(*known, owner=client.known_owner() or "", why_unknown=why)


def _ca_file(connection: Connection) -> str | None:
    return None if connection.endpoint.is_aws else connection.ca_file


def _sts_url(connection: Connection, environ: Mapping[str, str]) -> str | None:
    """Return the URL of the STS that belongs to an endpoint; `None`: there is none that we know of.

    The environment's is for keys that the AWS tools have: no others are shown to it.
    """
    profile, region = profile_of(connection, environ), connection.endpoint.region
    is_theirs = isinstance(connection.credentials, FromEnvironment | FromChain | FromProfile)
    if is_theirs and not ignores_endpoint_urls(environ, profile):
        own = environ.get("AWS_ENDPOINT_URL_STS") or environ.get("AWS_ENDPOINT_URL")
        configured = own or (None if profile is None else profile.url_of("sts"))
        if configured:
            return configured.rstrip("/")
    if not connection.endpoint.is_aws:
        return None
    return f"https://sts.{region}.{partition_of(region).dns_suffix}"
