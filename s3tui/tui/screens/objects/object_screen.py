"""ObjectScreen: the base of screens that are about one object."""

from __future__ import annotations

from s3tui.browse.place.location import Location
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.format import printable
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.objects.view_mode import ViewMode
from s3tui.tui.text.place import Place


class ObjectScreen(FramedScreen):
    """Shows its object in the top bar, below the prefixes that it lies under."""

    def __init__(self, session: Session, transfers: Transfers, bucket: str, key: str) -> None:
        super().__init__(session, transfers)
        self._bucket = bucket
        self.key = key

    @property
    def bucket(self) -> str:
        return self._bucket

    @property
    def mode(self) -> ViewMode:
        is_directory = self.session.is_directory_bucket(self._bucket)
        return ViewMode(Location(self._bucket), is_directory=is_directory)

    @property
    def uri(self) -> str:
        return f"s3://{self._bucket}/{self.key}"

    def place(self) -> Place:
        name = self.key.removesuffix(DELIMITER).rpartition(DELIMITER)[2]
        above = Location(self._bucket, self.key[: len(self.key.removesuffix(DELIMITER)) - len(name)])
        crumbs = [printable(part) or "⟨empty⟩" for part, _ in above.crumbs]
        return connected_place(
            self._session, crumbs=[*crumbs, printable(name) or "⟨empty⟩"], bucket=self._bucket, is_object=True
        )

    def action_back(self) -> None:
        self.app.pop_screen()
