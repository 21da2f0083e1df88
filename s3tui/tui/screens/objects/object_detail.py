"""The object detail: all that HEAD says of one object, grouped and readable, and as it was sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind, Row
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.versions import short_id
from s3tui.format import printable
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.tui.keymap.screens import DETAIL_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.objects.transfers.controller import TransferController
from s3tui.tui.screens.objects.view_mode import ViewMode
from s3tui.tui.text.object_fields import metadata_section, overview_sections, raw_section
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import Fields
from s3tui.tui.widgets.details.scrolled import Scrolled
from s3tui.tui.widgets.frame.state_panel import StatePanel


class ObjectDetailScreen(FramedScreen):
    HELP_TITLE = "Object"
    BINDINGS: ClassVar[list[BindingType]] = [*DETAIL_KEYS]

    @dataclass
    class HeadLearned(Message):
        head: ObjectHead

    @dataclass
    class HeadFailed(Message):
        error: S3Error

    def __init__(
        self,
        session: Session,
        transfers: Transfers,
        bucket: str,
        key: str,
        *,
        version_id: str | None = None,
    ) -> None:
        """Without a `version_id`, it is about the object as it is now."""
        super().__init__(session, transfers)
        self._bucket = bucket
        self.key = key
        self.version_id = version_id
        self.head: ObjectHead | None = None
        self._transfer = TransferController(self)

    @property
    def bucket(self) -> str:
        return self._bucket

    @property
    def mode(self) -> ViewMode:
        return ViewMode(Location(self._bucket))

    @property
    def uri(self) -> str:
        return f"s3://{self._bucket}/{self.key}"

    def targets(self) -> list[Row]:
        head = self.head
        if head is None:
            return []
        return [
            Row(
                Kind.OBJECT,
                self.key,
                self.key,
                head.size,
                head.last_modified,
                head.storage_class,
                version_id=self.version_id,
            )
        ]

    def compose_body(self) -> Iterable[Widget]:
        yield StatePanel()
        with Horizontal(id="object-sections"):
            with Scrolled(id="overview"):
                yield Fields()
            with Scrolled(id="raw"):
                yield Fields()

    def on_mount(self) -> None:
        super().on_mount()
        self.action_refresh()

    def place(self) -> Place:
        name = self.key.removesuffix(DELIMITER).rpartition(DELIMITER)[2]
        above = Location(self._bucket, self.key[: len(self.key.removesuffix(DELIMITER)) - len(name)])
        crumbs = [printable(part) or "⟨empty⟩" for part, _ in above.crumbs]
        return self.connected_place(
            crumbs=[*crumbs, printable(name) or "⟨empty⟩"], bucket=self._bucket, is_object=True
        )

    def action_refresh(self) -> None:
        if self.head is None:
            self._show_state().show("loading", f"Asking for {printable(self.key)}…", "esc goes back")
        self.learn_head()

    @work(group="head", exclusive=True)
    async def learn_head(self) -> None:
        try:
            head = await self.session.run(
                lambda s3: s3.head_object(self._bucket, self.key, version_id=self.version_id)
            )
        except S3Error as error:
            self.post_message(self.HeadFailed(error))
        else:
            self.post_message(self.HeadLearned(head))

    @on(HeadLearned)
    def _show_head(self, message: HeadLearned) -> None:
        head = self.head = message.head
        self.query_one(StatePanel).display = False
        self.query_one("#object-sections").display = True
        overview, raw = self.query_one("#overview"), self.query_one("#raw")
        sections = overview_sections(head, self.session.now())
        overview.query_one(Fields).show([*sections, metadata_section(head)])
        raw.query_one(Fields).show([raw_section(head)])
        version = "" if self.version_id is None else f"   version {printable(short_id(self.version_id))}"
        overview.border_title = Content(printable(self.key) + version)
        raw.border_title = Content(f"As sent: {len(head.headers)} headers")
        overview.focus()
        self.show_place()

    @on(HeadFailed)
    def _show_failure(self, message: HeadFailed) -> None:
        self.head = None
        self._show_state().show_error(message.error, keys="⌫ goes back")

    def _show_state(self) -> StatePanel:
        self.query_one("#object-sections").display = False
        panel = self.query_one(StatePanel)
        panel.display = True
        return panel

    def action_download(self) -> None:
        self.run(self._transfer.download, "question", exclusive=True)

    def action_copy_to(self) -> None:
        self.run(self._transfer.copy_to, "question", exclusive=True)

    def action_copy(self) -> None:
        self.run(self._transfer.copy, "question", exclusive=True)

    def action_back(self) -> None:
        self.app.pop_screen()
