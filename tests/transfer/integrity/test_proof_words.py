"""The word *verified* stands where a checksum or an MD5 proved the bytes, and only there."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import itertools
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal.journal import JournalRow
from s3tui.transfer.journal.recovery import row_of, transfer_of
from s3tui.transfer.models import Conflict, Direction, Transfer, TransferState
from s3tui.transfer.requests import (
    CopyObject,
    DownloadObject,
    DownloadPrefix,
    UploadFile,
    UploadFolder,
    to_json,
)
from s3tui.transfer.scheduling.progress import NOT_VERIFIED
from tests.long import rng, share
from tests.s3.scripted import KEYS, Reply, Seen
from tests.transfer.conftest import IMPATIENT
from tests.transfer.download.odd_bodies import Odd, OddStore, odd_server

BYTES = rng("proof words").randbytes(300_000)
SIZES = (0, 1, 3000, len(BYTES))
OVERWRITE = Conflict.OVERWRITE


def b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def typed(name: str, value: str, type: str = "FULL_OBJECT") -> dict[str, str]:
    return {f"x-amz-checksum-{name}": value, "x-amz-checksum-type": type}


CHECKSUMS: dict[str, tuple[Callable[[bytes], Mapping[str, str]], str | None]] = {
    "none": (lambda data: {}, None),
    "CRC32": (lambda data: typed("crc32", b64(zlib.crc32(data).to_bytes(4, "big"))), "CRC32"),
    "SHA1": (lambda data: typed("sha1", b64(hashlib.sha1(data).digest())), "SHA1"),
    "SHA256": (lambda data: typed("sha256", b64(hashlib.sha256(data).digest())), "SHA256"),
    "of parts": (lambda data: typed("sha256", f"{b64(bytes(32))}-3", "COMPOSITE"), None),
    "no base64": (lambda data: typed("crc32", "?"), None),
    "unheard of": (lambda data: typed("xxhash", b64(bytes(8))), None),
}
"""The headers, and the name of what they prove; of what a checksum of parts is, nobody here says."""
ETAGS = {
    '"{md5}"': True,
    '"{MD5}"': True,
    'W/"{md5}"': False,
    '"{md5}-2"': False,
    '"0123456789abcdef0123456789abcdef"': False,
    '"25f9b7d8-5d2b-4a26-b0d3-6b1e2f3a1234"': False,
    '"opaque"': False,
}
"""Whether each is the MD5 of the bytes."""
LOOKS_LIKE_MD5 = '"0123456789abcdef0123456789abcdef"'


@dataclass(frozen=True)
class Kind:
    """The evidence that a server gives of its objects."""

    etag: str
    checksum: str
    encryption: str | None = None

    @property
    def checksum_name(self) -> str | None:
        return CHECKSUMS[self.checksum][1]

    def proof_of_download(self) -> str | None:
        is_md5 = ETAGS[self.etag] and self.encryption != "aws:kms"
        return self.checksum_name or ("MD5" if is_md5 else None)

    def proof_of_upload(self) -> str | None:
        """The answer's etag is looked at first; one that looks like another MD5 leads to reading it back."""
        if ETAGS[self.etag]:
            return "MD5"
        is_read_back = self.etag == LOOKS_LIKE_MD5 and self.encryption != "aws:kms"
        return self.checksum_name or ("MD5" if is_read_back else None)


KINDS = [Kind(etag, checksum) for etag, checksum in itertools.product(ETAGS, CHECKSUMS)] + [
    Kind(etag, checksum, encryption)
    for encryption, etag, checksum in itertools.product(("AES256", "aws:kms"), ETAGS, CHECKSUMS)
    if not (encryption == "aws:kms" and ETAGS[etag])  # with a key of KMS, no etag is an MD5
]


class Telling(OddStore):
    """A store whose answers tell of its objects as `kind` says."""

    kind = KINDS[0]
    heads = 0
    is_cutting = False
    """It takes all but the last byte."""

    def _head(self, data: bytes) -> tuple[bytes, bool]:
        self.heads += 1
        return super()._head(data)

    def header(self, data: bytes) -> str | None:
        md5 = hashlib.md5(data).hexdigest()
        return self.kind.etag.format(md5=md5, MD5=md5.upper())

    def headers(self, data: bytes) -> dict[str, str]:
        encryption = self.kind.encryption
        more = {} if encryption is None else {"x-amz-server-side-encryption": encryption}
        return {**super().headers(data), **CHECKSUMS[self.kind.checksum][0](data), **more}

    def _put(self, path: str, seen: Seen) -> Reply:
        super()._put(path, seen)
        if self.is_cutting:
            self.objects[path] = self.objects[path][:-1]
        etag = self.header(self.objects[path]) or ""
        if "x-amz-copy-source" in seen.headers:
            escaped = etag.replace('"', "&quot;")
            return Reply(body=f"<CopyObjectResult><ETag>{escaped}</ETag></CopyObjectResult>".encode())
        return Reply(headers={"etag": etag})


class Bench:
    def __init__(
        self, engine: TransferEngine, finished: asyncio.Queue[Transfer], store: Telling, folder: Path
    ) -> None:
        self.engine = engine
        self.finished = finished
        self.store = store
        self.folder = folder

    async def move(self, way: str, kind: Kind, size: int) -> Transfer:
        engine, store, data = self.engine, self.store, BYTES[:size]
        store.kind = kind
        store.objects = {"/b/p/k": data}
        (self.folder / "up").mkdir(exist_ok=True)
        (self.folder / "up" / "k").write_bytes(data)
        down = self.folder / "down"
        match way:
            case "download":
                job = engine.add(DownloadObject("c", "b", "p/k", down / "k", conflict=OVERWRITE))
            case "prefix":
                job = engine.add(DownloadPrefix("c", "b", "p/", down, conflict=OVERWRITE))
            case "upload":
                job = engine.add(UploadFile("c", self.folder / "up" / "k", "b", "p/k", conflict=OVERWRITE))
            case "folder":
                job = engine.add(UploadFolder("c", self.folder / "up", "b", "p", conflict=OVERWRITE))
            case _:
                job = engine.add(CopyObject("c", "b", "p/k", "b", "copy", conflict=OVERWRITE))
        await job
        row = await self.finished.get()
        await engine.clear_finished()
        return row


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store = Telling(Odd())
    async with odd_server(store) as server, S3Client(server.endpoint, KEYS, retry=IMPATIENT) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        finished: asyncio.Queue[Transfer] = asyncio.Queue()
        engine = TransferEngine(client_for, patience_s=0, processes=0, on_finished=finished.put_nowait)
        yield Bench(engine, finished, store, tmp_path)
        await engine.aclose()


def drawn(way: str) -> list[tuple[Kind, int]]:
    """Return each kind of etag and each kind of checksum in one case at least."""
    random, pool = rng(f"proof words/{way}"), list(KINDS)
    random.shuffle(pool)
    cases = pool[: share(10, len(pool))]
    cases += [next(kind for kind in pool if kind.etag == etag) for etag in ETAGS]
    cases += [next(kind for kind in pool if kind.checksum == checksum) for checksum in CHECKSUMS]
    return [(kind, random.choice(SIZES)) for kind in cases] + [(pool[0], size) for size in SIZES]


@pytest.mark.long
@pytest.mark.parametrize("way", ["download", "prefix", "upload", "folder"])
async def test_verified_is_what_a_checksum_or_an_md5_proved(bench: Bench, way: str) -> None:
    for kind, size in drawn(way):
        row = await bench.move(way, kind, size)
        about = f"{way} of {size} bytes, {kind}: {row.verified}, {row.notice}"
        proof = kind.proof_of_download() if way in ("download", "prefix") else kind.proof_of_upload()
        assert (row.state, row.error) == (TransferState.DONE, None), about
        assert row.verified == (proof if way in ("download", "upload") else None), about
        assert row.notice == (None if proof else NOT_VERIFIED), about


@pytest.mark.parametrize(
    ("etag", "checksum", "proof"),
    [
        ('"{md5}"', "none", "MD5"),
        ('"{md5}-2"', "none", "MD5 of parts"),
        ('"opaque"', "SHA256", "SHA256"),
        ('"opaque"', "none", None),
        ('"25f9b7d8-5d2b-4a26-b0d3-6b1e2f3a1234"', "none", None),
    ],
)
async def test_so_is_a_copy(bench: Bench, etag: str, checksum: str, proof: str | None) -> None:
    row = await bench.move("copy", Kind(etag, checksum), 3000)
    assert (row.state, row.verified, row.notice) == (
        TransferState.DONE,
        proof,
        None if proof else NOT_VERIFIED,
    )


def test_what_an_earlier_release_took_for_a_proof_is_none_any_more() -> None:
    request = to_json(DownloadObject("c", "b", "k", Path("/folder/k")))
    rows = {"size": (None, NOT_VERIFIED), "MD5": ("MD5", None)}
    for verified, expected in rows.items():
        row = Transfer(
            1, "c", Direction.DOWNLOAD, "k", "s3://b/k", "/folder/k", TransferState.DONE, verified=verified
        )
        found = transfer_of(JournalRow(1, "u", 0.0, request, TransferState.DONE.value, row_of(row)))
        assert (found.verified, found.notice) == expected


async def test_of_many_objects_no_digest_is_asked_for_where_none_is_told(bench: Bench) -> None:
    silent, telling = Kind('"opaque"', "none"), Kind('"opaque"', "SHA256")
    (bench.folder / "up").mkdir()
    (bench.folder / "up" / "second").write_bytes(BYTES[:3000])
    for kind, way, heads, notice in (
        (silent, "upload", 1, NOT_VERIFIED),  # which tells that no head does
        (silent, "folder", 0, f"2 of them {NOT_VERIFIED}"),
        (silent, "upload", 1, NOT_VERIFIED),
        (telling, "folder", 0, f"2 of them {NOT_VERIFIED}"),
        (telling, "upload", 1, None),  # which tells that they do again
        (telling, "folder", 2, None),
    ):
        bench.store.heads = 0
        row = await bench.move(way, kind, 3000)
        assert (bench.store.heads, row.notice) == (heads, notice), (kind, way)


@pytest.mark.parametrize(("size", "keys"), [(len(BYTES), KEYS), (3000, None)])
async def test_of_many_objects_whose_hash_is_not_signed_the_size_is_compared(
    bench: Bench, size: int, keys: Credentials | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(S3Client, "keys", keys)
    (bench.folder / "up").mkdir()
    (bench.folder / "up" / "second").write_bytes(BYTES[:size])
    silent = Kind('"opaque"', "none")
    await bench.move("upload", silent, 3000)  # which tells that no head tells a digest
    bench.store.is_cutting = True
    row = await bench.move("folder", silent, size)
    assert row.state is TransferState.FAILED
    assert "is not what was sent" in str(row.error)
