"""ObjectHost: what is seen of a screen by what transfers its objects."""

from __future__ import annotations

from typing import Protocol

from s3tui.browse.rows.listing import Row
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.objects.view_mode import ViewMode


class ObjectHost(ScreenHost, Protocol):
    """A screen of one object, or of many."""

    @property
    def bucket(self) -> str: ...

    @property
    def mode(self) -> ViewMode: ...

    def targets(self) -> list[Row]:
        """Return what an action is for."""
