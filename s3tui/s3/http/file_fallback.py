"""The fallback of the file transport: a file's body over the connection pool.

For routes that blocking sockets cannot take: TLS inside of TLS.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx

from s3tui.s3.http.file_section import BodySink, FileFailed, FileSection

_READ = 256 * 1024


async def send_through_pool(pool: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
    """Send a request whose extension `body_file` names a file, as `FileTransport` would."""
    file = request.extensions["body_file"]
    try:
        if isinstance(file, FileSection):
            return await _send(pool, request, file)
        return await _receive(pool, request, file)
    except FileFailed as failed:
        raise failed.error from None


async def _send(
    pool: httpx.AsyncBaseTransport, request: httpx.Request, section: FileSection
) -> httpx.Response:
    moved = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal moved
        while moved < section.length:
            view = memoryview(bytearray(min(_READ, section.length - moved)))
            count = await asyncio.to_thread(section.read, view, moved)
            if moved + count == section.length:
                await asyncio.to_thread(section.check)
            yield bytes(view[:count])
            moved += count
            section.observe(count)

    is_kept = False
    try:
        response = await pool.handle_async_request(_with_body(request, _Stream(chunks())))
        is_kept = response.status_code < 300
        return response
    finally:
        if moved and not is_kept:
            section.observe(-moved)


async def _receive(pool: httpx.AsyncBaseTransport, request: httpx.Request, sink: BodySink) -> httpx.Response:
    response = await pool.handle_async_request(_with_body(request, httpx.ByteStream(b"")))
    if response.status_code >= 300:
        return response
    body = response.stream
    assert isinstance(body, httpx.AsyncByteStream)
    try:
        left = sink.begin(request, response)
        async for chunk in body:
            await asyncio.to_thread(sink.write, memoryview(chunk)[:left])
            left = None if left is None else left - min(left, len(chunk))
    finally:
        await body.aclose()
    if left:
        raise httpx.ReadError(f"the body ended {left} bytes too early", request=request)
    response.stream = httpx.ByteStream(b"")
    return response


def _with_body(request: httpx.Request, stream: httpx.AsyncByteStream | httpx.ByteStream) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers.raw,
        stream=stream,
        extensions=request.extensions,
    )


class _Stream(httpx.AsyncByteStream):
    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks
