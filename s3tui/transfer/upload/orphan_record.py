"""The engine's operations on orphan uploads: multipart uploads that were begun and not ended."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.errors import NoSuchUpload
from s3tui.state import StateError
from s3tui.transfer.errors import TransferError
from s3tui.transfer.journal.journal import Facts, Journal
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.requests import Request, UploadFile
from s3tui.transfer.upload import orphans
from s3tui.transfer.upload.orphans import OrphanUpload


class OrphanUploads(ABC):
    """Lists, aborts and resumes orphan uploads; those of the engine's transfers are in their records."""

    _client_for: Callable[[str], Awaitable[S3Client]]
    _journal: Journal | None

    @abstractmethod
    async def add(self, request: Request, *, priority: int = 0, begun: Facts | None = None) -> int:
        """Queue a request that was `begun` before; return the transfer's id."""

    @abstractmethod
    def _records(self) -> Iterable[TransferRecord]:
        """Return the records of the transfers in the queue."""

    async def orphan_uploads(self, connection: str, bucket: str, prefix: str = "") -> list[OrphanUpload]:
        """Return the multipart uploads that were begun under `prefix` and not ended, whoever began them.

        Raises: NoSuchBucket, AccessDenied, TransportError; what `client_for` raises.
        """
        client = await self._client_for(connection)
        return await orphans.orphan_uploads(client, bucket, prefix, await self._known_uploads())

    async def abort_upload(self, connection: str, bucket: str, key: str, upload_id: str) -> None:
        """Abort a multipart upload, which removes its parts; one that is gone already is fine.

        Raises: AccessDenied, TransportError; what `client_for` raises.
        """
        client = await self._client_for(connection)
        try:
            await client.abort_multipart_upload(bucket, key, upload_id=upload_id)
        except NoSuchUpload as error:
            error.check_given()
        if self._journal is not None:
            await self._journal.forget_upload(upload_id)

    async def resume_from_file(
        self, connection: str, source: Path, bucket: str, key: str, upload_id: str
    ) -> int:
        """Queue the rest of a multipart upload of the file `source`, whose parts so far hold its bytes.

        Raises: TransferError, when they do not, or a transfer of ours has it; AccessDenied, TransportError;
            what `client_for` raises.
        """
        if upload_id in await self._known_uploads():
            raise TransferError(f"a transfer has the upload of {key} already: resume that one", "InUse")
        client = await self._client_for(connection)
        facts = await orphans.match(client, source, bucket, key, upload_id)
        return await self.add(UploadFile(connection, source, bucket, key), begun=facts)

    async def _known_uploads(self) -> set[str]:
        known = {each.facts.get("upload_id") for record in self._records() for each in record.leftovers()}
        if self._journal is not None:
            with suppress(StateError):
                known |= await self._journal.known_uploads()
        return {upload_id for upload_id in known if upload_id is not None}
