"""Presets of the form for a new connection: the storage providers, each with a sentence on its keys.

Pure data. Hosts and regions are those of `s3.address.providers`.
"""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.s3.address import providers
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.address.providers import StorageProvider


@dataclass(frozen=True, slots=True)
class Preset:
    """One choice of the form."""

    name: str
    hint: str
    """One sentence on the source of the keys, and on what is special."""
    provider: StorageProvider | None = None
    """`None`: Amazon's endpoint, or one that the user has to type."""
    is_aws: bool = False
    addressing: Addressing = Addressing.AUTO

    @property
    def region(self) -> str:
        """The region to sign for where the user does not name one."""
        return "us-east-1" if self.provider is None else self.provider.region

    @property
    def needs_account(self) -> bool:
        return self.provider is not None and self.provider.needs_account

    @property
    def url_pattern(self) -> str | None:
        """The endpoint, with `{region}` and `{account}`; `None`: Amazon's, or the user's to type."""
        return None if self.provider is None else self.provider.url_pattern

    def url_for(self, region: str = "", account: str = "") -> str | None:
        """Return the endpoint URL with both filled in; an empty region is the default one."""
        return None if self.provider is None else self.provider.url_for(region, account)

    def endpoint(self, *, url: str = "", region: str = "", account: str = "") -> Endpoint:
        """Return the endpoint: at `url` where the user typed one, else where the provider answers.

        Raises: ValueError, with a sentence that says what is missing or wrong.
        """
        if self.is_aws and not url:
            return Endpoint.aws(region or self.region, addressing=self.addressing)
        if self.needs_account and not (url or account):
            raise ValueError(f"{self.name} needs your account id: it is a part of the endpoint's name")
        where = url or self.url_for(region, account)
        if not where:
            raise ValueError("an endpoint URL is needed, like https://s3.example.com")
        return Endpoint.custom(where, region=region or self.region, addressing=self.addressing)


def _of(provider: StorageProvider, hint: str) -> Preset:
    is_virtual = provider.needs_virtual_host
    return Preset(
        provider.name, hint, provider, addressing=Addressing.VIRTUAL if is_virtual else Addressing.AUTO
    )


PRESETS: tuple[Preset, ...] = (
    Preset("Amazon S3", "An access key of an IAM user, from the IAM console.", is_aws=True),
    _of(providers.MINIO, "The user and password, or an access key, of your server."),
    _of(providers.R2, "An R2 API token's access key; the account id stands beside it in the dashboard."),
    _of(
        providers.BACKBLAZE,
        "An application key: keyID is the access key. The bucket's page names the region.",
    ),
    _of(providers.CEPH, "Keys from: radosgw-admin user info --uid=NAME"),
    _of(providers.WASABI, "An access key from the Wasabi console."),
    _of(providers.DIGITALOCEAN, "A Spaces access key; the region is the datacenter's short name."),
    _of(providers.GCS, "An HMAC key, from Cloud Storage → Settings → Interoperability."),
    _of(providers.SCALEWAY, "An API key from IAM: fr-par, nl-ams or pl-waw."),
    _of(providers.OVH, "An S3 user's keys, from Public Cloud → Users."),
    _of(providers.HETZNER, "S3 credentials of the project: fsn1, nbg1, hel1."),
    _of(providers.LINODE, "An access key of Object Storage; the region is the cluster's short name."),
    _of(
        providers.VULTR,
        "The keys of your Object Storage subscription; the region is the cluster's short name.",
    ),
    _of(providers.TIGRIS, "An access key from the Tigris dashboard."),
    _of(providers.GARAGE, "A key from: garage key info NAME --show-secret"),
    _of(providers.IDRIVE, "An access key of e2; the endpoint of your region stands on the same page."),
    _of(providers.STORJ, "S3 credentials of an access grant, from the Storj console."),
    _of(providers.SEAWEEDFS, "An identity of the file that weed s3 was started with."),
    _of(providers.JUICEFS, "The MINIO_ROOT_USER and its password that the gateway was started with."),
    _of(providers.RCLONE, "The pair behind --auth-key; without one, any."),
    _of(providers.ORACLE, "A customer secret key; the account id is the namespace of your tenancy."),
    _of(providers.IBM, "HMAC credentials of a service credential: cos_hmac_keys."),
    _of(providers.ALIBABA, "An AccessKey pair; the region without oss-, like eu-central-1."),
    Preset("Other", "Any server that speaks S3; its URL with http:// or https://."),
)
