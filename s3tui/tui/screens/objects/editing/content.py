"""ContentController: an object's content in the user's editor, saved over the state that was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from s3tui.browse.rows.listing import Kind, Row, VersionStatus
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.runtime.text_editor import EditedFile
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.preview.open_with import file_name
from s3tui.tui.text.sentences import explain, tilde

if TYPE_CHECKING:
    from s3tui.transfer.editing.opening import OpenedContent


class ContentController:
    """Edits one object at a time; to be awaited in a worker."""

    def __init__(self, host: ObjectHost, saved: Callable[[], object] = lambda: None) -> None:
        """`saved`: called when something may have been saved, for what no listing shows."""
        self._host, self._saved = host, saved

    async def edit(self) -> None:
        row = self._editable()
        if row is None:
            return
        from s3tui.transfer.editing.opening import NotEditable, open_content

        host, bucket = self._host, self._host.bucket
        host.say(f"Reading {printable(row.key)} …")
        try:
            opened = await host.session.run(lambda s3: open_content(s3, bucket, row.key, row.version_id))
        except NotEditable as error:
            host.say(printable(str(error)), "warning")
            return
        except S3Error as error:
            host.say(explain(error), "error")
            return
        host.clear_notice()
        if await self._may_edit(opened):
            await self._edit(row.key, opened)

    def _editable(self) -> Row | None:
        """Return the object to edit; say why there is none."""
        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return None
        if len(rows) > 1:
            host.say("Content is edited one object at a time: unmark the others.", "warning")
        elif rows[0].kind is Kind.PREFIX:
            host.say("A prefix has no content: e edits that of an object.", "warning")
        elif not rows[0].has_bytes:
            host.say("A delete marker has no content to edit.", "warning")
        elif rows[0].status is VersionStatus.OLDER:
            host.say("An older version stays as it is: P makes it the current one.", "warning")
        else:
            return rows[0]
        return None

    async def _may_edit(self, opened: OpenedContent) -> bool:
        from s3tui.transfer.editing.object_state import ASLEEP

        doubts = []
        if not opened.is_text:
            doubts.append("It does not look like text: it holds bytes that are zero.")
        if opened.state.unread:
            lost = " and ".join(opened.state.unread)
            doubts.append(f"These keys may not read {lost}: saving would lose them.")
        if (kept := opened.state.head.storage_class) in ASLEEP:
            doubts.append(f"It is a restored copy: saved, it is in {kept} again, and needs another restore.")
        if not opened.obeys_if_match:
            doubts.append(
                "This server does not obey If-Match. It is looked at before and after it is saved, but what "
                "somebody else writes in that moment is overwritten."
            )
        if self._host.session.connection.production:
            doubts.append(f"{printable(self._host.session.connection.name)} is a production connection.")
        if not doubts:
            return True
        question = Confirm("Edit it all the same?", "\n".join(doubts), yes="Edit", no="Leave it", grave=False)
        return await self._host.ask(question) or False

    async def _edit(self, key: str, opened: OpenedContent) -> None:
        """Make the file for the editor, and remove it once all of it is saved, or nothing was changed."""
        from s3tui.tui.screens.objects.editing.edit_run import EditRun

        keeps: bool | None = None
        try:
            file = await asyncio.to_thread(EditedFile, file_name(key), opened.data)
        except OSError as error:
            self._host.say(f"There is no room for the editor's file: {explain(error)}", "error")
            return
        try:
            keeps = await EditRun(self._host, key, opened, file).run()
            self._saved()
        except SuspendNotSupported:
            self._host.say("This terminal cannot be handed to an editor.", "error")
        except ValueError as error:
            keeps = not await asyncio.to_thread(file.holds, opened.data)
            where = f" Your text is in {printable(tilde(file.path))}." if keeps else ""
            self._host.say(f"{explain(error)}{where}", "warning")
        except OSError as error:
            why = printable(error.strerror or str(error))
            self._host.say(f"The editor cannot be used: {why}.", "error")
        finally:
            if keeps is None:  # it ended otherwise, even with this screen: no text may go with it
                keeps = not await asyncio.to_thread(file.holds, opened.data)
            if not keeps:
                await asyncio.to_thread(file.remove)
