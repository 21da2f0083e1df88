"""Searching the server: a line to type a query in, and what is special where its results are the rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on, work

from s3tui.browse.rows.listing import State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.view import Order
from s3tui.browse.source.search import Search, without
from s3tui.format import count, printable
from s3tui.tui.screens.objects.object_seek import ObjectSeek
from s3tui.tui.screens.objects.size_actions import SizeActions
from s3tui.tui.text.search_caption import search_caption
from s3tui.tui.widgets.frame.filter_bar import SearchBar
from s3tui.tui.widgets.frame.notice import Kind
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.tree.object_tree import ObjectTree

if TYPE_CHECKING:
    from s3tui.browse.source.query import Query

_CHECKING = "checking"


class ObjectSearch(SizeActions, ObjectSeek):
    """The part of the screen that searches. Results are the rows of a location that has a `Search`."""

    last_query = ""

    def action_search(self) -> None:
        search = self.location.search
        query = self.last_query if search is None else search.query.text
        self.query_one(SearchBar).ask(query, replaces=search is None)

    @on(SearchBar.Changed, "SearchBar")
    def _tell_meaning(self, message: SearchBar.Changed) -> None:
        message.stop()
        self.workers.cancel_group(self, _CHECKING)
        if not self.query_one(SearchBar).is_open:
            return
        if not message.value.strip():
            self.clear_notice()
            return
        self._when_tried(message.value, self._tell_what)

    def _tell_what(self, text: str) -> None:
        if (query := self._query(text, "warning")) is not None:
            self.say(f"↵ finds everything below {self._here}: {query.words}.")

    @on(SearchBar.Submitted, "SearchBar")
    def _search(self, message: SearchBar.Submitted) -> None:
        message.stop()
        if not message.value.strip():
            self.close_search()
            if self.location.search is not None:
                self.leave()
            return
        self._when_tried(message.value, self._search_what)

    def _search_what(self, text: str) -> None:
        if (query := self._query(text, "error")) is not None:
            self.close_search()
            self.search(query)

    def _when_tried(self, text: str, act: Callable[[str], None]) -> None:
        """Do something with a query, at once or when it is known whether its expressions are sound."""
        from s3tui.browse.source.query import untried  # not before the first paint

        if patterns := untried(text):
            self.say("checking …")
            self._try_out(patterns, text, act)
        else:
            act(text)

    @work(group=_CHECKING, exclusive=True)
    async def _try_out(self, patterns: Sequence[str], text: str, act: Callable[[str], None]) -> None:
        from s3tui.browse.source.pattern_check import try_out

        for pattern in patterns:
            await try_out(pattern)
        bar = self.query_one(SearchBar)
        if bar.is_open and bar.value == text:  # else it is about what is not asked any more
            act(text)

    def _query(self, text: str, kind: Kind) -> Query | None:
        """Read a query; where that is none, say why."""
        from s3tui.browse.source.query import QueryError, parse  # not before the first paint

        try:
            return parse(text)
        except QueryError as error:
            self.say(str(error), kind)
            return None

    def search(self, query: Query) -> None:
        """Show what is meant of all that is below here."""
        self.last_query = query.text
        here = self.location.unsearched
        there = replace(here, source=Search(query, self.session.now, here.source))
        if there == self.location:
            self.action_refresh()
        else:
            self.go(there)

    def close_search(self) -> bool:
        """Go back to the rows; say whether a query was being typed."""
        bar = self.query_one(SearchBar)
        was_open = bar.is_open
        self.workers.cancel_group(self, _CHECKING)
        bar.close()
        if was_open:
            self.clear_notice()
            self.query_one(ObjectTree).focus()
        return was_open

    def show_spans(self) -> None:
        """Have the rows show what of their names is searched for, if anything is."""
        search = self.location.search
        self.query_one(ObjectTree).show_highlights(None if search is None else search.query.spans)

    def action_escape(self) -> None:
        if not self.close_search():
            super().action_escape()

    def leave(self) -> None:
        if self.location.search is None:
            super().leave()
            return
        there, row = self.location.unsearched, self.current
        key = None if row is None else row.key
        if row is not None and not there.is_flat:
            head, slash, _ = row.name.partition(DELIMITER)
            key = there.prefix + head + slash
        self.go(there, key=key)

    def rows_came(self) -> None:
        """List again; a search, which may take long, only when the user wants that."""
        if self.location.search is None:
            self.action_refresh()
        else:
            self.say("Something was written below here: r searches again.")

    def rows_went(self, keys: Collection[str]) -> None:
        root, search = self.tree_model.root, self.location.search
        if search is None or not search.is_live or not keys or self.fresh:
            self.action_refresh()
        else:
            self.replace_root(without(root, keys))

    @property
    def _here(self) -> str:
        return printable(str(self.location.unsearched))

    def show_no_rows(self, panel: StatePanel) -> None:
        search, root = self.location.search, self.tree_model.root
        if search is None:
            super().show_no_rows(panel)
            return
        progress, meant = root.progress or SearchProgress(), printable(search.query.text)
        if root.state is State.FAILED and root.error is not None:
            panel.show_error(root.error, keys="f changes the search  ·  esc leaves it")
        elif root.state is State.COMPLETE:
            panel.show(
                "empty",
                f"Nothing below {self._here} matches {meant}; looked at {_keys(progress.keys)}.",
                "f changes the search  ·  r searches again  ·  esc leaves it",
            )
        else:
            far = f"{_keys(progress.keys)} looked at, nothing found yet" if progress.keys else "searching …"
            key = "esc stops" if progress.keys else "esc goes back"
            panel.show("loading", f"{far}: {meant} below {self._here}", key)

    def caption(self) -> str:
        search = self.location.search
        if search is None:
            return super().caption()
        root = self.tree_model.root
        known = self.shown_counts.known(search.listed_prefix(root.prefix)) if search.is_live else None
        says_order = self.order != Order() or root.state is State.COMPLETE
        return search_caption(
            search.title,
            self.tree_model,
            self.fresh.get(root.prefix) or root,
            counted=known.tally.objects if known is not None and known.is_complete else None,
            order=self.arranging_caption() if says_order else "",
            room=self.caption_room,
        )


def _keys(number: int) -> str:
    return f"{count(number)} key{'s' * (number != 1)}"
