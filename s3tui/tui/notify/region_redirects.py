"""RegionNews: redirects that come together are told together."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import App

from s3tui.format import printable
from s3tui.s3.request.region_redirects import RegionRouted
from s3tui.tui.screens.common.base import routed_sentence

_DELAY_S = 0.25


class RegionRedirectNotifier:
    """Collects for a moment, then tells once."""

    def __init__(self, app: App[None], tell: Callable[[str], None]) -> None:
        self._app = app
        self._tell = tell
        self._facts: list[RegionRouted] = []

    @property
    def is_pending(self) -> bool:
        return bool(self._facts)

    def add(self, fact: RegionRouted) -> None:
        if not self._facts:
            self._app.set_timer(_DELAY_S, self._tell_all)
        self._facts.append(fact)

    def _tell_all(self) -> None:
        facts, self._facts = self._facts, []
        if len(facts) == 1:
            self._tell(routed_sentence(facts[0]))
        else:
            home = printable(facts[0].from_region)
            self._tell(f"{len(facts)} buckets are not in {home}: requests go where they are from now on.")
