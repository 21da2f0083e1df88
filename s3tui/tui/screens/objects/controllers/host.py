"""TreeHost: what its controllers see of the object tree's screen."""

from __future__ import annotations

from typing import Protocol, TypeVar, overload

from textual.widget import Widget
from textual.worker_manager import WorkerManager

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Row
from s3tui.browse.rows.tree import Tree
from s3tui.tui.screens.objects.host import ObjectHost

W = TypeVar("W", bound=Widget)


class TreeHost(ObjectHost, Protocol):
    """A screen with a tree of objects."""

    @property
    def location(self) -> Location: ...

    @property
    def tree_model(self) -> Tree: ...

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""

    @property
    def focused(self) -> Widget | None: ...

    @property
    def workers(self) -> WorkerManager: ...

    @overload
    def query_one(self, selector: str) -> Widget: ...

    @overload
    def query_one(self, selector: type[W]) -> W: ...

    def has_class(self, *class_names: str) -> bool: ...

    def refresh_bindings(self) -> None: ...

    def show_tree(self) -> None:
        """Repaint after the model changed."""

    def show_place(self) -> None:
        """Say in the top bar where one is."""

    def show_status(self) -> None:
        """Say what goes on, if anything."""

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        """Look at another place, with the cursor on `key` once that is listed.

        With `seek`, what lies before a key that is not near the beginning is not read.
        """
