"""`s3://bucket/key`: the name of a bucket, a prefix or an object, as people write it. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class S3Uri:
    """A bucket and what lies in it; an empty `key` means the bucket itself."""

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, text: str) -> S3Uri:
        """Read `s3://bucket`, `s3://bucket/` or `s3://bucket/key`; the key is taken as it stands.

        Raises: ValueError, with a sentence that says what is wrong.
        """
        if not text.lower().startswith("s3://"):
            raise ValueError(f"{text!r} is not an S3 URI: expected s3://bucket or s3://bucket/prefix")
        bucket, _, key = text[5:].partition("/")
        if not bucket:
            raise ValueError(f"{text!r} names no bucket: expected s3://bucket or s3://bucket/prefix")
        if any(c in bucket for c in "?#@ \\") or not bucket.isprintable() or bucket in (".", ".."):
            raise ValueError(f"{bucket!r} cannot be a bucket's name")
        return cls(bucket, key)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"
