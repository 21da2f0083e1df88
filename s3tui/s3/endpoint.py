"""Where requests go: an endpoint, a region, and how a bucket's name enters the URL.

Pure: no I/O, no configuration. Truth: *Amazon S3 endpoints and quotas* and *Virtual hosting of
buckets* in the S3 documentation; partitions as in AWS's public endpoint rules.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import quote, urlsplit

DEFAULT_REGION = "us-east-1"

_DNS_SUFFIXES = (
    ("cn-", "amazonaws.com.cn"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("us-iso-", "c2s.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
)
_BUCKET_AS_HOST = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class Addressing(Enum):
    """How the bucket's name is put into the URL."""

    AUTO = "auto"
    """Virtual-hosted on AWS where the name allows it; path style everywhere else."""
    PATH = "always"
    """`https://host/bucket/key`, always."""
    VIRTUAL = "never"
    """`https://bucket.host/key`, never path style unless a name or an IP host makes it impossible."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes, already encoded: the bytes that are signed and sent."""

    scheme: str
    authority: str
    """Host, and port where it is not the scheme's default: the `Host` header."""
    path: str
    """Percent-encoded, never normalised: `//`, `.` and `..` are part of a key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service that speaks S3, and the region that requests are signed for.

    Make one with `aws` or `custom`.
    """

    scheme: str
    host: str
    """A name or address; an IPv6 address without its brackets."""
    port: int | None
    region: str
    addressing: Addressing = Addressing.AUTO
    base_path: str = ""
    """A path that every request starts with, without a trailing slash."""
    is_aws: bool = False

    @classmethod
    def aws(cls, region: str = DEFAULT_REGION, *, addressing: Addressing = Addressing.AUTO) -> Endpoint:
        """Return Amazon's own endpoint of `region`.

        Raises: ValueError, when `region` cannot be part of a host name.
        """
        return cls("https", _aws_host(region), None, region, addressing, "", True)

    @classmethod
    def custom(
        cls, url: str, *, region: str = DEFAULT_REGION, addressing: Addressing = Addressing.AUTO
    ) -> Endpoint:
        """Return the endpoint at `url`: MinIO, R2, B2, Ceph and others.

        Raises: ValueError, with a sentence that says what is wrong with the URL.
        """
        _check_region(region)
        scheme, host, port, path = _split_endpoint_url(url)
        return cls(scheme, host, port, region, addressing, path, False)

    def in_region(self, region: str) -> Endpoint:
        """Return where the same service answers for `region`.

        On AWS that is another host; a custom endpoint keeps its host, and only the signature changes.
        No host that a server named is ever involved.

        Raises: ValueError, when `region` cannot be a region.
        """
        if region == self.region:
            return self
        if self.is_aws:
            return replace(self, region=region, host=_aws_host(region))
        _check_region(region)
        return replace(self, region=region)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"

    def target(self, bucket: str | None = None, key: str | None = None) -> Target:
        """Return the target of a request for the service, a bucket, or an object.

        Raises: ValueError, when `bucket` could change the meaning of the URL.
        """
        if bucket is None:
            return Target(self.scheme, self.authority, self.base_path + "/")
        if not bucket or "/" in bucket or bucket in (".", ".."):
            raise ValueError(f"{bucket!r} cannot be a bucket's name")
        encoded_key = "" if key is None else encode_key(key)
        if self._is_virtual_hosted(bucket):
            return Target(self.scheme, f"{bucket}.{self.authority}", f"{self.base_path}/{encoded_key}")
        path = f"{self.base_path}/{encode_query_value(bucket)}"
        return Target(self.scheme, self.authority, path if key is None else f"{path}/{encoded_key}")

    def _is_virtual_hosted(self, bucket: str) -> bool:
        if self.addressing is Addressing.PATH or (
            self.addressing is Addressing.AUTO
            and (not self.is_aws or (self.scheme == "https" and "." in bucket))
        ):
            return False
        return can_be_host(bucket) and not _is_ip(self.host)


def can_be_host(bucket: str) -> bool:
    """Say whether `bucket` can stand in front of a host name (Bucket naming rules)."""
    return (
        _BUCKET_AS_HOST.fullmatch(bucket) is not None
        and not _is_ip(bucket)
        and all(_HOST_LABEL.fullmatch(label) for label in bucket.split("."))
    )


def encode_key(key: str) -> str:
    """Percent-encode a key for the path: everything but unreserved characters and `/` (SigV4's UriEncode)."""
    return quote(key.encode("utf-8", "surrogateescape"), safe="/")


def encode_query_value(value: str) -> str:
    """Percent-encode one query name or value: everything but unreserved characters (SigV4's UriEncode)."""
    return quote(value.encode("utf-8", "surrogateescape"), safe="")


def _aws_host(region: str) -> str:
    _check_region(region)
    suffix = next((suffix for start, suffix in _DNS_SUFFIXES if region.startswith(start)), "amazonaws.com")
    return f"s3.{region}.{suffix}"


def _check_region(region: str) -> None:
    if not _HOST_LABEL.fullmatch(region):
        raise ValueError(f"{region!r} is not a region: expected something like us-east-1 or auto")


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _split_endpoint_url(url: str) -> tuple[str, str, int | None, str]:
    example = "expected something like https://s3.example.com or http://127.0.0.1:9000"
    if any(c.isspace() or ord(c) < 0x20 for c in url):
        raise ValueError(f"the endpoint URL {url!r} holds white space; {example}")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"the endpoint URL {url!r} cannot be read ({error}); {example}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(f"the endpoint URL {url!r} needs http:// or https:// and a host; {example}")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an endpoint URL holds no user name or password; keys are entered apart from it")
    if parts.query or parts.fragment:
        raise ValueError(f"the endpoint URL {url!r} must end before any ? or #; {example}")
    if port == {"http": 80, "https": 443}[parts.scheme]:
        port = None
    return parts.scheme, host, port, parts.path.rstrip("/")
