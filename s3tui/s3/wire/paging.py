"""Paging: detects listings that make no progress, and makes tokens where the server's do not. Pure.

A server may name the same page again and again, or ever new ones with nothing new on them. Neither is the end
of a listing, and neither may be asked for without end.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from s3tui.s3.errors import ProtocolError

MOST_STALE = 1000
"""Pages in a row with nothing new: a folder's common prefix may come on each page of what lies in it."""
_OWN = "\0"
"""Begins a token of ours: no server can send it, for XML has no way to write it."""


def token_behind(key: str) -> str:
    """Return a continuation token that stands for: behind this key."""
    return _OWN + key


def key_of_token(token: str | None) -> str | None:
    """Return the key behind which a token of ours goes on; `None` of a server's."""
    return token[len(_OWN) :] if token is not None and token.startswith(_OWN) else None


class PageProgress:
    """Detects a listing that makes no progress, in constant memory.

    A page brings nothing when it is empty, or the same as the one before it or as one that is remembered. The
    remembered one is replaced after 1, 2, 4, … pages, so that a circle of any length is found.
    """

    def __init__(self) -> None:
        self.stale = 0
        self._highest: str | None = None
        self._before: Hashable = None
        self._remembered: Hashable = None
        self._steps, self._power = 0, 1

    def take(self, first: str | None, last: str | None, count: int, *, most_stale: int = MOST_STALE) -> None:
        """Take note of a page that is not the last one.

        Args:
            first, last: what identifies its ends; `None` of an empty page.

        Raises: ProtocolError, when the listing makes no progress.
        """
        page = (first, last, count)
        if last is None or page in (self._before, self._remembered):
            self.stale += 1
        elif self._highest is None or last > self._highest:
            self.stale = 0
        if last is not None and (self._highest is None or last > self._highest):
            self._highest = last
        self._before = page
        self._steps += 1
        if self._steps == self._power:
            self._remembered, self._steps, self._power = page, 0, 2 * self._power
        if self.stale >= most_stale:
            raise does_not_get_on()

    def take_marked(
        self,
        asked: Hashable,
        following: Hashable,
        entries: Sequence[tuple[str, str]],
        prefixes: Sequence[str],
    ) -> None:
        """Take note of a page that names the next one by a marker of what it ends with.

        Args:
            asked, following: the marker that led to it, and that of the next page.
            entries: keys and ids on the page.
            prefixes: common prefixes on the page.

        Raises: as `take`.
        """
        if following == asked:
            raise does_not_get_on()
        ends = [*("\0".join(entry) for entry in (*entries[:1], *entries[-1:])), *prefixes[:1], *prefixes[-1:]]
        self.take(min(ends, default=None), max(ends, default=None), len(entries) + len(prefixes))


def does_not_get_on() -> ProtocolError:
    return ProtocolError(
        "the server says that the listing goes on, and sends the same again: it is not complete"
    )


def names_no_place(marker: str) -> ProtocolError:
    return ProtocolError(f"the server says that the listing goes on, but not where ({marker})")
