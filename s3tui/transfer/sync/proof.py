"""Proofs that both sides of a path are the same, where their listings do not tell."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity.same_as_file import compare_bytes_with_file, compare_with_file
from s3tui.transfer.integrity.verify import StoredObject, Verdict, compare, compare_bytes
from s3tui.transfer.sync.ends import End, Folder, Prefix
from s3tui.transfer.sync.filters import ns_of
from s3tui.transfer.sync.merging import Unsure
from s3tui.transfer.sync.models import Compare, Entry

MTIME = "mtime"
"""The metadata that an upload records the time of the file under: seconds since 1970, as rclone does."""
_SECOND_NS = 1_000_000_000
_OTHER_BYTES = "other bytes"
_NOTHING_TELLS = "nothing tells whether it is the same"


def recorded_time(mtime_ns: int) -> str:
    """Return the time of a file as metadata has it."""
    seconds, rest = divmod(mtime_ns, _SECOND_NS)
    return f"{seconds}.{rest:09}" if mtime_ns >= 0 else str(Decimal(mtime_ns).scaleb(-9))


def time_of(metadata_value: str | None) -> int | None:
    """Return the time that metadata has, in nanoseconds; `None`, where it is no time."""
    try:
        return None if metadata_value is None else int(Decimal(metadata_value).scaleb(9))
    except (InvalidOperation, ValueError, OverflowError):
        return None


def is_same_time(one_ns: int, other_ns: int) -> bool:
    """Say whether two times are the same to the coarser of the steps that they are told in."""
    step = max(map(_step, (one_ns, other_ns)))
    return abs(one_ns - other_ns) < step


def _step(time_ns: int) -> int:
    if time_ns % _SECOND_NS == 0:
        return _SECOND_NS
    return 1_000 if time_ns % 1_000 == 0 else 100


class Prover:
    """Looks at both sides of what listings leave open; reads, and never writes.

    Args:
        clients: of the source and of the target; of a folder there is none.
    """

    def __init__(
        self, source: End, target: End, clients: tuple[S3Client | None, S3Client | None], compare: Compare
    ) -> None:
        self._source, self._target, self._compare = source, target, compare
        self._clients = clients

    async def is_same(self, unsure: Unsure) -> tuple[bool, str]:
        """Return whether both sides are the same, and why not.

        Raises: S3Error, OSError: that cannot be told now.
        """
        sides = (
            (self._source, unsure.source, self._clients[0]),
            (self._target, unsure.target, self._clients[1]),
        )
        for (end, entry, _), (other_end, other, client) in (sides, sides[::-1]):
            if isinstance(end, Folder) and isinstance(other_end, Prefix):
                assert client is not None
                may_tell_time = self._compare is Compare.MTIME and not unsure.is_rewritten
                file = end.file(entry.path)
                return await self._with_file(
                    file, entry, client, other_end, other, may_tell_time=may_tell_time
                )
        return await self._of_objects(unsure)

    async def _with_file(
        self,
        file: Path,
        entry: Entry,
        client: S3Client,
        prefix: Prefix,
        there: Entry,
        *,
        may_tell_time: bool,
    ) -> tuple[bool, str]:
        key, looks_anew = prefix.where(there.path), self._compare is Compare.CHECKSUM
        if self._compare is Compare.ETAG and there.etag is not None:
            listed = StoredObject(client, prefix.bucket, key, None, _head(there))
            if (await compare_with_file(listed, file)).verdict.is_same:
                return True, ""
        head = await client.head_object(prefix.bucket, key, checksums=True)
        if may_tell_time and entry.mtime_ns is not None:
            times = [time_of(dict(head.metadata).get(MTIME))]
            if isinstance(self._target, Folder):
                times.append(None if head.last_modified is None else ns_of(head.last_modified))
            if any(is_same_time(entry.mtime_ns, each) for each in times if each is not None):
                return True, ""
        stored = StoredObject(client, prefix.bucket, key, None, head)
        verdict = (await compare_with_file(stored, file)).verdict
        is_told = verdict.is_same is not None and verdict.misfit is None
        if looks_anew and not is_told:
            verdict = (await compare_bytes_with_file(stored, file)).verdict
        return _words(verdict)

    async def _of_objects(self, unsure: Unsure) -> tuple[bool, str]:
        one, other = unsure.source, unsure.target
        if self._compare is not Compare.CHECKSUM and one.etag is not None and one.etag == other.etag:
            return True, ""
        stored = []
        for end, entry, client in zip((self._source, self._target), (one, other), self._clients, strict=True):
            assert isinstance(end, Prefix)
            assert client is not None
            key = end.where(entry.path)
            head = await client.head_object(end.bucket, key, checksums=True)
            stored.append(StoredObject(client, end.bucket, key, None, head))
        verdict = compare(stored[0].head, stored[1].head)
        is_told = verdict.is_same is not None and verdict.misfit is None
        if self._compare is Compare.CHECKSUM and not is_told:
            verdict = await compare_bytes(stored[0], stored[1])
        return _words(verdict)


def _head(entry: Entry) -> ObjectHead:
    modified = None if entry.mtime_ns is None else datetime.fromtimestamp(entry.mtime_ns / 1e9).astimezone()
    return ObjectHead(entry.size, entry.etag, modified)


def _words(verdict: Verdict) -> tuple[bool, str]:
    if verdict.is_same is None:
        return False, _NOTHING_TELLS
    return verdict.is_same, "" if verdict.is_same else _OTHER_BYTES
