"""The identity of a connection, endpoint and account, by which all is kept that outlives a screen.

A connection's name is none: `env` is another account tomorrow, and two servers may both be called MinIO.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    FromSso,
    Given,
)
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.region import AWS, PARTITIONS, Partition, Region, partition_of
from s3tui.s3.credentials import SharedFiles
from s3tui.s3.credentials.shared_files import profile_in
from s3tui.s3.credentials.surroundings import has_container, has_web_identity
from s3tui.s3.errors import CredentialsError

_TEMPORARY = "ASIA"
"""The prefixes of temporary access keys at Amazon, and at servers that follow it."""
_NUMBER = re.compile(r":[0-9]{12}:| of [0-9]{12}$", re.ASCII)
"""An account's number, in a role's ARN or behind its name."""
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class Identity:
    """An endpoint and an account there. The region is no part of it."""

    endpoint: str
    """Scheme, host, port and path, in one form: `https://s3.amazonaws.com`, `http://127.0.0.1:9000`."""
    account: str
    """As far as it is known without asking: `key AKIA…`, `role arn:…`, `profile work`, `anonymous`."""

    def __str__(self) -> str:
        return f"{self.endpoint} {self.account}"

    @property
    def words(self) -> str:
        """The identity for people; not terminal-safe."""
        return f"{self.endpoint}, {self.account}"

    @classmethod
    def parse(cls, text: str) -> Self:
        endpoint, _, account = text.partition(" ")
        return cls(endpoint, account)

    @property
    def is_at_amazon(self) -> bool:
        return any(self.endpoint == _amazon(partition) for partition in PARTITIONS)

    @property
    def tells_account(self) -> bool:
        """Say whether it is always the same account: a key is of one, and Amazon's roles are.

        What a profile's program, a container or a machine gives may be of another account tomorrow.
        """
        if self.account.startswith("role "):
            return self.is_at_amazon and _NUMBER.search(self.account) is not None
        return self.account.startswith("key ") or self.account == "anonymous"

    def may_be(self, other: Identity) -> bool:
        """Return whether the two can be one account whose temporary key was renewed: only the user knows."""
        keys = (each.account.removeprefix("key ") for each in (self, other))
        return self.endpoint == other.endpoint and all(map(is_temporary, keys))


@dataclass(frozen=True, slots=True)
class Handle:
    """A transfer's reference to a connection: the name that is shown, and the identity that counts."""

    name: str
    identity: Identity | None
    """`None` in rows that were written before identities were kept."""
    owner: str | None = None
    """The account's canonical id, where the server had told it."""
    client: str | None = None
    """The open client: where the identity does not tell the account, only the same client surely has it."""

    def __str__(self) -> str:
        told = [] if self.identity is None else [str(self.identity), self.owner or "", self.client or ""]
        # A name in somebody's file must not end its field, and go on with another identity.
        fields = [field.replace(_BETWEEN, " ") for field in (self.name, *told)]
        return _BETWEEN.join(fields).rstrip(_BETWEEN)

    def is_surely(self, other: Handle) -> bool:
        """Return whether the two are known to be one account; what is not known is not sure."""
        if self.identity is None or other.identity is None or self.differs(other.owner):
            return False
        # Elsewhere many servers name one owner to everybody.
        is_one_owner = self.owner is not None and self.owner == other.owner and self.identity.is_at_amazon
        if self.identity != other.identity:
            return is_one_owner and self.identity.may_be(other.identity)
        is_one_client = self.client is not None and self.client == other.client
        return self.identity.tells_account or is_one_owner or is_one_client

    def differs(self, owner: str | None) -> bool:
        """Return whether the account is known to be another one: a profile may lead elsewhere tomorrow."""
        return None not in (self.owner, owner) and self.owner != owner

    @property
    def words(self) -> str:
        """The connection for people; not terminal-safe."""
        return self.name if self.identity is None else f"{self.name}: {self.identity.words}"

    @classmethod
    def parse(cls, text: str) -> Self:
        name, *more = text.split(_BETWEEN)
        if not more:
            return cls(name, None)
        owner, client = (*more[1:], "", "")[:2]
        return cls(name, Identity.parse(more[0]), owner or None, client or None)


def is_temporary(access_key: str) -> bool:
    """Return whether it is a temporary access key, which expires and needs a session token."""
    return access_key.startswith(_TEMPORARY)


def identity_of(connection: Connection, environ: Mapping[str, str] | None = None) -> Identity:
    """Return the identity of a connection. For a profile, this reads the AWS tools' files."""
    env = os.environ if environ is None else environ
    return Identity(origin_of(connection.endpoint), account_of(connection.credentials, env))


def origin_of(endpoint: Endpoint) -> str:
    """Return the canonical form of an endpoint: the same text however it was written. Pure.

    All regional hosts of Amazon's are one, with FIPS or without: they serve the same buckets.
    """
    partition = partition_of(endpoint.region) if endpoint.is_aws else _partition_at(endpoint)
    if partition is not None:
        return _amazon(partition)
    host = endpoint.host.lower().rstrip(".")
    host = f"[{_one_form(host)}]" if ":" in host else host
    port = "" if endpoint.port is None else f":{endpoint.port}"
    return f"{endpoint.scheme}://{host}{port}{endpoint.base_path}"


def _amazon(partition: Partition) -> str:
    shares_its_hosts = partition is not AWS and partition.dns_suffix == AWS.dns_suffix
    return f"https://s3.{partition.dns_suffix}{f'#{partition.id}' if shares_its_hosts else ''}"


def _partition_at(endpoint: Endpoint) -> Partition | None:
    """Return the AWS partition that a typed URL leads to; `None` where it is not Amazon's."""
    host = endpoint.host.lower().rstrip(".")
    if not host.startswith("s3") or endpoint.base_path or endpoint.port is not None:
        return None
    if host == f"s3.{AWS.dns_suffix}":
        return AWS
    region = Region.of_host(host)
    return None if region is None else region.partition


def _one_form(address: str) -> str:
    try:
        return ipaddress.ip_address(address).compressed
    except ValueError:  # with a zone
        return address


def account_of(source: CredentialsSource, environ: Mapping[str, str]) -> str:
    """Return the account of a connection's keys, in a form that outlives their renewal where possible."""
    match source:
        case FromKeyring(access_key):
            return _key(access_key)
        case Given(credentials):
            return _key(credentials.access_key)
        case FromSso(account=account, role=role):
            return f"role {role} of {account}"
        case FromProfile(profile):
            return _of_profile(profile, environ)
        case FromChain():
            return _of_chain(environ)
        case FromEnvironment():
            key_id = environ.get("AWS_ACCESS_KEY_ID")
            return _key(key_id) if key_id else "environment"
        case Anonymous():
            return "anonymous"


def _of_chain(environ: Mapping[str, str]) -> str:
    """The account of the first provider in the AWS tools' chain, as far as known without asking."""
    if key_id := environ.get("AWS_ACCESS_KEY_ID"):
        return _key(key_id)
    try:
        files = SharedFiles.read(environ)
    except CredentialsError:
        return "this machine's keys"
    name = profile_in(environ) or "default"
    profile = files.profiles.get(name)
    is_role = profile is not None and profile.signs_by == "role_arn"
    if has_web_identity(environ, profile) and not is_role:
        in_profile = "" if profile is None else profile.settings.get("role_arn", "")
        return f"role {environ.get('AWS_ROLE_ARN') or in_profile}"
    if profile is not None and profile.signs_by is not None:
        return _of_profile(name, environ)
    return "this container's keys" if has_container(environ) else "this machine's keys"


def _of_profile(name: str, environ: Mapping[str, str]) -> str:
    """The account of a profile: its role or key, where it has one, for other names of the same account."""
    try:
        profile = SharedFiles.read(environ).profile(name)
    except CredentialsError:
        return f"profile {name}"
    settings = profile.settings
    if "role_arn" in settings:
        return f"role {settings['role_arn']}"
    if "sso_account_id" in settings:
        return f"role {settings.get('sso_role_name', '')} of {settings['sso_account_id']}"
    key_id = profile.access_key if profile.signs_by == "keys" else None
    if key_id and not is_temporary(key_id):
        return _key(key_id)
    return f"profile {name}"


def _key(access_key: str) -> str:
    return f"key {access_key}"
