"""Directory buckets: S3 Express One Zone, their names, hosts and which of their operations go where. Pure.

Truth: *Directory buckets* and *Networking for directory buckets* in the S3 User Guide, and AWS's endpoint
rules for S3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?P<base>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)--(?P<zone>[a-z0-9]+(?:-[a-z0-9]+)+)--(?P<end>xa?-s3)"
)

_OF_OTHERS = frozenset(("HeadBucket", "ListBuckets", "GetBucketAbac", "PutBucketAbac"))
WITHOUT_SESSION = frozenset(("CreateSession", "CopyObject", "UploadPartCopy"))
"""Operations on a zonal host that are signed with the user's own keys."""


@dataclass(frozen=True, slots=True)
class DirectoryBucket:
    """`{base}--{zone}--x-s3`, or `--xa-s3` of an access point of one."""

    name: str
    zone: str
    """The id of its availability or local zone: `usw2-az1`."""

    @classmethod
    def parse(cls, bucket: str) -> DirectoryBucket | None:
        """Parse the name of a directory bucket; `None` where it is that of another.

        Raises: ValueError, for one that ends like such a name and has no zone.
        """
        if not looks_like_directory(bucket):
            return None
        match = _NAME.fullmatch(bucket)
        if match is None or len(bucket) > 63:
            raise ValueError(f"{bucket} is not the name of a directory bucket: expected name--zone-id--x-s3")
        return cls(bucket, match["zone"])


def is_control(operation: str) -> bool:
    """Say whether an operation on a directory bucket goes to the control host: those of the bucket itself."""
    if operation in _OF_OTHERS:
        return False
    return operation == "ListDirectoryBuckets" or "Bucket" in operation or "PublicAccessBlock" in operation


def looks_like_directory(bucket: str) -> bool:
    """Say whether a name has the ending that only directory buckets may have."""
    return bucket.endswith(("--x-s3", "--xa-s3"))
