"""The table of storage providers, except Amazon: their endpoints, and the region that they sign for.

Pure data. Truth: each provider's documentation of its S3 endpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StorageProvider:
    """A product or a company that speaks S3; `Endpoint.of_provider` makes an endpoint of one."""

    name: str
    host: str | None
    """With `{region}` and `{account}` to be filled in; `None` where users run it on hosts of their own."""
    region: str
    """The default region to sign for."""
    default_url: str | None = None
    """The URL of a server on this machine that was installed as its documentation says."""
    needs_virtual_host: bool = False
    """It refuses path style."""

    @property
    def needs_account(self) -> bool:
        return self.host is not None and "{account}" in self.host

    @property
    def url_pattern(self) -> str | None:
        """The URL of its endpoint, with `{region}` and `{account}`; `None`: only its user knows."""
        return self.default_url if self.host is None else f"https://{self.host}"

    def url_for(self, region: str = "", account: str = "") -> str | None:
        """Return the URL of its endpoint; an empty region is the default one."""
        pattern = self.url_pattern
        return pattern and pattern.format(region=region or self.region, account=account)

    def region_of_host(self, host: str) -> str | None:
        """Return the region of one of its hosts (a bucket in front or not), `None` for another's."""
        if self.host is None:
            return None
        pattern = (
            re.escape(self.host).replace(r"\{region\}", "([a-z0-9-]+)").replace(r"\{account\}", "[a-z0-9.]+")
        )
        match = re.search(rf"(?:^|\.){pattern}$", host)
        if match is None:
            return None
        return match.group(1) if match.groups() else self.region


MINIO = StorageProvider("MinIO", None, "us-east-1", "http://127.0.0.1:9000")
CEPH = StorageProvider("Ceph RGW", None, "us-east-1", "http://127.0.0.1:7480")
GARAGE = StorageProvider("Garage", None, "garage", "http://127.0.0.1:3900")
R2 = StorageProvider("Cloudflare R2", "{account}.r2.cloudflarestorage.com", "auto")
BACKBLAZE = StorageProvider("Backblaze B2", "s3.{region}.backblazeb2.com", "us-west-004")
WASABI = StorageProvider("Wasabi", "s3.{region}.wasabisys.com", "us-east-1")
DIGITALOCEAN = StorageProvider("DigitalOcean Spaces", "{region}.digitaloceanspaces.com", "nyc3")
GCS = StorageProvider("Google Cloud Storage", "storage.googleapis.com", "auto")
SCALEWAY = StorageProvider("Scaleway", "s3.{region}.scw.cloud", "fr-par")
OVH = StorageProvider("OVHcloud", "s3.{region}.io.cloud.ovh.net", "gra")
HETZNER = StorageProvider("Hetzner", "{region}.your-objectstorage.com", "fsn1")
LINODE = StorageProvider("Akamai Linode", "{region}.linodeobjects.com", "us-east-1")
VULTR = StorageProvider("Vultr", "{region}.vultrobjects.com", "ewr1")
TIGRIS = StorageProvider("Tigris", "t3.storage.dev", "auto", needs_virtual_host=True)

PROVIDERS = (
    MINIO,
    CEPH,
    GARAGE,
    R2,
    BACKBLAZE,
    WASABI,
    DIGITALOCEAN,
    GCS,
    SCALEWAY,
    OVH,
    HETZNER,
    LINODE,
    VULTR,
    TIGRIS,
)
