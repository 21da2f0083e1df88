"""Download and copy: what the object tree and an object's own screen offer alike. Questions come first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.browse.rows.listing import Kind, Row
from s3tui.format import count, printable
from s3tui.s3.address.target import encode_query_value
from s3tui.s3.errors import S3Error
from s3tui.transfer.download.local_names import local_name
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import (
    ChosenObject,
    CopyObject,
    CopyPrefix,
    DownloadChosen,
    DownloadObject,
    DownloadPrefix,
    Request,
)
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.transfers.copy_targets import (
    S3Suggester,
    labels,
    parse_target,
    place,
    wrong_copy,
)
from s3tui.tui.screens.objects.transfers.download_targets import (
    inside,
    last_part,
    places_below,
    versioned_name,
    wrong_file,
    wrong_folder,
)
from s3tui.tui.screens.transfers.names_check import NamesCheck, names_sentence
from s3tui.tui.screens.transfers.names_question import NamesQuestion
from s3tui.tui.screens.transfers.transfer_prompt import TransferPrompt
from s3tui.tui.text.object_fields import copies
from s3tui.tui.text.sentences import tilde
from s3tui.tui.widgets.forms.path_input import PathSuggester

if TYPE_CHECKING:
    from s3tui.transfer.engine import TransferEngine

_EACH_A_ROW = 20
"""More objects than these are one row of the queue."""
_MOST_CHOSEN = 100_000
"""So many are one row."""


class TransferController:
    """Each of its questions is awaited in a worker."""

    def __init__(self, host: ObjectHost, restore: Callable[[], Awaitable[None]] | None = None) -> None:
        """`restore`: asks how to restore the targets."""
        self._host, self._restore = host, restore

    def _movable(self) -> list[Row]:
        """Return what can be downloaded or copied of the targets; say what cannot."""
        rows = self._host.targets()
        refusal = self._host.mode.prefix_refusal
        if refusal is not None and any(row.kind is Kind.PREFIX for row in rows):
            self._host.say(refusal, "warning")
            return []
        found = [row for row in rows if row.kind is Kind.PREFIX or row.has_bytes]
        if len(found) < len(rows):
            self._host.say("A delete marker has no bytes: there is nothing of it to move.", "warning")
        return found

    async def download(self) -> None:
        if not self._host.targets():
            self._host.say("There is nothing here to download.")
        elif not (rows := self._movable()) or not await self._may_fail(rows):
            return
        elif len(rows) == 1 and rows[0].kind is not Kind.PREFIX:
            await self._download_object(rows[0])
        else:
            await self._download_many(rows)

    async def _may_fail(self, rows: Sequence[Row]) -> bool:
        """Ask before a download that is bound to fail is begun: what is archived is restored first."""
        now = self._host.session.now()
        asleep = [row for row in rows if row.is_asleep(now)]
        if not asleep:
            return True
        one = len(rows) == 1
        which = printable(asleep[0].key) if one else f"{count(len(asleep))} of {count(len(rows))}"
        verb, it = ("is", "it") if len(asleep) == 1 else ("are", "them")
        is_coming = all(row.restore is not None and row.restore.is_in_progress for row in asleep)
        if is_coming or self._restore is None or self._host.session.connection.read_only:
            state = "being restored, and" if is_coming else "archived and"
            sentence = f"{which} {verb} {state} cannot be read yet: S3 will refuse to send {it}."
            yes = "Try it" if one else "Download"
            return await self._host.ask(Confirm("Download what is archived?", sentence, yes=yes)) or False
        sentence = f"{which} {verb} archived and cannot be read before a restore."
        question = Confirm("Restore it first?", sentence, yes="Restore …", no="Try to download", grave=False)
        match await self._host.ask(question):
            case True:
                await self._restore()
            case False:
                return True
        return False

    async def _download_object(self, row: Row) -> None:
        last = last_part(row.key)
        name = local_name(last)
        if row.version_id is not None and (self._host.transfers.download_dir / name).exists():
            name = local_name(versioned_name(last, row.version_id))
        answer = await self._host.ask(
            Prompt(
                f"Download {printable(last)}",
                "",
                value=tilde(self._host.transfers.download_dir / name),
                yes="Download",
                suggester=PathSuggester(),
                check=wrong_file,
            )
        )
        if answer is None:
            return
        target = inside(paths.expanded(answer), name)
        await self._start_download(row, target, Conflict.ASK)
        self._host.say(f"↓ {printable(row.key)} → {printable(tilde(target))}   t shows the queue")

    async def _download_many(self, rows: Sequence[Row]) -> None:
        self._host.transfers.prepare()
        single = rows[0] if len(rows) == 1 else None
        folder = self._host.transfers.download_dir
        if single is not None:
            folder = folder / local_name(last_part(single.key))
        title = f"Download {printable(single.key)}" if single else f"Download {count(len(rows))} marked"
        wish = await self._host.ask(
            TransferPrompt(
                title,
                "Everything under a prefix keeps its path below this folder.",
                value=tilde(folder) + "/",
                yes="Download",
                suggester=PathSuggester(folders_only=True),
                check=wrong_folder,
            )
        )
        if wish is None:
            return
        folder = paths.expanded(wish.target)
        places = [(rows[0], "")] if single else await asyncio.to_thread(places_below, rows)
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
        self._host.say(f"↓ {count(len(rows))} → {printable(tilde(folder))}   t shows the queue")

    async def _names_are_fine(self, places: Sequence[tuple[str, Path]]) -> bool:
        """Look at the keys under prefixes; ask, where some cannot have their own names in their folder."""
        if not places:
            return True
        reports = await self._host.ask(
            NamesCheck(self._host.session, self._host.bucket, places, at=self._host.mode.instant)
        )
        if reports is None:
            return False
        renamed = [name for report in reports for name in report.names]
        if not renamed:
            return True
        question = NamesQuestion(names_sentence(reports), renamed)
        return await self._host.ask(question) or False

    async def _queue(self, request: Request) -> None:
        await self._host.transfers.command(lambda queue: queue.add(request))

    async def _start_download(self, row: Row, target: Path, conflict: Conflict) -> None:
        name, bucket = self._host.session.handle, self._host.bucket
        await self._queue(DownloadObject(name, bucket, row.key, target, conflict, row.version_id))

    async def _start_chosen_download(
        self, objects: Sequence[tuple[Row, str]], folder: Path, conflict: Conflict
    ) -> None:
        """Queue many objects as one row of the queue; as a few, where they are very many."""
        name, bucket = self._host.session.handle, self._host.bucket
        for first in range(0, len(objects), _MOST_CHOSEN):
            chosen = tuple(
                ChosenObject(row.key, row.size, path, row.version_id)
                for row, path in objects[first : first + _MOST_CHOSEN]
            )
            await self._queue(DownloadChosen(name, bucket, chosen, folder, conflict))

    async def _start_prefix_download(self, prefix: str, target: Path, conflict: Conflict) -> None:
        name, bucket, at = self._host.session.handle, self._host.bucket, self._host.mode.instant
        await self._queue(DownloadPrefix(name, bucket, prefix, target, conflict, at))

    async def copy_to(self) -> None:
        """Copy objects and prefixes to another place, inside S3 or to another connection that is open."""
        if not self._host.may_write() or not (rows := self._movable()):
            return
        single = rows[0] if len(rows) == 1 else None
        what = printable(single.key) if single else f"{count(len(rows))} marked"
        here = single.key if single else rows[0].key.removesuffix(rows[0].name).removesuffix("/")
        value = f"s3://{self._host.bucket}/{here}" + ("/" if not single and here else "")
        own = self._host.session.handle
        others = [handle for handle in self._host.transfers.connections() if handle != own]
        is_now = self._host.mode.instant is None
        sessions = self._host.transfers.sessions
        known = await sessions.known()
        own_name, bucket = self._host.session.connection.name, self._host.bucket

        def check(text: str) -> str | None:
            return wrong_copy(text, bucket, rows, is_now=is_now, names=known, own=own_name)

        wish = await self._host.ask(
            TransferPrompt(
                f"Copy {what}",
                "A bucket and a key, or a prefix that ends in a slash; name:bucket/key leads elsewhere.",
                value=value,
                yes="Copy",
                suggester=S3Suggester(self._host.session),
                check=lambda text: wrong_copy(
                    text, self._host.bucket, rows, is_now=is_now, names=known, own=own_name
                ),
                connections=labels([own, *others]),
            )
        )
        if wish is None:
            return
        name, uri = parse_target(wish.target, known, own_name)
        chosen = wish.connection if name is None else sessions.of(known[name]).handle
        there = "" if chosen == own else chosen
        conflict, at = wish.conflict, self._host.mode.instant

        async def add(queue: TransferEngine) -> None:
            for row, key in place(rows, uri.key):
                to = own, bucket, row.key, uri.bucket, key
                if row.kind is Kind.PREFIX:
                    await queue.add(CopyPrefix(*to, to_connection=there, conflict=conflict, at=at))
                else:
                    version_id = row.version_id
                    await queue.add(
                        CopyObject(*to, to_connection=there, conflict=conflict, version_id=version_id)
                    )

        await self._host.transfers.command(add)
        self._host.say(f"→ {what} → {printable(str(uri))}   t shows the queue")

    async def copy(self, text: str = "") -> None:
        """Copy what the user chooses to the clipboard; `text` is all that is shown."""
        rows = self._host.targets()
        if not rows:
            return
        if len(rows) > 1:
            await self.copy_uri()
            return
        session = self._host.session
        endpoint = session.connection.endpoint.in_region(session.region_of(self._host.bucket))
        target = endpoint.target(self._host.bucket, rows[0].key)
        row, url = rows[0], f"{target.scheme}://{target.authority}{target.path}"
        if row.version_id is not None:
            url += f"?versionId={encode_query_value(row.version_id)}"
        has_etag, version_id = row.has_bytes, row.version_id
        choices = copies(
            self._host.bucket, row.key, has_etag=has_etag, size=row.size, url=url, version_id=version_id
        )
        menu = ClipboardMenu(
            [*choices, *([("t", "all of this tab", text)] if text else [])],
            (lambda: self._etag(row)) if has_etag else None,
        )
        if (answer := await self._host.ask(menu)) is not None:
            name, value = answer
            await self._host.copy(value, f"{name}: {printable(value)}")

    async def copy_uri(self) -> None:
        """Copy the URIs of what is marked, or of the row, one a line; in a worker."""
        uris = [f"s3://{self._host.bucket}/{row.key}" for row in self._host.targets()]
        if uris:
            what = f"URI: {printable(uris[0])}" if len(uris) == 1 else f"{count(len(uris))} URIs, one a line"
            await self._host.copy("\n".join(uris), what)

    async def _etag(self, row: Row) -> str | None:
        if not self._host.mode.is_of_now(row):
            return None  # else it would be another one's than that of the row
        try:
            head = await self._host.session.run(
                lambda s3: s3.head_object(self._host.bucket, row.key, version_id=row.version_id)
            )
        except S3Error:  # the menu is as good without it; the screen says elsewhere what is wrong
            return None
        return head.etag
