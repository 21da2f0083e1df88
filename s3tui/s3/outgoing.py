"""The body of one request, as the transport's pool takes it: slice by slice, and watched.

aiohttp times the wait for an answer, but neither a socket that takes no more of a body nor a server
that never says `100 Continue`; and it makes a failure of the body's source look like one of the
network. Both are put right here.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator

SLICE = 256 * 1024
"""What one write hands to the socket: more would hold the loop for too long."""
_CONSENT_S = 5.0  # RFC 9110 §10.1.1: a client should not wait for `100 Continue` for ever


class OutgoingBody:
    """Async iterable of the bytes to send; taken only as fast as the socket takes them.

    Args:
        timeout_s: how long the socket may refuse to take more.
    """

    def __init__(self, content: bytes | AsyncIterable[bytes], timeout_s: float | None) -> None:
        self.is_started = False
        self.failure: Exception | None = None
        """What the source of the bytes raised."""
        self._content = content
        self._timeout_s = timeout_s
        self._patience: asyncio.Timeout | None = None

    def watch(self, patience: asyncio.Timeout | None) -> None:
        """Let `patience` end when nothing moves; nobody is watched any more after `None`."""
        self._patience = patience

    def await_consent(self) -> None:
        """Be told that the head was sent, and that the server's `100 Continue` is waited for."""
        self._allow(_CONSENT_S if self._timeout_s is None else min(_CONSENT_S, self._timeout_s))

    async def __aiter__(self) -> AsyncIterator[bytes | memoryview]:
        self.is_started = True
        self._allow(None)
        try:
            async for piece in _slices(self._content):
                self._allow(self._timeout_s)
                yield piece
                self._allow(None)
        except Exception as error:
            self.failure = error
            raise

    def _allow(self, seconds: float | None) -> None:
        if self._patience is not None:
            now = asyncio.get_running_loop().time()
            self._patience.reschedule(None if seconds is None else now + seconds)


async def _slices(content: bytes | AsyncIterable[bytes]) -> AsyncIterator[bytes | memoryview]:
    if isinstance(content, bytes):
        for start in range(0, len(content), SLICE):
            yield memoryview(content)[start : start + SLICE]
        return
    async for chunk in content:
        if len(chunk) <= SLICE:
            yield chunk
            continue
        for start in range(0, len(chunk), SLICE):
            yield memoryview(chunk)[start : start + SLICE]
