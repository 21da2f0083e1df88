"""The caption of search results: number of matches and progress of the search. Pure."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.format import count, printable
from s3tui.tui.text.refusals import REFUSALS

_LEAST_TITLE = 14
_LEAST_KEY = 8
"""Fewest cells that a shortened key is shown in."""
_USUAL_KEY = 10
"""Cells of the key that take precedence over the rest of a long query."""
_WIDE = 100
_BETWEEN = " · "


def search_caption(
    title: str, tree: Tree, running: Listing, *, counted: int | None, order: str = "", room: int
) -> str:
    """Return the caption, in at most `room` cells if possible.

    Args:
        title: the query.
        running: the listing that is searching, which may be about to take the place of the tree's own.
        counted: the number of keys to search, if they were counted.
        order: the order of the results, if it is to be shown.
    """
    progress = running.progress or SearchProgress()
    again = "" if running is tree.root else "again: "
    found = f"{again}{_found(tree, running, progress)}"
    key = "" if progress.last_key is None else printable(progress.last_key.removeprefix(running.prefix))
    if running.state is State.COMPLETE:
        return _fitted(title, [found, order], "", "", [], room)
    if running.state is not State.LOADING:
        return _fitted(title, [found], _ending(running), key, [order], room)
    if not progress.keys:
        return _fitted(title, [f"{again}searching ⋯"], "", "", [], room)
    rate = f"{count(round(progress.keys_per_s))}/s" if progress.seconds else ""
    if not counted or progress.keys > counted:
        return _fitted(title, [found, rate], "at", key, ["esc stops"], room)
    of_all = f" of {count(counted)} counted" if room >= _WIDE else ""
    share = f"{100 * progress.keys // counted} %{of_all}"
    return _fitted(title, [found, share, rate], "", "", ["esc stops"], room)


def _found(tree: Tree, running: Listing, progress: SearchProgress) -> str:
    verb = "match" if running.state is State.COMPLETE else "looked at"
    found = f"{count(len(running))} of {count(progress.keys)} {verb}"
    if not tree.needle:
        return found
    return f"{count(tree.shown)} of {count(tree.loaded)} hold “{printable(tree.needle)}” · {found}"


def _ending(listing: Listing) -> str:
    if listing.state is not State.FAILED:
        return "stopped at"
    return "refused after" if isinstance(listing.error, REFUSALS) else "failed after"


def _fitted(title: str, front: list[str], verb: str, key: str, back: list[str], room: int) -> str:
    """Join all parts, title and key shortened to fit `room`; too little room leaves out the key."""
    front, back = [part for part in front if part], [part for part in back if part]
    key_length = cell_len(key)
    left = room - cell_len(_BETWEEN.join(["", *front, f"{verb} ", *back]))
    if key and left - min(cell_len(title), _LEAST_TITLE) >= min(key_length, _LEAST_KEY):
        title = _cut(title, max(_LEAST_TITLE, left - min(key_length, _USUAL_KEY)))
        reached = f"{verb} {_cut(key, left - cell_len(title))}"
        return _BETWEEN.join([title, *front, reached, *back])
    if verb and verb != "at":
        front.append(verb.partition(" ")[0])
    left = room - cell_len(_BETWEEN.join(["", *front, *back]))
    return _BETWEEN.join([_cut(title, max(_LEAST_TITLE, left)), *front, *back])


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1).rstrip()}…"
