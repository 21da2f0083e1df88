"""A screen of the object tree without a terminal, as its controllers see it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, cast

from s3tui.browse.place.history import History
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Listing, Row
from s3tui.browse.rows.tree import Tree
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.screens.objects.view_mode import ViewMode
from tests.browse.pages import pages


class Line:
    """A line to type in, or the tree: open or not, with what was typed."""

    is_open = has_focus = False
    marks = True
    value = ""

    def ask(self, *, marks: bool) -> None:
        self.marks, self.is_open = marks, True

    def open(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open, self.value = False, ""

    def focus(self) -> None: ...


class Connected:
    """A session that asks no server: offline, so that nothing is remembered of a visit."""

    def __init__(self) -> None:
        self.is_offline, self.picks_json = True, False
        self.history = History()
        self.left_bucket: str | None = None
        self.routed: dict[str, object] = {}


class Host:
    """What is said, gone to and run is kept; `work` runs what was begun."""

    def __init__(self, keys: Iterable[str], location: Location) -> None:
        self.location, self.bucket = location, location.bucket
        root = Listing(location.prefix)
        for page in pages(keys, location.prefix):
            root.append(page)
        self.tree_model = Tree(root)
        self.session, self.app = Connected(), self
        self.said: list[str] = []
        self.posted: list[Any] = []
        self.pops = 0
        self._lines: dict[object, Line] = {}
        self._works: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {}

    @property
    def as_host(self) -> TreeHost:
        return cast(TreeHost, self)

    @property
    def mode(self) -> ViewMode:
        return ViewMode(self.location)

    @property
    def current(self) -> Row | None:
        return self.tree_model.line(self.tree_model.cursor).read() if len(self.tree_model) else None

    def targets(self) -> list[Row]:
        return list(self.tree_model.selection.targets()) or [row for row in (self.current,) if row]

    def query_one(self, selector: object) -> Line:
        return self._lines.setdefault(selector, Line())

    def say(self, sentence: str, kind: str = "fact") -> None:
        self.said.append(sentence)

    def clear_notice(self) -> None:
        self.said.clear()

    def show_tree(self) -> None: ...

    def run(
        self, work: Callable[[], Coroutine[Any, Any, object]], group: str, *, exclusive: bool = False
    ) -> None:
        self._works[group] = work

    def cancel(self, group: str) -> None:
        self._works.pop(group, None)

    def later(self, handle: Callable[..., object], *args: object) -> None:
        handle(*args)

    async def work(self) -> None:
        works, self._works = list(self._works.values()), {}
        for each in works:
            await each()

    def pop_screen(self) -> None:
        self.pops += 1

    def post_message(self, message: object) -> None:
        self.posted.append(message)


class Rows:
    """The listing as the other controllers see it: which key is wanted, and which root came."""

    def __init__(self) -> None:
        self.wanted: tuple[str | None, bool] | None = None
        self.moves = self.starts = 0
        self.roots: list[Listing] = []

    @property
    def as_controller(self) -> ListingController:
        return cast(ListingController, self)

    def come_for(self, key: str | None, *, seek: bool, as_left: bool = False) -> None:
        self.wanted = key, seek

    def move_to_wanted(self) -> None:
        self.moves += 1

    def start(self) -> None:
        self.starts += 1

    def read_from_beginning(self, wanted: str | None) -> None:
        self.starts += 1

    def replace_root(self, listing: Listing) -> None:
        self.roots.append(listing)
