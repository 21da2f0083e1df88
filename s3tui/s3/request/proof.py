"""What goes along with a body to prove it, and what is left of that where a server refuses it. Pure.

Products of before 2025 know no `x-amz-checksum-*`, and many refuse what they do not know; most know
Content-MD5, as S3 always did. Object Lock insists on one of the two.

Truth: *Checking object integrity* in the Amazon S3 User Guide; refusals as Backblaze B2, Oracle, Ceph,
JuiceFS, and older MinIO and GCS answer them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from s3tui.s3.checksum import ChecksumAlgorithm
from s3tui.s3.errors import ServiceError
from s3tui.s3.request.capabilities import REFUSALS, Capability

_REFUSALS_OF_FRAMING = REFUSALS | {
    "XAmzContentSHA256Mismatch",
    "SignatureDoesNotMatch",
    "MalformedTrailerError",
    "InvalidChunkSizeError",
    "IncompleteBody",
    "MissingContentLength",
}
_WANTS_MD5 = re.compile(r"content-?md5", re.I)

MODE_HEADER = "x-amz-checksum-mode"
LOCK_HEADERS = frozenset(("x-amz-object-lock-mode", "x-amz-object-lock-legal-hold"))
"""With one of these, S3 takes no body without a proof."""


@dataclass(frozen=True, slots=True)
class Proof:
    algorithm: ChecksumAlgorithm | None = None
    """Of a checksum in `x-amz-checksum-*`."""
    trailer: bool = False
    """Send a stream's checksum behind it."""
    md5: bool = False
    """Send Content-MD5, where the body is there to be read before."""

    @property
    def capability(self) -> Capability | None:
        """What the endpoint must know to take it, apart from S3 as it always was."""
        if self.algorithm is None:
            return None
        return Capability.CHECKSUM_TRAILERS if self.trailer else Capability.CHECKSUM_HEADERS


def weaker(proof: Proof, error: ServiceError) -> Proof | None:
    """Return what to send instead, after the server refused the body; `None`: the proof was not to blame."""
    if proof == Proof():
        return Proof(md5=True) if _wants_md5(error) else None
    if proof.trailer:
        return replace(proof, trailer=False) if error.code in _REFUSALS_OF_FRAMING else None
    if error.code not in REFUSALS:
        return None
    return Proof(md5=True) if proof.algorithm is not None else Proof()


def refuses_mode(headers: Mapping[str, str], error: ServiceError) -> bool:
    """Say whether a reading may have been refused because it asked for the object's checksum."""
    return MODE_HEADER in headers and error.code in REFUSALS


def evidence_of(error: ServiceError) -> str:
    """Return what was seen, for the record: `PutObject: 501 NotImplemented, …`."""
    return f"{error.operation}: {error.status} {error.code}" + (f", {error.said}" if error.said else "")


def _wants_md5(error: ServiceError) -> bool:
    return error.status == 400 and _WANTS_MD5.search(f"{error.code} {error.said or ''}") is not None
