"""Refreshing keys: temporary ones are fetched when first needed, and again before they expire.

Bound to the event loop that it is first used in, like the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from s3tui.s3.errors import CredentialsError
from s3tui.s3.signing.credentials import Credentials

_AHEAD = timedelta(minutes=5)
_PAUSE = timedelta(seconds=30)


class Provider(Protocol):
    """A credentials provider: `await provider()` returns keys.

    Raises: CredentialsError, with one sentence that says what is missing and where it was looked for.
    """

    async def __call__(self) -> Credentials: ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Refreshing:
    """A caching provider: calls `fetch` when there are no keys, or when they expire within five minutes.

    One fetch is in flight at a time; other callers wait for its outcome, keys or error. Cancelling the
    caller that fetches lets the next one fetch. Keys that are still good are used when new ones
    cannot be had.

    Args:
        ahead: how long before their end keys are replaced.
        pause: between tries to replace keys that are still good.
    """

    def __init__(
        self,
        fetch: Provider,
        *,
        now: Callable[[], datetime] = _utc_now,
        ahead: timedelta = _AHEAD,
        pause: timedelta = _PAUSE,
        on_forget: Callable[[Credentials], None] = lambda keys: None,
    ) -> None:
        self._fetch = fetch
        self._on_forget = on_forget
        self._now = now
        self._ahead = ahead
        self._pause = pause
        self._keys: Credentials | None = None
        self._failure: CredentialsError | None = None
        self._asked_at: datetime | None = None
        self._fetches = 0
        self._asking = asyncio.Lock()

    async def __call__(self) -> Credentials:
        if self._keys is not None and self._is_fresh(self._keys):
            return self._keys
        fetches_before = self._fetches
        async with self._asking:
            if self._fetches == fetches_before:
                await self._ask()
        if self._keys is None:
            assert self._failure is not None
            raise type(self._failure)(self._failure.message) from self._failure
        return self._keys

    def forget(self, keys: Credentials) -> None:
        """Fetch again at the next call: the server says that these `keys` have expired."""
        self._on_forget(keys)
        if self._keys == keys:
            self._keys = None

    @property
    def keys(self) -> Credentials | None:
        """The keys at hand, which may have ended; `None` before they are fetched."""
        return self._keys

    def _is_fresh(self, keys: Credentials) -> bool:
        # A user who has to type a code is not asked for it before the keys have expired.
        ahead = self._ahead if keys.is_renewable else timedelta(0)
        if keys.expires_at is None or keys.expires_at - self._now() > ahead:
            return True
        # They may be all that there is for now.
        return (
            keys.expires_at > self._now()
            and self._asked_at is not None
            and self._now() - self._asked_at < self._pause
        )

    async def _ask(self) -> None:
        try:
            keys = await self._fetch()
            if keys.expires_at is not None and keys.expires_at <= self._now():
                raise CredentialsError(
                    f"the keys from {keys.source} ended at {keys.expires_at:%Y-%m-%d %H:%M} UTC: "
                    "sign in again, or set this machine's clock right"
                )
        except CredentialsError as failure:
            self._failure = failure
            if self._keys is not None and self._keys.expires_at is not None:
                self._keys = self._keys if self._keys.expires_at > self._now() else None
        else:
            self._keys = keys
        self._asked_at = self._now()
        self._fetches += 1
