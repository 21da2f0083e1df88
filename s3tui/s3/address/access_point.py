"""Access points: aliases and ARNs that are used in place of a bucket's name. Pure.

Truth: *Referencing access points* in the S3 User Guide, and AWS's endpoint rules for S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_NOT_YET = {
    "s3-object-lambda": "S3 Object Lambda",
    "s3-outposts": "S3 on Outposts",
    "s3express": "S3 Express One Zone",
}
_NOT_YET_BY_SUFFIX = {
    "--x-s3": "a directory bucket (S3 Express One Zone)",
    "--xa-s3": "an access point of a directory bucket (S3 Express One Zone)",
    "--op-s3": "an access point of S3 on Outposts",
}
_WHAT_IS = "general purpose buckets and their access points are"


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """`arn:aws:s3:region:account:accesspoint/name`."""

    name: str
    account: str
    region: str

    @classmethod
    def parse(cls, arn: str) -> AccessPoint:
        """Parse an access point's ARN.

        Raises: ValueError, saying what is wrong with `arn`, or what is not supported yet.
        """
        parts = arn.split(":", 5)
        if len(parts) < 6 or not all((parts[1], parts[2], parts[5])):
            raise ValueError(f"{arn!r} is not an ARN: expected arn:aws:s3:region:account:accesspoint/name")
        service, region, account = parts[2:5]
        kind, *names = re.split("[:/]", parts[5])
        if service in _NOT_YET:
            raise ValueError(f"{arn} is of {_NOT_YET[service]}, which is not supported yet; {_WHAT_IS}")
        if service != "s3" or kind != "accesspoint" or len(names) != 1:
            raise ValueError(f"{arn} does not name an access point of S3; a bucket goes by its plain name")
        if not region:
            raise ValueError(f"{arn} is a multi-region access point, which is not supported yet; {_WHAT_IS}")
        if not all(_LABEL.fullmatch(part) for part in (names[0], account, region)):
            raise ValueError(f"{arn} holds a name, an account or a region that cannot be part of a host")
        return cls(names[0], account, region)

    @property
    def host_label(self) -> str:
        return f"{self.name}-{self.account}"


def check_supported(bucket: str) -> None:
    """Refuse names of AWS resources that look like buckets and are not supported.

    Raises: ValueError.
    """
    for suffix, what in _NOT_YET_BY_SUFFIX.items():
        if bucket.endswith(suffix):
            raise ValueError(f"{bucket} is {what}, which is not supported yet; {_WHAT_IS}")
