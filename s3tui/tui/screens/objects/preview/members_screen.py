"""The members screen: an archive as a tree, one of whose members is looked at or downloaded by itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from s3tui.browse.rows.listing import Listing, Row
from s3tui.browse.rows.tree import Tree
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.tui.keymap.screens import MEMBERS_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.object_screen import ObjectScreen
from s3tui.tui.screens.objects.preview.member_screen import MemberScreen
from s3tui.tui.screens.objects.preview.members import MemberDownload, MemberReader, OpenMember
from s3tui.tui.text.sentences import explain, short_size
from s3tui.tui.widgets.tree.object_tree import ObjectTree

if TYPE_CHECKING:
    from s3tui.preview.ranged_file import RangedFile


class MembersScreen(ObjectScreen):
    HELP_TITLE = "Archive"
    BINDINGS: ClassVar[list[BindingType]] = [*MEMBERS_KEYS]

    def __init__(
        self, session: Session, transfers: Transfers, bucket: str, row: Row, file: RangedFile
    ) -> None:
        super().__init__(session, transfers, bucket, row.key)
        self._row = row
        self._reader = MemberReader(session, file, row.key)
        self._download = MemberDownload(self, file)

    def compose_body(self) -> Iterable[Widget]:
        with Vertical(classes="panel", id="queue-panel"):
            yield ObjectTree(clock=self.session.now)

    def on_mount(self) -> None:
        super().on_mount()
        self._tree.focus()
        self.run(self._read_on, "members", exclusive=True)

    @property
    def _tree(self) -> ObjectTree:
        return self.query_one(ObjectTree)

    async def _read_on(self) -> None:
        try:
            await self._reader.read_on()
        except S3Error as error:
            self.later(self.say, explain(error), "error")
        self.later(self._show)

    def _show(self) -> None:
        tree, is_first = self._tree.model, not self._tree.model.loaded
        if is_first:
            tree = Tree(Listing())
            tree.append("", self._reader.rows.below(""))
            self._tree.show(tree)
        else:
            for prefix in ["", *tree.opened]:
                listing = Listing(prefix)
                listing.append(self._reader.rows.below(prefix))
                tree.replace(listing)
        if not self._reader.is_complete:
            tree.root.load()
            tree.stop("")
        self._tree.refresh_rows()
        panel, file = self.query_one("#queue-panel"), self._reader.file
        panel.border_title = Content(f"{printable(self._row.name)} · {self._reader.title}")
        whole = f" of {short_size(file.size)}" if file.received < file.size else ""
        panel.border_subtitle = Content(f"{short_size(file.received)}{whole} read")

    @on(ObjectTree.MoreRequested)
    def _go_on(self) -> None:
        self.say("Reading on …")
        self.run(self._read_on, "members", exclusive=True)

    @on(ObjectTree.PrefixExpanded)
    def _fill(self, message: ObjectTree.PrefixExpanded) -> None:
        tree = self._tree.model
        if message.needs_listing:
            tree.append(message.prefix, self._reader.rows.below(message.prefix))
        self._tree.refresh_rows()

    @on(ObjectTree.PrefixOpened)
    def _toggle(self) -> None:
        line = self._tree.model.line(self._tree.model.cursor)
        if line.is_expanded:
            self._tree.action_collapse()
        else:
            self._tree.action_expand()

    @on(ObjectTree.OrderRequested)
    def _sort(self, message: ObjectTree.OrderRequested) -> None:
        self._tree.model.arrange(order=message.order)
        self._tree.refresh_rows()

    @on(ObjectTree.UpRequested)
    def _go_back(self) -> None:
        self.action_back()

    @on(ObjectTree.ObjectOpened)
    def action_preview(self) -> None:
        row = self._tree.model.line(self._tree.model.cursor).read()
        member = None if row is None else self._reader.rows.find(row.key)
        if row is None or member is None:
            return
        if member.note:
            self.say(f"It cannot be read: it is {member.note}.", "warning")
            return
        opened = OpenMember(self._reader.file, member)
        self.app.push_screen(MemberScreen(self.session, self.transfers, self._bucket, self._row, opened))

    def action_download(self) -> None:
        row = self._tree.model.line(self._tree.model.cursor).read()
        member = None if row is None else self._reader.rows.find(row.key)
        if member is None:
            self.say("Go to a member to download it; d on the archive itself downloads it whole.")
            return
        self.run(partial(self._download.ask, member), "question", exclusive=True)
