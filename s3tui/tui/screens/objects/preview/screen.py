"""The preview screen: the inside of one object; of an archive, the screen of its members takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from s3tui.browse.rows.listing import Row
from s3tui.tui.keymap.screens import PREVIEW_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.preview.content_screen import ContentScreen
from s3tui.tui.screens.objects.preview.members_screen import MembersScreen
from s3tui.tui.screens.objects.preview.open_with import OpenWithController
from s3tui.tui.screens.objects.transfers.controller import TransferController

if TYPE_CHECKING:
    from s3tui.preview.ranged_file import RangedFile


class PreviewScreen(ContentScreen):
    BINDINGS: ClassVar[list[BindingType]] = [*PREVIEW_KEYS]

    def __init__(self, session: Session, transfers: Transfers, bucket: str, row: Row) -> None:
        super().__init__(session, transfers, bucket, row)
        self.reading.show_members = self._show_members
        self._opening = OpenWithController(self, row)
        self._transfer = TransferController(self)

    def targets(self) -> list[Row]:
        return [self._row]

    def _show_members(self, file: RangedFile) -> None:
        self.app.switch_screen(MembersScreen(self.session, self.transfers, self._bucket, self._row, file))

    def action_follow(self) -> None:
        self.reading.toggle_follow()

    def action_open_with(self) -> None:
        self.run(self._opening.ask, "question", exclusive=True)

    def action_download(self) -> None:
        self.run(self._transfer.download, "question", exclusive=True)
