"""A keyring backend in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import keyring
from keyring.backend import KeyringBackend


class Ring(KeyringBackend):
    """A keyring in memory, which can refuse."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring says of no type there
        self.entries: dict[tuple[str, str], str] = {}
        self.refusal: Exception | None = None
        """The reason of its refusal to store anything."""
        self.reading_refusal: Exception | None = None

    def get_password(self, service: str, username: str) -> str | None:
        if self.reading_refusal is not None:
            raise self.reading_refusal
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.entries[service, username]


@contextmanager
def ring_in_use() -> Iterator[Ring]:
    """Have `keyring` use one, and what it used before afterwards."""
    before, ring = keyring.get_keyring(), Ring()
    keyring.set_keyring(ring)
    try:
        yield ring
    finally:
        keyring.set_keyring(before)
