"""A resumable listing: each object under a prefix once, in whatever order and however often it is listed.

While keys ascend, the last one tells what was found: all up to it. S3 promises that order, but its directory
buckets and many gateways do not keep it, so it is watched. Where it is broken, the listing is read again from
its beginning, and from then on what was found is known by the digests of the keys.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import lt

from s3tui.s3.client import S3Client
from s3tui.s3.errors import ServiceError
from s3tui.s3.listing.versions import list_objects_at
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.transfer.journal.record import DIGEST_BYTES, ItemTable, digest_of
from s3tui.transfer.threads import in_thread

_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class ListedPage:
    """One page of the listing."""

    objects: Sequence[ObjectSummary]
    """All objects of the page."""
    new: Sequence[ObjectSummary]
    """Those that were not found before, by this process or an earlier one."""
    known: Sequence[bytes]
    """Digests of what is not new, and must be known by key as well."""
    ascends: bool
    """All keys up to its end came in order."""
    token: str | None
    is_first: bool
    """Of the whole listing, which may be read again."""


class ResumableListing:
    """Lists the objects under a prefix, as it is or was `at` an instant; goes on where it was."""

    def __init__(self, bucket: str, prefix: str, at: datetime | None, items: ItemTable) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._at = at
        self._items = items
        self._token: str | None = None
        self._last: str | None = None
        """The last key on the last page that was taken in."""
        self._behind: str | None = None
        self._until = items.frontier
        """Keys after `_behind` and up to this one were found before, while they come in ascending order."""
        self._ascends = True
        self._keys: KeySet | None = None
        self._is_over = False

    async def pages(self, client: S3Client) -> AsyncGenerator[ListedPage, None]:
        """Iterate the remaining pages; one that the caller does not confirm with `took` comes again."""
        if self._items.is_by_key and self._keys is None:
            await self._know_keys()
        goes_on = self._token is not None
        while not self._is_over:
            try:
                async with aclosing(self._read(client)) as listing:
                    async for page in listing:
                        goes_on = False
                        found = await self._looked_at(page)
                        if found is None:
                            break
                        yield found
                    else:
                        self._is_over = True
            except ServiceError as error:
                if not goes_on or error.status != _BAD_REQUEST:
                    raise
                goes_on = False  # the token is too old
                self._start_over(self._last if self._keys is None else self._until)

    def _read(self, client: S3Client) -> AsyncGenerator[ListObjectsPage, None]:
        return list_objects_at(
            client, self._bucket, self._prefix, at=self._at, continuation_token=self._token
        )

    def took(self, page: ListedPage) -> None:
        """Confirm a page: what is new on it is known to the caller."""
        if self._keys is not None:
            self._keys.add(page.known)
            self._keys.add(digest_of(found.key) for found in page.new)
        if page.objects:
            self._last = page.objects[-1].key
        self._ascends = page.ascends
        self._token = page.token
        self._is_over = page.token is None

    async def _looked_at(self, page: ListObjectsPage) -> ListedPage | None:
        """Return the page with what is new on it; `None`, when the listing must be read again."""
        prefix, token, is_first = self._prefix, page.next_continuation_token, self._token is None
        objects = [found for found in page.objects if found.key.startswith(prefix)]
        if self._keys is not None:
            return await self._by_key(self._keys, objects, token, is_first)
        keys = [found.key for found in objects]
        run = _ascending(keys, self._last)
        if run < len(keys):
            await self._break_order(keys[run - 1] if run else self._last)
            return None
        return ListedPage(objects, self._beyond(objects, keys), (), True, token, is_first)

    def _beyond(self, objects: list[ObjectSummary], keys: list[str]) -> list[ObjectSummary]:
        """Return the objects after those that were found before, each once: they ascend."""
        last = max(filter(None, (self._last, self._until)), default=None)
        if keys and (last is None or keys[0] > last) and all(map(lt, keys, islice(keys, 1, None))):
            return objects
        new = []
        for found in objects:
            if last is None or found.key > last:
                new.append(found)
                last = found.key
        return new

    async def _break_order(self, last: str | None) -> None:
        """Know what was found by its key from now on; `last` is the last key that came in order."""
        items, frontier = self._items, self._items.frontier
        # At once: what is given out from now on is written down by its key.
        items.is_by_key = True
        if frontier is not None and (last is None or last < frontier):
            items.forget_frontier()  # it is another order than before: nobody knows what lay in front of it
            self._behind = frontier
        self._start_over(max(filter(None, (self._last, items.frontier)), default=None))
        await self._know_keys()

    def _start_over(self, until: str | None) -> None:
        self._token = self._last = None
        self._until, self._ascends = until, True

    async def _know_keys(self) -> None:
        keys = KeySet()
        await in_thread(keys.load, await self._items.keys_before())
        keys.add(digest_of(name) for name, _, _ in self._items.left())
        self._keys = keys

    async def _by_key(
        self, keys: KeySet, objects: list[ObjectSummary], token: str | None, is_first: bool
    ) -> ListedPage:
        """Return the page with the objects that were never found before, each once."""
        candidates: dict[bytes, ObjectSummary] = {}
        known: list[bytes] = []
        ascends, last, until = self._ascends, self._last, self._until
        for found in objects:
            digest = digest_of(found.key)
            ascends = ascends and until is not None and found.key <= until
            ascends = ascends and (last is None or found.key >= last)
            last = found.key
            if ascends and (self._behind is None or found.key > self._behind):
                known.append(digest)
            else:
                candidates.setdefault(digest, found)
        missing = await in_thread(keys.missing, list(candidates), known)
        new = [candidates[digest] for digest in missing]
        return ListedPage(objects, new, known, ascends, token, is_first)


class KeySet:
    """A set of digests of keys, on the disk where they are many; it does not outlive the process."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._database.close)
        self._database.execute("PRAGMA journal_mode=OFF")
        self._database.execute("PRAGMA synchronous=OFF")
        self._database.execute("CREATE TABLE key (digest BLOB PRIMARY KEY) WITHOUT ROWID")

    def load(self, digests: bytes) -> None:
        """Add many digests, which are concatenated."""
        starts = range(0, len(digests), DIGEST_BYTES)
        self.add(digests[start : start + DIGEST_BYTES] for start in starts)

    def add(self, digests: Iterable[bytes]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO key VALUES (?)", ((each,) for each in digests))
        self._database.execute("COMMIT")

    def missing(self, digests: Sequence[bytes], known: Iterable[bytes] = ()) -> list[bytes]:
        """Return those that are not in it, nor among `known`."""
        beside, asked = set(known), "SELECT 1 FROM key WHERE digest = ?"
        return [
            each
            for each in digests
            if each not in beside and self._database.execute(asked, (each,)).fetchone() is None
        ]


def _ascending(keys: list[str], last: str | None) -> int:
    """Return how many keys come before the first one that is smaller than the one before it."""
    if not keys or (last is not None and keys[0] < last):
        return 0
    if all(map(lt, keys, islice(keys, 1, None))):
        return len(keys)
    pairs = zip(keys, islice(keys, 1, None), strict=False)
    return next((place for place, (key, after) in enumerate(pairs, 1) if after < key), len(keys))
