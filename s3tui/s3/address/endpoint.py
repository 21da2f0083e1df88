"""Endpoints: the service that requests go to, its region, and how a bucket's name enters the URL.

Pure: no I/O, no configuration. Truth: *Amazon S3 endpoints and quotas* and *Virtual hosting of
buckets* in the S3 documentation, and AWS's public endpoint rules.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, replace
from enum import Enum

from s3tui.s3.address.access_point import AccessPoint, AccessPointKind, OutpostAlias, is_arn
from s3tui.s3.address.directory_bucket import (
    WITHOUT_SESSION,
    DirectoryBucket,
    is_control,
    looks_like_directory,
)
from s3tui.s3.address.hosts import PORTS, aws_host, check_region, is_ip, split_endpoint_url
from s3tui.s3.address.providers import StorageProvider
from s3tui.s3.address.region import partition_called, partition_of, region_of_zone
from s3tui.s3.address.target import (
    HOST_LABEL,
    SignedWith,
    Target,
    can_be_host,
    encode_key,
    encode_query_value,
)

DEFAULT_REGION = "us-east-1"
GLOBAL_REGION = "aws-global"
"""The AWS tools' name of the first endpoint of all, which signs for us-east-1."""
_GLOBAL_HOST = "s3.amazonaws.com"


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
    is_global: bool = False
    """AWS only: the region was called `aws-global`."""
    arn_regions: bool = True
    """Access points are asked in the region that their ARN names; else only in the endpoint's own."""
    multi_region: bool = True
    """Multi-region access points are asked."""
    sessions: bool = True
    """Directory buckets are asked with the keys of a session; else with the user's own."""
    directory_buckets: bool = True
    """A name like `name--zone-id--x-s3` is that of a directory bucket, not of any bucket."""

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
        scheme: str = "https",
        port: int | None = None,
    ) -> Endpoint:
        """Return Amazon's own endpoint of `region`, which may be `aws-global`.

        Args:
            scheme: `https`, or `http`, where everybody on the way can read all but the keys.
            port: another than the scheme's own, as of a tunnel.

        Raises: ValueError, when `region` cannot be part of a host name, or has no such endpoint.
        """
        is_global, region = region == GLOBAL_REGION, DEFAULT_REGION if region == GLOBAL_REGION else region
        check_region(region)
        partition = partition_of(region)
        if region.endswith("-global"):
            raise ValueError(f"{region} is not a region of its own: name one, like {DEFAULT_REGION}")
        if scheme not in PORTS or (port is not None and not 0 < port < 65536):
            raise ValueError(
                f"{scheme!r} and {port} are no scheme and port: expected https or http, 1 to 65535"
            )
        port = None if port == PORTS[scheme] else port
        if fips and accelerate:
            raise ValueError("Transfer Acceleration has no FIPS endpoints")
        if fips and not partition.has_fips:
            raise ValueError(f"{partition.name} has no FIPS endpoints")
        if accelerate and not partition.has_accelerate:
            raise ValueError(f"{partition.name} has no Transfer Acceleration")
        if accelerate and addressing is Addressing.PATH:
            raise ValueError("Transfer Acceleration needs the bucket's name in the host: no path style")
        host = aws_host("s3", region, fips=fips, dual_stack=dual_stack)
        if is_global and not fips and not dual_stack:
            host = _GLOBAL_HOST
        return cls(
            scheme, host, port, region, addressing, "", True, dual_stack, fips, accelerate, family, is_global
        )

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
        is_global, region = region == GLOBAL_REGION, DEFAULT_REGION if region == GLOBAL_REGION else region
        check_region(region)
        scheme, host, port, path = split_endpoint_url(url)
        return cls(scheme, host, port, region, addressing, path, family=family, is_global=is_global)

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
        if region in (self.region, self.region_name):
            return self
        check_region(region)
        if self.is_aws:
            made = Endpoint.aws(region, dual_stack=self.dual_stack, fips=self.fips)
            return replace(self, region=made.region, host=made.host, is_global=made.is_global)
        return replace(self, region=region, is_global=False)

    @property
    def region_name(self) -> str:
        """The region as settings call it: `aws-global` of the global endpoint."""
        return GLOBAL_REGION if self.is_global else self.region

    def region_of(self, bucket: str | None) -> str:
        """Return the region to ask in: the one that a name tells, else the endpoint's.

        An access point's ARN tells it, and the zone in the name of a directory bucket.
        """
        try:
            if bucket is not None and is_arn(bucket):
                return AccessPoint.parse(bucket).region or self.region
            if bucket is not None and self.is_aws and self.is_directory_bucket(bucket):
                zone = DirectoryBucket.parse(bucket)
                there = zone and region_of_zone(zone.zone)
                return there if there and partition_of(there) == partition_of(self.region) else self.region
        except ValueError:  # `target` says what is wrong with it
            pass
        return self.region

    def is_directory_bucket(self, bucket: str | None) -> bool:
        """Say whether that is the name of a directory bucket (S3 Express One Zone) here."""
        return bucket is not None and self.directory_buckets and looks_like_directory(bucket)

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self._with_port(host)

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"

    def target(
        self,
        bucket: str | None = None,
        key: str | None = None,
        *,
        region: str | None = None,
        operation: str = "",
        account: str | None = None,
    ) -> Target:
        """Return the target of a request for the service, a bucket, or an object.

        Args:
            bucket: its name, or the ARN or alias of an access point.
            region: another than the endpoint's own; what an ARN says stands above it.
            operation: the S3 API action, where it makes a difference.
            account: of S3 Control, whose settings `key` is the path of.

        Raises: ValueError, when `bucket` could change the meaning of the URL, or cannot be asked here.
        """
        if bucket is not None and is_arn(bucket):
            return self._access_point_target(AccessPoint.parse(bucket), bucket, key, operation)
        if region is not None and region != self.region:
            return self.in_region(region).target(bucket, key, operation=operation, account=account)
        if account is not None:
            return self._target(self._account_authority(account), f"/{encode_key(key or '')}")
        if bucket is None:
            if operation == "ListDirectoryBuckets":
                return self._target(self._control_authority, "/", "s3express")
            return self._target(self.authority, "/")
        if not bucket or "/" in bucket or bucket in (".", ".."):
            raise ValueError(f"{bucket!r} cannot be a bucket's name")
        path, in_path = f"/{encode_key(key or '')}", f"/{encode_query_value(bucket)}"
        in_path += "" if key is None else path
        directory = DirectoryBucket.parse(bucket) if self.directory_buckets else None
        if directory is not None:
            return self._directory_target(directory, path, in_path, operation)
        if (outpost := self._outpost(bucket)) is not None:
            host = self._aws_host("s3-outposts", self.region) if self.is_aws else self.authority
            return self._target(f"{bucket}.{outpost.rack}.{host}", path, "s3-outposts", SignedWith.KEY_PAIR)
        if self.accelerate:
            return Target(self.scheme, self._accelerate_authority(bucket), path, self.region)
        if self._is_virtual_hosted(bucket):
            return self._target(f"{bucket}.{self.authority}", path)
        return self._target(self.authority, in_path)

    def _target(
        self, authority: str, path: str, service: str = "s3", signed_with: SignedWith = SignedWith.KEYS
    ) -> Target:
        region = "*" if signed_with is SignedWith.KEY_PAIR else self.region
        return Target(self.scheme, authority, self.base_path + path, region, service, signed_with)

    def _is_virtual_hosted(self, bucket: str) -> bool:
        if self.addressing is Addressing.PATH or (self.addressing is Addressing.AUTO and not self.is_aws):
            return False
        if "." in bucket and (self.scheme == "https" or self.is_aws):
            return False
        return can_be_host(bucket) and not is_ip(self.host)

    def _access_point_target(self, point: AccessPoint, arn: str, key: str | None, operation: str) -> Target:
        self._check_access_point(point, arn, operation)
        path = f"{self.base_path}/{encode_key(key or '')}"
        if point.kind is AccessPointKind.MULTI_REGION:  # one host for all, whatever the endpoint
            host = f"{point.name}.accesspoint.s3-global.{partition_of(self.region).dns_suffix}"
            scheme, host = (self.scheme, self._with_port(host)) if self.is_aws else ("https", host)
            return Target(scheme, host, path.removeprefix(self.base_path), "*", "s3", SignedWith.KEY_PAIR)
        host = self._aws_host(point.aws_service, point.region) if self.is_aws else self.authority
        authority = f"{point.host_label}.{host}"
        if point.kind is AccessPointKind.OUTPOST:
            return Target(self.scheme, authority, path, "*", point.service, SignedWith.KEY_PAIR)
        return Target(self.scheme, authority, path, point.region, point.service)

    def _check_access_point(self, point: AccessPoint, arn: str, operation: str) -> None:
        refusal = point.refusal(fips=self.fips, dual_stack=self.dual_stack, accelerate=self.accelerate)
        if refusal is not None:
            raise ValueError(f"{arn}: {refusal}")
        if operation == "CreateBucket":
            raise ValueError(f"{arn} is an access point: a bucket is made by its plain name")
        if self.addressing is Addressing.PATH:
            raise ValueError(f"{arn} needs virtual hosts, and this endpoint is used with path style")
        here = partition_of(self.region)
        there = partition_of(point.region) if point.region else partition_called(point.partition)
        if there != here:
            name = point.partition if there is None else there.name
            raise ValueError(f"{arn} lies in {name}, where these keys mean nothing")
        if point.kind is AccessPointKind.MULTI_REGION:
            if not self.multi_region:
                raise ValueError(f"{arn}: multi-region access points are switched off in the AWS settings")
        elif not self.is_aws and is_ip(self.host):
            raise ValueError(f"{arn} needs a host with a name: {self.host} is an address")
        elif not self.arn_regions and (point.region != self.region or self.is_global):
            raise ValueError(
                f"{arn} is not in {self.region}: use_arn_region is off, so that it is not asked elsewhere"
            )

    def _directory_target(
        self, directory: DirectoryBucket, path: str, in_path: str, operation: str
    ) -> Target:
        if self.accelerate:
            raise ValueError(f"{directory.name}: directory buckets have no Transfer Acceleration")
        plain = not self.sessions or operation in WITHOUT_SESSION
        signed_with = SignedWith.KEYS if plain or is_control(operation) else SignedWith.SESSION
        if self.is_aws and is_control(operation):
            return self._target(self._control_authority, in_path, "s3express")
        if self.is_aws:
            host = f"{directory.name}.{self._aws_host('s3express', self.region, '-' + directory.zone)}"
            return self._target(host, path, "s3express", signed_with)
        if self.addressing is Addressing.PATH or is_ip(self.host):
            return self._target(self.authority, in_path, "s3express", signed_with)
        return self._target(f"{directory.name}.{self.authority}", path, "s3express", signed_with)

    @property
    def _control_authority(self) -> str:
        """The host of operations on directory buckets themselves."""
        return self._aws_host("s3express-control", self.region) if self.is_aws else self.authority

    def _account_authority(self, account: str) -> str:
        """The host of S3 Control, for the settings of an account."""
        if not HOST_LABEL.fullmatch(account):
            raise ValueError(f"{account!r} cannot be an account's number")
        if not self.is_aws and is_ip(self.host):
            raise ValueError(f"settings of accounts need a host with a name: {self.host} is an address")
        host = self._aws_host("s3-control", self.region) if self.is_aws else self.authority
        return f"{account}.{host}"

    def _outpost(self, bucket: str) -> OutpostAlias | None:
        alias = OutpostAlias.parse(bucket)
        if alias is None or (not self.is_aws and (self.addressing is Addressing.PATH or is_ip(self.host))):
            return None
        if alias.is_test and self.is_aws:
            raise ValueError(f"{bucket} is of a test of S3 on Outposts, which has a custom endpoint")
        return alias

    def _aws_host(self, service: str, region: str, zone: str = "") -> str:
        return self._with_port(aws_host(service, region, zone, fips=self.fips, dual_stack=self.dual_stack))

    def _with_port(self, host: str) -> str:
        return host if self.port is None else f"{host}:{self.port}"

    def _accelerate_authority(self, bucket: str) -> str:
        if "." in bucket or not can_be_host(bucket):
            raise ValueError(
                f"{bucket}: Transfer Acceleration takes only names that fit a host, without dots"
            )
        dual_stack = ".dualstack" if self.dual_stack else ""
        return self._with_port(f"{bucket}.s3-accelerate{dual_stack}.{partition_of(self.region).dns_suffix}")
