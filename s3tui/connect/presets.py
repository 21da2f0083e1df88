"""Providers that speak S3: where they answer, and what their users call the keys.

Pure data. Truth: each provider's documentation of its S3 endpoint; `AUTO` addressing is path style on every
custom endpoint, which all of these take.
"""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.s3.address.endpoint import Addressing, Endpoint


@dataclass(frozen=True, slots=True)
class Preset:
    name: str
    url: str | None
    """The endpoint, `{region}` and `{account}` to be filled in; `None`: Amazon's, or the user's to type."""
    region: str
    """What to sign for where the user does not say."""
    hint: str
    """One sentence for the form: where the keys come from, what is special."""
    is_aws: bool = False
    addressing: Addressing = Addressing.AUTO

    @property
    def needs_account(self) -> bool:
        return self.url is not None and "{account}" in self.url

    def url_for(self, region: str = "", account: str = "") -> str | None:
        """Return the endpoint URL with both filled in; an empty region is the default one."""
        return self.url and self.url.format(region=region or self.region, account=account)

    def endpoint(self, *, url: str = "", region: str = "", account: str = "") -> Endpoint:
        """Return the endpoint: at `url` where the user typed one, else as the template says.

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


PRESETS: tuple[Preset, ...] = (
    Preset(
        "Amazon S3", None, "us-east-1", "An access key of an IAM user, from the IAM console.", is_aws=True
    ),
    Preset(
        "MinIO",
        "http://127.0.0.1:9000",
        "us-east-1",
        "The user and password, or an access key, of your server.",
    ),
    Preset(
        "Cloudflare R2",
        "https://{account}.r2.cloudflarestorage.com",
        "auto",
        "An R2 API token's access key; the account id stands beside it in the dashboard.",
    ),
    Preset(
        "Backblaze B2",
        "https://s3.{region}.backblazeb2.com",
        "us-west-004",
        "An application key: keyID is the access key. The bucket's page names the region.",
    ),
    Preset("Ceph RGW", "http://127.0.0.1:7480", "us-east-1", "Keys from: radosgw-admin user info --uid=NAME"),
    Preset(
        "Wasabi", "https://s3.{region}.wasabisys.com", "us-east-1", "An access key from the Wasabi console."
    ),
    Preset(
        "DigitalOcean Spaces",
        "https://{region}.digitaloceanspaces.com",
        "nyc3",
        "A Spaces access key; the region is the datacenter's short name.",
    ),
    Preset(
        "Google Cloud Storage",
        "https://storage.googleapis.com",
        "auto",
        "An HMAC key, from Cloud Storage → Settings → Interoperability.",
    ),
    Preset(
        "Scaleway",
        "https://s3.{region}.scw.cloud",
        "fr-par",
        "An API key from IAM: fr-par, nl-ams or pl-waw.",
    ),
    Preset(
        "OVHcloud",
        "https://s3.{region}.io.cloud.ovh.net",
        "gra",
        "An S3 user's keys, from Public Cloud → Users.",
    ),
    Preset(
        "Hetzner",
        "https://{region}.your-objectstorage.com",
        "fsn1",
        "S3 credentials of the project: fsn1, nbg1, hel1.",
    ),
    Preset("Garage", "http://127.0.0.1:3900", "garage", "A key from: garage key info NAME --show-secret"),
    Preset("Other", None, "us-east-1", "Any server that speaks S3; its URL with http:// or https://."),
)
