"""Jobs of many objects: a whole prefix down, a whole folder up."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectSummary
from s3tui.transfer.disk import ignores_case, in_thread, make_folder
from s3tui.transfer.download import ObjectDownload
from s3tui.transfer.jobs import ManyObjects, ObjectTransfer
from s3tui.transfer.lanes import Lanes
from s3tui.transfer.models import Conflict
from s3tui.transfer.names import LocalName, LocalNames
from s3tui.transfer.requests import NO_OPTIONS, WriteOptions
from s3tui.transfer.tally import Meter
from s3tui.transfer.upload import ObjectUpload

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Remote:
    name: LocalName
    size: int


class PrefixDownload(ManyObjects[_Remote]):
    """Everything under a prefix, to files below `root`."""

    def __init__(self, bucket: str, prefix: str, root: Path, conflict: Conflict) -> None:
        super().__init__(f"s3://{bucket}/{prefix}", conflict)
        self._bucket = bucket
        self._prefix = prefix
        self._root = root
        self._names: LocalNames | None = None
        self._listed: str | None = None

    async def _find(self, client: S3Client) -> AsyncGenerator[list[_Remote], None]:
        async for page in client.list_objects(self._bucket, self._prefix, start_after=self._listed):
            if page.objects:
                batch = await in_thread(self._place, page.objects)
                self._listed = page.objects[-1].key
                self.tally.renamed += sum(item.name.reason is not None for item in batch)
                yield batch

    def _place(self, objects: tuple[ObjectSummary, ...]) -> list[_Remote]:
        if self._names is None:
            make_folder(self._root, "")
            self._names = LocalNames(self._prefix, ignore_case=ignores_case(self._root))
        return [_Remote(self._names.place(found.key, found.size), found.size) for found in objects]

    def _transfer(self, item: _Remote) -> ObjectTransfer:
        meter = Meter(self.tally, item.size)
        if item.name.is_folder:
            return _Folder(self._root, item.name.path, meter)
        return ObjectDownload(
            self._bucket,
            item.name.key,
            self._root,
            self._root / item.name.path,
            meter,
            conflict=self.conflict,
            size=item.size,
        )

    def _size(self, item: _Remote) -> int:
        return item.size


class _Folder:
    """A key that stands for a folder: makes it."""

    conflict = Conflict.SKIP

    def __init__(self, root: Path, relative: str, meter: Meter) -> None:
        self._root = root
        self._relative = relative
        self._meter = meter

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        path = await in_thread(make_folder, self._root, self._relative)
        self._meter.finished()
        return str(path)

    async def discard(self) -> None:
        """Nothing: a folder is never half-written."""


@dataclass(frozen=True, slots=True)
class _Local:
    path: str
    """Relative to the folder, `/` between its segments."""
    size: int | None
    """`None`: a device, a link that is not followed, or the like, which is not read."""


class FolderUpload(ManyObjects[_Local]):
    """Every file below a folder, to keys under a prefix. Symbolic links are left out unless followed."""

    def __init__(
        self,
        folder: Path,
        bucket: str,
        prefix: str,
        conflict: Conflict,
        *,
        options: WriteOptions = NO_OPTIONS,
        follow_links: bool = False,
    ) -> None:
        super().__init__(str(folder), conflict)
        self._folder = folder
        self._bucket = bucket
        self._prefix = prefix
        self._options = options
        self._follow_links = follow_links
        self._files = self._walk([""])
        self._unreadable: list[tuple[str, OSError]] = []

    async def _find(self, client: S3Client) -> AsyncGenerator[list[_Local], None]:
        while True:
            batch = await in_thread(self._take)
            files = [file for file in batch if file.size is not None]
            left_out = len(batch) - len(files)
            self.tally.objects_total = (self.tally.objects_total or 0) + left_out
            self.tally.objects_done += left_out
            self.tally.skipped += left_out
            yield files
            if len(batch) < _BATCH:
                break
        for _, error in self._unreadable:
            self._note(error)

    def _take(self) -> list[_Local]:
        return list(islice(self._files, _BATCH))

    async def run(self, client: S3Client, lanes: Lanes) -> str | None:
        if self._unreadable:
            self._files = self._walk([folder for folder, _ in self._unreadable])
            self._unreadable = []
            self.tally.listing_done = False
        return await super().run(client, lanes)

    def _walk(self, folders: list[str]) -> Iterator[_Local]:
        while folders:
            folder = folders.pop()
            below: list[str] = []
            try:
                names = sorted(os.listdir(self._folder / folder))
            except OSError as error:
                self._unreadable.append((folder, error))
                continue
            for name in names:
                path = f"{folder}/{name}" if folder else name
                try:
                    info = self._look_at(path)
                except FileNotFoundError:
                    continue  # gone since its folder was read
                if stat.S_ISDIR(info.st_mode):
                    below.append(path)
                else:
                    yield _Local(path, info.st_size if stat.S_ISREG(info.st_mode) else None)
            folders.extend(reversed(below))

    def _look_at(self, path: str) -> os.stat_result:
        """Of what a link leads to, if that is wanted; of the link, where it leads nowhere or around."""
        here = os.lstat(self._folder / path)
        if not (self._follow_links and stat.S_ISLNK(here.st_mode)):
            return here
        try:
            there = os.stat(self._folder / path)
        except OSError:
            return here
        return here if stat.S_ISDIR(there.st_mode) and self._is_on_the_way_to(path, there) else there

    def _is_on_the_way_to(self, path: str, folder: os.stat_result) -> bool:
        """Say whether `folder` is one of those that lead to `path`: then following it would never end."""
        above = self._folder / path
        while above != self._folder:
            above = above.parent
            if os.path.samestat(os.stat(above), folder):
                return True
        return False

    def _transfer(self, item: _Local) -> ObjectTransfer:
        return ObjectUpload(
            self._folder / item.path,
            self._bucket,
            self._prefix + item.path,
            Meter(self.tally, item.size),
            conflict=self.conflict,
            options=self._options,
            follow_links=self._follow_links,
        )

    def _size(self, item: _Local) -> int:
        return item.size or 0
