"""Connections and their kinds of credentials as values. Pure: `store.resolve` fetches the keys themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials import Credentials

DEMO_ORIGIN = "the demo on this machine"
THIS_RUN = "this session"
"""Origin of a connection whose keys no keyring took."""


@dataclass(frozen=True, slots=True)
class FromEnvironment:
    """AWS_ACCESS_KEY_ID and its companions, read when the connection is opened."""


@dataclass(frozen=True, slots=True)
class FromChain:
    """The AWS tools' chain of credential providers, walked when the connection is opened."""


@dataclass(frozen=True, slots=True)
class FromProfile:
    """A profile in the AWS tools' files, read when the connection is opened."""

    profile: str


@dataclass(frozen=True, slots=True)
class FromKeyring:
    """The secret lies in the operating system's keyring under the connection's name."""

    access_key: str


@dataclass(frozen=True, slots=True)
class FromSso:
    """A role in an account, for whoever has signed in to IAM Identity Center."""

    start_url: str
    region: str
    """Of the Identity Center, not of buckets."""
    account: str
    role: str

    @property
    def settings(self) -> Mapping[str, str]:
        """As a profile of the AWS tools names them."""
        return {
            "sso_start_url": self.start_url,
            "sso_region": self.region,
            "sso_account_id": self.account,
            "sso_role_name": self.role,
        }


@dataclass(frozen=True, slots=True)
class Given:
    """Keys in memory: the demo's, another tool's, or a session that no keyring could take."""

    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Requests are not signed."""


CredentialsSource: TypeAlias = (
    FromEnvironment | FromChain | FromProfile | FromKeyring | FromSso | Given | Anonymous
)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Settings of a connection's client, each as it is unless the user says otherwise."""

    requester_pays: bool = False
    proxy: str = field(default="", repr=False)
    """Its URL, which may hold a password. Empty: the environment's; `none`: connect directly."""
    client_cert: str = ""
    """PEM file of a certificate and its key, shown to servers that ask for one."""
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 60.0
    max_connections: int = 64
    user_agent: str = ""
    """Words behind our own in that header."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A named endpoint, credentials and options. Its `repr` never shows a secret."""

    name: str
    """As shown: `aws:default`, `env`, `mc:local`, or what the user called it."""
    endpoint: Endpoint
    credentials: CredentialsSource
    read_only: bool = False
    production: bool = False
    """Marked by the user as production: the screen warns by its colour."""
    ca_file: str | None = None
    """PEM file of the certificate authorities to trust, instead of the system's."""
    verify_tls: bool = True
    """`False` takes any certificate, and the screen says so all the time."""
    checksums: ChecksumMode | None = None
    """Whether checksums are sent and compared; `None`: as this run's settings and its profile say."""
    client: ClientSettings = ClientSettings()
    color: str = ""
    """The colour of its name, from the user; empty: none of its own."""
    notes: str = ""
    """A line of the user's."""
    origin: str = ""
    """The place it was found in, in words: `~/.aws/config`, `config.toml`, `command line`."""
    obstacle: str | None = None
    """The reason that it cannot be opened, in words; `None` where nothing is known against it."""


def blocked(name: str, origin: str, obstacle: str) -> Connection:
    """Return a connection that only says why it cannot be opened."""
    return Connection(name, Endpoint.aws(), Anonymous(), origin=origin, obstacle=obstacle)
