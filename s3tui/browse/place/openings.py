"""Ways of looking that were opened one over the other: flat, versions, as of, a kept listing, a search."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from s3tui.browse.place.location import Location
from s3tui.browse.source.as_of import AsOf
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import Versions


@dataclass(frozen=True, slots=True)
class Opening:
    """The place where a way of looking was opened, and the key under the cursor there."""

    location: Location
    key: str | None = None


class Openings:
    """Leads back from what was opened last; moving to other prefixes opens and closes nothing."""

    def __init__(self, start: Location) -> None:
        self._openings = [Opening(simpler) for simpler in _simpler(start)]

    @property
    def last(self) -> Opening | None:
        """The place where the present way of looking was opened; `None` if it is the first one."""
        return self._openings[-1] if self._openings else None

    def arrive(self, there: Location, before: Location, key: str | None) -> None:
        """Note that `there` is looked at after `before`, where the cursor was on `key`."""
        for index, opening in enumerate(self._openings):
            if _is_alike(opening.location, there):
                del self._openings[index:]
                return
        if there == there.as_tree:
            self._openings.clear()
        elif not _is_alike(before, there):
            self._openings.append(Opening(before, key))


def _is_alike(one: Location, other: Location) -> bool:
    """Say whether both are one way of looking; another instant or query is no other way."""
    if one.search is not None and other.search is not None:
        one, other = one.unsearched, other.unsearched
    return one.is_flat == other.is_flat and _alike(one.source, other.source)


def _alike(one: Source, other: Source) -> bool:
    return one == other or (isinstance(one, AsOf) and isinstance(other, AsOf))


def _simpler(location: Location) -> Iterator[Location]:
    """Yield the ways of looking that a location is reached by, where one comes there at once."""
    base = location.unsearched
    if isinstance(base.source, Versions | AsOf):
        yield replace(base, source=LIVE, is_flat=False)
    if base.is_flat:
        yield replace(base, is_flat=False)
    if location.search is not None:
        yield base
