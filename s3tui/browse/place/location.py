"""Locations: a bucket, a prefix in it, and the source that lists it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.search import Search
from s3tui.browse.source.source import LIVE, Source
from s3tui.s3.address.uri import S3Uri


@dataclass(frozen=True, slots=True)
class Location:
    """A bucket and the prefix whose listing is shown; an empty prefix is the bucket itself."""

    bucket: str
    prefix: str = ""
    is_flat: bool = False
    """Every key below the prefix is listed by itself; else those behind a further `/` are one row."""
    source: Source = LIVE
    """Lists it: the bucket as it is now, or another view of it."""

    @property
    def parent(self) -> Location | None:
        """One level up; `None` at the top of the bucket. An empty segment (`a//`) is a level too."""
        if not self.prefix:
            return None
        head, slash, _ = self.prefix[:-1].rpartition(DELIMITER)
        return self.at(head + slash)

    def at(self, prefix: str) -> Location:
        """Another prefix of the bucket from the same source; as a tree, and without the search."""
        return replace(self.unsearched, prefix=prefix, is_flat=False)

    @property
    def delimiter(self) -> str:
        return "" if self.is_flat or self.search else DELIMITER

    @property
    def search(self) -> Search | None:
        """The search that is the source here, if there is one."""
        return self.source if isinstance(self.source, Search) else None

    @property
    def unsearched(self) -> Location:
        """The same location without the search, tree or flat as it was before."""
        return self if self.search is None else replace(self, source=self.search.within)

    @property
    def as_tree(self) -> Location:
        """The same bucket and prefix as bookmarks and known sizes have it: live and as a tree."""
        return Location(self.bucket, self.prefix)

    @property
    def crumbs(self) -> tuple[tuple[str, Location], ...]:
        """The breadcrumbs, bucket first: each step's own name (without its slash) and its location."""
        steps: list[tuple[str, Location]] = []
        here: Location | None = self
        while here is not None:
            above = here.parent
            if above is None:
                steps.append((here.bucket, here))
            else:
                steps.append((here.prefix[len(above.prefix) :].removesuffix(DELIMITER), here))
            here = above
        return tuple(reversed(steps))

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


def place_of(uri: S3Uri) -> tuple[Location, str | None]:
    """Return the prefix to list for a URI, and the key to put the cursor on if it names one."""
    folder, slash, name = uri.key.rpartition(DELIMITER)
    return Location(uri.bucket, folder + slash), uri.key if name else None
