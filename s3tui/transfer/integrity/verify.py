"""Verification: compares bytes with the checksum or MD5 that S3 has of an object.

S3 keeps, at best, a checksum of the whole content. Else there may be one over those of its parts, or the
etag is an MD5, of the content or of its parts. A digest over parts is only a proof where S3 says how the
object was split: a guess that does not fit says nothing.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumType, Hasher, is_md5, new_hasher
from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.s3.wire.headers import is_opaque, md5_of
from s3tui.transfer.integrity.part_sizes import PartSizes, exact_part_sizes, likely_part_sizes, part_count
from s3tui.transfer.threads import in_thread

SIZE = "size"
_MD5_OF_NOTHING = hashlib.md5(usedforsecurity=False).hexdigest()

_READ = 1024 * 1024
_STEP = 32 * 1024 * 1024
"""Bytes of a part that are hashed in one go: a cancellation waits for them."""
_LOOK_S = 0.02
_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a comparison of bytes."""

    is_same: bool | None
    """`None`: nothing tells."""
    by: str
    """The evidence: a checksum's name, `MD5`, `size`; for parts, with `of parts`. Empty: there is none."""
    misfit: bytes | None = None
    """The digest of the bytes, where it differs from an etag, which may be no MD5 at all: only if another
    read has another digest, it is the bytes that are wrong."""

    @property
    def proof(self) -> str | None:
        """The checksum or MD5 that matched, `None` without: an equal size proves nothing."""
        return self.by if self.is_same and self.by != SIZE else None


UNKNOWN = Verdict(None, "")


@dataclass(frozen=True, slots=True)
class ExpectedDigest:
    """The digest that the bytes of an object must have."""

    expected: bytes
    by: str
    new_hasher: Callable[[], Hasher]
    parts: PartSizes
    """Each part is hashed for itself, and then their digests; a single one is the whole."""
    is_composite: bool = False
    is_etag: bool = False
    """Gateways, and S3 under some keys, give etags that only look like an MD5: such a proof may prove, but
    does not disprove by itself."""

    def verdict(self, found: bytes) -> Verdict:
        if found == self.expected:
            return Verdict(True, self.by)
        return Verdict(False, self.by, found if self.is_etag else None)

    @property
    def size(self) -> int:
        return sum(self.parts.sizes)

    def fold(self, digests: Sequence[bytes]) -> bytes:
        if not self.is_composite:
            return digests[0]
        whole = self.new_hasher()
        whole.update(b"".join(digests))
        return whole.digest()


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object at S3, in the state that `head` tells of, which was asked for with its checksum."""

    client: S3Client
    bucket: str
    key: str
    version_id: str | None
    head: ObjectHead
    is_size_said: bool = True
    """S3 told the size; else it is merely that of what came, and proves nothing."""
    is_pinned: bool = True
    """The server honours If-Match with this etag; else only its answers are compared."""

    @property
    def if_match(self) -> str | None:
        return self.head.etag if self.is_pinned else None

    async def proof(self) -> ExpectedDigest | None:
        """Return the digest that is cheapest to learn, asking for the part sizes if need be."""
        head = self.head
        plain = _plain_proof(head)
        if plain is not None or _composite(head) is None:
            return plain
        sizes = await likely_part_sizes(self.client, self.bucket, self.key, self.version_id, head)
        return None if sizes is None else proof_by_parts(head, sizes)

    async def exact_proof(self) -> ExpectedDigest | None:
        """Return the digest over parts whose sizes are known for sure."""
        sizes = await exact_part_sizes(self.client, self.bucket, self.key, self.version_id, self.head)
        return None if sizes is None else proof_by_parts(self.head, sizes)


class FileCheck:
    """Compares an open file with an object; while the file is being filled, it can follow behind."""

    def __init__(self, stored: StoredObject, fd: int) -> None:
        self._stored = stored
        self._fd = fd
        self._digests: _Digests | None = None

    async def follow(self, front: Callable[[], int]) -> None:
        """Hash what lies before `front()`, until cancelled.

        Raises: OSError.
        """
        self._digests = self._digests or await self._begin()
        while self._digests is not None:
            if front() > self._digests.position:
                await in_thread(self._digests.step, front())
            await asyncio.sleep(_LOOK_S)

    async def verdict(self) -> Verdict:
        """Compare; the file is whole now.

        Raises: OSError.
        """
        size, is_said = self._stored.head.size, self._stored.is_size_said
        if os.fstat(self._fd).st_size != size:
            return Verdict(False, SIZE)
        if size == 0 and is_said and not _has_checksum(self._stored.head):
            return _of_nothing(self._stored.head)
        digests = self._digests or await self._begin()
        if digests is None:
            return UNKNOWN
        proof = digests.proof
        verdict = proof.verdict(await _finish(digests))
        if verdict.is_same or proof.parts.is_exact:
            return verdict
        exact = await self._stored.exact_proof()
        if exact is None:
            return UNKNOWN
        if exact.parts.sizes == proof.parts.sizes:
            return verdict
        return exact.verdict(await _finish(_Digests(self._fd, exact)))

    async def _begin(self) -> _Digests | None:
        proof = await self._stored.proof()
        return None if proof is None else _Digests(self._fd, proof)


async def check_file(stored: StoredObject, path: Path) -> Verdict:
    """Compare the file `path` with an object; what is no regular file is not the same.

    Raises: OSError.
    """
    # Not to wait for a writer, should it be a pipe.
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return Verdict(False, "kind")
        raise
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return Verdict(False, "kind")
        return await FileCheck(stored, fd).verdict()
    finally:
        os.close(fd)


async def md5s_of_parts(fd: int, sizes: Sequence[int]) -> list[bytes]:
    """Return the MD5 of each part of an open file; `sizes` in bytes, in order. Cancellable between steps.

    Raises: OSError.
    """
    parts = PartSizes(tuple(sizes), is_exact=True)
    digests = _Digests(fd, ExpectedDigest(b"", "MD5 of parts", _new_md5, parts, is_composite=True))
    await _finish(digests)
    return digests.done


class _Digests:
    """The digests of a file's parts, in the making. Blocking."""

    def __init__(self, fd: int, proof: ExpectedDigest) -> None:
        self.proof = proof
        self.position = 0
        """The offset up to which the file is hashed."""
        self._fd = fd
        self._ends = list(accumulate(proof.parts.sizes))
        self.done: list[bytes] = []
        self._hasher = proof.new_hasher()

    @property
    def is_done(self) -> bool:
        return len(self.done) == len(self._ends)

    @property
    def result(self) -> bytes:
        return self.proof.fold(self.done)

    def step(self, end: int) -> None:
        """Hash some more of what lies before `end`, several parts at once where that can be."""
        sizes, first = self.proof.parts.sizes, len(self.done)
        whole = 0
        if self.position == self._start_of(first):
            ahead = range(first, min(first + _THREADS, len(sizes)))
            whole = sum(self._ends[index] <= end and sizes[index] <= _STEP for index in ahead)
        if whole < 2:
            self._go_on(min(end, self.position + _STEP))
            return
        with ThreadPoolExecutor(whole, thread_name_prefix="verify") as threads:
            self.done += threads.map(self._digest, range(first, first + whole))
        self.position = self._ends[first + whole - 1]

    def _go_on(self, end: int) -> None:
        while not self.is_done and (self.position < end or self.position == self._ends[len(self.done)]):
            stop = self._ends[len(self.done)]
            _hash(self._hasher, self._fd, self.position, min(end, stop))
            self.position = min(end, stop)
            if self.position == stop:
                self.done.append(self._hasher.digest())
                self._hasher = self.proof.new_hasher()

    def _digest(self, index: int) -> bytes:
        hasher = self.proof.new_hasher()
        _hash(hasher, self._fd, self._start_of(index), self._ends[index])
        return hasher.digest()

    def _start_of(self, index: int) -> int:
        return self._ends[index - 1] if index else 0


async def _finish(digests: _Digests) -> bytes:
    while not digests.is_done:  # step by step: a cancellation waits for one of them
        await in_thread(digests.step, digests.proof.size)
    return digests.result


def compare(one: ObjectHead, other: ObjectHead) -> Verdict:
    """Compare two objects by what S3 says of them. Pure."""
    if one.size != other.size and None not in (one.size, other.size):
        return Verdict(False, SIZE)
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
    mine, others = md5_of(one), md5_of(other)
    are_empty = one.size == other.size == 0  # then only a checksum says that they differ
    if mine is not None and others is not None and (mine == others or not are_empty):
        return Verdict(mine == others, "MD5", None if mine == others else bytes.fromhex(others))
    if one.etag == other.etag and _md5_of_parts(one) is not None:
        return Verdict(True, "MD5 of parts")
    return Verdict(True, SIZE) if are_empty else UNKNOWN


async def compare_bytes(one: StoredObject, other: StoredObject) -> Verdict:
    """Read two objects and compare their bytes: where their etags differ, and may be no MD5s.

    An object of unknown size may come short each time: its etag is believed.
    """
    if one.head.size is None:
        return Verdict(False, "MD5")
    try:
        return Verdict(await _md5_of_bytes(one) == await _md5_of_bytes(other), "MD5")
    except S3Error:
        return UNKNOWN


async def _md5_of_bytes(stored: StoredObject) -> bytes:
    found = _new_md5()
    async with stored.client.stream_object(
        stored.bucket, stored.key, version_id=stored.version_id, if_match=stored.head.etag
    ) as body:
        async for chunk in body:
            found.update(chunk)
    return found.digest()


def prove(data: bytes, head: ObjectHead) -> Verdict:
    """Compare all of an object's bytes with what S3 says of it. Pure."""
    if len(data) != head.size:
        return Verdict(False, SIZE)
    if not data and not _has_checksum(head):
        return _of_nothing(head)
    proof = _plain_proof(head)
    if proof is None:
        return UNKNOWN
    hasher = proof.new_hasher()
    hasher.update(data)
    return proof.verdict(hasher.digest())


def is_provable(head: ObjectHead) -> bool:
    """Say whether S3 tells enough to know the object's bytes for sure, without asking for its parts."""
    return head.size == 0 or _plain_proof(head) is not None


def _of_nothing(head: ObjectHead) -> Verdict:
    """Compare no bytes with an empty object: they are the same, whatever its etag; an MD5 proves it."""
    return Verdict(True, "MD5" if md5_of(head) == _MD5_OF_NOTHING else SIZE)


def _has_checksum(head: ObjectHead) -> bool:
    """Say whether there is a checksum, which may disprove also where the size alone seems to tell."""
    proof = _plain_proof(head)
    return proof is not None and not proof.is_etag


def proof_by_parts(head: ObjectHead, sizes: PartSizes) -> ExpectedDigest | None:
    found = _composite(head)
    if found is None:
        return None
    expected, name, maker = found
    # `…-1` is also what gateways write for anything; several parts of the sizes that S3 says are its form.
    is_etag = name == "MD5" and (len(sizes.sizes) == 1 or head.server_side_encryption is not None)
    return ExpectedDigest(expected, f"{name} of parts", maker, sizes, is_composite=True, is_etag=is_etag)


def _plain_proof(head: ObjectHead) -> ExpectedDigest | None:
    """Return the digest that needs no part sizes, where there is one."""
    if head.size is None:
        return None
    whole = PartSizes((head.size,), is_exact=True)
    checksum = head.checksum
    if checksum is not None and checksum.type is ChecksumType.FULL_OBJECT:
        return ExpectedDigest(checksum.digest, checksum.algorithm.value, _maker(checksum.algorithm), whole)
    md5 = md5_of(head)
    return None if md5 is None else ExpectedDigest(bytes.fromhex(md5), "MD5", _new_md5, whole, is_etag=True)


def _composite(head: ObjectHead) -> tuple[bytes, str, Callable[[], Hasher]] | None:
    """Return the digest over the digests of the parts, its name, and what makes it."""
    checksum = head.checksum
    if checksum is not None and checksum.value.endswith(f"-{part_count(head)}"):
        return checksum.digest, checksum.algorithm.value, _maker(checksum.algorithm)
    digest = _md5_of_parts(head)
    return None if digest is None else (bytes.fromhex(digest), "MD5", _new_md5)


def _md5_of_parts(head: ObjectHead) -> str | None:
    """Return the MD5 over those of the parts, where the etag is one."""
    digest = (head.etag or "").partition("-")[0]
    return None if part_count(head) is None or is_opaque(head) or not is_md5(digest) else digest


def _maker(algorithm: ChecksumAlgorithm) -> Callable[[], Hasher]:
    return lambda: new_hasher(algorithm)


def _new_md5() -> Hasher:
    return hashlib.md5(usedforsecurity=False)


def _hash(hasher: Hasher, fd: int, start: int, end: int) -> None:
    """Feed the bytes from `start` to `end`; fewer, when the file ends before."""
    buffer = memoryview(bytearray(min(_READ, max(1, end - start))))
    while start < end:
        count = os.preadv(fd, [buffer[: end - start]], start)
        if count == 0:
            return
        hasher.update(buffer[:count])
        start += count
