"""The worker pool: every small object is moved once, whatever happens to the worker processes."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.http.pool import ConnectionPool
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.sending.sender import Fact
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import (
    Conflict,
    ConflictAnswer,
    ConflictFound,
    Limits,
    Scope,
    Transfer,
    TransferState,
)
from s3tui.transfer.requests import DownloadPrefix, TargetOptions, UploadFolder
from s3tui.transfer.workers import process_pool
from s3tui.transfer.workers.ipc import Channel, Ready
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.transfer.conftest import IMPATIENT, Rig
from tests.transfer.jobs.test_recursive import put_many, written

COUNT = 300


def worker_processes() -> list[int]:
    """Return the ids of our children that move work items."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
            command = status.with_name("cmdline").read_bytes()
            if lines["PPid"] == str(os.getpid()) and b"worker_main" in command and "Z" not in lines["State"]:
                found.append(int(status.parent.name))
    return found


@pytest.fixture
def facts() -> list[Fact]:
    return []


@pytest.fixture(params=[1, 2])
async def rig(
    request: pytest.FixtureRequest, ministack: S3Server, proxy: FaultProxy, tmp_path: Path, facts: list[Fact]
) -> AsyncIterator[Rig]:
    """An engine with processes that are ready; one of them shares with the engine, two do everything."""
    finished: list[Transfer] = []
    folder = tmp_path / "files"
    folder.mkdir()
    async with S3Client(
        proxy.endpoint, ministack.credentials, retry=IMPATIENT, observer=facts.append
    ) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        async def ask(found: ConflictFound) -> ConflictAnswer:
            return ConflictAnswer(Conflict.SKIP, Scope.ALL)

        engine = TransferEngine(
            client_for,
            limits=Limits(objects=8, parts=4),
            on_finished=finished.append,
            ask=ask,
            processes=request.param,
        )
        await engine.prepare()
        assert len(worker_processes()) == request.param
        yield Rig(engine, ministack.boto3(), ministack.make_bucket(), folder, "ministack", finished)
        await engine.aclose()
        assert worker_processes() == []


def objects_of(count: int = COUNT) -> dict[str, bytes]:
    return {f"p/{number % 7}/{number:04}": os.urandom(number % 50) for number in range(count)}


def fill(rig: Rig, count: int = COUNT) -> dict[str, bytes]:
    objects = objects_of(count)
    for key, data in objects.items():
        path = rig.folder / "here" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return objects


@contextmanager
def stopped(processes: list[int]) -> Iterator[None]:
    """These processes of ours stand still while this lasts."""
    assert processes
    try:
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


async def at_rest(rig: Rig, id: int) -> Transfer:
    """Return the transfer when it has not moved anything for a second."""
    async with asyncio.timeout(PATIENCE_S):
        before = -1
        while before != rig.transfer(id).objects_done:
            before = rig.transfer(id).objects_done
            await asyncio.sleep(1)
    return rig.transfer(id)


def is_get(request: Request) -> bool:
    return request.method == "GET" and "list-type" not in request.target


class TestMoving:
    async def test_a_prefix(self, rig: Rig, facts: list[Fact]) -> None:
        objects = put_many(rig, objects_of())
        transfer = await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
        assert written(rig) == objects
        assert (transfer.objects_done, transfer.objects_total, transfer.skipped) == (COUNT, COUNT, 0)
        assert transfer.bytes_done == transfer.bytes_total == sum(map(len, objects.values()))
        for key in ("p/0/0000", "p/1/0001"):
            modified = rig.oracle.head_object(Bucket=rig.bucket, Key=key)["LastModified"]
            assert (rig.folder / key).stat().st_mtime == modified.timestamp()
        told = [
            str(fact.key) for fact in facts if isinstance(fact, Exchange) and fact.operation == "GetObject"
        ]
        assert sorted(told) == sorted(objects)

    async def test_a_folder(self, rig: Rig) -> None:
        objects = fill(rig)
        options = TargetOptions(cache_control="no-cache", metadata={"who": "us"})
        transfer = await rig.done(
            await rig.engine.add(UploadFolder("c", rig.folder / "here", rig.bucket, "", options=options))
        )
        found = rig.keys()
        assert {key: rig.get(key) for key in found} == objects
        assert transfer.bytes_done == transfer.bytes_total == sum(map(len, objects.values()))
        head = rig.oracle.head_object(Bucket=rig.bucket, Key="p/0/0000")
        assert (head["CacheControl"], head["Metadata"]) == ("no-cache", {"who": "us"})

    @pytest.mark.parametrize("direction", ["download", "upload"])
    async def test_it_is_they_who_move(self, rig: Rig, direction: str) -> None:
        processes = worker_processes()
        with stopped(processes):
            if direction == "download":
                objects = put_many(rig, objects_of())
                id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder))
            else:
                objects = fill(rig)
                id = await rig.engine.add(UploadFolder("c", rig.folder / "here", rig.bucket, ""))
            await rig.until(id, lambda transfer: transfer.listing_done)
            transfer = await at_rest(rig, id)
            assert transfer.state is TransferState.RUNNING
            if len(processes) == 2:
                assert transfer.objects_done == 0
            else:  # it shares with this process, which moves all that it has not given away
                assert COUNT - 16 * 8 < transfer.objects_done < COUNT
        transfer = await rig.done(id)
        found = rig.keys()
        moved = written(rig) if direction == "download" else {key: rig.get(key) for key in found}
        assert moved == objects
        assert (transfer.objects_done, transfer.bytes_done) == (COUNT, transfer.bytes_total)
        assert worker_processes() == processes

    async def test_what_is_there_is_skipped(self, rig: Rig) -> None:
        put_many(rig, objects_of())
        for key in ("p/0/0000", "p/1/0001"):
            (rig.folder / key).parent.mkdir(parents=True, exist_ok=True)
            (rig.folder / key).write_bytes(b"ours")
        transfer = await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
        assert (transfer.objects_done, transfer.skipped) == (COUNT, 2)
        assert transfer.bytes_done == transfer.bytes_total
        assert (rig.folder / "p/1/0001").read_bytes() == b"ours"

    async def test_a_question_is_asked_as_ever(self, rig: Rig) -> None:
        put_many(rig, objects_of())
        (rig.folder / "p/3").mkdir(parents=True)
        (rig.folder / "p/3/0003").write_bytes(b"ours")
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder, conflict=Conflict.ASK))
        transfer = await rig.done(id)
        assert (transfer.objects_done, transfer.skipped) == (COUNT, 1)
        assert (rig.folder / "p/3/0003").read_bytes() == b"ours"

    async def test_slow_down_is_heard_here(self, rig: Rig, proxy: FaultProxy) -> None:
        objects = put_many(rig, objects_of())
        proxy.add(Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"), when=is_get, times=2)
        client = await rig.engine._client_for("c")
        await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
        assert client.slow_downs == 2
        assert written(rig) == objects


class TestTrouble:
    async def test_an_object_that_fails_is_named_and_can_be_retried(
        self, rig: Rig, proxy: FaultProxy
    ) -> None:
        objects = put_many(rig, objects_of())
        denied = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
        proxy.add(Answer(403, body=denied), when=lambda r: is_get(r) and r.target.endswith("7"), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder))
        transfer = await rig.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "AccessDenied")
        assert (transfer.failed_objects, transfer.objects_done) == (30, 270)
        assert "30 of 300 objects failed" in (transfer.error or "")
        proxy.clear()
        await rig.engine.retry(id)
        transfer = await rig.done(id)
        assert (transfer.objects_done, transfer.bytes_done) == (COUNT, transfer.bytes_total)
        assert written(rig) == objects

    async def test_a_bucket_that_is_gone_stops_the_job(self, rig: Rig, proxy: FaultProxy) -> None:
        put_many(rig, objects_of())
        gone = b"<Error><Code>NoSuchBucket</Code></Error>"
        proxy.add(Answer(404, body=gone), when=is_get, times=None)
        transfer = await rig.end(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "NoSuchBucket")
        assert sum(map(is_get, proxy.requests)) < COUNT / 2
        assert rig.files() == set()

    async def test_a_process_that_dies_takes_nothing_with_it(self, rig: Rig, proxy: FaultProxy) -> None:
        objects = put_many(rig, objects_of())
        stalled = 0

        def fourth(request: Request) -> bool:
            nonlocal stalled
            stalled += is_get(request)
            return is_get(request) and stalled % 4 == 0 and stalled <= 60

        proxy.add(Stall(), when=fourth, times=None)
        id = await rig.engine.add(
            DownloadPrefix("c", rig.bucket, "", rig.folder, conflict=Conflict.KEEP_BOTH)
        )
        await rig.until(id, lambda transfer: transfer.objects_done > 10)
        victims = worker_processes()
        assert victims
        proxy.clear()
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        transfer = await rig.until(
            id, lambda transfer: transfer.objects_done >= COUNT - 8 or transfer.state.is_final
        )
        if transfer.state is not TransferState.DONE:  # what stalled here and not over there
            await rig.engine.pause(id)
            await rig.engine.resume(id)
            transfer = await rig.done(id)
        assert written(rig) == objects
        assert (transfer.objects_done, transfer.bytes_done) == (COUNT, transfer.bytes_total)

    @pytest.mark.parametrize("ending", ["pause", "cancel"])
    async def test_when_it_is_stopped_nothing_moves_and_nothing_is_left(
        self, rig: Rig, proxy: FaultProxy, ending: str
    ) -> None:
        objects = put_many(rig, objects_of())
        proxy.add(Stall(after=10), when=lambda r: is_get(r) and r.target.endswith("9"), times=None)
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder))
        await rig.until(id, lambda transfer: transfer.objects_done > 10)
        async with asyncio.timeout(PATIENCE_S):
            await getattr(rig.engine, ending)(id)
        before = rig.files()
        await asyncio.sleep(0.2)  # the proxy may be about to see what was on its way
        asked = len(proxy.requests)
        await asyncio.sleep(0.2)
        assert (rig.files(), len(proxy.requests)) == (before, asked)
        assert not [name for name in before if name.endswith("part")]
        proxy.clear()
        await (rig.engine.resume(id) if ending == "pause" else rig.engine.retry(id))
        transfer = await rig.done(id)
        assert written(rig) == objects
        assert (transfer.objects_done, transfer.bytes_done) == (COUNT, transfer.bytes_total)


async def test_they_start_by_themselves_when_there_is_much_to_do(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    rig = make_rig(ministack, processes=1)
    for number in range(3500):
        (rig.folder / str(number)).touch()
    id = await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, ""))
    await rig.until(id, lambda transfer: (transfer.objects_total or 0) > 3000)
    assert len(worker_processes()) == 1
    await rig.engine.cancel(id)


async def test_nobody_starts_them_for_a_few(make_rig: Callable[..., Rig], ministack: S3Server) -> None:
    rig = make_rig(ministack, processes=1)
    objects = put_many(rig, objects_of(50))
    await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
    assert written(rig) == objects
    assert worker_processes() == []


class Counting(ConnectionPool):
    """A transport that no other process can have."""

    def __init__(self) -> None:
        super().__init__()
        self.gets = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.gets += request.method == "GET" and b"/p/" in request.extensions["target"]
        return await super().handle_async_request(request)


async def test_what_only_this_client_can_do_is_all_done_here(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    transport = Counting()
    rig = make_rig(ministack, processes=2, transport=transport)
    assert await (await rig.engine._client_for("c")).config() is None
    await rig.engine.prepare()
    processes = worker_processes()
    assert len(processes) == 2
    objects = put_many(rig, objects_of())
    with stopped(processes):  # so nothing can wait for them
        transfer = await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
    assert written(rig) == objects
    assert transport.gets == COUNT
    assert (transfer.objects_done, transfer.bytes_done) == (COUNT, transfer.bytes_total)


async def test_nobody_waits_for_one_that_is_still_starting(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    rig = make_rig(ministack, processes=2)
    preparing = asyncio.create_task(rig.engine.prepare())
    await asyncio.sleep(0.01)
    assert len(worker_processes()) == 2
    await rig.engine.aclose()
    await preparing
    assert worker_processes() == []
    await rig.engine.prepare()
    assert worker_processes() == []


async def test_one_that_neither_starts_nor_dies_is_given_up(
    make_rig: Callable[..., Rig], ministack: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig(ministack, processes=1)
    objects = put_many(rig, objects_of(50))
    monkeypatch.setattr(process_pool, "READY_S", 0.05)
    preparing = asyncio.create_task(rig.engine.prepare())
    async with asyncio.timeout(PATIENCE_S):
        while not (processes := worker_processes()):  # noqa: ASYNC110 - nothing tells when it was begun
            await asyncio.sleep(0)
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        await preparing
    assert worker_processes() == []
    await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "", rig.folder)))
    assert written(rig) == objects


@pytest.mark.parametrize(("processors", "workers"), [(1, 0), (2, 1), (4, 3), (8, 3), (64, 3)])
def test_each_spare_processor_has_a_worker_up_to_three(processors: int, workers: int) -> None:
    assert process_pool.workers_for(processors) == workers


def test_the_transport_of_another_event_loop_will_do() -> None:
    """Those of uvloop are no subclasses of asyncio's."""
    frames: list[bytes] = []

    class Transport:
        def writelines(self, parts: tuple[bytes, ...]) -> None:
            frames.append(b"".join(parts))

    async def send() -> None:
        channel = Channel(lambda _: None, lambda: None)
        channel.connection_made(Transport())  # type: ignore[arg-type]
        channel.send(Ready())
        await asyncio.sleep(0)

    asyncio.run(send())
    assert len(frames) == 1


async def test_a_recipe_makes_the_same_client_and_keeps_its_secret(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="k", Body=b"data")
    async with S3Client(ministack.endpoint, ministack.credentials, read_timeout_s=7.0) as client:
        await client.head_bucket(bucket)
        config = await client.config()
        assert config is not None
        assert await client.config() is config
        assert ministack.credentials.secret_key.reveal() not in repr(config)
        copy = pickle.loads(pickle.dumps(config))
        assert copy == config
        assert copy.options.read_timeout_s == 7.0
        async with S3Client.from_config(copy) as other:
            assert other.region_of(bucket) == client.region_of(bucket)
            assert await other.get_object(bucket, "k") == b"data"


async def test_a_recipe_has_the_keys_of_now() -> None:
    ages = iter((timedelta(milliseconds=100), timedelta(hours=1)))

    async def provide() -> Credentials:
        ends = datetime.now(UTC) + next(ages)
        return Credentials("AKIA", "secret", f"token-{ends:%H%M}", expires_at=ends)

    async with S3Client(Endpoint.custom("http://127.0.0.1:9"), provide) as client:
        first = await client.config()
        await asyncio.sleep(0.15)
        second = await client.config()
        assert first is not None
        assert second is not None
        assert first.credentials != second.credentials
        assert await client.config() is second
