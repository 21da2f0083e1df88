"""Batch jobs that download a prefix or picked objects, and upload a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, dropwhile, islice
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectSummary, VersionSummary
from s3tui.transfer.download.local_names import LocalName, LocalNames
from s3tui.transfer.download.object_download import ObjectDownload
from s3tui.transfer.download.part_file import ignores_case, is_part_name, make_folder
from s3tui.transfer.integrity.part_plan import SMALL
from s3tui.transfer.jobs.batch import BatchJob
from s3tui.transfer.jobs.job import ObjectTransfer
from s3tui.transfer.jobs.listed import ResumableListing
from s3tui.transfer.journal.journal import Facts
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import NO_OPTIONS, ChosenObject, TargetOptions
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.threads import in_thread
from s3tui.transfer.upload.object_upload import ObjectUpload
from s3tui.transfer.workers.work_items import DownloadItem, UploadItem, WorkItem

_BATCH = 1000
_Place = list[tuple[bool, str]]


@dataclass(frozen=True, slots=True)
class _Remote:
    name: LocalName
    size: int | None
    """As the listing has it."""
    version_id: str | None = None
    """Of what was there at an instant: no other one is read."""


class PrefixDownload(BatchJob[_Remote]):
    """Downloads everything under a prefix, as it is or was `at` an instant, to files below `root`."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        root: Path,
        conflict: Conflict,
        record: TransferRecord | None = None,
        *,
        at: datetime | None = None,
    ) -> None:
        super().__init__(f"s3://{bucket}/{prefix}", conflict, record)
        self._bucket = bucket
        self._prefix = prefix
        self._root = root
        self._names: LocalNames | None = None
        self._listing = ResumableListing(bucket, prefix, at, self._items)

    async def _find(self, client: S3Client) -> AsyncGenerator[list[_Remote], None]:
        async with aclosing(self._listing.pages(client)) as pages:
            async for page in pages:
                # Also what was found before: a key gets the same name only if those before it have theirs.
                names = await in_thread(self._place, page.objects)
                if page.is_first:
                    self.counters.renamed = 0
                self.counters.renamed += sum(name.reason is not None for name in names)
                by_key = {name.key: name for name in names}
                batch = [_Remote(by_key[found.key], found.size, _version_id(found)) for found in page.new]
                self._listing.took(page)
                yield batch

    def _place(self, objects: Sequence[ObjectSummary]) -> list[LocalName]:
        if self._names is None:
            make_folder(self._root, "")
            tag = self._record.tag("")
            left = self._record.left
            self._names = LocalNames(
                self._prefix,
                ignore_case=ignores_case(self._root, tag),
                there=None if left is None else self._there,
            )
            for name, facts, _ in self._items.left():
                self._names.keep(self._item(name, facts).name)
        return [self._names.place(found.key, found.size) for found in objects]

    def _there(self, folder: str) -> list[tuple[str, bool]]:
        with suppress(OSError), os.scandir(self._root / folder) as found:
            return [
                (entry.name, entry.is_dir(follow_symlinks=False)) for entry in found if not entry.is_symlink()
            ]
        return []

    def _transfer(self, item: _Remote, object_record: ObjectRecord) -> ObjectTransfer:
        meter = ProgressMeter(self.counters, item.size)
        if item.name.is_folder:
            return _FolderMaker(self._root, item.name.path, meter)
        return ObjectDownload(
            self._bucket,
            item.name.key,
            self._root,
            self._root / item.name.path,
            meter,
            conflict=self.conflict,
            version_id=item.version_id,
            size=item.size,
            object_record=object_record,
        )

    def _work_item(self, item: _Remote) -> WorkItem | None:
        name = item.name
        if item.size is None or item.size > SMALL or name.is_folder:
            return None
        root = str(self._root)
        return DownloadItem(
            self._record.uid,
            self._bucket,
            name.key,
            root,
            name.path,
            self.conflict,
            item.size,
            item.version_id,
        )

    def _size(self, item: _Remote) -> int:
        return item.size or 0

    def _name(self, item: _Remote) -> str:
        return item.name.key

    def _facts(self, item: _Remote) -> Facts:
        name = item.name
        facts: Facts = {
            "path": name.path,
            "size": item.size,
            "is_folder": name.is_folder,
            "reason": name.reason,
        }
        return facts if item.version_id is None else {**facts, "version_id": item.version_id}

    def _item(self, name: str, facts: Facts) -> _Remote:
        local = LocalName(name, facts["path"], facts["is_folder"], facts["reason"])
        return _Remote(local, facts["size"], facts.get("version_id"))


def _version_id(found: ObjectSummary) -> str | None:
    return found.version_id if isinstance(found, VersionSummary) else None


class ChosenDownload(PrefixDownload):
    """Downloads objects that were picked, each to its own path below `root`."""

    def __init__(
        self,
        bucket: str,
        objects: Sequence[ChosenObject],
        root: Path,
        conflict: Conflict,
        record: TransferRecord | None = None,
    ) -> None:
        super().__init__(bucket, "", root, conflict, record)
        self._left = iter(sorted(objects, key=lambda chosen: _order(chosen.key)))

    async def _find(self, client: S3Client) -> AsyncGenerator[list[_Remote], None]:
        await in_thread(make_folder, self._root, "")
        done = self._items.frontier
        if done is not None:
            self._left = dropwhile(lambda chosen: _order(chosen.key) <= _order(done), self._left)
        while batch := list(islice(self._left, _BATCH)):
            yield [
                _Remote(LocalName(chosen.key, chosen.path), chosen.size, chosen.version_id)
                for chosen in batch
            ]


def _order(key: str) -> bytes:
    """Return the sort key that orders keys as S3 lists them."""
    return key.encode("utf-8", "surrogatepass")


class _FolderMaker:
    """Makes the folder that a key stands for."""

    conflict = Conflict.SKIP

    def __init__(self, root: Path, relative: str, meter: ProgressMeter) -> None:
        self._root = root
        self._relative = relative
        self._meter = meter

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        path = await in_thread(make_folder, self._root, self._relative)
        self._meter.finished()
        return str(path)

    async def discard(self) -> None:
        """Do nothing: a folder is never half-written."""


@dataclass(frozen=True, slots=True)
class _Local:
    path: str
    """Relative to the folder, `/` between its segments."""
    size: int | None
    """`None`: a device, a symbolic link that is not followed, or the like, which is not read."""


class FolderUpload(BatchJob[_Local]):
    """Uploads every file below a folder to keys under a prefix; symbolic links only if they are followed.

    Args:
        names: what of the folder is uploaded, links among it followed; empty: all of it.
    """

    def __init__(
        self,
        folder: Path,
        bucket: str,
        prefix: str,
        conflict: Conflict,
        record: TransferRecord | None = None,
        *,
        options: TargetOptions = NO_OPTIONS,
        follow_links: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        self._names = frozenset(names)
        self._unreadable: list[tuple[str, OSError]] = []
        self._to_read_again: list[str] = []
        super().__init__(str(folder), conflict, record)
        self._folder = folder
        self._bucket = bucket
        self._prefix = prefix
        self._options = options
        self._follow_links = follow_links
        frontier = self._items.frontier
        self._files = self._walk([""], _place_of(frontier) if frontier else None)

    def _restore(self) -> None:
        """Restore the items, and the folders that could not be read: their names end in `/`."""
        super()._restore()
        folders = [item for item in self._failed if item.path.endswith("/")]
        self._failed = [item for item in self._failed if not item.path.endswith("/")]
        self._to_read_again = [item.path.removesuffix("/") for item in folders]
        self.counters.objects_total = (self.counters.objects_total or 0) - len(folders)

    async def _find(self, client: S3Client) -> AsyncGenerator[list[_Local], None]:
        while batch := await in_thread(self._take):
            yield batch
        for folder in set(self._to_read_again) - {folder for folder, _ in self._unreadable}:
            self._items.withdraw(f"{folder}/")
        self._to_read_again = []
        for _, error in self._unreadable:
            self._note(error)

    def _take(self) -> list[_Local]:
        return list(islice(self._files, _BATCH))

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        self._to_read_again += [folder for folder, _ in self._unreadable]
        self._unreadable = []
        if self._to_read_again:
            self._files = chain(self._files, self._walk(list(self._to_read_again)))
            self.counters.listing_done = False
        return await super().run(client, resources)

    def _walk(self, folders: list[str], behind: _Place | None = None) -> Iterator[_Local]:
        """Iterate the files below `folders` in the order of their places, those `behind` one only."""
        while folders:
            folder = folders.pop()
            below: list[str] = []
            try:
                names = sorted(
                    self._names if self._names and not folder else os.listdir(self._folder / folder)
                )
            except OSError as error:
                self._unreadable.append((folder, error))
                self._items.failed(f"{folder}/", {"size": None})
                continue
            for name in names:
                path = f"{folder}/{name}" if folder else name
                try:
                    info = self._look_at(path)
                except FileNotFoundError:
                    if path not in self._names:
                        continue  # gone since its folder was read
                    yield _Local(path, 0)  # its upload says so
                    continue
                if stat.S_ISDIR(info.st_mode):
                    if behind is None or _place_of(path, is_folder=True) >= behind[: path.count("/") + 1]:
                        below.append(path)
                elif behind is None or _place_of(path) > behind:
                    yield _Local(path, info.st_size if self._is_taken(path, info) else None)
            folders.extend(reversed(below))

    def _look_at(self, path: str) -> os.stat_result:
        """Return the status of a path; a symbolic link is followed, if wanted and it leads elsewhere."""
        here = os.lstat(self._folder / path)
        if not (self._follows(path) and stat.S_ISLNK(here.st_mode)):
            return here
        try:
            there = os.stat(self._folder / path)
        except OSError:
            return here
        return here if stat.S_ISDIR(there.st_mode) and self._is_on_the_way_to(path, there) else there

    def _is_taken(self, path: str, info: os.stat_result) -> bool:
        """Say whether it is a file, and none that a download writes to, unless it was picked itself."""
        is_part = is_part_name(path.rpartition("/")[2]) and path not in self._names
        return stat.S_ISREG(info.st_mode) and not is_part

    def _follows(self, path: str) -> bool:
        return self._follow_links or path in self._names

    def _is_on_the_way_to(self, path: str, folder: os.stat_result) -> bool:
        """Say whether `folder` is one of those that lead to `path`: then following it would never end."""
        above = self._folder / path
        while above != self._folder:
            above = above.parent
            if os.path.samestat(os.stat(above), folder):
                return True
        return False

    def _frontier(self, last: _Local) -> str | None:
        """Return the frontier; files in folders that could not be read at first do not move it."""
        frontier = self._items.frontier
        is_on = frontier is None or _place_of(last.path) > _place_of(frontier)
        return last.path if is_on else None

    def _transfer(self, item: _Local, object_record: ObjectRecord) -> ObjectTransfer:
        meter = ProgressMeter(self.counters, item.size)
        if item.size is None:
            return _SkippedFile(meter)
        return ObjectUpload(
            self._folder / item.path,
            self._bucket,
            self._prefix + item.path,
            meter,
            conflict=self.conflict,
            options=self._options,
            follow_links=self._follows(item.path),
            object_record=object_record,
        )

    def _work_item(self, item: _Local) -> WorkItem | None:
        if item.size is None or item.size > SMALL:
            return None
        return UploadItem(
            str(self._folder / item.path),
            self._bucket,
            self._prefix + item.path,
            self.conflict,
            item.size,
            self._options,
            self._follows(item.path),
        )

    def _size(self, item: _Local) -> int:
        return item.size or 0

    def _name(self, item: _Local) -> str:
        return item.path

    def _facts(self, item: _Local) -> Facts:
        return {"size": item.size}

    def _item(self, name: str, facts: Facts) -> _Local:
        return _Local(name, facts["size"])


def _place_of(path: str, *, is_folder: bool = False) -> _Place:
    """Return the sort key of the walk: in each folder first its files, then its folders."""
    *folders, last = path.split("/")
    return [*((True, name) for name in folders), (is_folder, last)]


class _SkippedFile:
    """Skips a symbolic link, a device, a part file or the like, which is not followed or read."""

    conflict = Conflict.SKIP

    def __init__(self, meter: ProgressMeter) -> None:
        self._meter = meter

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        self._meter.skipped()
        return None

    async def discard(self) -> None:
        """Do nothing: nothing was begun."""
