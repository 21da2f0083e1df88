"""A resumable listing: each object under a prefix once, in whatever order and however often it is listed.

The digests of the keys that were found tell a later process what it need not take again, whatever order it is
told. Within one process order is a shortcut: while keys ascend from the very first one on, the last one tells
what was found. S3 promises that order, but its directory buckets and many gateways do not keep it, nor the
same one at two times.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from operator import le

from s3tui.s3.client import S3Client
from s3tui.s3.errors import ServiceError
from s3tui.s3.listing.versions import list_objects_at
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.transfer.journal.record import DIGEST_BYTES, ItemTable, digest_of, digests_of
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
    """Digests of those that only the frontier of an earlier release tells to be found."""
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
        self._ascends = True
        self._found = bytearray()
        """Digests of what this process found, concatenated."""
        self._keys: KeySet | None = None
        """What this process and earlier ones found; `None` while all of it lies in front of `_last`."""
        self._is_over = False

    async def pages(self, client: S3Client) -> AsyncGenerator[ListedPage, None]:
        """Iterate the remaining pages; one that the caller does not confirm with `took` comes again.

        Raises: TransferError, where the journal cannot tell what was found before; as `list_objects`.
        """
        self._items.is_by_key = True
        if self._keys is None and self._items.has_found_before:
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
                await self._start_over()

    def _read(self, client: S3Client) -> AsyncGenerator[ListObjectsPage, None]:
        return list_objects_at(
            client, self._bucket, self._prefix, at=self._at, continuation_token=self._token
        )

    def took(self, page: ListedPage) -> None:
        """Confirm a page: what is new on it is known to the caller."""
        news = digests_of(found.key for found in page.new)
        self._found += news
        if self._keys is not None:
            self._keys.load(news)
            self._keys.add(page.known)
        if page.objects:
            self._last = page.objects[-1].key
        self._ascends = page.ascends
        self._token = page.token
        self._is_over = page.token is None

    async def _looked_at(self, page: ListObjectsPage) -> ListedPage | None:
        """Return the page with what is new on it; `None`, when the listing must be read again."""
        prefix, token, is_first = self._prefix, page.next_continuation_token, self._token is None
        objects = [found for found in page.objects if found.key.startswith(prefix)]
        if self._keys is None:
            if _ascend([found.key for found in objects], self._last):
                return ListedPage(objects, self._behind_last(objects), (), True, token, is_first)
            await self._know_keys()
        assert self._keys is not None
        return await self._by_key(self._keys, objects, token, is_first)

    def _behind_last(self, objects: list[ObjectSummary]) -> list[ObjectSummary]:
        """Return the objects that the last one taken in is not one of, each once: they ascend."""
        new, last = [], self._last
        for found in objects:
            if found.key != last:
                new.append(found)
                last = found.key
        return new

    async def _by_key(
        self, keys: KeySet, objects: list[ObjectSummary], token: str | None, is_first: bool
    ) -> ListedPage | None:
        """Return the page with the objects that were never found before, each once.

        An earlier release kept a frontier: what ascends up to it was found. Where that is not the order any
        more, nobody knows what lay in front of it: `None`, as the listing must be read again without it.
        """
        candidates: dict[bytes, ObjectSummary] = {}
        known: list[bytes] = []
        ascends, last, frontier = self._ascends, self._last, self._items.frontier
        for found in objects:
            if ascends and last is not None and found.key < last:
                if frontier is not None and last < frontier:
                    self._items.forget_frontier()
                    await self._start_over()
                    return None
                ascends = False
            last = found.key
            if ascends and frontier is not None and found.key <= frontier:
                known.append(digest_of(found.key))
            else:
                candidates.setdefault(digest_of(found.key), found)
        missing = await in_thread(keys.missing, list(candidates), known)
        new = [candidates[digest] for digest in missing]
        return ListedPage(objects, new, known, ascends, token, is_first)

    async def _start_over(self) -> None:
        """Read from the beginning, in whatever order that comes this time."""
        await self._know_keys()
        self._token = self._last = None
        self._ascends = True

    async def _know_keys(self) -> None:
        before = await self._items.keys_before()
        keys = KeySet()
        await in_thread(keys.load, before + self._found)
        keys.add(digest_of(name) for name, _, _ in self._items.left())
        self._keys = keys


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


def _ascend(keys: list[str], last: str | None) -> bool:
    """Say whether no key is smaller than the one before it, which is `last` before the first one."""
    in_front = not keys or last is None or last <= keys[0]
    return in_front and all(map(le, keys, islice(keys, 1, None)))
