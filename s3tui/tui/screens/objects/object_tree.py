"""The object tree: one bucket, from one prefix down. Its listings begin and end with it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.reactive import reactive
from textual.widget import Widget

from s3tui.browse.place.bookmarks import visit
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind, Listing, Row
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.tree import Tree
from s3tui.format import printable
from s3tui.state import StateError
from s3tui.tui.keymap import OBJECT_KEYS
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.objects.inventory_actions import InventoryActions
from s3tui.tui.screens.objects.object_actions import ObjectActions
from s3tui.tui.screens.objects.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.object_search import ObjectSearch
from s3tui.tui.screens.objects.pick_actions import PickActions
from s3tui.tui.screens.objects.place_actions import PlaceActions
from s3tui.tui.screens.objects.version_actions import VersionActions
from s3tui.tui.text.event_sentences import routed_sentence
from s3tui.tui.text.place import Place
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.filter_bar import FilterBar, PatternBar, RowFilterBar, SearchBar
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.frame.top_bar import TopBar
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_NEEDS_ROWS = frozenset(
    {"download", "delete", "copy", "copy_to", "filter", "sort", "info", "mark_like", "pick", "promote"}
)


class ObjectTreeScreen(
    VersionActions, ObjectSearch, InventoryActions, ObjectActions, PickActions, PlaceActions
):
    HELP_TITLE = "Objects"
    BINDINGS: ClassVar[list[BindingType]] = [*OBJECT_KEYS]

    location: reactive[Location] = reactive(Location("-"), init=False)

    def __init__(
        self, session: Session, transfers: Transfers, location: Location, *, key: str | None = None
    ) -> None:
        super().__init__(session, transfers)
        self.tree_model = Tree(Listing(location.prefix))
        self.wanted = key
        self.may_seek = key is not None
        self._start = location

    @property
    def uri(self) -> str:
        return str(self.location)

    def compose_body(self) -> Iterable[Widget]:
        with Horizontal(id="body"):
            with Vertical(classes="panel", id="list-panel"):
                yield ObjectTree(clock=self.session.now)
                yield StatePanel()
                yield RowFilterBar(id="filter")
                yield PatternBar()
                yield SearchBar()
            yield DetailPane(classes="wide-only")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(ObjectTree).focus()
        self.location = self._start
        self.read_bookmarks()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what needs rows only where there are some, and picking where it was asked for.

        What is refused is not offered either; why, is said when its key is pressed.
        """
        if action == "pick" and not self.session.picks:
            return False
        if action == "promote" and not self.shows_versions:
            return False
        if self.refusal(action) is not None:
            return False
        return action not in _NEEDS_ROWS or self.tree_model.loaded > 0

    def place(self) -> Place:
        if self.session.is_offline:
            return Place(crumbs=tuple(printable(name) or "⟨empty⟩" for name, _ in self.location.crumbs))
        crumbs = [printable(name) or "⟨empty⟩" for name, _ in self.location.crumbs]
        crumbs[-1] += " ★" if self.location.as_tree in self.bookmarked else ""
        return self.connected_place(crumbs=crumbs, bucket=self.location.bucket)

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        """Look at another place, with the cursor on `key` once that is listed.

        With `seek`, what lies before a key that is not near the beginning is not read.
        """
        self.wanted, self.may_seek = key, seek
        if location == self.location:
            self.move_to_wanted()
            return
        self._leave()
        self.location = location

    def action_history(self, step: int) -> None:
        self._leave()
        if (there := self.session.history.step(step)) is not None:
            self.wanted, self.may_seek = there.key, False
            self.location = there.location

    def _leave(self) -> None:
        self.session.history.leave(None if self.current is None else self.current.key)

    def on_unmount(self) -> None:
        self._leave()

    def watch_location(self, location: Location) -> None:
        if location.source.is_live:
            self.session.left_bucket = location.bucket
        self.session.history.visit(location)
        self.remember_visit(location)
        self.query_one("#filter", FilterBar).close()
        self.close_pattern()
        self.close_search()
        self.show_spans()
        sought, self.sought = self.sought, None
        self.start_listing(sought=sought)
        self.read_counts()
        self.refresh_bindings()  # another source offers other keys
        self.query_one(ObjectTree).focus()
        self.show_place()
        self.show_tree()
        self.clear_notice()
        if not location.prefix:
            self._tell_routing()

    @on(ObjectTree.PrefixOpened)
    def _open_prefix(self, message: ObjectTree.PrefixOpened) -> None:
        self.go(self.location.at(message.prefix))

    @on(ObjectTree.ObjectOpened)
    def _open_object(self, message: ObjectTree.ObjectOpened) -> None:
        if self.session.picks and (why := self.refusal("pick")) is not None:
            self.say(why, "warning")
        elif self.session.picks:
            self.action_pick()
        else:
            self.action_info()

    def action_info(self) -> None:
        row = self.current
        if row is None or row.kind is Kind.PREFIX:
            return
        if self.session.is_offline:
            self.say("There is no connection: what is listed here is all that is known.", "warning")
            return
        if not row.has_bytes:
            self.say("A delete marker is all there is to see of it: D removes it, and what it hides is back.")
            return
        detail = ObjectDetailScreen(
            self.session, self.transfers, self.location.bucket, row.key, version_id=row.version_id
        )
        self.app.push_screen(detail)
        if not self.location.source.is_live and row.version_id is None:
            detail.call_after_refresh(detail.say, "This is the object as it is now, not as it was listed.")

    def root_refused(self) -> None:
        """Open the key that one came for: it may well be readable where nothing may be listed."""
        key, self.wanted = self.wanted, None
        if key is not None and self.may_seek and not key.endswith(DELIMITER):
            self.may_seek = False
            self.app.push_screen(ObjectDetailScreen(self.session, self.transfers, self.location.bucket, key))

    async def _etag(self, row: Row) -> str | None:
        # Else it would be another one's than that of the row.
        is_of_row = self.location.source.is_live or row.version_id is not None
        return await super()._etag(row) if is_of_row else None

    def action_up(self) -> None:
        above, row = self.location.parent, self.current
        if self.location.search is not None and row is not None:
            folder, slash, _ = row.key.removesuffix(DELIMITER).rpartition(DELIMITER)
            self.go(self.location.at(folder + slash), key=row.key, seek=self.location.source.is_live)
        elif self.location.search is not None:
            self.leave()
        elif above is None:
            self.action_buckets()
        else:
            self.go(above, key=self.location.prefix)

    def action_flat(self) -> None:
        """Show every key below here by itself, or rows of prefixes again; the cursor keeps its key."""
        here, row = self.location.unsearched, self.current
        key = None if row is None else row.key
        if self.location.search is not None:
            self.go(replace(here, is_flat=True), key=key)
            return
        if here.is_flat and row is not None:
            head, slash, _ = row.name.partition(DELIMITER)
            key = here.prefix + head + slash
        self.go(replace(here, is_flat=not here.is_flat), key=key)

    def action_buckets(self) -> None:
        self.app.pop_screen()

    @on(TopBar.CrumbClicked)
    def _open_crumb(self, message: TopBar.CrumbClicked) -> None:
        self.go(self.location.crumbs[message.index][1])

    @work(group="state")
    async def remember_visit(self, location: Location) -> None:
        if self.session.is_offline:
            return
        now = self.session.now()
        # Where nothing can be kept, the one who asks for it is told: a bookmark, the go-to prompt.
        with suppress(StateError):
            await self.session.query_state(lambda database, name: visit(database, name, location, now))

    @property
    def bookmarkable(self) -> Location | None:
        return self.location.as_tree

    def show_bookmarks(self) -> None:
        self.show_place()

    def samples_put(self) -> None:
        self.action_refresh()

    def regions_routed(self, sentence: str) -> None:
        self._tell_routing()
        self.show_place()

    def _tell_routing(self) -> None:
        if fact := self.session.routed.get(self.location.bucket):
            self.say(f"{routed_sentence(fact)}  {printable(fact.evidence)}", "routed")
