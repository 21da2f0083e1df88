"""The preview in the pane beside the object tree: a look inside the object on which the cursor rests."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Row
from s3tui.s3.errors import S3Error
from s3tui.settings import PreviewMode
from s3tui.tui.runtime.object_file import open_object, preview_of
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.text.preview.lines import PreviewText, preview_text
from s3tui.tui.text.sentences import explain
from s3tui.tui.widgets.details.detail_pane import DetailPane

if TYPE_CHECKING:
    from s3tui.preview.preview import Preview
    from s3tui.preview.ranged_file import RangedFile

_GROUP = "preview"
_PAUSE_S = 0.15
"""How long the cursor must rest on an object before any of its bytes are asked for."""
_LINES = 60
"""More fit into no pane."""


class PanePreviewController:
    def __init__(self, host: TreeHost) -> None:
        self._host = host

    def stop(self) -> None:
        """Cancel what is being read: the cursor is elsewhere."""
        self._host.cancel(_GROUP)

    def rest_on(self, row: Row) -> None:
        """Read a little of the object under the cursor, and show it."""
        self._host.run(partial(self._read, row), _GROUP, exclusive=True)

    async def _read(self, row: Row) -> None:
        await asyncio.sleep(_PAUSE_S)
        if (why := self._why_unread(row)) is not None:
            self._host.later(self._show, row, PreviewText("preview", sentence=why))
            return
        from s3tui.preview.preview import Room
        from s3tui.preview.reader import PANE_BOUND

        session, bucket = self._host.session, self._host.bucket
        try:
            file = await open_object(
                session, bucket, row.key, size=row.size, version_id=row.version_id, bound=PANE_BOUND
            )
            preview = await preview_of(
                session, file, row.key, Room(_LINES, width=self._host.query_one(DetailPane).size.width)
            )
        except S3Error as error:
            self._host.later(self._show, row, PreviewText("preview", sentence=explain(error), tone="bad"))
        else:
            self._host.later(self._show_preview, row, preview, file)

    def _why_unread(self, row: Row) -> str | None:
        """Return the sentence for an object that is not read unasked."""
        if row.is_asleep(self._host.session.now()):
            return "It is archived: its bytes can be read once it is restored."
        return "p shows what is in it." if self._host.session.previews is PreviewMode.ON_DEMAND else None

    def _show_preview(self, row: Row, preview: Preview, file: RangedFile) -> None:
        text = preview_text(
            preview, requests=file.requests, received=file.received, size=file.size, keys="p full"
        )
        self._show(row, text)

    def _show(self, row: Row, text: PreviewText) -> None:
        if row == self._host.current:
            self._host.query_one(DetailPane).show_preview(text)
