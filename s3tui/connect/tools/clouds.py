"""Keys of other clouds than Amazon in the environment: the variables that their own tools read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from s3tui.connect.connection import Connection, Given, blocked
from s3tui.s3.address import providers
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.providers import StorageProvider
from s3tui.s3.credentials import Credentials, Secret
from s3tui.s3.errors import CredentialsError

_ORIGIN = "environment"
_MC_HOST = re.compile(r"MC_HOST_(?P<name>\w+)")


@dataclass(frozen=True, slots=True)
class CloudKeys:
    """The variables of one cloud."""

    provider: StorageProvider
    key: str
    secret: str
    region: str | None = None
    account: str | None = None


CLOUDS = (
    CloudKeys(
        providers.DIGITALOCEAN, "SPACES_ACCESS_KEY_ID", "SPACES_SECRET_ACCESS_KEY"
    ),  # its Terraform provider
    CloudKeys(providers.SCALEWAY, "SCW_ACCESS_KEY", "SCW_SECRET_KEY", "SCW_DEFAULT_REGION"),  # scw
    CloudKeys(providers.LINODE, "LINODE_OBJ_ACCESS_KEY", "LINODE_OBJ_SECRET_KEY"),  # linode-cli obj
    CloudKeys(  # wrangler names the account, R2's documentation the keys
        providers.R2, "R2_ACCESS_KEY_ID", "R2_SECRET_ACCESS_KEY", account="CLOUDFLARE_ACCOUNT_ID"
    ),
    CloudKeys(  # aliyun, and the SDKs
        providers.ALIBABA,
        "ALIBABA_CLOUD_ACCESS_KEY_ID",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
        "ALIBABA_CLOUD_REGION_ID",
    ),
)
"""The clouds whose tools have variables for keys that S3 takes."""


def in_environment(environ: Mapping[str, str]) -> Iterator[Connection]:
    """Yield the connections whose keys are in the environment; one that cannot be opened has its obstacle."""
    for cloud in CLOUDS:
        if environ.get(cloud.key) and environ.get(cloud.secret):
            name = f"env:{cloud.provider.name}"
            try:
                yield _connection(name, cloud, environ)
            except (CredentialsError, ValueError) as error:
                yield blocked(name, _ORIGIN, str(error))
    for variable, url in sorted(environ.items()):
        if (match := _MC_HOST.fullmatch(variable)) is not None:
            yield _of_mc(f"mc:{match['name']}", url)


def _connection(name: str, cloud: CloudKeys, environ: Mapping[str, str]) -> Connection:
    """Return the connection to a cloud.

    Raises: CredentialsError and ValueError.
    """
    account = environ.get(cloud.account, "") if cloud.account else ""
    if cloud.account and not account:
        raise ValueError(f"{cloud.account} is not set, which is a part of the endpoint's name")
    region = environ.get(cloud.region, "") if cloud.region else ""
    endpoint = Endpoint.of_provider(cloud.provider, region=region or None, account=account or None)
    keys = Credentials(environ[cloud.key], Secret(environ[cloud.secret]), source=cloud.key)
    return Connection(name, endpoint, Given(keys), origin=_ORIGIN)


def _of_mc(name: str, url: str) -> Connection:
    """Return the connection of a variable MC_HOST_name: `https://ACCESS:SECRET[:TOKEN]@host`."""
    try:
        parts = urlsplit(url)
        secret, _, token = unquote(parts.password or "").partition(":")
        endpoint = Endpoint.custom(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")
        keys = Credentials(unquote(parts.username or ""), Secret(secret), token or None, source=name)
    except (CredentialsError, ValueError):
        return blocked(name, _ORIGIN, f"MC_HOST_{name[3:]} is no URL like https://ACCESS:SECRET@host")
    return Connection(name, endpoint, Given(keys), origin=_ORIGIN)
