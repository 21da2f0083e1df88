"""Endpoints: the service that requests go to, its region, and how a bucket's name enters the URL.

Pure: no I/O, no configuration. Truth: *Amazon S3 endpoints and quotas* and *Virtual hosting of
buckets* in the S3 documentation, and AWS's public endpoint rules.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import quote, urlsplit

from s3tui.s3.address.access_point import AccessPoint, check_supported
from s3tui.s3.address.providers import StorageProvider
from s3tui.s3.address.region import partition_of

DEFAULT_REGION = "us-east-1"

_HOST_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LIKE_IPV4 = re.compile(r"(?:[0-9]{1,3}\.){3}[0-9]{1,3}")


class Addressing(Enum):
    """The style of a bucket's URL: path style or virtual-hosted."""

    AUTO = "auto"
    """Virtual-hosted on AWS where the name allows it; path style everywhere else."""
    PATH = "always"
    """`https://host/bucket/key`, always."""
    VIRTUAL = "never"
    """`https://bucket.host/key`, never path style unless a name or an IP host makes it impossible.

    A name with dots is such a name over https: no certificate covers it.
    """


class IpFamily(Enum):
    """The IP versions to connect with."""

    ANY = socket.AF_UNSPEC
    V4 = socket.AF_INET
    V6 = socket.AF_INET6


@dataclass(frozen=True, slots=True)
class Target:
    """The destination of one request, already encoded: the bytes that are signed and sent."""

    scheme: str
    authority: str
    """Host, and port where it is not the scheme's default: the `Host` header."""
    path: str
    """Percent-encoded, never normalised: `//`, `.` and `..` are part of a key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service that speaks S3, and the region that requests are signed for.

    Make one with `aws`, `custom` or `of_provider`.
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
    dual_stack: bool = False
    """AWS only: hosts that have IPv6 addresses too."""
    fips: bool = False
    """AWS only: hosts whose cryptography is validated to FIPS 140."""
    accelerate: bool = False
    """AWS only: Transfer Acceleration, for the buckets that have it switched on."""
    family: IpFamily = IpFamily.ANY

    @classmethod
    def aws(
        cls,
        region: str = DEFAULT_REGION,
        *,
        addressing: Addressing = Addressing.AUTO,
        dual_stack: bool = False,
        fips: bool = False,
        accelerate: bool = False,
        family: IpFamily = IpFamily.ANY,
    ) -> Endpoint:
        """Return Amazon's own endpoint of `region`.

        Raises: ValueError, when `region` cannot be part of a host name, or has no such endpoint.
        """
        check_region(region)
        partition = partition_of(region)
        if region.endswith("-global"):
            raise ValueError(f"{region} is not a region of its own: name one, like {DEFAULT_REGION}")
        if fips and accelerate:
            raise ValueError("Transfer Acceleration has no FIPS endpoints")
        if fips and not partition.has_fips:
            raise ValueError(f"{partition.name} has no FIPS endpoints")
        if accelerate and not partition.has_accelerate:
            raise ValueError(f"{partition.name} has no Transfer Acceleration")
        if accelerate and addressing is Addressing.PATH:
            raise ValueError("Transfer Acceleration needs the bucket's name in the host: no path style")
        host = _aws_host("s3", region, fips=fips, dual_stack=dual_stack)
        return cls("https", host, None, region, addressing, "", True, dual_stack, fips, accelerate, family)

    @classmethod
    def custom(
        cls,
        url: str,
        *,
        region: str = DEFAULT_REGION,
        addressing: Addressing = Addressing.AUTO,
        family: IpFamily = IpFamily.ANY,
    ) -> Endpoint:
        """Return the endpoint at `url`: a server of one's own, a gateway, a proxy.

        Raises: ValueError, with a sentence that says what is wrong with the URL.
        """
        check_region(region)
        scheme, host, port, path = _split_endpoint_url(url)
        return cls(scheme, host, port, region, addressing, path, family=family)

    @classmethod
    def of_provider(
        cls,
        provider: StorageProvider,
        *,
        region: str | None = None,
        account: str | None = None,
        url: str | None = None,
        family: IpFamily = IpFamily.ANY,
    ) -> Endpoint:
        """Return the endpoint of one of `s3tui.s3.address.providers`.

        Args:
            region: by default the one that most of the provider's customers use.
            account: for those whose host names hold it.
            url: for those that are run on hosts of one's own.

        Raises: ValueError, saying which of them is missing.
        """
        where = region or provider.region
        if url is None:
            if provider.host is None:
                raise ValueError(f"{provider.name} runs on a host of your own: its URL is needed")
            if provider.needs_account and not account:
                raise ValueError(f"{provider.name} has the account id in its host names: it is needed")
            url = provider.url_for(where, account or "")
            assert url is not None  # it has a host
        addressing = Addressing.VIRTUAL if provider.needs_virtual_host else Addressing.AUTO
        return cls.custom(url, region=where, addressing=addressing, family=family)

    def in_region(self, region: str) -> Endpoint:
        """Return the endpoint of the same service in `region`.

        On AWS that is another host; a custom endpoint keeps its host, and only the signature changes.
        A host that a server named is never used.

        Raises: ValueError, when `region` cannot be a region.
        """
        if region == self.region:
            return self
        check_region(region)
        if self.is_aws:
            host = _aws_host("s3", region, fips=self.fips, dual_stack=self.dual_stack)
            return replace(self, region=region, host=host)
        return replace(self, region=region)

    def region_of(self, bucket: str | None) -> str:
        """Return the region to sign for: the one that an access point's ARN names, else the endpoint's."""
        if bucket is not None and bucket.startswith("arn:"):
            return AccessPoint.parse(bucket).region
        return self.region

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"

    def target(self, bucket: str | None = None, key: str | None = None) -> Target:
        """Return the target of a request for the service, a bucket, or an object.

        Args:
            bucket: its name, or the ARN or alias of an access point.

        Raises: ValueError, when `bucket` could change the meaning of the URL, or is not supported yet.
        """
        if bucket is None:
            return Target(self.scheme, self.authority, self.base_path + "/")
        encoded_key = "" if key is None else encode_key(key)
        if bucket.startswith("arn:"):
            return Target(
                self.scheme, self._access_point_authority(bucket), f"{self.base_path}/{encoded_key}"
            )
        if not bucket or "/" in bucket or bucket in (".", ".."):
            raise ValueError(f"{bucket!r} cannot be a bucket's name")
        if self.is_aws:
            check_supported(bucket)
        if self.accelerate:
            return Target(self.scheme, self._accelerate_authority(bucket), f"/{encoded_key}")
        if self._is_virtual_hosted(bucket):
            return Target(self.scheme, f"{bucket}.{self.authority}", f"{self.base_path}/{encoded_key}")
        path = f"{self.base_path}/{encode_query_value(bucket)}"
        return Target(self.scheme, self.authority, path if key is None else f"{path}/{encoded_key}")

    def _is_virtual_hosted(self, bucket: str) -> bool:
        if self.addressing is Addressing.PATH or (self.addressing is Addressing.AUTO and not self.is_aws):
            return False
        if "." in bucket and self.scheme == "https":
            return False
        return can_be_host(bucket) and not _is_ip(self.host)

    def _access_point_authority(self, arn: str) -> str:
        point = AccessPoint.parse(arn)
        if self.addressing is Addressing.PATH or (self.addressing is Addressing.AUTO and not self.is_aws):
            raise ValueError(f"{arn}: an access point is a part of the host's name, which path style forbids")
        if self.accelerate:
            raise ValueError(f"{arn}: access points have no Transfer Acceleration")
        if partition_of(point.region) != partition_of(self.region):
            raise ValueError(
                f"{arn} lies in {partition_of(point.region).name}, where these keys mean nothing"
            )
        if not self.is_aws:
            return f"{point.host_label}.{self.authority}"
        host = _aws_host("s3-accesspoint", point.region, fips=self.fips, dual_stack=self.dual_stack)
        return f"{point.host_label}.{host}"

    def _accelerate_authority(self, bucket: str) -> str:
        if "." in bucket or not can_be_host(bucket):
            raise ValueError(
                f"{bucket}: Transfer Acceleration takes only names that fit a host, without dots"
            )
        dual_stack = ".dualstack" if self.dual_stack else ""
        return f"{bucket}.s3-accelerate{dual_stack}.{partition_of(self.region).dns_suffix}"


def can_be_host(bucket: str) -> bool:
    """Say whether `bucket` can stand in front of a host name (Bucket naming rules)."""
    return (
        len(bucket) >= 3
        and bucket == bucket.lower()
        and not _LIKE_IPV4.fullmatch(bucket)
        and all(_HOST_LABEL.fullmatch(label) for label in bucket.split("."))
    )


def encode_key(key: str) -> str:
    """Percent-encode a key for the path: everything but unreserved characters and `/` (SigV4's UriEncode)."""
    return quote(key.encode("utf-8", "surrogateescape"), safe="/")


def encode_query_value(value: str) -> str:
    """Percent-encode one query name or value: everything but unreserved characters (SigV4's UriEncode)."""
    return quote(value.encode("utf-8", "surrogateescape"), safe="")


def check_region(region: str) -> None:
    """Check that `region` can be a region, of AWS or of another provider.

    Raises: ValueError.
    """
    if not _HOST_LABEL.fullmatch(region):
        raise ValueError(f"{region!r} is not a region: expected something like us-east-1 or auto")


def _aws_host(service: str, region: str, *, fips: bool, dual_stack: bool) -> str:
    variant = ("-fips" if fips else "") + (".dualstack" if dual_stack else "")
    return f"{service}{variant}.{region}.{partition_of(region).dns_suffix}"


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
        if host is not None and not host.isascii():
            host = host.encode("idna").decode()
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
    return parts.scheme, host, port, quote(parts.path.rstrip("/"), safe="/%")
