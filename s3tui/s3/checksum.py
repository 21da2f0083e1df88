"""Checksums of objects and of their parts. Pure: no I/O.

Truth: *Checking object integrity* in the Amazon S3 User Guide. A multipart object has either the
checksum of its whole content (`FULL_OBJECT`) or one over the checksums of its parts (`COMPOSITE`,
written `value-parts`), as its etag is the MD5 over the MD5s of its parts.

CRC32C, CRC64NVME and the XXHASHs come from awscrt, which is imported when the first of them is computed.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Protocol

from s3tui.s3.errors import ChecksumMismatch

if TYPE_CHECKING:
    from awscrt.checksums import XXHash

_MD5 = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)  # OSS writes it in capitals
_DIGEST_SIZES = {
    "CRC32": 4,
    "CRC32C": 4,
    "CRC64NVME": 8,
    "SHA1": 20,
    "SHA256": 32,
    "SHA512": 64,
    "MD5": 16,
    "XXHASH64": 8,
    "XXHASH3": 8,
    "XXHASH128": 16,
}


class ChecksumAlgorithm(Enum):
    """The checksum algorithms that S3 can keep an object's checksum in."""

    CRC32 = "CRC32"
    CRC32C = "CRC32C"
    CRC64NVME = "CRC64NVME"
    SHA1 = "SHA1"
    SHA256 = "SHA256"
    SHA512 = "SHA512"
    MD5 = "MD5"
    XXHASH64 = "XXHASH64"
    XXHASH3 = "XXHASH3"
    XXHASH128 = "XXHASH128"

    @property
    def header(self) -> str:
        return f"x-amz-checksum-{self.value.lower()}"

    @property
    def element(self) -> str:
        """The name of its element in S3's documents."""
        return f"Checksum{self.value}"


class ChecksumType(Enum):
    """The scope of a multipart object's checksum: its whole content, or its parts' checksums."""

    FULL_OBJECT = "FULL_OBJECT"
    COMPOSITE = "COMPOSITE"


class ChecksumMode(Enum):
    """The policy for sending and verifying checksums."""

    ALWAYS = "always"
    """With every body; a stream's goes into a trailer."""
    WHEN_SUPPORTED = "when_supported"
    """As `ALWAYS` on AWS; elsewhere not with streams, whose trailer several products store or refuse."""
    WHEN_REQUIRED = "when_required"
    """Only where S3 insists, as for objects that are locked; then as Content-MD5."""
    NEVER = "never"
    """As `WHEN_REQUIRED`; nor is one asked for, to be compared with."""


@dataclass(frozen=True, slots=True)
class Checksum:
    """The checksum of an object or of a part, as S3 keeps it."""

    algorithm: ChecksumAlgorithm
    value: str
    """Base64, as S3 writes it; a composite one ends in `-` and the number of parts."""
    type: ChecksumType = ChecksumType.FULL_OBJECT

    @property
    def digest(self) -> bytes:
        """The bytes that `value` stands for.

        Raises: ValueError, when it is not Base64.
        """
        return base64.b64decode(self.value.partition("-")[0], validate=True)

    @property
    def is_readable(self) -> bool:
        """`value` has the form of a checksum of that algorithm; else it tells nothing."""
        try:
            return len(self.digest) == _DIGEST_SIZES[self.algorithm.value]
        except ValueError:
            return False


class Hasher(Protocol):
    """An incremental checksum: the interface of `hashlib`'s hashes."""

    def update(self, data: bytes | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, step: Callable[[bytes, int], int], size: int) -> None:
        self._step = step
        self._size = size
        self._value = 0

    def update(self, data: bytes | memoryview, /) -> None:
        self._value = self._step(data, self._value)  # type: ignore[arg-type]  # each takes any buffer

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


class _XxHash:
    def __init__(self, hasher: XXHash) -> None:
        self._hasher = hasher

    def update(self, data: bytes | memoryview, /) -> None:
        self._hasher.update(data)

    def digest(self) -> bytes:
        return self._hasher.finalize()


def new_hasher(algorithm: ChecksumAlgorithm) -> Hasher:
    import hashlib

    match algorithm:
        case ChecksumAlgorithm.CRC32:
            return _Crc(zlib.crc32, 4)
        case ChecksumAlgorithm.SHA1:
            return hashlib.sha1(usedforsecurity=False)
        case ChecksumAlgorithm.SHA256:
            return hashlib.sha256()
        case ChecksumAlgorithm.SHA512:
            return hashlib.sha512()
        case ChecksumAlgorithm.MD5:
            return hashlib.md5(usedforsecurity=False)
    from awscrt import checksums  # 35 ms, which most sessions never pay

    match algorithm:
        case ChecksumAlgorithm.CRC32C:
            return _Crc(checksums.crc32c, 4)
        case ChecksumAlgorithm.CRC64NVME:
            return _Crc(checksums.crc64nvme, 8)
        case ChecksumAlgorithm.XXHASH64:
            return _XxHash(checksums.XXHash.new_xxhash64())
        case ChecksumAlgorithm.XXHASH3:
            return _XxHash(checksums.XXHash.new_xxhash3_64())
    return _XxHash(checksums.XXHash.new_xxhash3_128())


def finish(hasher: Hasher, algorithm: ChecksumAlgorithm) -> Checksum:
    return Checksum(algorithm, base64.b64encode(hasher.digest()).decode())


def checksum_of(data: bytes, algorithm: ChecksumAlgorithm) -> Checksum:
    hasher = new_hasher(algorithm)
    hasher.update(data)
    return finish(hasher, algorithm)


def composite(parts: Sequence[Checksum]) -> Checksum:
    """Return the checksum over the checksums of an object's parts, in the order of their numbers.

    Raises: ValueError, without parts, or when they differ in algorithm.
    """
    algorithms = {part.algorithm for part in parts}
    if len(algorithms) != 1:
        raise ValueError("a composite checksum needs parts, and one algorithm for all of them")
    whole = checksum_of(b"".join(part.digest for part in parts), algorithms.pop())
    return Checksum(whole.algorithm, f"{whole.value}-{len(parts)}", ChecksumType.COMPOSITE)


def multipart_etag(part_etags: Sequence[str]) -> str | None:
    """Return the etag that S3 gives to an object made of these parts, `None` where it is not known.

    It is known when every part's own etag is an MD5.
    """
    if not part_etags or not all(_MD5.fullmatch(etag) for etag in part_etags):
        return None
    from hashlib import md5

    digest = md5(b"".join(map(bytes.fromhex, part_etags)), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(part_etags)}"


def is_md5(etag: str) -> bool:
    """Say whether an etag has the form of an MD5; it is one only without KMS and customer keys."""
    return _MD5.fullmatch(etag) is not None


class EtagHasher:
    """Computes the etag of content that S3 was sent in parts of `part_sizes`; fed in order, in any chunks.

    Args:
        part_sizes: of each part, in order; the last may be larger than what is left.
            `itertools.repeat(size)` for equal parts; empty for content sent by one PutObject.
    """

    def __init__(self, part_sizes: Iterable[int] = ()) -> None:
        self._sizes = iter(part_sizes)
        from hashlib import md5

        self._new = partial(md5, usedforsecurity=False)
        self._part = self._new()
        self._room = next(self._sizes, None)
        self._is_multipart = self._room is not None
        self._finished: list[str] = []

    def update(self, data: bytes) -> None:
        """Feed the next bytes.

        Raises: ValueError, when there is more content than parts.
        """
        view = memoryview(data)
        while view:
            if self._room == 0:
                self._finished.append(self._part.hexdigest())
                self._part = self._new()
                self._room = next(self._sizes, None)
                if self._room is None:
                    raise ValueError("there is more content than the parts can hold")
            taken = view[: self._room]
            self._part.update(taken)
            view = view[len(taken) :]
            if self._room is not None:
                self._room -= len(taken)

    def etag(self) -> str:
        if not self._is_multipart:
            return self._part.hexdigest()
        return multipart_etag([*self._finished, self._part.hexdigest()]) or ""


class Verifier:
    """Verifies received bytes against the checksum that S3 keeps of them."""

    def __init__(self, expected: Checksum) -> None:
        self._expected = expected
        self._hasher = new_hasher(expected.algorithm)

    def update(self, data: bytes | memoryview) -> None:
        self._hasher.update(data)

    def check(self) -> None:
        """Compare the checksums.

        Raises: ChecksumMismatch.
        """
        found = finish(self._hasher, self._expected.algorithm)
        if found.value != self._expected.value:
            raise ChecksumMismatch(
                f"the bytes that came are not those that were stored: their {found.algorithm.value} is "
                f"{found.value} instead of {self._expected.value}"
            )
