"""A file on its way into one multipart upload, part by part."""

from __future__ import annotations

from s3tui.s3.file_body import FileSection
from s3tui.s3.models import Part
from s3tui.s3.multipart import MultipartUpload
from s3tui.transfer.disk import at, in_thread
from s3tui.transfer.failures import TransferError
from s3tui.transfer.lanes import Lanes, crew
from s3tui.transfer.offloop import ThreadMeter
from s3tui.transfer.plan import IN_THREADS_FROM, plan_parts
from s3tui.transfer.sending import Body, send
from s3tui.transfer.source import SourceFile
from s3tui.transfer.tally import Meter


class PartsUpload:
    """An upload that S3 knows of; `send_missing` may be called again after it was cancelled."""

    def __init__(self, upload: MultipartUpload, source: SourceFile, meter: Meter) -> None:
        self.key = upload.key
        self.fingerprint = source.fingerprint
        """Of the file that the parts are of."""
        self._upload = upload
        self._meter = meter
        self._plan = plan_parts(source.size)
        meter.cut(len(self._plan))

    async def send_missing(self, source: SourceFile, lanes: Lanes) -> None:
        known = {part.part_number for part in self._upload.parts}
        todo = [piece for piece in enumerate(self._plan, start=1) if piece[0] not in known]
        left = iter(todo)

        async def send_some() -> None:
            for number, (offset, length) in left:
                async with lanes.parts:
                    with self._meter.part(number - 1):
                        await self._send_part(source, number, offset, length)

        await crew(lanes.parts, send_some, most=len(todo))
        await in_thread(source.check)

    async def _send_part(self, source: SourceFile, number: int, offset: int, length: int) -> None:
        async def request(body: Body) -> Part:
            return await self._upload.upload_part(number, body, content_length=body.length)

        if length >= IN_THREADS_FROM:
            await self._send_in_thread(source, number, offset, length)
        else:
            await send(source, offset, length, self._meter, request)

    async def _send_in_thread(self, source: SourceFile, number: int, offset: int, length: int) -> None:
        meter = ThreadMeter(self._meter)
        section = FileSection(source.fd, offset, length, meter.moved, source.check)
        try:
            await self._upload.upload_part(number, section)
        except OSError as error:
            raise at(error, source.path) from error
        finally:
            meter.settle()

    async def complete(self, if_none_match: str | None) -> None:
        """Make the object of the parts."""
        if len(self._upload.parts) != len(self._plan):  # S3 would make an object of what there is
            raise TransferError(f"not every part of {self.key} was sent: retry", "IncompleteUpload")
        await self._upload.complete(if_none_match=if_none_match)

    async def abort(self) -> None:
        await self._upload.abort()
