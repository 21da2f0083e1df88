"""Reads the members of an archive portion by portion, and downloads one of them without the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from s3tui import paths
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.transfer.download.local_names import local_name
from s3tui.transfer.errors import TransferError
from s3tui.transfer.models import Conflict
from s3tui.tui.runtime.object_file import preview_of
from s3tui.tui.runtime.session import Session
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.preview.member_rows import MemberRows
from s3tui.tui.screens.objects.transfers.download_targets import inside, last_part, wrong_file
from s3tui.tui.text.sentences import explain, short_size, tilde
from s3tui.tui.widgets.forms.path_input import PathSuggester

if TYPE_CHECKING:
    from s3tui.preview.preview import Member
    from s3tui.preview.ranged_file import RangedFile

_KINDS = frozenset({"zip", "tar", "npz", "PyTorch"})


def has_members(kind: str) -> bool:
    """Say whether members can be read one by one of what is called so, such as `gzip, tar`."""
    return kind.rpartition(", ")[2] in _KINDS


_AT_ONCE = 1_000
_MOST = 20_000
"""Members that are read before the user is asked to go on."""
_BOUND = 8 * 1024 * 1024
"""Bytes that may be read for so many."""


@dataclass(frozen=True, slots=True)
class OpenMember:
    """A member of an archive that is open."""

    archive: RangedFile
    member: Member


class MemberReader:
    """The members of one archive, as far as they were read."""

    def __init__(self, session: Session, file: RangedFile, key: str) -> None:
        self._session, self.file, self._key = session, file, key
        self.rows = MemberRows()
        self._next: int | None = 0
        self.title = ""

    @property
    def is_complete(self) -> bool:
        return self._next is None

    async def read_on(self) -> None:
        """Read some more members.

        Raises: S3Error.
        """
        from s3tui.preview.preview import Room

        self.file.bound = self.file.received + _BOUND
        most = len(self.rows) + _MOST
        while self._next is not None and len(self.rows) < most:
            room = Room(0, _AT_ONCE, self._next)
            preview = await preview_of(self._session, self.file, self._key, room)
            if not self.title:
                self.title = " · ".join([preview.kind, *preview.facts])
            for member in preview.members:
                self.rows.add(member)
            if preview.next is None and preview.more is not None:
                break  # none of the next ones was within the bound
            self._next = preview.next


class MemberDownload:
    def __init__(self, host: ScreenHost, archive: RangedFile) -> None:
        self._host, self._archive = host, archive

    async def ask(self, member: Member) -> None:
        """Ask where to, and write the member there; in a worker."""
        if member.note:
            self._host.say(f"It cannot be read: it is {member.note}.", "warning")
            return
        last = last_part(member.name)
        target = self._host.transfers.download_dir / local_name(last)
        answer = await self._host.ask(
            Prompt(
                f"Download {printable(last)}",
                _what_it_takes(member),
                value=tilde(target),
                yes="Download",
                check=wrong_file,
                suggester=PathSuggester(),
            )
        )
        if answer is not None:
            await self._download(member, inside(paths.expanded(answer), target.name))

    async def _download(self, member: Member, target: Path) -> None:
        from s3tui.preview.formats.unpacking import Damaged

        host, name = self._host, printable(last_part(member.name))
        try:
            path = await self._write(member, target)
        except Damaged:
            host.say(f"{name} is damaged: the archive does not hold what its list of members says.", "error")
        except (S3Error, TransferError) as error:
            host.say(explain(error), "error")
        except OSError as error:
            host.say(f"{printable(str(target))}: {printable(error.strerror or str(error))}.", "error")
        else:
            host.say(f"Downloaded {name} to {printable(tilde(path))}", "done")

    async def _write(self, member: Member, target: Path) -> Path:
        from s3tui.preview.members import read_member
        from s3tui.transfer.download.part_file import PartFile

        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        part = await asyncio.to_thread(PartFile, target, member.size, token_hex(4))
        try:
            written = 0
            async for portion in read_member(self._archive.without_bound(), member):
                await asyncio.to_thread(part.write, portion, written)
                written += len(portion)
                self._host.say(f"{short_size(written)} of {short_size(member.size)} written …   ⌫ stops")
            published = await asyncio.to_thread(part.publish, Conflict.KEEP_BOTH, None)
        finally:
            part.remove()
        return published or target


def _what_it_takes(member: Member) -> str:
    from s3tui.preview.preview import INSIDE

    if member.packing == INSIDE:
        return "The archive is one compressed stream: it is read up to the end of this member."
    return f"{short_size(member.packed)} of the archive are read for it."
