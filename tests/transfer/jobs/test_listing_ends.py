"""Listings that end early: everything is moved, as browsing shows it, or the row says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from hashlib import md5
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from s3tui.browse.source.source import LIVE, PageRequest
from s3tui.s3.client import S3Client
from s3tui.s3.errors import ProtocolError
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Limits, Transfer, TransferState
from s3tui.transfer.requests import CopyPrefix, DownloadPrefix, Request
from tests.patience import PATIENCE_S
from tests.s3.listing.odd_listings import OddListings
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted

BODY = b"1"
NAMES = sorted(f"p/{letter}{number}" for letter in "ab é" for number in range(3))


class Store:
    """A bucket `b` that holds NAMES and is listed by `lists`, and whatever is copied into `other`."""

    def __init__(self, lists: Callable[[Seen], Reply]) -> None:
        self.copied: set[str] = set()
        self._lists = lists

    def __call__(self, seen: Seen) -> Reply:
        bucket, _, key = unquote(urlsplit(seen.target.decode()).path).lstrip("/").partition("/")
        if not key:
            return self._lists(seen)
        etag = md5(BODY).hexdigest()
        if seen.method == "PUT":
            self.copied.add(key)
            return Reply(body=f"<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>".encode())
        if bucket != "b" or key not in NAMES:
            return error_reply(404, "NoSuchKey")
        return Reply(headers={"etag": f'"{etag}"'}, body=BODY)


class Stops:
    """A listing that stands still behind its first page, one way or another."""

    def __init__(self, then: Callable[[str], str]) -> None:
        self._then = then
        self._asked = 0

    def __call__(self, seen: Seen) -> Reply:
        self._asked += 1
        rows = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in ("p/b0", "p/a0"))
        more = f"<IsTruncated>true</IsTruncated>{self._then(str(self._asked))}"
        return Reply(body=f"<ListBucketResult>{more}{rows}</ListBucketResult>".encode())


WHOLE: dict[str, Callable[[], OddListings]] = {
    "the same token": lambda: OddListings(NAMES, repeats_token=True),
    "no token": lambda: OddListings(NAMES, names_markers=False),
    "no token, and True": lambda: OddListings(NAMES, names_markers=False, true="True"),
    "1": lambda: OddListings(NAMES, true="1", false="0"),
    "blanks": lambda: OddListings(NAMES, true=" true ", false=None),
    "a word of its own": lambda: OddListings(NAMES, true="yes", false=None),
    "the first version": lambda: OddListings(NAMES, first_version=True, names_markers=False),
    "keys as they are, and no token": lambda: OddListings(NAMES, encodes=False, names_markers=False),
    "pages that begin with the marker": lambda: OddListings(NAMES, inclusive=True, names_markers=False),
}
ENDLESS: dict[str, Callable[[], Stops]] = {
    "the same token, out of order": lambda: Stops(
        lambda _: "<NextContinuationToken>t</NextContinuationToken>"
    ),
    "no token, out of order": lambda: Stops(lambda _: ""),
    "ever new tokens": lambda: Stops(lambda n: f"<NextContinuationToken>{n}</NextContinuationToken>"),
}
JOBS: dict[str, Callable[[Path], Request]] = {
    "download": lambda folder: DownloadPrefix("c", "b", "p/", folder / "files"),
    "copy": lambda folder: CopyPrefix("c", "b", "p/", "other", "q/"),
}


async def moved(client: S3Client, request: Request) -> Transfer:
    async def client_for(connection: str) -> S3Client:
        return client

    over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
    limits = Limits(objects=4, parts=2)
    engine = TransferEngine(client_for, limits=limits, processes=0, patience_s=0, on_finished=over.set_result)
    try:
        await engine.add(request)
        async with asyncio.timeout(PATIENCE_S):
            return await over
    finally:
        await engine.aclose()


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("lists", WHOLE.values(), ids=WHOLE)
async def test_what_browsing_shows_is_moved(
    lists: Callable[[], OddListings], job: str, tmp_path: Path
) -> None:
    store = Store(lists())
    async with scripted(store) as server, S3Client(server.endpoint, KEYS) as client:
        async with aclosing(LIVE.pages(client, PageRequest("b", "p/"))) as pages:
            shown = [found.key async for page in pages for found in page.objects]
        row = await moved(client, JOBS[job](tmp_path))
    assert sorted(set(shown)) == NAMES
    assert (row.state, row.error, row.objects_done) == (TransferState.DONE, None, len(NAMES))
    folder = tmp_path / "files"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = files if job == "download" else {key.removeprefix("q/") for key in store.copied}
    assert found == {name.removeprefix("p/") for name in NAMES}


@pytest.mark.parametrize("job", JOBS)
@pytest.mark.parametrize("lists", ENDLESS.values(), ids=ENDLESS)
async def test_what_never_gets_on_is_no_success(lists: Callable[[], Stops], job: str, tmp_path: Path) -> None:
    once = RetryPolicy(attempts=1)
    async with scripted(Store(lists())) as server, S3Client(server.endpoint, KEYS, retry=once) as client:
        with pytest.raises(ProtocolError):
            async with aclosing(LIVE.pages(client, PageRequest("b", "p/"))) as pages:
                assert [page async for page in pages]
        row = await moved(client, JOBS[job](tmp_path))
    assert row.state is TransferState.FAILED
    assert "listing goes on" in (row.error or "")
