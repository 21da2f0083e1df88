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
    source: str = ""
    """The page of its documentation that names the endpoint."""

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


MINIO = StorageProvider(
    "MinIO",
    None,
    "us-east-1",
    "http://127.0.0.1:9000",
    source="https://docs.min.io/community/minio-object-store/reference/minio-server/minio-server.html",
)
CEPH = StorageProvider(
    "Ceph RGW",
    None,
    "us-east-1",
    "http://127.0.0.1:7480",
    source="https://docs.ceph.com/en/latest/radosgw/s3/",
)
GARAGE = StorageProvider(
    "Garage",
    None,
    "garage",
    "http://127.0.0.1:3900",
    source="https://garagehq.deuxfleurs.fr/documentation/connect/cli/",
)
R2 = StorageProvider(
    "Cloudflare R2",
    "{account}.r2.cloudflarestorage.com",
    "auto",
    source="https://developers.cloudflare.com/r2/api/s3/api/",
)
BACKBLAZE = StorageProvider(
    "Backblaze B2",
    "s3.{region}.backblazeb2.com",
    "us-west-004",
    source="https://www.backblaze.com/docs/cloud-storage-s3-compatible-api",
)
WASABI = StorageProvider(
    "Wasabi",
    "s3.{region}.wasabisys.com",
    "us-east-1",
    source="https://docs.wasabi.com/docs/what-are-the-service-urls-for-wasabi-s-different-storage-regions",
)
DIGITALOCEAN = StorageProvider(
    "DigitalOcean Spaces",
    "{region}.digitaloceanspaces.com",
    "nyc3",
    source="https://docs.digitalocean.com/products/spaces/reference/s3-compatibility/",
)
GCS = StorageProvider(
    "Google Cloud Storage",
    "storage.googleapis.com",
    "auto",
    source="https://cloud.google.com/storage/docs/interoperability",
)
SCALEWAY = StorageProvider(
    "Scaleway",
    "s3.{region}.scw.cloud",
    "fr-par",
    source="https://www.scaleway.com/en/docs/object-storage/concepts/",
)
OVH = StorageProvider(
    "OVHcloud",
    "s3.{region}.io.cloud.ovh.net",
    "gra",
    source="https://help.ovhcloud.com/csm/en-public-cloud-storage-s3-location",
)
HETZNER = StorageProvider(
    "Hetzner",
    "{region}.your-objectstorage.com",
    "fsn1",
    source="https://docs.hetzner.com/storage/object-storage/overview/",
)
LINODE = StorageProvider(
    "Akamai Linode",
    "{region}.linodeobjects.com",
    "us-east-1",
    source="https://techdocs.akamai.com/cloud-computing/docs/access-buckets-and-files-through-urls",
)
VULTR = StorageProvider(
    "Vultr",
    "{region}.vultrobjects.com",
    "ewr1",
    source="https://docs.vultr.com/products/cloud-storage/object-storage",
)
TIGRIS = StorageProvider(
    "Tigris",
    "t3.storage.dev",
    "auto",
    needs_virtual_host=True,
    source="https://www.tigrisdata.com/docs/sdks/s3/",
)
IDRIVE = StorageProvider(
    "IDrive e2", None, "us-east-1", source="https://www.idrive.com/s3-storage-e2/guides/"
)
STORJ = StorageProvider(
    "Storj", "gateway.storjshare.io", "us-1", source="https://storj.dev/dcs/api/s3/s3-compatible-gateway"
)
SEAWEEDFS = StorageProvider(
    "SeaweedFS",
    None,
    "us-east-1",
    "http://127.0.0.1:8333",
    source="https://github.com/seaweedfs/seaweedfs/wiki/Amazon-S3-API",
)
JUICEFS = StorageProvider(
    "JuiceFS gateway",
    None,
    "us-east-1",
    "http://127.0.0.1:9000",
    source="https://juicefs.com/docs/community/guide/gateway/",
)
RCLONE = StorageProvider(
    "rclone serve s3",
    None,
    "us-east-1",
    "http://127.0.0.1:8080",
    source="https://rclone.org/commands/rclone_serve_s3/",
)
ORACLE = StorageProvider(
    "Oracle Cloud",
    "{account}.compat.objectstorage.{region}.oraclecloud.com",
    "us-ashburn-1",
    source="https://docs.oracle.com/en-us/iaas/Content/Object/Tasks/s3compatibleapi.htm",
)
IBM = StorageProvider(
    "IBM Cloud",
    "s3.{region}.cloud-object-storage.appdomain.cloud",
    "us-south",
    source="https://cloud.ibm.com/docs/cloud-object-storage?topic=cloud-object-storage-endpoints",
)
ALIBABA = StorageProvider(
    "Alibaba Cloud OSS",
    "s3.oss-{region}.aliyuncs.com",
    "cn-hangzhou",
    needs_virtual_host=True,
    source="https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3",
)

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
    IDRIVE,
    STORJ,
    SEAWEEDFS,
    JUICEFS,
    RCLONE,
    ORACLE,
    IBM,
    ALIBABA,
)
