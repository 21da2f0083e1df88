"""ViewMode: one way of looking at a bucket: what is refused in it, how it is captioned, where esc leads.

Pure: values in, sentences out. What an action says in which mode stands in one table, `REFUSALS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Literal

from rich.cells import cell_len

from s3tui.browse.inventory.inventory import Inventory
from s3tui.browse.inventory.manifest import is_manifest
from s3tui.browse.place.location import Location
from s3tui.browse.place.openings import Opening
from s3tui.browse.rows.listing import Kind, Listing, Row, State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.browse.snapshot.comparison import Comparison
from s3tui.browse.snapshot.snapshot import Snapshot
from s3tui.browse.source.as_of import AsOf
from s3tui.browse.source.search import Search
from s3tui.browse.source.source import Live, Source
from s3tui.browse.source.versions import Versions
from s3tui.format import age, counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.text.place import Chip
from s3tui.tui.text.search_caption import search_caption
from s3tui.tui.text.shortened_names import shared_folders
from s3tui.tui.widgets.tree.tree_lines import loaded_caption


class Mode(Enum):
    LIVE = "the bucket as it is"
    VERSIONS = "all versions"
    AS_OF = "the bucket as it was at an instant"
    SNAPSHOT = "a listing that was kept"
    INVENTORY = "a report of S3 Inventory"
    COMPARISON = "what differs between two listings"


_MODES: Mapping[type[object], Mode] = {
    Live: Mode.LIVE,
    Versions: Mode.VERSIONS,
    AsOf: Mode.AS_OF,
    Snapshot: Mode.SNAPSHOT,
    Inventory: Mode.INVENTORY,
    Comparison: Mode.COMPARISON,
}

_TO_NOW = "esc leads back to what is there now."
_NO_UPLOADS = f"Uploads go to the bucket as it is: {_TO_NOW}"
_NO_COUNTS = f"Sizes are counted of the bucket as it is: {_TO_NOW}"
_NO_SEEK = f"Versions are read from the first key on, there is no jumping: {_TO_NOW}"
_NO_PICK = f"A name that is picked stands for what is there now: {_TO_NOW}"
_NO_EDIT = f"What was there cannot be edited: {_TO_NOW}"
_NO_DELETE = f"What was there cannot be deleted: v shows versions, which can; {_TO_NOW}"
_NO_WATCH = f"What was does not change, and is not watched: {_TO_NOW}"
_NO_SEARCH_WATCH = "A search takes too long to be watched: esc leaves it."
_LIVE_ONLY = "That is for the bucket as it is: {back}"
_OF_VERSIONS = {
    "new": _NO_UPLOADS,
    "upload": _NO_UPLOADS,
    "sizes": _NO_COUNTS,
    "sizes_here": _NO_COUNTS,
    "seek": _NO_SEEK,
    "move": _LIVE_ONLY,
    "rename": _LIVE_ONLY,
    "pick": _NO_PICK,
    "compare": _LIVE_ONLY,
}
_OF_KEPT = {
    "compare": _LIVE_ONLY,
    "attributes": _LIVE_ONLY,
    "as_of": _LIVE_ONLY,
    "copy_to": _LIVE_ONLY,
    "delete": _LIVE_ONLY,
    "move": _LIVE_ONLY,
    "rename": _LIVE_ONLY,
    "download": _LIVE_ONLY,
    "edit": _LIVE_ONLY,
    "inventory": _LIVE_ONLY,
    "new": _LIVE_ONLY,
    "pick": _LIVE_ONLY,
    "presign": _LIVE_ONLY,
    "restore": _LIVE_ONLY,
    "seek": _LIVE_ONLY,
    "sizes": _LIVE_ONLY,
    "sizes_here": _LIVE_ONLY,
    "upload": _LIVE_ONLY,
    "versions": _LIVE_ONLY,
    "watch": _LIVE_ONLY,
}
"""Each would act on other objects than those that are shown."""

REFUSALS: Mapping[Mode, Mapping[str, str]] = {
    Mode.LIVE: {"inventory": "I opens an S3 Inventory report, on the row of its manifest.json."},
    Mode.VERSIONS: _OF_VERSIONS,
    Mode.AS_OF: _OF_VERSIONS
    | {"delete": _NO_DELETE, "attributes": _NO_EDIT, "edit": _NO_EDIT, "watch": _NO_WATCH},
    Mode.SNAPSHOT: _OF_KEPT,
    Mode.INVENTORY: _OF_KEPT,
    Mode.COMPARISON: _OF_KEPT,
}
"""What is refused where, and the sentence for who tries it; `{back}` is the way to the bucket as it is."""

OFFLINE_REFUSALS: Mapping[str, str] = {"bookmark": "Bookmarks are of a connection: {back}"}
"""What is refused in kept listings besides, where no connection stands behind them."""

_NO_VERSIONS = "A directory bucket keeps no versions."
DIRECTORY_REFUSALS: Mapping[str, str] = {
    "seek": "A directory bucket is listed in no order, so there is no jumping to a key: f searches.",
    "versions": _NO_VERSIONS,
    "as_of": _NO_VERSIONS,
    "restore": "A directory bucket archives nothing, so there is nothing to restore.",
}
"""What directory buckets (S3 Express One Zone) lack."""

_BETWEEN = " · "
_NEEDS_ROWS = frozenset(
    [
        *("download", "delete", "copy", "copy_to", "copy_uri", "filter", "sort", "info", "mark_like"),
        *("move", "rename"),
        *("pick", "preview", "promote", "edit", "attributes", "restore"),
    ]
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The content of the screen that a caption describes."""

    tree: Tree
    order: str
    """By what the rows are sorted, or are being sorted."""
    is_default_order: bool
    is_filtered: bool
    """Whether only some of the rows are wanted, shown so already or not."""
    running: Listing
    """The root's listing, or the one that is about to take its place."""
    counted: int | None
    """How many keys there are to search, if all were counted once."""
    room: int
    """In cells."""
    as_of: str = ""
    """From when the rows are, where that is not now."""


@dataclass(frozen=True, slots=True)
class EmptyState:
    """The text in the place of rows, where there are none."""

    condition: Literal["loading", "empty", "failed"]
    sentence: str = ""
    keys: str = ""
    """Which keys help."""
    error: S3Error | None = None
    """Says it all where it failed."""


@dataclass(frozen=True, slots=True)
class ViewMode:
    location: Location
    is_offline: bool = False
    """Whether there is no connection: then nothing leads to the bucket as it is."""
    is_directory: bool = False
    """Whether it is a directory bucket."""

    @property
    def mode(self) -> Mode:
        """The view mode; during a search, that of the source it searches."""
        source = self._source
        return _MODES.get(type(source), Mode.LIVE if source.is_live else Mode.SNAPSHOT)

    @property
    def _source(self) -> Source:
        return self.location.unsearched.source

    @property
    def _search(self) -> Search | None:
        return self.location.search

    @property
    def is_live(self) -> bool:
        """Say whether rows are objects as they are now."""
        return self.mode is Mode.LIVE

    @property
    def lists_again(self) -> bool:
        """Say whether rows that were kept are listed again by themselves: not what takes long, or is kept."""
        return self._search is None and not self.is_kept

    @property
    def shows_versions(self) -> bool:
        return self.mode is Mode.VERSIONS

    @property
    def has_versions(self) -> bool:
        """Say whether the rows are versions, of whatever time."""
        return self.mode in (Mode.VERSIONS, Mode.AS_OF)

    @property
    def instant(self) -> datetime | None:
        """The instant whose objects are shown; `None` is now."""
        return self._source.at if isinstance(self._source, AsOf) else None

    def is_of_now(self, row: Row) -> bool:
        """Say whether what S3 tells of the row's key, or of its version, is about that row."""
        return self.is_live or row.version_id is not None

    def refusal(self, action: str, row: Row | None = None) -> str | None:
        """Return why an action is not offered here, as a sentence; `None` where it is.

        Args:
            row: what the cursor is on.
        """
        if action == "inventory" and self.is_live and _is_report(row):
            return None
        if action == "watch" and self._search is not None:
            return _NO_SEARCH_WATCH
        sentence = REFUSALS[self.mode].get(action)
        if sentence is None and self.is_directory:
            sentence = DIRECTORY_REFUSALS.get(action)
        if sentence is None and self.is_offline and self.is_kept:
            sentence = OFFLINE_REFUSALS.get(action)
        return None if sentence is None else sentence.format(back=self._way_back)

    def offers(self, action: str, row: Row | None, *, has_rows: bool, picks: bool) -> bool:
        """Offer what needs rows only where there are some, and picking where it was asked for.

        What is refused is not offered either; why, is said when its key is pressed.
        """
        can_promote = self.shows_versions or self.instant is not None
        if (action == "pick" and not picks) or (action == "promote" and not can_promote):
            return False
        return self.refusal(action, row) is None and (has_rows or action not in _NEEDS_ROWS)

    @property
    def may_write(self) -> bool:
        return self.write_refusal is None

    @property
    def write_refusal(self) -> str | None:
        """Return why nothing may be changed from here, if so."""
        return f"Nothing is changed from here: {self._way_back}" if self.is_kept else None

    @property
    def prefix_refusal(self) -> str | None:
        """Return why prefixes cannot be moved as they are shown, if so."""
        if not self.shows_versions:
            return None
        return (
            "Here versions are moved one by one: mark those that are meant, or leave with v for the prefix."
        )

    @property
    def is_kept(self) -> bool:
        """Say whether rows are of a listing that was kept: nothing of it is asked of S3."""
        return not (self.is_live or self.has_versions)

    @property
    def _way_back(self) -> str:
        return "open its connection, ^o lists them." if self.is_offline else "esc goes there."

    def leave_to(self, opened: Opening, row: Row | None) -> tuple[Location, str | None]:
        """Return what one step back shows, and the key for the cursor there.

        A kept listing is left for the place where it was opened; all else stays where it is.

        Args:
            opened: where this way of looking was opened.
            row: what the cursor is on.
        """
        here, there = self.location, opened.location
        if self._search is not None:
            return here.unsearched, self._folded(here.unsearched, row)
        if there.source == here.source:
            there = replace(here, is_flat=False)
            return there, self._folded(there, row)
        if self.is_kept:
            return there, opened.key
        there, key = self.through(there.source, row)
        return replace(there, is_flat=opened.location.is_flat), key

    def _folded(self, there: Location, row: Row | None) -> str | None:
        """Return the key of the row of a listing by prefixes that stands for `row`."""
        if row is None or there.is_flat:
            return None if row is None else row.key
        head, slash, _ = row.name.partition(DELIMITER)
        return there.prefix + head + slash

    def through(self, source: Source, row: Row | None) -> tuple[Location, str | None]:
        """Return the same place looked at in another way, and the same key for the cursor."""
        there = replace(self.location.unsearched, source=source)
        if row is not None and row.name and not there.is_flat:
            # It may lie in a prefix that is expanded, or have been found anywhere below.
            folder, slash, _ = row.key.removesuffix(DELIMITER).rpartition(DELIMITER)
            there = replace(there, prefix=folder + slash)
        return there, None if row is None else row.key

    def chips(self, now: datetime) -> tuple[Chip, ...]:
        """Return the ways of looking for the top bar, what was opened over another behind it."""
        chips = []
        if self.instant is not None:
            chips.append(Chip(f"AS OF {age(self.instant, now)}", "time"))
        elif self.shows_versions:
            chips.append(Chip("VERSIONS", "time"))
        elif self.is_kept:
            chips.append(Chip(self.mode.name, "kept"))
        chips += [Chip("DIRECTORY BUCKET", "way")] * self.is_directory
        chips += [Chip("FLAT", "way")] * self.location.is_flat
        return (*chips, *[Chip("SEARCH", "way")] * (self._search is not None))

    def caption(self, shown: Shown) -> str:
        """Say what the rows are, how many, from when; and where it fits, their order and common beginning."""
        if shown.as_of:
            rest = replace(shown, as_of="", room=shown.room - cell_len(shown.as_of) - len(_BETWEEN))
            return f"{self.caption(rest)}{_BETWEEN}{shown.as_of}"
        said = self._rows_caption(shown)
        if self._search is None and not self.location.is_flat:
            return said
        folders = _folders_of_all(shown.tree.root)
        longer = f"{said} · all below {printable(folders)}"
        return longer if folders and cell_len(longer) <= shown.room else said

    def _rows_caption(self, shown: Shown) -> str:
        source, tree = self.location.source, shown.tree
        if self._search is not None:
            says_order = not shown.is_default_order or tree.root.state is State.COMPLETE
            return search_caption(
                self._search.title,
                tree,
                shown.running,
                counted=shown.counted,
                order=shown.order if says_order else "",
                room=shown.room,
            )
        flat = "flat" if self.location.is_flat else ""
        if isinstance(source, Comparison):
            stands = "comparing ⋯" if tree.root.state is State.LOADING else loaded_caption(tree)
            is_told = tree.root.state is State.COMPLETE and not shown.is_filtered
            parts = [self._tally(source), "" if is_told else stands, source.title, flat, shown.order]
            return " · ".join(filter(None, parts))
        said = " · ".join([*filter(None, (source.title, flat)), self._loaded(tree)])
        ordered = f"{said} · {shown.order}"
        return ordered if cell_len(ordered) <= shown.room else said

    def _loaded(self, tree: Tree) -> str:
        said = loaded_caption(tree, counts_versions=self.shows_versions)
        has_prefixes = self.instant is not None and Kind.PREFIX in tree.root.kinds
        return f"{said}, prefixes of any time" if has_prefixes else said

    def empty_state(self, root: Listing) -> EmptyState:
        """Say why there are no rows."""
        source, state, here = self.location.source, root.state, printable(str(self.location))
        if self._search is not None:
            return self._nothing_found(self._search, root)
        if state is State.FAILED and root.error is not None:
            return EmptyState("failed", error=root.error)
        if state is not State.COMPLETE:
            verb = "Listing" if self.is_live else "Reading"
            return EmptyState("loading", f"{verb} {here} …", "esc stops")
        if self.is_live:
            keys = "u uploads here  ·  ⌫ goes up  ·  r looks again"
            return EmptyState("empty", "Nothing under this prefix.", keys)
        if self.has_versions:
            keys = "esc leads back to now  ·  ⌫ goes up  ·  r looks again"
            return EmptyState("empty", f"Nothing under this prefix: {source.title}.", keys)
        if isinstance(source, Comparison):
            same = f" {tally}." if (tally := self._tally(source)) else ""
            sentence = f"Nothing differs under this prefix.{same}"
        else:
            sentence = "Nothing was under this prefix."
        return EmptyState("empty", sentence, "⌫ goes up  ·  esc leaves")

    def _nothing_found(self, search: Search, root: Listing) -> EmptyState:
        progress, meant = root.progress or SearchProgress(), printable(search.query.text)
        here = printable(str(self.location.unsearched))
        if root.state is State.FAILED and root.error is not None:
            return EmptyState("failed", keys="f changes the search  ·  esc leaves it", error=root.error)
        if root.state is State.COMPLETE:
            return EmptyState(
                "empty",
                f"Nothing below {here} matches {meant}; looked at {_keys(progress.keys)}.",
                "f changes the search  ·  r searches again  ·  esc leaves it",
            )
        far = f"{_keys(progress.keys)} looked at, nothing found yet" if progress.keys else "Searching …"
        return EmptyState("loading", f"{far}: {meant} below {here}", "esc stops")

    def _tally(self, comparison: Comparison) -> str:
        """Say how far the comparison came here."""
        tally = comparison.tallies.get((self.location.prefix, self.location.delimiter))
        return "" if tally is None else str(tally)


def _is_report(row: Row | None) -> bool:
    return row is not None and row.kind is Kind.OBJECT and is_manifest(row.key)


def _folders_of_all(listing: Listing) -> str:
    """Return the folders that all rows begin with."""
    if len(listing) < 2 or not listing.is_ordered:
        return ""
    return shared_folders(listing.name(0), listing.name(len(listing) - 1))


def _keys(number: int) -> str:
    return f"{counted(number, 'key')}"
