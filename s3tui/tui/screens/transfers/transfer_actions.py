"""TransferActions: download and clipboard actions of the object tree and the object screen."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from textual import work

from s3tui import paths
from s3tui.browse.rows.listing import Kind, Row
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.versions import short_id
from s3tui.format import count, printable
from s3tui.s3.address.endpoint import encode_query_value
from s3tui.s3.errors import S3Error
from s3tui.transfer.download.local_names import LocalNames, local_name
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import ChosenObject, DownloadChosen, DownloadObject, DownloadPrefix, Request
from s3tui.tui.screens.common.dialogs import Confirm, Prompt
from s3tui.tui.screens.objects.copy_menu import ClipboardMenu
from s3tui.tui.screens.objects.copy_to import CopyObjects
from s3tui.tui.screens.transfers.names_check import NamesCheck, names_sentence
from s3tui.tui.screens.transfers.names_question import NamesQuestion
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt
from s3tui.tui.text.object_fields import copies
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.forms.path_input import PathSuggester

_EACH_A_ROW = 20
"""More objects than this become one batch transfer."""
_MOST_CHOSEN = 100_000
"""Most objects of one batch transfer."""


class TransferActions(CopyObjects):
    """Mixin for a screen whose `targets` are the rows that actions apply to."""

    @property
    def bucket(self) -> str:
        raise NotImplementedError

    def targets(self) -> list[Row]:
        raise NotImplementedError

    @work(group="question", exclusive=True)
    async def action_download(self) -> None:
        if not self.targets():
            self.say("There is nothing here to download.")
        elif not (rows := self.movable()) or not await self._may_fail(rows):
            return
        elif len(rows) == 1 and rows[0].kind is not Kind.PREFIX:
            await self._download_object(rows[0])
        else:
            await self._download_many(rows)

    async def _may_fail(self, rows: Sequence[Row]) -> bool:
        """Ask before downloading archived objects, which cannot be read; return whether to go on."""
        now = self.session.now()
        asleep = [row for row in rows if row.is_asleep(now)]
        if not asleep:
            return True
        one = len(rows) == 1
        which = printable(asleep[0].key) if one else f"{count(len(asleep))} of {count(len(rows))}"
        verb = "is" if len(asleep) == 1 else "are"
        question = Confirm(
            "Download what is archived?",
            f"{which} {verb} archived and cannot be read before a restore: S3 will refuse to send "
            f"{'it' if len(asleep) == 1 else 'them'}.",
            yes="Try it" if one else "Download",
        )
        return await self.app.push_screen_wait(question) or False

    async def _download_object(self, row: Row) -> None:
        name = local_name(_last_part(row.key))
        if row.version_id is not None and (self.transfers.download_dir / name).exists():
            name = local_name(versioned_name(_last_part(row.key), row.version_id))
        answer = await self.app.push_screen_wait(
            Prompt(
                f"Download {printable(_last_part(row.key))}",
                "",
                value=tilde(self.transfers.download_dir / name),
                yes="Download",
                suggester=PathSuggester(),
                check=_wrong_target,
            )
        )
        if answer is None:
            return
        target = _inside(_path(answer), name)
        await self._start_download(row, target, Conflict.ASK)
        self.say(f"↓ {printable(row.key)} → {printable(tilde(target))}   t shows the queue")

    async def _download_many(self, rows: Sequence[Row]) -> None:
        self.transfers.prepare()
        single = rows[0] if len(rows) == 1 else None
        folder = self.transfers.download_dir
        if single is not None:
            folder = folder / local_name(_last_part(single.key))
        title = f"Download {printable(single.key)}" if single else f"Download {count(len(rows))} marked"
        wish = await self.app.push_screen_wait(
            TransferPrompt(
                title,
                "Everything under a prefix keeps its path below this folder.",
                value=tilde(folder) + "/",
                yes="Download",
                suggester=PathSuggester(folders_only=True),
                check=_wrong_folder,
            )
        )
        if wish is None:
            return
        folder = _path(wish.target)
        places = [(rows[0], "")] if single else await asyncio.to_thread(_places, rows)
        prefixes = [(row, folder / path) for row, path in places if row.kind is Kind.PREFIX]
        objects = [(row, path) for row, path in places if row.kind is not Kind.PREFIX]
        if not await self._names_are_fine([(row.key, target) for row, target in prefixes]):
            return
        for row, target in prefixes:
            await self._start_prefix_download(row.key, target, wish.conflict)
        if len(objects) > _EACH_A_ROW and len({row.key for row, _ in objects}) == len(objects):
            await self._start_chosen_download(objects, folder, wish.conflict)
        else:
            for row, path in objects:
                await self._start_download(row, folder / path, wish.conflict)
        self.say(f"↓ {count(len(rows))} → {printable(tilde(folder))}   t shows the queue")

    async def _names_are_fine(self, places: Sequence[tuple[str, Path]]) -> bool:
        """Check the keys under prefixes; ask if some need other local names; return whether to go on."""
        if not places:
            return True
        reports = await self.app.push_screen_wait(
            NamesCheck(self.session, self.bucket, places, at=self.instant)
        )
        if reports is None:
            return False
        renamed = [name for report in reports for name in report.names]
        if not renamed:
            return True
        question = NamesQuestion(names_sentence(reports), renamed)
        return await self.app.push_screen_wait(question) or False

    async def _queue_transfer(self, request: Request) -> None:
        await self.transfers.command(lambda queue: queue.add(request))

    async def _start_download(self, row: Row, target: Path, conflict: Conflict) -> None:
        await self._queue_transfer(
            DownloadObject(self.session.handle, self.bucket, row.key, target, conflict, row.version_id)
        )

    async def _start_chosen_download(
        self, objects: Sequence[tuple[Row, str]], folder: Path, conflict: Conflict
    ) -> None:
        """Queue many objects as one batch transfer, or as several if they are very many."""
        name, bucket = self.session.handle, self.bucket
        for first in range(0, len(objects), _MOST_CHOSEN):
            chosen = tuple(
                ChosenObject(row.key, row.size, path, row.version_id)
                for row, path in objects[first : first + _MOST_CHOSEN]
            )
            request = DownloadChosen(name, bucket, chosen, folder, conflict)
            await self._queue_transfer(request)

    async def _start_prefix_download(self, prefix: str, target: Path, conflict: Conflict) -> None:
        await self._queue_transfer(
            DownloadPrefix(self.session.handle, self.bucket, prefix, target, conflict, self.instant)
        )

    @work(group="question", exclusive=True)
    async def action_copy(self) -> None:
        rows = self.targets()
        if not rows:
            return
        if len(rows) > 1:
            uris = "\n".join(f"s3://{self.bucket}/{row.key}" for row in rows)
            await self.copy(uris, f"{count(len(rows))} URIs, one a line")
            return
        endpoint = self.session.connection.endpoint.in_region(self.session.region_of(self.bucket))
        target = endpoint.target(self.bucket, rows[0].key)
        row, url = rows[0], f"{target.scheme}://{target.authority}{target.path}"
        if row.version_id is not None:
            url += f"?versionId={encode_query_value(row.version_id)}"
        has_etag, version_id = row.has_bytes, row.version_id
        menu = ClipboardMenu(
            copies(self.bucket, row.key, has_etag=has_etag, size=row.size, url=url, version_id=version_id),
            (lambda: self._etag(row)) if has_etag else None,
        )
        if (answer := await self.app.push_screen_wait(menu)) is not None:
            name, value = answer
            await self.copy(value, f"{name}: {printable(value)}")

    async def _etag(self, row: Row) -> str | None:
        try:
            head = await self.session.run(
                lambda s3: s3.head_object(self.bucket, row.key, version_id=row.version_id)
            )
        except S3Error:  # the menu works without it; the screen shows the error elsewhere
            return None
        return head.etag


def _path(text: str) -> Path:
    return paths.expanded(text)


def _inside(path: Path, name: str) -> Path:
    return path / name if os.path.isdir(path) else path


def _last_part(key: str) -> str:
    return key.rstrip("/").rpartition("/")[2] or key


def versioned_name(name: str, version_id: str) -> str:
    """Return a file name with a short version id: `report.3f9c1a2b.csv`."""
    stem, dot, suffix = name.rpartition(".")
    mark = re.sub(r"\W", "_", short_id(version_id)).strip("_")
    return f"{stem}.{mark}.{suffix}" if stem and dot else f"{name}.{mark}"


def _places(rows: Sequence[Row]) -> list[tuple[Row, str]]:
    """Return the target path of each row, relative to the download folder."""
    names, several = LocalNames(), Counter(row.key for row in rows)
    return [(row, _place(row, names, is_one_of_many=several[row.key] > 1)) for row in rows]


def _place(row: Row, names: LocalNames, *, is_one_of_many: bool) -> str:
    """Return the target path of one row: its last part, or its whole path in a flat listing.

    Each version of a key gets a name of its own.
    """
    has_path = row.kind is not Kind.PREFIX and DELIMITER in row.name
    name = row.name if has_path else _last_part(row.key)
    if is_one_of_many and row.version_id is not None:
        name = versioned_name(name, row.version_id)
    # A folder marker is placed like any object, as it was marked as one.
    return names.place(name, size=1 if has_path else 0).path


def _wrong_target(text: str) -> str | None:
    path = paths.expanded(text)
    if not text.strip():
        return "A path is needed."
    if wrong := paths.unknown_home(text):
        return printable(wrong)
    if os.path.exists(path.parent) and not os.path.isdir(path.parent):
        return f"{printable(str(path.parent))} is a file, not a folder."
    return None


def _wrong_folder(text: str) -> str | None:
    if not text.strip():
        return "A folder is needed."
    if wrong := paths.unknown_home(text):
        return printable(wrong)
    return f"{printable(text)} is a file, not a folder." if os.path.isfile(paths.expanded(text)) else None
