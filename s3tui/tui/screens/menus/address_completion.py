"""Completes an S3 address from bookmarks, history and the server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import takewhile

from s3tui.browse.place.address import parse_address
from s3tui.browse.place.bookmarks import bookmarks, recent
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.tui.runtime.session import Session

SHOWN = 12
"""How many suggestions are shown."""
_REMEMBERED_FIRST = 4
"""How many remembered places come before what the server has."""
_SCHEME = "s3://"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion, and where it comes from."""

    address: str
    sign: str
    """★ for a bookmark, ↺ for a visited place, » for a connection, empty for one from the server."""


class AddressCompletion:
    def __init__(self, session: Session) -> None:
        self._session = session
        self.remembered: list[Suggestion] = []
        """Bookmarks, then the places that were visited."""
        self.names: list[str] = []
        """Those of connections, which may stand before an address."""
        self._buckets: list[str] | None = None

    async def remember(self) -> None:
        """Read bookmarks and history.

        Raises: StateError.
        """
        marked, been = await self._session.query_state(bookmarks), await self._session.query_state(recent)
        signs = dict.fromkeys(map(str, been), "↺") | dict.fromkeys(map(str, marked), "★")
        order = dict.fromkeys([*map(str, marked), *map(str, been)])
        self.remembered = [Suggestion(address, signs[address]) for address in order]

    def remembered_like(self, typed: str) -> list[Suggestion]:
        """Return the remembered places that contain the typed text."""
        there = [choice for choice in self.remembered if typed.lower() in choice.address.lower()]
        named = [name for name in self.names if typed and name.lower().startswith(typed.lower())]
        return [*(Suggestion(f"{name}:", "»") for name in named), *there]

    async def find(self, typed: str) -> list[Suggestion]:
        """Return the remembered places and what the server has, a few remembered ones first.

        Raises: S3Error.
        """
        remembered, found = self.remembered_like(typed), await self._ask_server(typed)
        known = {choice.address for choice in remembered}
        new = [Suggestion(address, "") for address in found if address not in known]
        return [*remembered[:_REMEMBERED_FIRST], *new, *remembered[_REMEMBERED_FIRST:]]

    async def _ask_server(self, typed: str) -> list[str]:
        """Return the buckets, or the prefixes and keys, that start with the typed text."""
        path = typed.removeprefix(_SCHEME)
        if "://" in path or ":" in path.partition(DELIMITER)[0]:  # an ARN, or a connection's name in front
            return []
        bucket, slash, start = path.partition(DELIMITER)
        if not slash:
            return [f"{_SCHEME}{name}/" for name in await self._bucket_names() if name.startswith(bucket)]
        if not self._can_be_asked(typed):
            return []
        pages = self._session.stream(
            lambda s3: s3.list_objects(bucket, start, delimiter=DELIMITER, max_keys=2 * SHOWN)
        )
        async with aclosing(pages):
            async for page in pages:
                names = [*page.common_prefixes, *(summary.key for summary in page.objects)]
                return [f"{_SCHEME}{bucket}/{name}" for name in names if name != start]
        return []

    def _can_be_asked(self, typed: str) -> bool:
        """Tell whether `typed` is a valid address; an error in it is shown when it is opened."""
        try:
            parse_address(typed, self._session.connection.endpoint)
        except ValueError:
            return False
        return True

    async def _bucket_names(self) -> Sequence[str]:
        if self._buckets is None:
            buckets = await self._session.run(lambda s3: s3.list_buckets())
            self._buckets = sorted(bucket.name for bucket in buckets)
        return self._buckets


def common_start(choices: Sequence[Suggestion], typed: str) -> str:
    """Return the common start of all choices that begin with the typed text; empty without one."""
    addresses = [choice.address for choice in choices if choice.address.startswith(typed)]
    if not addresses:
        addresses = [choice.address for choice in choices if choice.address.startswith(_SCHEME + typed)]
    if not addresses:
        return ""
    first, last = min(addresses), max(addresses)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(character for character, _ in same)
