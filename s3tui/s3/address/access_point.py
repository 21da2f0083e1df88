"""Access points: ARNs and aliases that are used in place of a bucket's name. Pure.

Truth: *Referencing access points* in the S3 User Guide, *S3 on Outposts*, and AWS's endpoint rules for S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


class AccessPointKind(Enum):
    """The services that have access points, by their name in an ARN and in a signature."""

    REGIONAL = "s3"
    MULTI_REGION = "multi-region"
    OBJECT_LAMBDA = "s3-object-lambda"
    OUTPOST = "s3-outposts"


_WORDS = {
    AccessPointKind.REGIONAL: "access points",
    AccessPointKind.MULTI_REGION: "multi-region access points",
    AccessPointKind.OBJECT_LAMBDA: "S3 Object Lambda",
    AccessPointKind.OUTPOST: "S3 on Outposts",
}


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`arn:aws:s3:region:account:accesspoint/name`, and its relatives of other services."""

    name: str
    account: str
    region: str
    """Empty: of a multi-region one."""
    kind: AccessPointKind = AccessPointKind.REGIONAL
    outpost: str = ""
    partition: str = "aws"

    @classmethod
    def parse(cls, arn: str) -> AccessPoint:
        """Parse an access point's ARN.

        Raises: ValueError, saying what is wrong with `arn`.
        """
        parts = arn.split(":", 5)
        if len(parts) < 6 or not all((parts[1], parts[2], parts[5])):
            raise ValueError(f"{arn!r} is not an ARN: expected arn:aws:s3:region:account:accesspoint/name")
        partition, service, region, account = parts[1:5]
        outpost, names = _resource(service, re.split("[:/]", parts[5]))
        if len(names) != 1:
            raise ValueError(f"{arn} does not name an access point of S3; a bucket goes by its plain name")
        name = names[0]
        is_global = service == "s3" and not region
        labels = [account, *name.split(".")] if is_global else [name, account, region]
        if not all(_LABEL.fullmatch(part) for part in (*labels, *([outpost] if outpost else []))):
            raise ValueError(f"{arn} holds a name, an account or a region that cannot be part of a host")
        kind = AccessPointKind.MULTI_REGION if is_global else AccessPointKind(service)
        return cls(name, account, region, kind, outpost, partition)

    @property
    def service(self) -> str:
        """The service that requests are signed for."""
        return "s3" if self.kind is AccessPointKind.MULTI_REGION else self.kind.value

    @property
    def host_label(self) -> str:
        """The labels in front of a host: the name, and where it is from."""
        outpost = f".{self.outpost}" if self.outpost else ""
        return f"{self.name}-{self.account}{outpost}"

    @property
    def aws_service(self) -> str:
        """The name of the service in Amazon's hosts."""
        return "s3-accesspoint" if self.kind is AccessPointKind.REGIONAL else self.kind.value

    def refusal(self, *, fips: bool, dual_stack: bool, accelerate: bool) -> str | None:
        """Return the reason why no such host has this access point, if there is one."""
        kind = _WORDS[self.kind]
        if accelerate:
            return f"{kind} have no Transfer Acceleration"
        if dual_stack and self.kind is not AccessPointKind.REGIONAL:
            return f"{kind} have no dual-stack hosts"
        if fips and self.kind in (AccessPointKind.MULTI_REGION, AccessPointKind.OUTPOST):
            return f"{kind} have no FIPS hosts"
        return None


def is_arn(bucket: str | None) -> bool:
    """Say whether an ARN stands where a bucket's name does."""
    return bucket is not None and bucket.startswith("arn:")


@dataclass(frozen=True, slots=True)
class OutpostAlias:
    """`{name}-o{outpost}…--op-s3`: the alias of an access point of S3 on Outposts."""

    alias: str
    rack: str
    """The label after it in a host: `op-{outpost}`, or `ec2`."""
    is_test: bool
    """Of a service that has no public host."""

    @classmethod
    def parse(cls, bucket: str) -> OutpostAlias | None:
        """Parse an alias; `None` where `bucket` is none.

        Raises: ValueError, for one that no host can be made of.
        """
        if not bucket.endswith("--op-s3") or len(bucket) < 50:
            return None
        hardware, outpost, region = bucket[-50], bucket[-49:-32], bucket[-12:-8]
        if hardware not in "eo" or not _LABEL.fullmatch(outpost) or not _LABEL.fullmatch(bucket):
            raise ValueError(f"{bucket} is not an alias of an access point of S3 on Outposts")
        return cls(bucket, "ec2" if hardware == "e" else f"op-{outpost}", region == "beta")


def _resource(service: str, parts: list[str]) -> tuple[str, list[str]]:
    """Return the outpost of an ARN's resource and the names after `accesspoint`; none where it is another."""
    outpost = ""
    if service == "s3-outposts" and parts[0] == "outpost" and len(parts) > 1:
        outpost, parts = parts[1], parts[2:]
    if not parts or parts[0] != "accesspoint" or (service == "s3-outposts") != bool(outpost):
        return outpost, []
    return outpost, parts[1:] if service in ("s3", "s3-object-lambda", "s3-outposts") else []
