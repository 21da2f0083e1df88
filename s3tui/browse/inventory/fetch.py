"""Downloads an S3 Inventory report from its bucket: the manifest, then the data files."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import aclosing
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui.browse.inventory.build import INTERVAL_S, Built, build, database_for
from s3tui.browse.inventory.manifest import (
    CHECKSUM,
    DataFile,
    Manifest,
    check_file,
    key_beside,
    parse_manifest,
)
from s3tui.browse.source.source import SourceError
from s3tui.s3.errors import NoSuchKey

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_AT_ONCE = 4
_LONGEST_MANIFEST = 64 * 1024 * 1024
"""The size limit of a manifest, in bytes: enough for a hundred thousand data files."""


async def read_manifest(s3: S3Client, bucket: str, key: str) -> Manifest:
    """Download and parse a report's manifest.

    Raises: S3Error, where it cannot be read; SourceError, where it is none.
    """
    head = await s3.head_object(bucket, key)
    if (head.size or 0) > _LONGEST_MANIFEST:
        raise SourceError("This is no manifest of an S3 Inventory report: it is too long.")
    checksum: bytes | None = None
    try:
        checksum = await s3.get_object(bucket, key_beside(key, CHECKSUM))
    except NoSuchKey as error:
        error.check_given()
    return parse_manifest(await s3.get_object(bucket, key), checksum)


async def fetch_and_build(
    s3: S3Client, bucket: str, manifest: Manifest, folder: Path, *, interval_s: float = INTERVAL_S
) -> AsyncGenerator[Built, None]:
    """Download a report's files to `folder` and build its database, or find it; the last progress has it.

    Files that came whole stay when it is left, and are not fetched again; behind the database they go.

    Raises: S3Error, SourceError.
    """
    data = folder / database_for(folder, manifest).stem
    if not database_for(folder, manifest).exists():
        fetch = _Fetch(s3, bucket, data)
        tasks = asyncio.ensure_future(fetch.all(manifest))
        try:
            while not tasks.done():
                await asyncio.wait({tasks}, timeout=interval_s)
                yield Built("downloading", fetch.bytes / max(1, manifest.size))
            tasks.result()
        finally:
            tasks.cancel()
            await asyncio.gather(tasks, return_exceptions=True)
    files = [data / file.name for file in manifest.files]
    async with aclosing(build(manifest, files, folder, interval_s=interval_s)) as steps:
        async for step in steps:
            if step.inventory is not None:
                await asyncio.to_thread(shutil.rmtree, data, ignore_errors=True)
            yield step


class _Fetch:
    def __init__(self, s3: S3Client, bucket: str, folder: Path) -> None:
        self.bytes = 0
        self._s3, self._bucket, self._folder = s3, bucket, folder
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def all(self, manifest: Manifest) -> None:
        tasks = [asyncio.ensure_future(self._one(data)) for data in manifest.files]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _one(self, data: DataFile) -> None:
        file = self._folder / data.name
        async with self._room:
            if await asyncio.to_thread(file.is_file):
                self.bytes += data.size
                return
            undone = file.with_name(file.name + ".part")
            try:
                opened = await asyncio.to_thread(_open, undone)
                with opened:
                    await self._s3.get_object_to_file(
                        self._bucket, data.key, fd=opened.fileno(), observe=self._count
                    )
                await asyncio.to_thread(check_file, data, undone)
                undone.replace(file)
            except OSError as error:
                raise SourceError(f"{undone} cannot be written: {error.strerror}.") from error
            finally:
                undone.unlink(missing_ok=True)

    def _count(self, size: int) -> None:
        # From several threads at once; what is lost of it is only a bar's length.
        self.bytes += size


def _open(file: Path) -> BufferedRandom:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return file.open("w+b")
