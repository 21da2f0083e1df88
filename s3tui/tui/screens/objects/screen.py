"""The object tree: one bucket, from one prefix down. What keys and clicks mean here; controllers do it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Row
from s3tui.browse.rows.tree import Tree
from s3tui.format import printable
from s3tui.tui.keymap.screens import OBJECT_KEYS, PANE_KEYS
from s3tui.tui.keymap.table import actions_of
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.common.base import FramedScreen
from s3tui.tui.screens.common.connected_place import connected_place
from s3tui.tui.screens.objects.controllers.actions import TreeActions
from s3tui.tui.screens.objects.controllers.changes import pasted_path
from s3tui.tui.screens.objects.controllers.owned import Controllers
from s3tui.tui.screens.objects.view_mode import ViewMode
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import HiddenInput, PatternBar, RowFilterBar, SearchBar
from s3tui.tui.widgets.frame.notice import Notice
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.frame.top_bar import TopBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree


class ObjectTreeScreen(TreeActions, FramedScreen):
    HELP_TITLE = "Objects"
    HAS_PANE = True
    BINDINGS: ClassVar[list[BindingType]] = [*OBJECT_KEYS, *PANE_KEYS]

    def __init__(
        self, session: Session, transfers: Transfers, location: Location, *, key: str | None = None
    ) -> None:
        super().__init__(session, transfers)
        self.controllers = Controllers(self, location)
        self.controllers.listing.come_for(key, seek=key is not None)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(classes="panel", id="list-panel"):
                tree = ObjectTree(clock=self.session.now)
                yield from (tree, StatePanel(tree), RowFilterBar(id="filter"), PatternBar(), SearchBar())
            yield DetailPane(classes="wide-only")

    def on_mount(self) -> None:
        super().on_mount()
        tree = self.query_one(ObjectTree)
        self.watch(self.app, "columns", tree.show_columns)
        tree.focus()
        self.controllers.navigation.start()
        self.controllers.bookmarks.read()

    def on_unmount(self) -> None:
        self.controllers.leave()

    @property
    def location(self) -> Location:
        return self.controllers.navigation.location

    @property
    def tree_model(self) -> Tree:
        return self.controllers.listing.tree_model

    @property
    def mode(self) -> ViewMode:
        is_directory = self.session.is_directory_bucket(self.location.bucket)
        return ViewMode(self.location, self.session.is_offline, is_directory)

    @property
    def bucket(self) -> str:
        return self.location.bucket

    @property
    def uri(self) -> str:
        return str(self.location)

    @property
    def current(self) -> Row | None:
        return self.controllers.view.current

    def targets(self) -> list[Row]:
        return self.controllers.view.targets()

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        self.controllers.navigation.go(location, key=key, seek=seek)

    def show_tree(self) -> None:
        self.controllers.view.show()

    def show_status(self) -> None:
        super().show_status()
        if (progress := self.controllers.sizes.progress()) is not None:
            self.query_one(Notice).status = progress

    def place(self) -> Place:
        crumbs = [printable(name) or "⟨empty⟩" for name, _ in self.location.crumbs]
        ways = (*self.mode.chips(self.session.now()), *self.controllers.watch.chips)
        if self.session.is_offline:
            return Place(crumbs=tuple(crumbs), ways=ways)
        crumbs[-1] += " ★" if self.location.as_tree in self.controllers.bookmarks.places else ""
        return replace(connected_place(self._session, crumbs=crumbs, bucket=self.bucket), ways=ways)

    def samples_put(self) -> None:
        self.controllers.listing.refresh()

    def regions_routed(self, sentence: str) -> None:
        self.controllers.navigation.tell_routing()
        self.show_place()

    def may_write(self) -> bool:
        if (why := self.mode.write_refusal) is None:
            return self.may_change()
        self.say(why, "warning")
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        has_rows, picks = self.tree_model.loaded > 0, self.session.picks
        return self.mode.offers(action, self.current, has_rows=has_rows, picks=picks)

    def refusal(self, action: str) -> str | None:
        return self.mode.refusal(action, self.current)

    def on_key(self, event: events.Key) -> None:
        """Say why a key does nothing; what does something, ends a watch."""
        self.controllers.watch.pressed(self.active_bindings.get(event.key))
        changed = self.app.changed_keys  # type: ignore[attr-defined]  # S3TuiApp's own
        for action in actions_of(event.key, OBJECT_KEYS, changed):
            if (why := self.refusal(action)) is not None:
                event.stop()
                self.say(why, "warning")

    def on_paste(self, event: events.Paste) -> None:
        if (path := pasted_path(event.text)) is not None:
            event.stop()
            self.controllers.uploads.start(path)

    def on_resize(self) -> None:
        self.call_after_refresh(self.controllers.view.fit)  # the pane is there, or not, only by then

    def pane_fitted(self) -> None:
        self.controllers.view.fit()

    @on(ObjectTree.Acted)
    def _follow(self, message: ObjectTree.Acted) -> None:
        self.controllers.follow(message)

    @on(HiddenInput.Changed, "HiddenInput")
    def _typed(self, message: HiddenInput.Changed) -> None:
        self.controllers.line(message.input).typed(message.value)

    @on(HiddenInput.Submitted, "HiddenInput")
    def _submitted(self, message: HiddenInput.Submitted) -> None:
        self.controllers.line(message.input).submitted(message.value)

    @on(TopBar.CrumbClicked)
    def _open_crumb(self, message: TopBar.CrumbClicked) -> None:
        self.controllers.navigation.go_to_crumb(message.index)
