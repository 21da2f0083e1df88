"""The multipart copy of a large object: inside S3, or through this machine."""

from __future__ import annotations

from collections.abc import Callable

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType, Hasher, finish, new_hasher
from s3tui.s3.models import ByteRange, ObjectHead
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.s3.wire.crc_combine import combine, is_combinable
from s3tui.transfer.copy.relay import RelayedBody, SourceObject, relay
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.part_plan import MAX_PARTS, PartPlan
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle


class PartsCopy:
    """An open multipart upload, made of ranges of an object; `copy_missing` may be called again.

    Args:
        source_etag: of the object that the parts are of.
        is_inside: S3 itself copies; else the bytes come through this machine.
    """

    def __init__(
        self,
        upload: MultipartUpload,
        source: ObjectHead,
        plan: PartPlan,
        meter: ProgressMeter,
        *,
        is_inside: bool,
    ) -> None:
        self.key = upload.key
        self.source_etag = source.etag
        self.upload = upload
        self._plan = plan
        self._meter = meter
        self.is_inside = is_inside
        checksum = source.checksum
        is_whole = checksum is not None and checksum.type is ChecksumType.FULL_OBJECT
        self._algorithm = (
            checksum.algorithm if checksum and is_whole and is_combinable(checksum.algorithm) else None
        )
        self._checksums: dict[int, Checksum] = {}
        meter.split(len(plan))
        for part in upload.parts:  # those of an earlier process
            meter.moved(part.size or 0)
            with meter.part(part.part_number - 1):
                pass

    async def copy_missing(self, source: SourceObject, resources: Resources) -> None:
        known = {part.part_number for part in self.upload.parts}
        todo = [part for part in enumerate(self._plan, start=1) if part[0] not in known]
        left = iter(todo)

        async def copy_some() -> None:
            for number, (offset, length) in left:
                async with resources.parts:
                    with self._meter.part(number - 1):
                        await self._copy_part(source, number, offset, length, resources.throttle)

        await run_workers(resources.parts, copy_some, most=len(todo))

    async def _copy_part(
        self, source: SourceObject, number: int, offset: int, length: int, throttle: Throttle
    ) -> None:
        span = ByteRange(offset, offset + length - 1)
        if self.is_inside:
            await self.upload.copy_part(
                number,
                f"{source.bucket}/{source.key}",
                byte_range=span,
                source_version_id=source.version_id,
                source_if_match=source.head.etag,
            )
            self._meter.moved(length)
            return

        async def send(body: RelayedBody) -> Hasher | None:
            await self.upload.upload_part(number, body, content_length=length)
            return body.hasher

        hasher = await relay(source, span, self._meter, throttle, send, hasher=_maker(self._algorithm))
        if hasher is not None and self._algorithm is not None:
            self._checksums[number] = finish(hasher, self._algorithm)

    @property
    def relayed(self) -> Checksum | None:
        """The checksum of all that went through this machine, where it can be known."""
        if self._algorithm is None or len(self._checksums) != len(self._plan):
            return None
        lengths = [length for _, length in self._plan]
        return combine([self._checksums[number] for number in sorted(self._checksums)], lengths)

    @property
    def is_whole(self) -> bool:
        """True when every part is there."""
        return len(self.upload.parts) == len(self._plan)

    @property
    def spare_number(self) -> int:
        """The number of a part that is not planned, as far as there is one."""
        return min(len(self._plan) + 1, MAX_PARTS)

    def check_complete(self) -> None:
        """Check that every part is there: S3 would make an object of what there is.

        Raises: TransferError, when one is missing.
        """
        if not self.is_whole:
            raise TransferError(f"not every part of {self.key} was copied: retry", "IncompleteUpload")

    async def abort(self) -> None:
        await self.upload.abort()


def _maker(algorithm: ChecksumAlgorithm | None) -> Callable[[], Hasher | None]:
    return lambda: None if algorithm is None else new_hasher(algorithm)
