"""Combining CRCs: the checksum of an object from those of its parts. Pure."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm

_COMBINABLE = (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.CRC64NVME)


def is_combinable(algorithm: ChecksumAlgorithm) -> bool:
    return algorithm in _COMBINABLE


def combine(parts: Sequence[Checksum], lengths: Sequence[int]) -> Checksum:
    """Return the checksum of the concatenated parts.

    Args:
        lengths: of the parts, in bytes.

    Raises: ValueError, without parts, for a hash, or when the parts differ in algorithm.
    """
    from awscrt import checksums  # 35 ms, which most sessions never pay

    algorithms = {part.algorithm for part in parts}
    if len(algorithms) != 1 or not algorithms <= set(_COMBINABLE) or len(parts) != len(lengths):
        raise ValueError("only CRCs of one kind, each with its length, can be combined")
    algorithm = algorithms.pop()
    step = {
        ChecksumAlgorithm.CRC32: checksums.combine_crc32,
        ChecksumAlgorithm.CRC32C: checksums.combine_crc32c,
        ChecksumAlgorithm.CRC64NVME: checksums.combine_crc64nvme,
    }[algorithm]
    whole = int.from_bytes(parts[0].digest, "big")
    for part, length in zip(parts[1:], lengths[1:], strict=True):
        whole = step(whole, int.from_bytes(part.digest, "big"), length)
    return Checksum(algorithm, base64.b64encode(whole.to_bytes(len(parts[0].digest), "big")).decode())
