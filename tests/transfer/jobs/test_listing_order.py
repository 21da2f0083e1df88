"""Batch jobs on unordered listings: each object once, with its bytes, whatever a server repeats.

S3's directory buckets and many gateways keep no order. Keys, their order, repeats, pages and the instants at
which a transfer is paused or its process killed are drawn; S3TUI_SEED sets the seed.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import time
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.jobs.listed import KeySet
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.journal.record import digest_of
from s3tui.transfer.models import Conflict, Limits, Transfer, TransferState
from s3tui.transfer.requests import CopyPrefix, DownloadPrefix, Request, to_json
from tests.long import SEED, rng, share
from tests.patience import PATIENCE_S
from tests.processes import FORK
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.transfer import one_life

LIMITS = Limits(objects=3, parts=2)
_SEGMENTS = ("a", "b", "B", "é", "z", "a b", "10", "9", "%41", "~")


class Unordered:
    """A server with two buckets: `data`, which lists `listed` in that order, and `other`, empty at first."""

    def __init__(self, dice: random.Random, listed: list[str]) -> None:
        self.listed = listed
        self.objects = {("data", key): body_of(key) for key in listed}
        self._orders = 0
        self.on_request: Callable[[int], None] = lambda number: None
        self._dice = dice
        self._written: dict[str, float] = {}
        self._requests = 0

    def script(self, seen: Seen) -> Reply:
        self._requests += 1
        self.on_request(self._requests)
        url = urlsplit(seen.target.decode())
        query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        bucket, _, key = unquote(url.path).lstrip("/").partition("/")
        if not key:
            return self._list(query)
        if seen.method == "PUT":
            source = unquote(seen.headers["x-amz-copy-source"]).lstrip("/").partition("/")
            self.objects[bucket, key] = self.objects[source[0], source[2]]
            self._written[key] = time.time()
            return Reply(
                body=f"<CopyObjectResult><ETag>{_etag(self.objects[bucket, key])}</ETag>"
                "<LastModified>2026-11-01T00:00:00Z</LastModified></CopyObjectResult>".encode()
            )
        body = self.objects.get((bucket, key))
        if body is None:
            return error_reply(404, "NoSuchKey")
        headers = {"etag": _etag(body), "last-modified": formatdate(self._written.get(key, 0.0), usegmt=True)}
        return Reply(headers={**headers, "content-length": str(len(body))}, body=body)

    def reorder(self, listed: list[str]) -> None:
        """List in another order from now on; tokens of the one before are refused."""
        self.listed = listed
        self._orders += 1

    def _list(self, query: dict[str, str]) -> Reply:
        """Pages are of any size; a token is a place in the server's own order."""
        keys = [key for key in self.listed if key.startswith(query.get("prefix", ""))]
        order, _, place = query.get("continuation-token", f"{self._orders}-0").partition("-")
        if order != str(self._orders):
            return error_reply(400, "MalformedToken")
        begin = int(place)
        end = begin + self._dice.randint(1, 9)
        entries = "".join(
            f"<Contents><Key>{quote(key)}</Key><Size>{len(body_of(key))}</Size>"
            f"<ETag>&quot;{hashlib.md5(body_of(key)).hexdigest()}&quot;</ETag>"
            "<LastModified>2026-11-01T00:00:00Z</LastModified></Contents>"
            for key in keys[begin:end]
        )
        token = f"<NextContinuationToken>{order}-{end}</NextContinuationToken>"
        more = token if end < len(keys) else ""
        return Reply(
            body=f"<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>{str(bool(more)).lower()}"
            f"</IsTruncated>{more}{entries}</ListBucketResult>".encode()
        )


def body_of(key: str) -> bytes:
    return key.encode() * 3


def _etag(body: bytes) -> str:
    return f'"{hashlib.md5(body).hexdigest()}"'


def listing(dice: random.Random) -> list[str]:
    """Return keys in an order that is none, nearly one, or one; some more than once."""
    keys = sorted(
        {
            "p/" + "/".join(dice.choices(_SEGMENTS, k=dice.randint(1, 2))) + str(dice.randint(0, 30))
            for _ in range(dice.randint(1, 60))
        }
    )
    for _ in range(dice.choice((0, 0, 1, 2, 30))):
        keys.append(dice.choice(keys))
    match dice.randrange(4):
        case 0:
            dice.shuffle(keys)
        case 1:
            keys.sort()
        case 2:  # in order up to somewhere
            cut = dice.randrange(len(keys))
            keys[cut:] = dice.sample(keys[cut:], len(keys) - cut)
        case 3:  # all but one
            keys.insert(dice.randrange(len(keys)), keys.pop(dice.randrange(len(keys))))
    return keys


def shuffled(dice: random.Random, server: Unordered) -> list[str]:
    return dice.sample(server.listed, len(server.listed))


def requests(folder: Path) -> list[Request]:
    conflicts = (Conflict.SKIP, Conflict.OVERWRITE, Conflict.KEEP_BOTH)
    return [
        *(DownloadPrefix("c", "data", "p/", folder / "files", conflict) for conflict in conflicts),
        *(CopyPrefix("c", "data", "p/", "other", "q/", conflict=conflict) for conflict in conflicts),
    ]


def check(server: Unordered, request: Request, transfer: Transfer | None = None) -> None:
    wanted = {key.removeprefix("p/"): body_of(key) for key in server.listed}
    if isinstance(request, DownloadPrefix):
        files = [path for path in request.target.rglob("*") if path.is_file()]
        found = {unquote(path.relative_to(request.target).as_posix()): path.read_bytes() for path in files}
        assert len(found) == len(files)
        wanted = {unquote(name.replace("%41", "%2541")): body for name, body in wanted.items()}
    else:
        found = {
            key.removeprefix("q/"): body
            for (bucket, key), body in server.objects.items()
            if bucket == "other"
        }
    assert found == wanted
    if transfer is not None:
        assert (transfer.state, transfer.error, transfer.failed_objects) == (TransferState.DONE, None, 0)
        assert transfer.objects_done == transfer.objects_total == len(wanted)


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(36, 3000)))
async def test_pausing_at_any_instant_loses_and_repeats_nothing(number: int, tmp_path: Path) -> None:
    dice = rng(f"pause {number}")
    print(f"S3TUI_SEED={SEED}")  # noqa: T201 - to run it again
    server = Unordered(dice, listing(dice))
    request = requests(tmp_path)[number % 6]
    async with scripted(server.script) as running, S3Client(running.endpoint, KEYS) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(
            client_for, journal=Journal.open(tmp_path / "state"), limits=LIMITS, processes=0
        )
        reached = asyncio.Event()
        pauses = sorted(dice.sample(range(1, 80), dice.randint(0, 4)))
        server.on_request = lambda count: reached.set() if pauses and count >= pauses[0] else None
        try:
            id = await engine.add(request)
            async with asyncio.timeout(PATIENCE_S):
                while not engine.snapshot().transfers[0].state.is_final:
                    if reached.is_set():
                        pauses.pop(0)
                        reached.clear()
                        await engine.pause(id)
                        await engine.resume(id)
                    await asyncio.sleep(0)
            check(server, request, engine.snapshot().transfers[0])
        finally:
            await engine.aclose()


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(18, 2000)))
async def test_killing_at_any_instant_loses_and_repeats_nothing(number: int, tmp_path: Path) -> None:
    dice = rng(f"kill {number}")
    print(f"S3TUI_SEED={SEED}")  # noqa: T201 - to run it again
    server = Unordered(dice, listing(dice))
    request = requests(tmp_path)[number % 6]
    async with scripted(server.script) as running:
        for is_last in (*[False] * dice.randint(1, 3), True):
            process = FORK.Process(
                target=one_life.live,
                args=(tmp_path / "state", running.url, ("a", "b"), to_json(request), LIMITS, 0),
            )
            deadly = len(running.requests) + dice.randint(1, 50)
            process.start()
            until = time.monotonic() + PATIENCE_S
            while process.is_alive() and time.monotonic() < until:
                if not is_last and len(running.requests) >= deadly:
                    break
                await asyncio.sleep(0.002)
            if not is_last:
                await asyncio.sleep(dice.choice((0, 0.01, 0.15)))  # what is written soon may be written
                process.kill()
                server.reorder(dice.choice((server.listed, sorted(server.listed), shuffled(dice, server))))
            await asyncio.to_thread(process.join)
            assert process.exitcode == 0 or not is_last
    check(server, request)


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(24, 1000)))
async def test_a_key_has_the_same_local_name_when_a_later_life_is_told_another_order(
    number: int, tmp_path: Path
) -> None:
    dice = rng(f"another order {number}")
    print(f"S3TUI_SEED={SEED}")  # noqa: T201 - to run it again
    ways = ("/".join(dice.choices("ab", k=dice.randint(1, 4))) for _ in range(40))
    keys = sorted({f"p/{way}" for way in ways})  # many are also what others lie below
    server = Unordered(dice, dice.choice((keys, dice.sample(keys, len(keys)))))
    conflict = dice.choice((Conflict.SKIP, Conflict.OVERWRITE))
    request = DownloadPrefix("c", "data", "p/", tmp_path / "files", conflict)
    async with scripted(server.script) as running, S3Client(running.endpoint, KEYS) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        for is_last in (False, dice.random() < 0.5, True):
            wakes = asyncio.Event()
            deadly = len(running.requests) + dice.randint(2, 30)
            server.on_request = lambda _: wakes.set() if len(running.requests) >= deadly else None  # noqa: B023
            engine = TransferEngine(
                client_for,
                journal=Journal.open(tmp_path / "state"),
                limits=LIMITS,
                processes=0,
                on_finished=lambda _: wakes.set(),  # noqa: B023
            )
            try:
                await engine.resume(*await engine.start()) or await engine.add(request)
                async with asyncio.timeout(PATIENCE_S):
                    while not engine.snapshot().transfers[0].state.is_final:
                        await wakes.wait()
                        if not is_last:
                            break
                        wakes.clear()
                row = engine.snapshot().transfers[0]
            finally:
                await engine.aclose(keep=True)
            if row.state.is_final:
                break
            server.reorder(shuffled(dice, server))
    assert (row.state, row.error, row.failed_objects) == (TransferState.DONE, None, 0)
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert sorted(path.read_bytes() for path in files) == sorted(body_of(key) for key in keys)


async def test_bytes_below_a_key_that_ends_in_a_slash_come_where_its_size_is_not_said(tmp_path: Path) -> None:
    bodies = {"p/": b"here", "p/d/": b"bytes", "p/d/x": b"x", "p/e/": b""}

    def answer(seen: Seen) -> Reply:
        path = unquote(urlsplit(seen.target.decode()).path).removeprefix("/b/")
        if "list-type" in seen.target.decode():
            rows = "".join(f"<Contents><Key>{key}</Key></Contents>" for key in bodies)
            return Reply(body=f"<ListBucketResult>{rows}</ListBucketResult>".encode())
        headers = {"etag": f'"{hashlib.md5(bodies[path]).hexdigest()}"'}
        return Reply(headers={**headers, "content-length": str(len(bodies[path]))}, body=bodies[path])

    async with scripted(answer) as server, S3Client(server.endpoint, KEYS) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(client_for, processes=0)
        try:
            await engine.add(DownloadPrefix("c", "b", "p/", tmp_path / "files"))
            async with asyncio.timeout(PATIENCE_S):
                while not engine.snapshot().transfers[0].state.is_final:  # noqa: ASYNC110 - nothing tells of it
                    await asyncio.sleep(0)
            row = engine.snapshot().transfers[0]
        finally:
            await engine.aclose()
    assert (row.state, row.failed_objects) == (TransferState.DONE, 0)
    files = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert sorted(path.read_bytes() for path in files) == sorted(bodies.values())


def test_a_set_of_keys_knows_what_it_was_told() -> None:
    digests = [digest_of(f"key {number}") for number in range(5000)]
    keys = KeySet()
    keys.load(b"".join(digests[:2000]))
    keys.add(digests[1500:3000])
    assert keys.missing(digests) == digests[3000:]
    assert keys.missing(digests[2900:], digests[4000:]) == digests[3000:4000]
