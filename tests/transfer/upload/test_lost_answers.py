"""Lost responses of writes: our own object is recognized, whatever its etag, and no other is taken for it.

The server is a scripted one, for real ones have etags of one kind each: those of encrypted objects and of
other products are as *Common Response Headers* in the S3 API Reference and the products' own pages have them.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from s3tui.s3.checksum import ChecksumAlgorithm, ChecksumMode, checksum_of
from s3tui.s3.client import S3Client
from s3tui.s3.models import Part
from s3tui.s3.request.options import CallDefaults
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, Transfer, TransferState
from s3tui.transfer.requests import CopyObject, Request, UploadFile
from s3tui.transfer.upload import resumable
from tests.long import rng, share
from tests.patience import PATIENCE_S
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, scripted
from tests.transfer.conftest import MIB

pytestmark = pytest.mark.large

SMALL = random.Random(1).randbytes(300_000)
LARGE = random.Random(2).randbytes(17 * MIB)
COPIED = random.Random(3).randbytes(65 * MIB)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _plain(parts: list[bytes]) -> str:
    if len(parts) == 1:
        return _md5(parts[0])
    return f"{_md5(b''.join(bytes.fromhex(_md5(part)) for part in parts))}-{len(parts)}"


def _encrypted(parts: list[bytes]) -> str:
    """Thirty-two digits that are no MD5 of what was sent."""
    suffix = f"-{len(parts)}" if len(parts) > 1 else ""
    return _md5(b"".join(parts) + b"secret") + suffix


ETAGS: dict[str, tuple[Callable[[list[bytes]], str], dict[str, str]]] = {
    "MD5": (_plain, {}),
    "upper case": (lambda parts: _plain(parts).upper(), {}),
    "KMS": (_encrypted, {"x-amz-server-side-encryption": "aws:kms"}),
    "opaque": (lambda parts: f"v-{sum(map(len, parts))}", {}),
}


@dataclass
class Store:
    """Just enough of S3 to write to, whose answers to what it did get lost on demand."""

    etag: Callable[[list[bytes]], str]
    marks: dict[str, str]
    objects: dict[str, tuple[list[bytes], str]] = field(default_factory=dict)
    """By key: the parts, and when they came."""
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    begun: int = 0
    lose: list[Callable[[], Reply]] = field(default_factory=list)
    """Replaces the responses of the next writes."""
    refuse: list[Callable[[], Reply]] = field(default_factory=list)
    """Responses of the next completions, which then do nothing."""
    lists_parts: Reply | None = None
    """The response to ListParts of an open upload."""
    loses_begins: bool = False
    """Also of the beginnings of uploads."""
    on_lost: Callable[[], None] = lambda: None

    def __call__(self, seen: Seen) -> Reply:
        path, _, text = seen.target.decode().partition("?")
        key, query = path.removeprefix("/b/"), parse_qs(text, keep_blank_values=True)
        match seen.method:
            case "POST" if "uploads" in query:
                self.begun += 1
                id = f"U{self.begun}"
                self.uploads[id] = {}
                begun = _document("InitiateMultipartUploadResult", f"<UploadId>{id}</UploadId>")
                return self._heard(begun) if self.loses_begins else begun
            case "POST":
                return self._complete(key, query["uploadId"][0], seen)
            case "PUT" if "partNumber" in query:
                return self._part(int(query["partNumber"][0]), query["uploadId"][0], seen)
            case "PUT":
                return self._put(key, seen)
            case "DELETE" if "uploadId" in query:
                self.uploads.pop(query["uploadId"][0], None)
                return Reply(204)
            case "GET" if "uploadId" in query:
                if query["uploadId"][0] not in self.uploads:
                    return error_reply(404, "NoSuchKey")  # as Ceph says it
                if self.lists_parts is not None:
                    return self.lists_parts
                return Reply(200, {}, b"<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>")
            case "GET" if "uploads" in query:
                about = f"<Key>to</Key><Initiated>{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}</Initiated>"
                found = [f"<Upload><UploadId>{id}</UploadId>{about}</Upload>" for id in self.uploads]
                return _document("ListMultipartUploadsResult", "".join(found))
            case _:
                return self._get(key, seen)

    def _get(self, key: str, seen: Seen) -> Reply:
        if key not in self.objects:
            return error_reply(404, "NoSuchKey")
        parts, when = self.objects[key]
        headers = {"etag": f'"{self.etag(parts)}"', "last-modified": when, **self.marks}
        data = b"".join(parts)
        span = re.fullmatch(r"bytes=(\d+)-(\d+)", seen.headers.get("range", ""))
        if span is None:
            return Reply(200, headers, data)
        first, last = int(span[1]), min(int(span[2]), len(data) - 1)
        headers["content-range"] = f"bytes {first}-{last}/{len(data)}"
        return Reply(206, headers, data[first : last + 1])

    def _put(self, key: str, seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == "*" and key in self.objects:
            return error_reply(412, "PreconditionFailed")
        data = seen.body
        if (source := seen.headers.get("x-amz-copy-source")) is not None:
            data = b"".join(self.objects[source.removeprefix("/").removeprefix("b/")][0])
        self.objects[key] = [data], _now()
        etag = self.etag([data])
        if "x-amz-copy-source" in seen.headers:
            body = f"<CopyObjectResult><ETag>{etag}</ETag></CopyObjectResult>"
            return self._heard(Reply(200, {}, body.encode()))
        return self._heard(Reply(200, {"etag": f'"{etag}"'}))

    def _part(self, number: int, id: str, seen: Seen) -> Reply:
        if id not in self.uploads:
            return error_reply(404, "NoSuchUpload")
        data = seen.body
        if (source := seen.headers.get("x-amz-copy-source")) is not None:
            first, last = map(int, seen.headers["x-amz-copy-source-range"].removeprefix("bytes=").split("-"))
            found, _ = self.objects[source.removeprefix("/").removeprefix("b/")]
            if seen.headers.get("x-amz-copy-source-if-match", "").strip('"') not in ("", self.etag(found)):
                return error_reply(412, "PreconditionFailed")
            whole = b"".join(found)
            self.uploads[id][number] = whole[first : last + 1]
            etag = self.etag([self.uploads[id][number]])
            return Reply(200, {}, f"<CopyPartResult><ETag>{etag}</ETag></CopyPartResult>".encode())
        self.uploads[id][number] = data
        return Reply(200, {"etag": f'"{self.etag([data])}"'})

    def _complete(self, key: str, id: str, seen: Seen) -> Reply:
        if id not in self.uploads:
            return error_reply(404, "NoSuchUpload")
        if seen.headers.get("if-none-match") == "*" and key in self.objects:
            return error_reply(412, "PreconditionFailed")
        if self.refuse:
            return self.refuse.pop(0)()
        parts = [self.uploads[id][number] for number in sorted(self.uploads[id])]
        del self.uploads[id]
        self.objects[key] = parts, _now()
        body = (
            f"<CompleteMultipartUploadResult><ETag>{self.etag(parts)}</ETag></CompleteMultipartUploadResult>"
        )
        return self._heard(Reply(200, {}, body.encode()))

    def _heard(self, answer: Reply) -> Reply:
        if not self.lose:
            return answer
        self.on_lost()
        return self.lose.pop(0)()


def _document(name: str, inner: str) -> Reply:
    return Reply(200, {}, f"<{name}>{inner}</{name}>".encode())


def _now() -> str:
    return format_datetime(datetime.now(UTC), usegmt=True)


def _reset() -> Reply:
    raise ConnectionResetError


LOSSES: dict[str, Callable[[], Reply]] = {
    "reset": _reset,
    "empty": lambda: Reply(200, {}, b""),
    "cut": lambda: Reply(200, {}, b'<?xml version="1.0"?><CompleteMultipartUploadResult><ETag>"ab'),
    "error inside 200": lambda: Reply(200, {}, b"\n<Error><Code>InternalError</Code></Error>"),
    "conflict": lambda: error_reply(409, "ConditionalRequestConflict"),
    **{
        str(status): lambda status=status: Reply(status, {}, b"<html>")  # type: ignore[misc]  # bound now
        for status in (408, 429, 499, 500, 502, 503, 504, 520)
    },
}


@dataclass(frozen=True)
class Kind:
    name: str
    data: bytes

    def request(self, folder: Path, conflict: Conflict) -> Request:
        if self.name.startswith("copy"):
            return CopyObject("c", "b", "from", "b", "to", conflict=conflict)
        (folder / "f").write_bytes(self.data)
        return UploadFile("c", folder / "f", "b", "to", conflict)


KINDS = [Kind("up", SMALL), Kind("up in parts", LARGE), Kind("copy", SMALL), Kind("copy in parts", COPIED)]
POLICIES = [Conflict.FAIL, Conflict.SKIP, Conflict.KEEP_BOTH, Conflict.OVERWRITE]
FAMILY = list(itertools.product(KINDS, ETAGS, LOSSES, POLICIES))


@asynccontextmanager
async def engine_on(store: Store) -> AsyncIterator[TransferEngine]:
    async with scripted(store) as server:
        client = S3Client(
            server.endpoint,
            KEYS,
            retry=RetryPolicy(attempts=3, base_s=0.01, cap_s=0.02),
            defaults=CallDefaults(checksums=ChecksumMode.NEVER),
        )

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(client_for, patience_s=60)
        try:
            yield engine
        finally:
            await engine.aclose()
            await client.aclose()


async def ended(engine: TransferEngine, id: int) -> Transfer:
    async with asyncio.timeout(PATIENCE_S):
        while not (row := engine.snapshot().transfers[0]).state.is_final:  # noqa: ASYNC110 - snapshots are polled
            await asyncio.sleep(0.01)
    return row


def drawn() -> list[tuple[Kind, str, str, Conflict]]:
    return rng("lost answers").sample(FAMILY, share(16, len(FAMILY)))


@pytest.mark.long
@pytest.mark.parametrize(
    ("kind", "etag", "loss", "conflict"),
    drawn(),
    ids=lambda value: getattr(value, "name", value).replace(" ", "_"),
)
async def test_our_own_write_is_known_again(
    tmp_path: Path, kind: Kind, etag: str, loss: str, conflict: Conflict
) -> None:
    make, marks = ETAGS[etag]
    store = Store(make, marks, lose=[LOSSES[loss], LOSSES[loss]])
    store.objects["from"] = [kind.data], _now()
    async with engine_on(store) as engine:
        row = await ended(engine, await engine.add(kind.request(tmp_path, conflict)))
        assert (row.state, row.error) == (TransferState.DONE, None)
        assert row.bytes_done == row.bytes_total == len(kind.data)
        assert row.skipped == 0
    assert {key: b"".join(parts) for key, (parts, _) in store.objects.items() if key != "from"} == {
        "to": kind.data
    }
    assert store.uploads == {}
    assert store.begun <= 1, "nothing was started over"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "parts" in kind.name], ids=lambda kind: kind.name)
@pytest.mark.parametrize("loss", ["reset", "cut", "502", "520"])
async def test_an_upload_whose_beginning_was_not_heard_of_is_begun_again_and_tidied_up(
    tmp_path: Path, kind: Kind, loss: str
) -> None:
    store = Store(_plain, {}, lose=[LOSSES[loss]], loses_begins=True)
    store.objects["from"] = [kind.data], _now()
    async with engine_on(store) as engine:
        row = await ended(engine, await engine.add(kind.request(tmp_path, Conflict.FAIL)))
        assert (row.state, row.error) == (TransferState.DONE, None)
    assert b"".join(store.objects["to"][0]) == kind.data
    assert store.uploads == {}


@pytest.mark.parametrize("etag", ETAGS)
@pytest.mark.parametrize("kind", KINDS[:2], ids=lambda kind: kind.name)
async def test_what_somebody_else_wrote_is_not_taken_for_ours(tmp_path: Path, kind: Kind, etag: str) -> None:
    """Bytes of the same size, at the same time; of parts, only where the etag can tell."""
    make, marks = ETAGS[etag]
    if "parts" in kind.name and etag in ("KMS", "opaque"):
        pytest.skip("nothing tells, short of reading all of it back")
    store = Store(make, marks, lose=[_reset])
    theirs = kind.data[::-1]

    def write_over() -> None:
        store.objects["to"] = (
            [theirs[: 5 * MIB], theirs[5 * MIB :]] if len(theirs) > 5 * MIB else [theirs],
            _now(),
        )

    store.on_lost = write_over
    async with engine_on(store) as engine:
        row = await ended(engine, await engine.add(kind.request(tmp_path, Conflict.FAIL)))
        assert row.state is TransferState.FAILED
    assert b"".join(store.objects["to"][0]) == theirs
    assert store.uploads == {}


@pytest.mark.parametrize("kind", [KINDS[1], KINDS[3]], ids=lambda kind: kind.name)
async def test_an_etag_that_is_left_out_is_asked_for(tmp_path: Path, kind: Kind) -> None:
    """Ceph's first answer to a completion has an empty one."""
    store = Store(_plain, {}, lose=[lambda: _document("CompleteMultipartUploadResult", "<ETag></ETag>")])
    store.objects["from"] = [kind.data], _now()
    async with engine_on(store) as engine:
        row = await ended(engine, await engine.add(kind.request(tmp_path, Conflict.FAIL)))
        assert (row.state, row.error) == (TransferState.DONE, None)
    assert b"".join(store.objects["to"][0]) == kind.data


@pytest.mark.parametrize("refusal", ["error inside 200", "empty", "cut", "conflict", "500"])
@pytest.mark.parametrize(
    "listing",
    [
        None,
        error_reply(404, "NoSuchKey"),
        error_reply(403, "AccessDenied"),
        error_reply(405, "MethodNotAllowed"),
        error_reply(501, "NotImplemented"),
    ],
    ids=lambda reply: "parts" if reply is None else str(reply.status),
)
async def test_a_completion_that_failed_for_the_moment_is_asked_for_again(
    tmp_path: Path, refusal: str, listing: Reply | None
) -> None:
    """Also where the parts of an open upload cannot be listed."""
    kind = KINDS[1]
    store = Store(_plain, {}, refuse=[LOSSES[refusal]] * 4, lists_parts=listing)
    store.objects["from"] = [kind.data], _now()
    async with engine_on(store) as engine:
        row = await ended(engine, await engine.add(kind.request(tmp_path, Conflict.FAIL)))
        assert (row.state, row.error) == (TransferState.DONE, None)
    assert b"".join(store.objects["to"][0]) == kind.data
    assert store.uploads == {}
    assert store.begun == 1, "nothing was started over"


_SAME = (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32)
_MIXED = (ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC64NVME)
_PARTLY = (ChecksumAlgorithm.CRC32, None)


@pytest.mark.parametrize(
    ("algorithms", "is_known"),
    [(_SAME, True), (_MIXED, False), (_PARTLY, False), ((), False)],
)
def test_an_upload_is_known_again_by_its_parts_checksums_where_they_are_of_one_kind(
    algorithms: tuple[ChecksumAlgorithm | None, ...], *, is_known: bool
) -> None:
    parts = tuple(
        Part(number, "opaque", 1, None if algorithm is None else checksum_of(b"x", algorithm))
        for number, algorithm in enumerate(algorithms, 1)
    )
    assert bool(resumable._expected(parts)["checksum"]) is is_known
