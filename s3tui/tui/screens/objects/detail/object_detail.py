"""The object detail: everything S3 tells of one object, in tabs that load one by one."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget

from s3tui.browse.inspect.object_facts import ObjectId
from s3tui.browse.inspect.object_versions import as_row
from s3tui.browse.rows.listing import Kind, Row
from s3tui.s3.models import ObjectHead
from s3tui.tui.keymap.screens import DETAIL_KEYS
from s3tui.tui.messages import TransfersEnded
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.detail.comparison import ComparisonController
from s3tui.tui.screens.objects.detail.object_tabs import ObjectTabs
from s3tui.tui.screens.objects.detail.version_changes import VersionChanges
from s3tui.tui.screens.objects.editing.attributes import AttributeController
from s3tui.tui.screens.objects.editing.content import ContentController
from s3tui.tui.screens.objects.editing.restoring import RestoreController
from s3tui.tui.screens.objects.links.controller import LinkController
from s3tui.tui.screens.objects.object_screen import ObjectScreen
from s3tui.tui.screens.objects.preview.screen import PreviewScreen
from s3tui.tui.screens.objects.preview.views import View
from s3tui.tui.screens.objects.transfers.controller import TransferController
from s3tui.tui.widgets.details.tabs import TabbedFacts
from s3tui.tui.widgets.lists.version_table import VersionTable
from s3tui.tui.widgets.preview.scrolled_preview import ScrolledPreview

_OF_VERSIONS = frozenset({"delete", "promote"})


def _asks(
    question: Callable[[ObjectDetailScreen], Callable[[], Coroutine[Any, Any, None]]],
) -> Callable[[ObjectDetailScreen], None]:
    """Return an action that asks the user, in a worker, one question at a time."""

    def action(screen: ObjectDetailScreen) -> None:
        screen.run(question(screen), "question", exclusive=True)

    return action


class ObjectDetailScreen(ObjectScreen):
    HELP_TITLE = "Object"
    BINDINGS: ClassVar[list[BindingType]] = [*DETAIL_KEYS]

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
        super().__init__(session, transfers, bucket, key)
        self.version_id = version_id
        self._object = ObjectId(bucket, key, version_id)
        self._facts = ObjectTabs(session, self._object, self._show_versions, self._show_preview)
        self._preview = ScrolledPreview()
        self._versions = VersionTable(session.now)
        self._restores = RestoreController(self, self.action_refresh)
        self._transfer = TransferController(self, self._restores.ask)
        self._links = LinkController(self)
        self._attributes = AttributeController(self, self.action_refresh)
        self._content = ContentController(self, self.action_refresh)
        self._changes = VersionChanges(self, self._below)
        self._comparison = ComparisonController(self, self._object, lambda: self._facts.versions)

    @property
    def head(self) -> ObjectHead | None:
        """The object's head, once it is known."""
        return self._facts.head

    @property
    def _tabs(self) -> TabbedFacts:
        return self.query_one(TabbedFacts)

    @property
    def _is_at_versions(self) -> bool:
        return any(tabs.active.tab.id == "versions" for tabs in self.query(TabbedFacts))

    def targets(self) -> list[Row]:
        """Return the version under the cursor, where versions are shown, else the object itself."""
        if self._is_at_versions:
            version = self._versions.current
            return [] if version is None else [as_row(version)]
        head = self._facts.head
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
        yield TabbedFacts(self._facts.tabs(lambda: self._versions, lambda: self._preview))

    @on(TransfersEnded)
    def _look_again(self, message: TransfersEnded) -> None:
        """Ask again once this object was changed from here."""
        uri = f"s3://{self.bucket}/{self.key}"
        if any(row.direction.counts_objects and uri.startswith(row.source) for row in message.transfers):
            self.action_refresh()

    def _show_versions(self) -> None:
        self._versions.show(self._facts.versions)

    def _show_preview(self, view: View) -> None:
        if isinstance(panel := self._preview.parent, Widget):
            panel.border_title = Content(view.title)
        self._preview.wraps = not view.header  # ← and → are the tabs': text is not scrolled sideways here
        self._preview.show_all(view.pager.lines, view.header or view.sentence, view.language)

    def _below(self, row: Row) -> Row | None:
        below = self._versions.below(row.version_id)
        return None if below is None else as_row(below)

    @on(TabbedFacts.Shown)
    def _tab_shown(self) -> None:
        self.show_place()
        self.refresh_bindings()

    @on(VersionTable.Chosen)
    def _open_version(self) -> None:
        version = self._versions.current
        if version is None:
            return
        if version.is_delete_marker:
            self.say("A delete marker is all there is to see of it: D removes it, and what it hides is back.")
            return
        detail = type(self)(
            self.session, self.transfers, self._bucket, self.key, version_id=version.version_id
        )
        self.app.push_screen(detail)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable what changes versions only where they are shown."""
        return action not in _OF_VERSIONS or self._is_at_versions

    def action_refresh(self) -> None:
        self._facts.forget()
        self._tabs.reload()

    def action_tab(self, step: int) -> None:
        self._tabs.step(step)

    def action_download(self) -> None:
        self.run(self._transfer.download, "question", exclusive=True)

    def action_preview(self) -> None:
        for row in self.targets():
            self.app.push_screen(PreviewScreen(self.session, self.transfers, self.bucket, row))

    def action_copy_to(self) -> None:
        self.run(self._transfer.copy_to, "question", exclusive=True)

    def action_copy_uri(self) -> None:
        self.run(self._transfer.copy_uri, "question", exclusive=True)

    action_edit = _asks(lambda own: own._content.edit)
    action_attributes = _asks(lambda own: own._attributes.edit)
    action_restore = _asks(lambda own: own._restores.ask)
    action_presign = _asks(lambda own: own._links.ask)

    def action_copy(self) -> None:
        self.run(partial(self._transfer.copy, self._tabs.active.text), "question", exclusive=True)

    def action_compare(self) -> None:
        self.run(partial(self._comparison.ask, of_versions=self._is_at_versions), "question", exclusive=True)

    def action_delete(self) -> None:
        self.run(self._changes.delete, "question", exclusive=True)

    def action_promote(self) -> None:
        self.run(self._changes.promote, "question", exclusive=True)
