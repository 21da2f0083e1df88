"""How much memory the engine takes at most: 10 GiB down and up, and one job of 200 000 objects.

`python -m benchmarks.memory [FOLDER]`; FOLDER needs room for the 10 GiB that come down. The server makes up
what it sends and throws away what it gets; the engine runs in a process of its own, whose peak
(`VmHWM`) is what counts, and keeps a journal.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

GIB = 1024**3
LARGE = 10 * GIB
MANY = 200_000
SMALL = 100
BUDGET_MIB = 150
_PAGE = 1000
_MODIFIED = "Sun, 01 Nov 2026 00:00:00 GMT"
_SPAWN = multiprocessing.get_context("spawn")


class _Handler(BaseHTTPRequestHandler):
    """Just what the engine asks for: ranges of nothing, a listing in pages, parts that are thrown away."""

    protocol_version = "HTTP/1.1"
    zeros: int
    """A sparse file."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._object(is_head=True)

    def do_GET(self) -> None:
        query = self._query()
        if "list-type" in query:
            self._xml(_listing(query))
        else:
            self._object(is_head=False)

    def do_PUT(self) -> None:
        left, buffer = int(self.headers["content-length"]), memoryview(bytearray(1024 * 1024))
        while left:
            left -= self.rfile.readinto(buffer[: min(left, len(buffer))])
        self._answer(200, {"ETag": '"unhashed"'})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        if "uploads" in self._query():
            ids = "<Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId>"
            self._xml(f"<InitiateMultipartUploadResult>{ids}</InitiateMultipartUploadResult>")
        else:
            done = "<Bucket>b</Bucket><Key>k</Key><ETag>&quot;unhashed-1&quot;</ETag>"
            self._xml(f"<CompleteMultipartUploadResult>{done}</CompleteMultipartUploadResult>")

    def _query(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.path).query, keep_blank_values=True)

    def _object(self, *, is_head: bool) -> None:
        key = unquote(urlsplit(self.path).path)
        if key.startswith("/up/"):
            self._answer(404, {})  # nothing is in the way of an upload
            return
        size = LARGE if key.endswith("/large") else SMALL
        first, last, status = 0, size - 1, 200
        if found := re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("range", "")):
            first, last, status = int(found[1]), int(found[2]), 206
        headers = {"ETag": '"made-up"', "Last-Modified": _MODIFIED, "Content-Length": str(last + 1 - first)}
        if status == 206:
            headers["Content-Range"] = f"bytes {first}-{last}/{size}"
        self._answer(status, headers)
        while not is_head and first <= last:
            first += os.sendfile(self.connection.fileno(), self.zeros, first, last + 1 - first)

    def _xml(self, text: str) -> None:
        self._answer(200, {"Content-Length": str(len(text)), "Content-Type": "application/xml"})
        self.wfile.write(text.encode())

    def _answer(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()


def _listing(query: dict[str, list[str]]) -> str:
    first = int(query.get("continuation-token", ["0"])[0])
    last = min(first + _PAGE, MANY)
    entries = "".join(
        f"<Contents><Key>many/{number // 1000:03}/an-object-of-usual-name-{number:06}.json</Key>"
        f"<LastModified>2026-11-01T00:00:00.000Z</LastModified><ETag>&quot;made-up&quot;</ETag>"
        f"<Size>{SMALL}</Size></Contents>"
        for number in range(first, last)
    )
    more = f"<NextContinuationToken>{last}</NextContinuationToken>" if last < MANY else ""
    truncated = str(last < MANY).lower()
    return f"<ListBucketResult><IsTruncated>{truncated}</IsTruncated>{more}{entries}</ListBucketResult>"


def _serve(tell: Connection) -> None:
    with tempfile.TemporaryFile() as zeros:
        os.truncate(zeros.fileno(), LARGE)
        _Handler.zeros = zeros.fileno()
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        server.daemon_threads = True
        tell.send(server.server_port)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def _measure(what: str, url: str, folder: Path, tell: Connection) -> None:
    """Move, and tell the seconds, the peak of this process in KiB, and that of those beside it."""
    from s3tui.s3 import Credentials, Endpoint, S3Client
    from s3tui.transfer.engine import TransferEngine
    from s3tui.transfer.journal.journal import Journal
    from s3tui.transfer.models import Limits, Transfer, TransferState
    from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile
    from s3tui.transfer.workers.process_pool import spare_processors

    async def move() -> float:
        over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
        async with S3Client(Endpoint.custom(url), Credentials("key", "secret")) as s3:

            async def client_for(_: str) -> S3Client:
                return s3

            journal = Journal.open(folder / "state")
            engine = TransferEngine(client_for, journal=journal, limits=Limits(), on_finished=over.set_result)
            started = time.perf_counter()
            match what:
                case "10 GiB down":
                    await engine.add(DownloadObject("c", "down", "large", folder / "large"))
                case "10 GiB up":
                    await engine.add(UploadFile("c", folder / "sparse", "up", "large"))
                case _:
                    await engine.add(DownloadPrefix("c", "down", "many/", folder / "many"))
            transfer = await over
            seconds = time.perf_counter() - started
            await engine.aclose()
        if transfer.state is not TransferState.DONE:
            raise RuntimeError(transfer.error)
        return seconds

    seconds = asyncio.run(move())
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    beside = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of the largest, when it has ended
    tell.send((seconds, int(peak[1]) if peak else 0, beside, spare_processors() if beside else 0))


def main(where: str | None = None) -> None:
    here, there = _SPAWN.Pipe()
    server = _SPAWN.Process(target=_serve, args=(there,))
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    print(f"memory of the engine at most, budget {BUDGET_MIB} MiB")
    try:
        for what in ("10 GiB down", "10 GiB up", f"{MANY} objects down"):
            with tempfile.TemporaryDirectory(dir=where) as name:
                folder = Path(name)
                (folder / "sparse").touch()
                os.truncate(folder / "sparse", LARGE)
                mine, its = _SPAWN.Pipe()
                process = _SPAWN.Process(target=_measure, args=(what, url, folder, its))
                process.start()
                its.close()
                seconds, peak, beside, count = mine.recv()
                process.join()
                others = f" + {count} process of {beside / 1024:.0f} MiB" if count else ""
                print(f"  {what:20} {peak / 1024:6.0f} MiB{others}  {seconds:6.1f} s", flush=True)
    finally:
        server.terminate()
        server.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
