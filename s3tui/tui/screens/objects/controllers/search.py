"""Searching the server: a line to type a query in, and what is special where its results are the rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from s3tui.browse.source.search import Search
from s3tui.format import printable
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.widgets.frame.filter_bar import SearchBar
from s3tui.tui.widgets.frame.notice import Kind
from s3tui.tui.widgets.tree.object_tree import ObjectTree

if TYPE_CHECKING:
    from s3tui.browse.source.query import Query

_CHECKING = "checking"


class SearchController:
    """Results are the rows of a location that has a `Search`."""

    def __init__(self, host: TreeHost, listing: ListingController, leave: Callable[[], object]) -> None:
        """`leave`: goes back from the results."""
        self._host, self._listing, self._leave = host, listing, leave
        self._last_query = ""

    @property
    def _bar(self) -> SearchBar:
        return self._host.query_one(SearchBar)

    def open(self) -> None:
        search = self._host.location.search
        query = self._last_query if search is None else search.query.text
        self._bar.ask(query, replaces=search is None)

    def typed(self, text: str) -> None:
        """Say what a query means."""
        self._host.cancel(_CHECKING)
        if not self._bar.is_open:
            return
        if not text.strip():
            self._host.clear_notice()
            return
        self._when_tried(text, self._tell_meaning)

    def _tell_meaning(self, text: str) -> None:
        if (query := self._query(text, "warning")) is not None:
            here = printable(str(self._host.location.unsearched))
            self._host.say(f"↵ finds everything below {here}: {query.words}.")

    def submitted(self, text: str) -> None:
        """Search; for nothing, which leaves a search."""
        if not text.strip():
            self.close()
            if self._host.location.search is not None:
                self._leave()
            return
        self._when_tried(text, self._search_for)

    def _search_for(self, text: str) -> None:
        if (query := self._query(text, "error")) is not None:
            self.close()
            self._search(query)

    def _when_tried(self, text: str, act: Callable[[str], None]) -> None:
        """Do something with a query, at once or when it is known whether its expressions are sound."""
        from s3tui.browse.source.query import untried  # not before the first paint

        if patterns := untried(text):
            self._host.say("Checking…")
            self._host.run(partial(self._try_out, patterns, text, act), _CHECKING, exclusive=True)
        else:
            act(text)

    async def _try_out(self, patterns: Sequence[str], text: str, act: Callable[[str], None]) -> None:
        from s3tui.browse.source.pattern_check import try_out

        for pattern in patterns:
            await try_out(pattern)
        if self._bar.is_open and self._bar.value == text:  # else it is about what is not asked any more
            act(text)

    def _query(self, text: str, kind: Kind) -> Query | None:
        """Read a query; where that is none, say why."""
        from s3tui.browse.source.query import QueryError, parse  # not before the first paint

        try:
            return parse(text)
        except QueryError as error:
            self._host.say(str(error), kind)
            return None

    def _search(self, query: Query) -> None:
        """Show what is meant of all that is below here."""
        self._last_query = query.text
        here = self._host.location.unsearched
        there = replace(here, source=Search(query, self._host.session.now, here.source))
        if there == self._host.location:
            self._listing.refresh()
        else:
            self._host.go(there)

    def close(self) -> bool:
        """Go back to the rows; say whether a query was being typed."""
        was_open = self._bar.is_open
        self._host.cancel(_CHECKING)
        self._bar.close()
        if was_open:
            self._host.clear_notice()
            self._host.query_one(ObjectTree).focus()
        return was_open

    def show_highlights(self) -> None:
        """Have the rows show what of their names is searched for, if anything is."""
        search = self._host.location.search
        self._host.query_one(ObjectTree).show_highlights(None if search is None else search.query.spans)
