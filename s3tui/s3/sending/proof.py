"""Integrity proofs of request bodies: checksum or Content-MD5, and the fallback when refused. Pure.

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
from s3tui.s3.sending.capabilities import REFUSALS, Capability

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
"""Headers with which S3 accepts no body without a proof."""


@dataclass(frozen=True, slots=True)
class Proof:
    algorithm: ChecksumAlgorithm | None = None
    """Of a checksum in `x-amz-checksum-*`."""
    trailer: bool = False
    """Send a stream's checksum in the trailer."""
    md5: bool = False
    """Send Content-MD5, where the body is there to be read before."""

    @property
    def capability(self) -> Capability | None:
        """The capability that an endpoint needs to accept it; `None`: every endpoint does."""
        if self.algorithm is None:
            return None
        return Capability.CHECKSUM_TRAILERS if self.trailer else Capability.CHECKSUM_HEADERS


def weaker(proof: Proof, error: ServiceError) -> Proof | None:
    """Return the proof to send instead, after a refusal; `None`: the proof was not the reason."""
    if proof == Proof():
        return Proof(md5=True) if _wants_md5(error) else None
    if proof.trailer:
        return replace(proof, trailer=False) if error.code in _REFUSALS_OF_FRAMING else None
    if error.code not in REFUSALS:
        return None
    return Proof(md5=True) if proof.algorithm is not None else Proof()


def refuses_mode(headers: Mapping[str, str], error: ServiceError) -> bool:
    """Say whether a read may have been refused because it requested the object's checksum."""
    return MODE_HEADER in headers and error.code in REFUSALS


def evidence_of(error: ServiceError) -> str:
    """Return the evidence for a capability: `PutObject: 501 NotImplemented, …`."""
    return f"{error.operation}: {error.status} {error.code}" + (f", {error.said}" if error.said else "")


def _wants_md5(error: ServiceError) -> bool:
    return error.status == 400 and _WANTS_MD5.search(f"{error.code} {error.said or ''}") is not None
