"""The multipart upload of a file, part by part."""

from __future__ import annotations

from s3tui.s3.http.file_section import FileSection
from s3tui.s3.models import Part
from s3tui.s3.operations.multipart_upload import MultipartUpload
from s3tui.transfer.download.part_file import at
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.part_plan import IN_THREADS_FROM, PartPlan
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.capacity import run_workers
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.scheduling.rate_limiter import Throttle
from s3tui.transfer.scheduling.thread_progress import ThreadProgressMeter
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.local_file import SourceFile
from s3tui.transfer.upload.request_body import SourceFileBody, send_file


class PartsUpload:
    """An open multipart upload; `send_missing` may be called again after it was cancelled."""

    def __init__(
        self, upload: MultipartUpload, source: SourceFile, plan: PartPlan, meter: ProgressMeter
    ) -> None:
        self.upload = upload
        self.key = upload.key
        self.fingerprint = source.fingerprint
        """Of the file that the parts are of."""
        self._meter = meter
        self._plan = plan
        meter.split(len(plan))
        for part in upload.parts:  # those of an earlier process
            meter.moved(part.size or 0)
            with meter.part(part.part_number - 1):
                pass

    async def send_missing(self, source: SourceFile, resources: Resources) -> None:
        known = {part.part_number for part in self.upload.parts}
        todo = [part for part in enumerate(self._plan, start=1) if part[0] not in known]
        left = iter(todo)

        async def send_some() -> None:
            for number, (offset, length) in left:
                async with resources.parts:
                    with self._meter.part(number - 1):
                        await self._send_part(source, resources.throttle, number, offset, length)

        await run_workers(resources.parts, send_some, most=len(todo))
        await in_thread(source.check)

    async def _send_part(
        self, source: SourceFile, throttle: Throttle, number: int, offset: int, length: int
    ) -> None:
        async def request(body: SourceFileBody) -> Part:
            return await self.upload.upload_part(number, body, content_length=body.length)

        if length >= IN_THREADS_FROM and throttle.allows_blocks:
            await self._send_in_thread(source, throttle, number, offset, length)
        else:
            await send_file(source, offset, length, self._meter, throttle, request)

    async def _send_in_thread(
        self, source: SourceFile, throttle: Throttle, number: int, offset: int, length: int
    ) -> None:
        meter = ThreadProgressMeter(self._meter, throttle)
        section = FileSection(source.fd, offset, length, meter.moved, source.check)
        is_there = False
        try:
            await self.upload.upload_part(number, section)
            is_there = True
        except OSError as error:
            raise at(error, source.path) from error
        finally:
            meter.settle()
            if not is_there:  # also what a server took, and then refused
                self._meter.moved(-meter.total)

    def check_complete(self) -> None:
        """Check that every part is there: S3 would make an object of what there is.

        Raises: TransferError, when one is missing.
        """
        if len(self.upload.parts) != len(self._plan):
            raise TransferError(f"not every part of {self.key} was sent: retry", "IncompleteUpload")

    async def abort(self) -> None:
        await self.upload.abort()
