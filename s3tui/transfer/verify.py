"""What proves that bytes are those of an object.

S3 keeps, at best, a checksum of the whole content. Else the etag may be an MD5, of the content or of
its parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.s3.answers import md5_of
from s3tui.s3.checksum import ChecksumType
from s3tui.s3.models import ObjectHead

SIZE = "size"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two things hold the same bytes."""

    is_same: bool | None
    """`None`: nothing tells."""
    by: str
    """What tells: a checksum's name, `MD5`, `size`."""


def compare(one: ObjectHead, other: ObjectHead) -> Verdict:
    """Compare two objects by what S3 says of them. Pure."""
    if one.size != other.size or one.size == 0:
        return Verdict(one.size == other.size, SIZE)
    left, right = one.checksum, other.checksum
    if (
        left is not None
        and right is not None
        and (left.algorithm, left.type) == (right.algorithm, right.type)
    ):
        if left.value == right.value:
            return Verdict(True, left.algorithm.value)
        if left.type is ChecksumType.FULL_OBJECT:
            return Verdict(False, left.algorithm.value)
    md5s = md5_of(one), md5_of(other)
    if None not in md5s:
        return Verdict(md5s[0] == md5s[1], "MD5")
    if one.etag is not None and one.etag == other.etag and "-" in one.etag:
        return Verdict(True, "MD5 of parts")
    return Verdict(None, SIZE)
