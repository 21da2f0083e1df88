"""Products other than Amazon's that speak S3: where they answer, and the region that they sign for.

Pure data. Truth: each vendor's documentation of its S3 endpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Vendor:
    """Make an endpoint of one with `Endpoint.vendor`."""

    name: str
    host: str | None
    """With `{region}` and `{account}` to be filled in; `None` where users run it on hosts of their own."""
    region: str
    """The one to sign for where nobody says another."""
    needs_virtual_host: bool = False
    """Whether it refuses path style."""

    @property
    def needs_account(self) -> bool:
        return self.host is not None and "{account}" in self.host

    def region_of_host(self, host: str) -> str | None:
        """Return the region of one of this vendor's hosts (a bucket in front or not), `None` for another."""
        if self.host is None:
            return None
        pattern = (
            re.escape(self.host).replace(r"\{region\}", "([a-z0-9-]+)").replace(r"\{account\}", "[a-z0-9.]+")
        )
        match = re.search(rf"(?:^|\.){pattern}$", host)
        if match is None:
            return None
        return match.group(1) if match.groups() else self.region


MINIO = Vendor("MinIO", None, "us-east-1")
CEPH = Vendor("Ceph", None, "us-east-1")
GARAGE = Vendor("Garage", None, "garage")
R2 = Vendor("Cloudflare R2", "{account}.r2.cloudflarestorage.com", "auto")
BACKBLAZE = Vendor("Backblaze B2", "s3.{region}.backblazeb2.com", "us-west-004")
WASABI = Vendor("Wasabi", "s3.{region}.wasabisys.com", "us-east-1")
DIGITALOCEAN = Vendor("DigitalOcean Spaces", "{region}.digitaloceanspaces.com", "nyc3")
GCS = Vendor("Google Cloud Storage", "storage.googleapis.com", "auto")
SCALEWAY = Vendor("Scaleway", "s3.{region}.scw.cloud", "fr-par")
OVH = Vendor("OVHcloud", "s3.{region}.io.cloud.ovh.net", "gra")
HETZNER = Vendor("Hetzner", "{region}.your-objectstorage.com", "fsn1")
LINODE = Vendor("Akamai Linode", "{region}.linodeobjects.com", "us-east-1")
VULTR = Vendor("Vultr", "{region}.vultrobjects.com", "ewr1")
TIGRIS = Vendor("Tigris", "t3.storage.dev", "auto", needs_virtual_host=True)

VENDORS = (
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
