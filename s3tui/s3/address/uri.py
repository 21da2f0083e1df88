"""S3 URIs: `s3://bucket/key`, the name of a bucket, a prefix or an object. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ACCESS_POINT = re.compile(r"arn:[^/]*:accesspoint[:/][^/]+")


@dataclass(frozen=True, slots=True)
class S3Uri:
    """A bucket and what lies in it; an empty `key` means the bucket itself."""

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> S3Uri:
        """Read `s3://bucket`, `s3://bucket/` or `s3://bucket/key`; the key is taken as it stands.

        An access point's ARN may stand in the bucket's place; `arn:aws:s3:::bucket/key` names an object too.

        Raises: ValueError, with a sentence that says what is wrong.
        """
        if not text.lower().startswith(("s3://", "arn:")):
            raise ValueError(f"{text!r} is not an S3 URI: expected s3://bucket or s3://bucket/prefix")
        path = text[5:] if text[:5].lower() == "s3://" else text
        point = _ACCESS_POINT.match(path)
        if point is not None:
            return cls(point.group(), path[point.end() + 1 :])
        if path.startswith("arn:"):
            prefix, _, path = path.partition(":::")
            if not path or not prefix.endswith(":s3"):
                raise ValueError(f"{text!r} is not the ARN of a bucket, an object or an access point of S3")
        bucket, _, key = path.partition("/")
        if not bucket:
            raise ValueError(f"{text!r} names no bucket: expected s3://bucket or s3://bucket/prefix")
        if any(c in bucket for c in "?#@ \\") or not bucket.isprintable() or bucket in (".", ".."):
            raise ValueError(f"{bucket!r} cannot be a bucket's name")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
