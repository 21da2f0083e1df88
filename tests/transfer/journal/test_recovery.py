"""Recovery: the next engine resumes what one left; nothing moves twice, nothing stays behind."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.download.part_file import PART_SUFFIX
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.journal.journal import FILE, Journal
from s3tui.transfer.journal.record import TransferRecord
from s3tui.transfer.models import (
    Conflict,
    ConflictAnswer,
    ConflictFound,
    Limits,
    Scope,
    Transfer,
    TransferState,
)
from s3tui.transfer.requests import (
    ChosenObject,
    CopyObject,
    DownloadChosen,
    DownloadObject,
    DownloadPrefix,
    UploadFile,
    UploadFolder,
)
from tests.fault_proxy import Answer, FaultProxy, Request, Reset, Stall, Throttle
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.transfer.conftest import IMPATIENT, MIB, Rig

LARGE = random.Random(3).randbytes(40 * MIB + 12345)
PARTS = 6  # of 8 MiB
POLICIES = [Conflict.FAIL, Conflict.SKIP, Conflict.OVERWRITE, Conflict.KEEP_BOTH]


def is_part(request: Request) -> bool:
    return request.method == "PUT" and "partNumber" in request.target


def is_get(request: Request) -> bool:
    return request.method == "GET" and "uploadId" not in request.target


def is_create(request: Request) -> bool:
    return request.method == "POST" and "?uploads" in request.target


def is_complete(request: Request) -> bool:
    return request.method == "POST" and "uploadId" in request.target


def lists_uploads(request: Request) -> bool:
    return request.method == "GET" and "uploads" in request.target


def asks_from(first: int) -> Callable[[Request], bool]:
    return lambda request: request.headers.get("range", "").startswith(f"bytes={first}-")


class Lives:
    """Engines one after the other over one journal, each talking to MiniStack through a proxy."""

    def __init__(self, server: S3Server, proxy: FaultProxy, folder: Path, stack: AsyncExitStack) -> None:
        self.proxy = proxy
        self._server = server
        self._state = folder / "state"
        self._stack = stack
        files = folder / "files"
        files.mkdir()
        self.rig = Rig(None, server.boto3(), server.make_bucket(), files)  # type: ignore[arg-type]  # set by the first life

    async def begin(self, ask: Callable[[ConflictFound], Awaitable[ConflictAnswer]] | None = None) -> Rig:
        client = S3Client(self.proxy.endpoint, self._server.credentials, retry=IMPATIENT)

        async def client_for(connection: str) -> S3Client:
            return client

        journal = await asyncio.to_thread(Journal.open, self._state)
        self.engine = TransferEngine(client_for, journal=journal, limits=Limits(objects=4, parts=2), ask=ask)
        self.rig.engine = self.engine
        self._stack.push_async_callback(client.aclose)
        self._stack.push_async_callback(self.engine.aclose)
        return self.rig

    async def end(self) -> None:
        await self.engine.aclose(keep=True)

    async def again(self) -> tuple[Rig, list[int]]:
        await self.end()
        self.proxy.clear()
        self.proxy.requests.clear()
        rig = await self.begin()
        return rig, await self.engine.start()

    def count(self, of: Callable[[Request], bool]) -> int:
        return sum(map(of, self.proxy.requests))


@pytest.fixture
async def lives(ministack: S3Server, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[Lives]:
    async with AsyncExitStack() as stack:
        yield Lives(ministack, proxy, tmp_path, stack)


def has_moved(count: int) -> Callable[[Transfer], bool]:
    return lambda transfer: transfer.bytes_done >= count


async def cut_download(lives: Lives, **options: object) -> int:
    """Begin a download, and stop it when some of its ranges are there and others never come."""
    rig = await lives.begin()
    rig.put("k", LARGE)
    lives.proxy.add(
        Stall(after=1000), when=lambda asked: is_get(asked) and "bytes=25165824-" in str(asked.headers)
    )
    lives.proxy.add(
        Stall(after=1000), when=lambda asked: is_get(asked) and "bytes=33554432-" in str(asked.headers)
    )
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k", **options))  # type: ignore[arg-type]
    await rig.until(id, lambda transfer: (transfer.parts_done or 0) >= 3)
    return id


async def cut_upload(lives: Lives, **options: object) -> int:
    rig = await lives.begin()
    (rig.folder / "k").write_bytes(LARGE)
    lives.proxy.add(Stall(), when=lambda asked: is_part(asked) and "partNumber=4" in asked.target, times=None)
    lives.proxy.add(Stall(), when=lambda asked: is_part(asked) and "partNumber=5" in asked.target, times=None)
    id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", **options))  # type: ignore[arg-type]
    await rig.until(id, lambda transfer: (transfer.parts_done or 0) >= 3)
    return id


class TestDownload:
    async def test_only_the_missing_ranges_are_fetched(self, lives: Lives) -> None:
        id = await cut_download(lives)
        rig, ids = await lives.again()
        assert ids == [id]
        transfer = rig.transfer(id)
        assert (transfer.state, transfer.bytes_total, transfer.parts_done) == (
            TransferState.PAUSED,
            len(LARGE),
            3,
        )
        assert lives.count(lambda asked: True) == 0, "nothing moves before somebody wants it"
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert (rig.folder / "k").read_bytes() == LARGE
        assert rig.files() == {"k"}
        assert lives.count(is_get) == PARTS - 3
        assert transfer.bytes_done == len(LARGE)
        assert transfer.notice is None

    async def test_a_changed_object_starts_over_and_says_so(self, lives: Lives) -> None:
        id = await cut_download(lives)
        lives.rig.put("k", LARGE[::-1])
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert (rig.folder / "k").read_bytes() == LARGE[::-1]
        assert transfer.notice == "k changed since: its download started over"
        assert rig.files() == {"k"}

    async def test_a_part_file_that_was_removed_is_fetched_anew(self, lives: Lives) -> None:
        id = await cut_download(lives)
        await lives.end()
        for name in lives.rig.files():
            (lives.rig.folder / name).unlink()
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        await rig.done(id)
        assert (rig.folder / "k").read_bytes() == LARGE

    async def test_after_the_machine_died_only_what_can_be_verified_is_continued(
        self, lives: Lives, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        id = await cut_download(lives)
        await lives.end()
        journal = Journal.open(tmp_path / "state")
        await journal.commit(
            lambda database: database.execute("UPDATE piece SET facts = json_set(facts, '$.boot', 'other')")
        )
        journal.close()
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        await rig.done(id)
        assert lives.count(is_get) == PARTS - 3, "its etag is an MD5"
        assert (rig.folder / "k").read_bytes() == LARGE

    async def test_cancelling_what_was_recovered_leaves_nothing(self, lives: Lives) -> None:
        id = await cut_download(lives)
        rig, _ = await lives.again()
        assert len(rig.files()) == 1
        await rig.engine.cancel(id)
        assert rig.files() == set()
        _, ids = await lives.again()
        assert ids == []
        assert [row.state for row in await lives.engine.history()] == [TransferState.CANCELLED]

    @pytest.mark.parametrize("conflict", POLICIES)
    async def test_what_was_published_at_the_last_moment_is_known_again(
        self, lives: Lives, tmp_path: Path, conflict: Conflict
    ) -> None:
        rig = await lives.begin()
        rig.put("k", b"x" * 1000)
        if conflict is Conflict.KEEP_BOTH:
            (rig.folder / "k").write_bytes(b"x" * 1000)
        id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k", conflict=conflict))
        files = {(await rig.done(id)).target, str(rig.folder / "k")}
        await forget_the_end(lives, tmp_path)
        rig, ids = await lives.again()
        assert ids == [id]
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert lives.count(is_get) == 0
        assert {str(rig.folder / name) for name in rig.files()} == files
        assert (transfer.bytes_done, transfer.skipped) == (1000, 0)


async def forget_the_end(lives: Lives, folder: Path) -> None:
    """Let the journal be as it was the moment before a transfer ended."""
    await lives.end()
    journal = Journal.open(folder / "state")
    await journal.commit(
        lambda database: database.execute("UPDATE transfer SET state = 'running', owner = 'dead'")
    )
    journal.close()


class TestUpload:
    async def test_only_the_missing_parts_are_sent(self, lives: Lives) -> None:
        id = await cut_upload(lives)
        rig, ids = await lives.again()
        assert ids == [id]
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert rig.get("k") == LARGE
        assert rig.open_uploads() == []
        assert 1 <= lives.count(is_part) <= PARTS - 3, "what was sent and not answered may have arrived"
        assert (transfer.bytes_done, transfer.verified, transfer.notice) == (len(LARGE), "MD5 of parts", None)

    async def test_a_changed_source_starts_over_and_says_so(self, lives: Lives) -> None:
        id = await cut_upload(lives)
        (lives.rig.folder / "k").write_bytes(LARGE[::-1])
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert rig.get("k") == LARGE[::-1]
        assert rig.open_uploads() == []
        assert transfer.notice == "k changed since: its upload started over"

    async def test_an_upload_that_somebody_aborted_starts_over(self, lives: Lives) -> None:
        id = await cut_upload(lives)
        await lives.end()
        found = lives.rig.oracle.list_multipart_uploads(Bucket=lives.rig.bucket)["Uploads"]
        for upload in found:
            lives.rig.oracle.abort_multipart_upload(
                Bucket=lives.rig.bucket, Key=upload["Key"], UploadId=upload["UploadId"]
            )
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        await rig.done(id)
        assert rig.get("k") == LARGE
        assert rig.open_uploads() == []

    async def test_cancelling_what_was_recovered_aborts_it(self, lives: Lives) -> None:
        id = await cut_upload(lives)
        rig, _ = await lives.again()
        assert len(rig.open_uploads()) == 1
        await rig.engine.cancel(id)
        assert rig.open_uploads() == []

    async def test_an_upload_whose_id_was_never_heard_is_found_and_aborted(self, lives: Lives) -> None:
        rig = await lives.begin()
        (rig.folder / "k").write_bytes(LARGE)
        others = rig.oracle.create_multipart_upload(Bucket=rig.bucket, Key="k2")["UploadId"]
        lives.proxy.add(Reset(), when=is_create, times=None)
        id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k"))
        await rig.until(id, lambda transfer: lives.count(is_create) > 0)
        rig, _ = await lives.again()
        if rig.transfer(id).state is TransferState.FAILED:
            await rig.engine.retry(id)
        else:
            await rig.engine.resume(id)
        await rig.done(id)
        assert rig.get("k") == LARGE
        assert [upload["UploadId"] for upload in rig.open_uploads()] == [others]  # type: ignore[index]

    @pytest.mark.parametrize("size", [1000, len(LARGE)])
    @pytest.mark.parametrize("conflict", POLICIES)
    async def test_what_arrived_at_the_last_moment_is_known_again(
        self, lives: Lives, tmp_path: Path, conflict: Conflict, size: int
    ) -> None:
        rig = await lives.begin()
        (rig.folder / "k").write_bytes(LARGE[:size])
        lives.proxy.add(
            Stall(), when=lambda asked: is_complete(asked) or (asked.method == "PUT" and not is_part(asked))
        )
        id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", conflict=conflict))
        async with asyncio.timeout(PATIENCE_S):
            while rig.keys() != {"k"}:  # noqa: ASYNC110 - the server is another process
                await asyncio.sleep(0.01)
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert lives.count(lambda asked: asked.method == "PUT") == 0
        assert rig.keys() == {"k"}
        assert rig.get("k") == LARGE[:size]
        assert rig.open_uploads() == []
        assert (transfer.bytes_done, transfer.skipped) == (size, 0)


async def begin_large(rig: Rig, what: str, conflict: Conflict) -> int:
    """Begin what goes to S3 in parts, as the object `k`."""
    if what == "upload":
        (rig.folder / "k").write_bytes(LARGE)
        return await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", conflict=conflict))
    rig.put("from", LARGE + LARGE)
    return await rig.engine.add(CopyObject("c", rig.bucket, "from", rig.bucket, "k", conflict=conflict))


async def asked(lives: Lives, of: Callable[[Request], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not lives.count(of):  # noqa: ASYNC110 - the proxy lives in another thread
            await asyncio.sleep(0.01)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up after a second what a stalled server keeps from being tidied up."""
    for module in ("upload.object_write", "upload.object_upload", "copy.object_copy"):
        monkeypatch.setattr(f"s3tui.transfer.{module}.CLEAN_UP_S", 1.0)


async def begin_tidying_up(lives: Lives, what: str, conflict: Conflict) -> tuple[Rig, int]:
    """Bring the object `k` to S3, and stop where an earlier life's upload, of unknown id, is looked for."""
    rig = await lives.begin()
    if conflict is Conflict.KEEP_BOTH:
        rig.put("k", b"somebody else's, of this minute")
    lives.proxy.add(Stall(), when=is_create)
    id = await begin_large(rig, what, conflict)
    await asked(lives, is_create)
    rig, _ = await lives.again()
    lives.proxy.add(Stall(), when=lists_uploads, times=None)
    await rig.engine.resume(id)
    await asked(lives, lists_uploads)
    return rig, id


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("what", ["upload", "copy"])
@pytest.mark.parametrize("conflict", POLICIES)
async def test_what_arrived_is_known_again_by_who_only_had_to_tidy_up(
    lives: Lives, conflict: Conflict, what: str
) -> None:
    rig, id = await begin_tidying_up(lives, what, conflict)
    before = rig.keys()
    rig, _ = await lives.again()
    await rig.engine.resume(id)
    transfer = await rig.done(id)
    assert lives.count(is_part) == 0
    assert (rig.keys(), rig.open_uploads()) == (before, [])
    name = "k (1)" if conflict is Conflict.KEEP_BOTH else "k"
    assert transfer.target == f"s3://{rig.bucket}/{name}"
    assert rig.get(name) == (LARGE if what == "upload" else LARGE + LARGE)
    assert (transfer.bytes_done, transfer.skipped) == (transfer.bytes_total, 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("what", "conflict"),
    [("upload", Conflict.FAIL), ("upload", Conflict.OVERWRITE), ("copy", Conflict.KEEP_BOTH)],
)
async def test_what_was_paused_while_it_was_tidied_up_is_not_moved_again(
    lives: Lives, what: str, conflict: Conflict
) -> None:
    rig, id = await begin_tidying_up(lives, what, conflict)
    before, parts = rig.keys(), lives.count(is_part)
    assert await rig.engine.pause(id) == 1
    lives.proxy.clear()
    assert await rig.engine.resume(id) == 1
    transfer = await rig.done(id)
    assert lives.count(is_part) == parts
    assert (rig.keys(), rig.open_uploads()) == (before, [])
    name = "k (1)" if conflict is Conflict.KEEP_BOTH else "k"
    assert transfer.target == f"s3://{rig.bucket}/{name}"
    assert (transfer.bytes_done, transfer.skipped) == (transfer.bytes_total, 0)


GONE = Answer(404, body=b"<Error><Code>NoSuchUpload</Code></Error>")
CONFLICT = Answer(409, body=b"<Error><Code>ConditionalRequestConflict</Code></Error>")
DENIED = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
TAKEN = Answer(412, body=b"<Error><Code>PreconditionFailed</Code></Error>")
COMPLETING = {
    "it is completed": (GONE,),
    "it is completed again": (CONFLICT, GONE),
    "it is aborted": (TAKEN,),
}
"""S3's response to the second of two completions of an upload; MiniStack and moto report success."""
INSTANTS: dict[str, Callable[[Request], bool]] = {
    "its parts are listed": lambda asked: asked.method == "GET" and "uploadId" in asked.target,
    "it is completed": is_complete,
    "it is completed again": is_complete,
    "it is aborted": lambda asked: asked.method == "DELETE",
}


@pytest.mark.sampled(14)
@pytest.mark.parametrize("what", ["upload", "copy"])
@pytest.mark.parametrize("conflict", POLICIES)
@pytest.mark.parametrize("instant", INSTANTS)
async def test_what_the_dead_asked_for_may_arrive_at_any_instant(
    lives: Lives, conflict: Conflict, what: str, instant: str
) -> None:
    """Just before the next life asks for something about the same upload."""
    rig = await lives.begin()
    lives.proxy.add(Throttle(1), when=is_complete, times=None)  # on its way for some minutes
    id = await begin_large(rig, what, conflict)
    await asked(lives, is_complete)
    rig, _ = await lives.again()
    (upload,) = rig.oracle.list_multipart_uploads(Bucket=rig.bucket)["Uploads"]
    where = {"Bucket": rig.bucket, "Key": "k", "UploadId": upload["UploadId"]}
    parts = rig.oracle.list_parts(**where)["Parts"]
    named = {"Parts": [{name: part[name] for name in ("PartNumber", "ETag")} for part in parts]}

    due = 2 if instant == "it is completed again" else 1
    seen = 0

    def arrives(request: Request) -> bool:
        nonlocal seen
        seen += INSTANTS[instant](request)
        if seen == due and not rig.keys() & {"k"}:
            rig.oracle.complete_multipart_upload(**where, MultipartUpload=named)
        return False

    lives.proxy.add(Stall(), when=arrives)  # never: it only looks on
    for answer in COMPLETING.get(instant, ()):
        lives.proxy.add(answer, when=is_complete)
    await rig.engine.resume(id)
    transfer = await rig.done(id)
    assert lives.count(INSTANTS[instant]) == due
    assert lives.count(is_part) == 0
    assert rig.keys() - {"from"} == {"k"}
    assert rig.get("k") == (LARGE if what == "upload" else LARGE + LARGE)
    assert rig.open_uploads() == []
    assert transfer.target == f"s3://{rig.bucket}/k"
    assert (transfer.bytes_done, transfer.skipped) == (transfer.bytes_total, 0)


class TestMany:
    async def test_a_prefix_goes_on_with_what_is_missing(self, lives: Lives) -> None:
        rig = await lives.begin()
        for number in range(40):
            rig.put(f"p/{number:02}", b"%d" % number)
        rig.put("p/99", LARGE)
        lives.proxy.add(Stall(after=1), when=lambda asked: asked.target.endswith("/17"), times=None)
        lives.proxy.add(Stall(after=1), when=asks_from(4 * 8 * MIB), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
        await rig.until(id, lambda transfer: transfer.objects_done == 39 and transfer.bytes_done > 33554432)
        rig, ids = await lives.again()
        assert ids == [id]
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert {name: (rig.folder / name).read_bytes() for name in rig.files()} == {
            **{f"{number:02}": b"%d" % number for number in range(40)},
            "99": LARGE,
        }
        # The small one that stalled, and of the large one the ranges that were not whole.
        assert lives.count(lambda asked: is_get(asked) and "list-type" not in asked.target) <= 3
        assert (transfer.objects_done, transfer.objects_total, transfer.skipped) == (41, 41, 0)
        assert transfer.bytes_done == transfer.bytes_total

    async def test_names_are_the_same_in_the_next_life(self, lives: Lives) -> None:
        rig = await lives.begin()
        keys = ["a", "a/b", "a/c", "d//e", "f"]
        for key in keys:
            rig.put(f"p/{key}", key.encode())
        await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder / "one")))
        lives.proxy.add(Stall(after=1), when=lambda asked: asked.target.endswith(("/b", "/e")), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder / "two"))
        await rig.until(id, lambda transfer: transfer.objects_done == 3)
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        assert (await rig.done(id)).renamed == 3
        one, two = ({name[4:] for name in rig.files() if name.startswith(life)} for life in ("one/", "two/"))
        assert one == two

    async def test_what_was_only_to_try_the_disk_is_removed(self, lives: Lives, tmp_path: Path) -> None:
        rig = await lives.begin()
        rig.put("p/k", b"data")
        lives.proxy.add(Stall(), when=is_get, times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
        await asked(lives, is_get)
        await lives.end()
        with closing(sqlite3.connect(tmp_path / "state" / FILE)) as database:
            ((uid,),) = database.execute("SELECT uid FROM transfer").fetchall()
        (
            rig.folder / f".{TransferRecord(uid=uid).tag('')}-Case{PART_SUFFIX}"
        ).touch()  # and killed before the next line
        rig, _ = await lives.again()
        await rig.engine.resume(id)
        await rig.done(id)
        assert rig.files() == {"k"}

    async def test_a_folder_goes_on_with_what_is_missing(self, lives: Lives) -> None:
        rig = await lives.begin()
        expected = {}
        for name in ["b/1", "b/2", "b/c/1", "a", "z/1", "b/c/d/2", "é"]:
            path = rig.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode())
            expected[name] = name.encode()
        (rig.folder / "b" / "link").symlink_to("1")
        (rig.folder / "b" / "3").write_bytes(LARGE)
        lives.proxy.add(Stall(), when=lambda asked: "partNumber=5" in asked.target, times=None)
        lives.proxy.add(
            Stall(), when=lambda asked: asked.method == "PUT" and asked.target.endswith("/d/2"), times=None
        )
        id = await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "up"))
        await rig.until(id, lambda row: row.objects_done == 7 and row.bytes_done > 4 * 8 * MIB)
        rig, ids = await lives.again()
        assert ids == [id]
        await rig.engine.resume(id)
        transfer = await rig.done(id)
        assert rig.keys() == {f"up/{name}" for name in [*expected, "b/3"]}
        assert all(rig.get(f"up/{name}") == data for name, data in expected.items())
        assert rig.get("up/b/3") == LARGE
        assert rig.open_uploads() == []
        assert lives.count(is_part) <= 2, "what was sent and not answered may have arrived"
        assert (transfer.objects_done, transfer.objects_total, transfer.skipped) == (9, 9, 1)

    async def test_what_failed_is_taken_again_by_a_retry_in_the_next_life(self, lives: Lives) -> None:
        rig = await lives.begin()
        for number in range(10):
            rig.put(f"p/{number}", b"x")
        lives.proxy.add(DENIED, when=lambda asked: asked.target.endswith("/7"), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
        assert (await rig.end(id)).state is TransferState.FAILED
        rig, ids = await lives.again()
        assert ids == [id]
        transfer = rig.transfer(id)
        assert (transfer.state, transfer.failed_objects) == (TransferState.FAILED, 1)
        assert "1 of 10 objects failed" in str(transfer.error)
        await rig.engine.retry(id)
        transfer = await rig.done(id)
        assert (transfer.objects_done, transfer.objects_total, transfer.failed_objects) == (10, 10, 0)
        assert lives.count(is_get) == 1

    async def test_a_folder_that_cannot_be_read_is_not_forgotten(self, lives: Lives) -> None:
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        rig = await lives.begin()
        closed = rig.folder / "m"
        closed.mkdir()
        for name in ("a", "m/b", "z/c"):
            (rig.folder / name).parent.mkdir(exist_ok=True)
            (rig.folder / name).write_bytes(b"x")
        closed.chmod(0)
        id = await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, ""))
        assert (await rig.end(id)).state is TransferState.FAILED
        closed.chmod(0o700)
        rig, _ = await lives.again()
        await rig.engine.retry(id)
        await rig.done(id)
        assert rig.keys() == {"a", "m/b", "z/c"}

    async def test_cancelling_what_was_recovered_leaves_nothing(self, lives: Lives) -> None:
        rig = await lives.begin()
        rig.put("p/large", LARGE)
        lives.proxy.add(Stall(after=1), when=asks_from(4 * 8 * MIB), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
        await rig.until(id, has_moved(33554432))
        rig, _ = await lives.again()
        assert len(rig.files()) == 1
        await rig.engine.cancel(id)
        assert rig.files() == set()


async def test_order_priority_and_policy_outlive_the_process(lives: Lives) -> None:
    rig = await lives.begin()
    rig.put("k")
    lives.proxy.add(Stall(after=1), when=is_get, times=None)
    blockers = [
        await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / f"b{n}")) for n in range(4)
    ]
    ids = [await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / str(n))) for n in range(3)]
    await rig.engine.move(ids[2], -1)
    await rig.engine.set_priority(7, ids[0])
    rig, found = await lives.again()
    assert found == [*blockers, ids[0], ids[2], ids[1]]
    assert [row.id for row in rig.engine.snapshot().transfers] == found
    assert rig.transfer(ids[0]).priority == 7


async def test_history_holds_earlier_runs_and_outlives_the_queue(lives: Lives) -> None:
    rig = await lives.begin()
    rig.put("k")
    done = await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k")))
    await rig.end(await rig.engine.add(DownloadObject("c", rig.bucket, "none", rig.folder / "n")))
    await rig.engine.clear_finished()
    assert rig.engine.snapshot().transfers == ()
    rig, ids = await lives.again()
    assert ids == []
    history = await rig.engine.history()
    assert [row.state for row in history] == [TransferState.FAILED, TransferState.DONE]
    assert history[1] == done


async def test_what_failed_in_an_earlier_run_can_be_asked_for_again(lives: Lives) -> None:
    rig = await lives.begin()
    failed = await rig.engine.add(DownloadObject("c", rig.bucket, "late", rig.folder / "k"))
    await rig.end(failed)
    rig.put("k")
    done = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "done"))
    await rig.done(done)
    await rig.engine.clear_finished()
    rig, _ = await lives.again()
    rig.oracle.put_object(Bucket=rig.bucket, Key="late", Body=b"now it is there")
    assert not await rig.engine.repeat(done)
    assert not await rig.engine.repeat(failed + 1000)
    assert await rig.engine.repeat(failed)
    (again,) = rig.engine.snapshot().transfers
    await rig.done(again.id)
    assert (rig.folder / "k").read_bytes() == b"now it is there"


async def test_without_a_journal_history_is_what_the_queue_has(rig: Rig) -> None:
    rig.put("k")
    done = await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k")))
    assert await rig.engine.history() == (done,)
    assert await rig.engine.start() == []


async def test_an_answer_for_all_holds_in_the_next_life(lives: Lives) -> None:
    asked: list[str] = []

    async def ask(found: ConflictFound) -> ConflictAnswer:
        asked.append(found.name)
        return ConflictAnswer(Conflict.SKIP, Scope.ALL)

    rig = await lives.begin(ask=ask)
    for name in ("a", "z"):
        rig.put(f"p/{name}", b"new")
        (rig.folder / name).write_bytes(b"mine")
    rig.put("p/m", b"new")
    lives.proxy.add(Stall(), when=lambda request: is_get(request) and "/p/m" in request.target, times=None)
    (rig.folder / "z").unlink()
    lives.proxy.add(Stall(), when=lambda request: is_get(request) and "/p/z" in request.target, times=None)
    id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder, conflict=Conflict.ASK))
    await rig.until(id, lambda transfer: transfer.skipped == 1)
    (rig.folder / "z").write_bytes(b"mine")  # came meanwhile
    rig, _ = await lives.again()
    await rig.engine.resume(id)
    transfer = await rig.done(id)
    assert (asked, transfer.skipped) == (["a"], 2), "without anybody to ask, a question would have failed"
    assert (rig.folder / "z").read_bytes() == b"mine"


async def test_what_was_picked_goes_on_in_the_next_life(lives: Lives) -> None:
    rig = await lives.begin()
    names = [f"{number:04}" for number in range(500)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: rig.put(f"p/{name}", name.encode()), names))
    lives.proxy.add(Stall(), when=lambda request: is_get(request) and "/p/0250" in request.target, times=None)
    picked = [ChosenObject(f"p/{name}", 4, f"to/{name}") for name in reversed(names)]
    id = await rig.engine.add(DownloadChosen("c", rig.bucket, tuple(picked), rig.folder))
    await rig.until(id, lambda transfer: transfer.objects_done >= 300)
    rig, ids = await lives.again()
    assert ids == [id]
    before = rig.transfer(id).objects_done
    assert before >= 300
    await rig.engine.resume(id)
    transfer = await rig.done(id)
    assert (transfer.objects_done, transfer.objects_total) == (500, 500)
    assert {name: (rig.folder / "to" / name).read_text() for name in names} == {name: name for name in names}
    assert lives.count(is_get) <= 500 - before + 4, "nothing is fetched twice"
