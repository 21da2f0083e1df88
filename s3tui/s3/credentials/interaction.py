"""Ways to the user while keys are fetched; and keys that took an answer, kept for all who wait.

Bound to the event loop that keys are fetched in.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from s3tui.s3.signing.credentials import Credentials

MfaPrompt: TypeAlias = Callable[[str], Awaitable[str]]
"""Given the serial number of a device, returns the code that it shows."""


@dataclass(frozen=True, slots=True)
class SignInPage:
    """A page in a browser at which the user signs in."""

    session: str
    """The name of the session, or its start URL."""
    url: str
    """The page that opens with the code filled in, or the page of a browser on this machine."""
    code: str | None = None
    """The code that the page shows, to be compared or typed; `None`: the browser must be on this machine."""
    typed_url: str | None = None
    """The page at which the code can be typed on another device."""


SignInPrompt: TypeAlias = Callable[[SignInPage], Awaitable[bool]]
"""Shows a page until it is cancelled: then the user has signed in.

Returns, when the user does not want to: `True`, if a code for another device is wanted instead.
"""


@dataclass(frozen=True, slots=True)
class SlowProcess:
    """A process that gives keys and takes its time: it may wait for the user."""

    name: str
    said: Callable[[], str]
    """Returns what it wrote to its standard error so far."""


ProcessPrompt: TypeAlias = Callable[[SlowProcess], Awaitable[None]]
"""Shows a process until it is cancelled: then the process has ended. Returns when the user ends it."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Interaction:
    """The ways to the user, shared by all providers of a run; `None`: that cannot be asked for here."""

    mfa: MfaPrompt | None = None
    sign_in: SignInPrompt | None = None
    process: ProcessPrompt | None = None
    now: Callable[[], datetime] = _utc_now
    _kept: dict[Hashable, Credentials] = field(default_factory=dict)
    _turns: dict[Hashable, asyncio.Lock] = field(default_factory=dict)

    def turn(self, what: Hashable) -> asyncio.Lock:
        """Return the lock by which one of those who need `what` asks for it, and others wait."""
        return self._turns.setdefault(what, asyncio.Lock())

    async def shared(self, what: Hashable, fetch: Callable[[], Awaitable[Credentials]]) -> Credentials:
        """Return the keys that somebody fetched for `what`, until they end; else fetch them."""
        async with self.turn(what):
            keys = self._kept.get(what)
            if keys is None or (keys.expires_at is not None and keys.expires_at <= self.now()):
                keys = self._kept[what] = await fetch()
            return keys

    def forget(self, keys: Credentials) -> None:
        """Fetch again: the server says that these `keys` have expired."""
        self._kept = {what: kept for what, kept in self._kept.items() if kept != keys}
