"""The caption over a search's results: how many there are, and how far the search has come. Pure."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from s3tui.browse.listing import Listing, State
from s3tui.browse.search import Looked
from s3tui.browse.tree import Tree
from s3tui.format import count, printable
from s3tui.tui.widgets.refusals import REFUSALS

_FEWEST_OF_KEY = 8
"""Cells: a key that is cut to fewer says nothing."""
_WIDEST_TITLE = 30
_STOPS = "esc stops"


def search_caption(
    title: str, tree: Tree, running: Listing, *, counted: int | None, order: str = "", room: int
) -> str:
    """Say it in `room` cells, if that is possible at all.

    Args:
        title: the query.
        running: the listing that is searching, which may be about to take the place of the tree's own.
        counted: how many keys there are to look at, if all were counted once.
        order: how the results are sorted, if that is to be said.
    """
    title = _cut(title, max(_WIDEST_TITLE, room // 3))
    looked = running.looked or Looked()
    again = "" if running is tree.root else "again: "
    found = f"{again}{_found(tree, running, looked)}"
    if running.state is State.COMPLETE:
        return _joined(title, found, order)
    if running.state is not State.LOADING:
        return _with_key(room, (title, found), f"{_ending(running)} ", looked, running.prefix, (order,))
    if not looked.keys:
        return _joined(title, f"{again}searching ⋯", _STOPS)
    rate = f"{count(round(looked.keys_per_s))}/s" if looked.seconds else ""
    if not counted or looked.keys > counted:
        return _with_key(room, (title, found, rate), "at ", looked, running.prefix, (_STOPS,))
    share = f"{100 * looked.keys // counted} %"
    full = _joined(title, found, f"{share} of {count(counted)} counted", rate, _STOPS)
    return full if cell_len(full) <= room else _joined(title, found, share, rate, _STOPS)


def _found(tree: Tree, running: Listing, looked: Looked) -> str:
    verb = "match" if running.state is State.COMPLETE else "looked at"
    found = f"{count(len(running))} of {count(looked.keys)} {verb}"
    if not tree.needle:
        return found
    return f"{count(tree.shown)} of {count(tree.loaded)} hold “{printable(tree.needle)}” · {found}"


def _ending(listing: Listing) -> str:
    if listing.state is not State.FAILED:
        return "stopped at"
    return "refused after" if isinstance(listing.error, REFUSALS) else "failed after"


def _with_key(
    room: int, front: tuple[str, ...], words: str, looked: Looked, prefix: str, back: tuple[str, ...]
) -> str:
    """Put the key that was reached, as much of it as there is room for, between the rest."""
    key = "" if looked.last_key is None else printable(looked.last_key.removeprefix(prefix))
    left = room - cell_len(_joined(*front, words, *back))
    if not key or left < min(cell_len(key), _FEWEST_OF_KEY):
        return _joined(*front, "" if words == "at " else words.split()[0], *back)
    return _joined(*front, f"{words}{_cut(key, left)}", *back)


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
