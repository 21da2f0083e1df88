"""What can be asked of the engine, a method for each kind of request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import (
    NO_OPTIONS,
    ChosenObject,
    CopyObject,
    CopyPrefix,
    DownloadChosen,
    DownloadObject,
    DownloadPrefix,
    Request,
    TargetOptions,
    UploadFile,
    UploadFolder,
)


class Requesting(ABC):
    """Each method queues a transfer and returns its id."""

    @abstractmethod
    async def add(self, request: Request, *, priority: int = 0) -> int:
        """Queue what is asked for; return the transfer's id."""

    async def download(
        self,
        connection: str,
        bucket: str,
        key: str,
        target: Path,
        *,
        conflict: Conflict = Conflict.FAIL,
        version_id: str | None = None,
    ) -> int:
        """Queue an object for download to the file `target`."""
        return await self.add(DownloadObject(connection, bucket, key, absolute(target), conflict, version_id))

    async def download_prefix(
        self,
        connection: str,
        bucket: str,
        prefix: str,
        target_dir: Path,
        *,
        conflict: Conflict = Conflict.SKIP,
        at: datetime | None = None,
    ) -> int:
        """Queue everything under `prefix`; what follows its last `/` is the path below `target_dir`.

        Args:
            at: an aware time: what was there then, in a bucket that keeps versions.
        """
        target = absolute(target_dir)
        return await self.add(DownloadPrefix(connection, bucket, prefix, target, conflict, at))

    async def download_chosen(
        self,
        connection: str,
        bucket: str,
        objects: Sequence[ChosenObject],
        target_dir: Path,
        *,
        conflict: Conflict = Conflict.SKIP,
    ) -> int:
        """Queue objects that were picked, as one transfer; all of them are in the journal: 100 000 are fine.

        Raises: ValueError, for a key that is there twice.
        """
        if len({chosen.key for chosen in objects}) < len(objects):
            raise ValueError("a key is there twice: its versions are transfers of their own")
        request = DownloadChosen(connection, bucket, tuple(objects), absolute(target_dir), conflict)
        return await self.add(request)

    async def upload(
        self,
        connection: str,
        source: Path,
        bucket: str,
        key: str,
        *,
        conflict: Conflict = Conflict.FAIL,
        options: TargetOptions = NO_OPTIONS,
    ) -> int:
        """Queue the file `source` for upload; its content type is guessed from its name unless given."""
        return await self.add(UploadFile(connection, absolute(source), bucket, key, conflict, options))

    async def upload_folder(
        self,
        connection: str,
        source_dir: Path,
        bucket: str,
        prefix: str,
        *,
        conflict: Conflict = Conflict.SKIP,
        options: TargetOptions = NO_OPTIONS,
        follow_links: bool = False,
    ) -> int:
        """Queue every file below `source_dir`; keys are `prefix` followed by the path below it.

        The prefix is taken as a folder: a `/` is added where it has none.
        """
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        return await self.add(
            UploadFolder(connection, absolute(source_dir), bucket, prefix, conflict, options, follow_links)
        )

    async def copy(
        self,
        connection: str,
        bucket: str,
        key: str,
        to_bucket: str,
        to_key: str,
        *,
        to_connection: str = "",
        conflict: Conflict = Conflict.FAIL,
        version_id: str | None = None,
        options: TargetOptions = NO_OPTIONS,
    ) -> int:
        """Queue a copy of an object: inside S3, or through this machine to `to_connection`.

        What describes the source is kept, apart from what `options` say otherwise; its storage class,
        encryption, ACL and lock are not.
        """
        return await self.add(
            CopyObject(
                connection, bucket, key, to_bucket, to_key, to_connection, conflict, version_id, options
            )
        )

    async def copy_prefix(
        self,
        connection: str,
        bucket: str,
        prefix: str,
        to_bucket: str,
        to_prefix: str,
        *,
        to_connection: str = "",
        conflict: Conflict = Conflict.SKIP,
        options: TargetOptions = NO_OPTIONS,
        at: datetime | None = None,
    ) -> int:
        """Queue copies of everything under `prefix`; what follows its last `/` follows `to_prefix`.

        Args:
            at: as for `download_prefix`.
        """
        return await self.add(
            CopyPrefix(connection, bucket, prefix, to_bucket, to_prefix, to_connection, conflict, options, at)
        )


def absolute(path: Path) -> Path:
    return path.absolute()
