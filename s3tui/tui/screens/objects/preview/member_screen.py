"""The preview screen of one member of an archive."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.binding import BindingType

from s3tui.browse.rows.listing import Row
from s3tui.format import printable
from s3tui.tui.keymap.screens import MEMBER_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.preview.content_screen import ContentScreen
from s3tui.tui.screens.objects.preview.members import MemberDownload, OpenMember
from s3tui.tui.text.place import Place


class MemberScreen(ContentScreen):
    BINDINGS: ClassVar[list[BindingType]] = [*MEMBER_KEYS]

    def __init__(
        self, session: Session, transfers: Transfers, bucket: str, row: Row, opened: OpenMember
    ) -> None:
        """`row`: the archive."""
        super().__init__(session, transfers, bucket, row, opened)
        self._member = opened.member
        self._download = MemberDownload(self, opened.archive)

    def place(self) -> Place:
        place = super().place()
        return replace(place, crumbs=(*place.crumbs, printable(self._member.name)))

    def action_download(self) -> None:
        self.run(partial(self._download.ask, self._member), "question", exclusive=True)
