"""Bodies of requests that come from an iterator."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator

import httpx


class StreamedBody(httpx.AsyncByteStream):
    """A request's body from an iterator, as httpx wants it."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._chunks)


class OnceBody:
    """A request's body that can be iterated once: it can be sent again only while nothing was taken."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.started = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.started = True
        async for chunk in self._chunks:
            yield chunk
