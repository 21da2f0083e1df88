"""S3 URIs: `s3://bucket/key`, the name of a bucket, a prefix or an object. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from s3tui.s3.address.access_point import is_arn
from s3tui.s3.address.directory_bucket import looks_like_directory

_ACCESS_POINT = re.compile(r"arn:[^/]*:(?:outpost[:/][^/:]+[:/])?accesspoint[:/][^/]+")


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
            key = path[point.end() + 1 :]
            # As an object is called where permissions are written: arn:…:accesspoint/name/object/key.
            return cls(point.group(), key if path != text else key.removeprefix("object/"))
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

    @classmethod
    def of_source(cls, source: str) -> S3Uri:
        """Read the source of a copy: `bucket/key`, where the bucket may be an access point's ARN.

        Raises: ValueError, where it names no object.
        """
        bucket, _, key = source.partition("/")
        uri = cls.parse(f"s3://{source}") if is_arn(source) else cls(bucket, key)
        if not uri.bucket or not uri.key:
            raise ValueError(f"{source!r} names no object to copy: expected bucket/key")
        return uri

    @property
    def arn(self) -> str | None:
        """Its ARN, where the name alone tells it: that of a directory bucket has its owner's account."""
        if is_arn(self.bucket):
            return f"{self.bucket}/object/{self.key}" if self.key else self.bucket
        if looks_like_directory(self.bucket) or self.bucket.endswith("--op-s3"):
            return None
        return f"arn:aws:s3:::{self.bucket}/{self.key}" if self.key else f"arn:aws:s3:::{self.bucket}"

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
