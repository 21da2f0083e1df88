"""The queue itself: limits, commands, facts and snapshots."""

from __future__ import annotations

import asyncio
import errno
import resource
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.errors import CredentialsError, NoSuchBucket, TransportError
from s3tui.transfer.download.part_file import PartFile, ignores_case
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.errors import TransferError, describe_failure
from s3tui.transfer.models import Conflict, Limits, QueueSnapshot, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject
from s3tui.transfer.scheduling.progress import SpeedEstimate
from s3tui.transfer.threads import in_thread
from tests.fault_proxy import FaultProxy, Request, Stall, Throttle
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig


def is_get(request: Request) -> bool:
    return request.method == "GET"


async def test_no_more_run_than_there_is_room_for(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=2))
    rig.put("k", b"x" * 1000)
    proxy.add(Stall(after=10), when=is_get, times=2)
    ids = [await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / str(i))) for i in range(5)]
    snapshot = rig.engine.snapshot()
    assert (snapshot.running, snapshot.queued) == (2, 3)
    assert [transfer.id for transfer in snapshot.transfers] == ids
    await rig.until(ids[1], lambda transfer: transfer.bytes_total is not None)
    await rig.until(ids[0], lambda transfer: transfer.bytes_total is not None)
    assert await rig.engine.pause(ids[4]), "what waits can be paused"
    assert await rig.engine.cancel(ids[3]), "and cancelled"
    await rig.engine.cancel(ids[0])
    await rig.done(ids[2])
    assert rig.transfer(ids[4]).state is TransferState.PAUSED
    assert await rig.engine.resume(ids[4])
    await rig.done(ids[4])
    assert rig.files() - {"2", "4"} == {name for name in rig.files() if name.endswith(".s3tui-part")}


async def test_a_command_for_what_cannot_have_it_changes_nothing(rig: Rig) -> None:
    rig.put("k")
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    done = await rig.done(id)
    for command in (rig.engine.cancel, rig.engine.pause, rig.engine.resume, rig.engine.retry):
        assert not await command(id)
        assert not await command(404)
    assert rig.transfer(id) == done
    assert rig.finished == [done]


async def test_pausing_and_resuming_at_any_moment_loses_nothing(rig: Rig) -> None:
    sizes = [1000, MIB, 17 * MIB]
    data = {size: rig.put(str(size), bytes([7]) * size) for size in sizes}
    ids = {
        await rig.engine.add(DownloadObject("c", rig.bucket, str(size), rig.folder / f"{size}-{i}")): size
        for size in sizes
        for i in range(3)
    }
    for turn in range(40):
        await asyncio.gather(*[rig.engine.pause(id) for id in ids if (id + turn) % 2])
        await asyncio.gather(*[rig.engine.resume(id) for id in ids])
        await asyncio.to_thread(int)
    for id, size in ids.items():
        assert (await rig.done(id)).bytes_done == size
    contents = sorted((rig.folder / name).read_bytes() for name in rig.files())
    assert contents == sorted(list(data.values()) * 3)


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_cancelling_at_any_moment_leaves_all_or_nothing(rig: Rig, turns: int) -> None:
    rig.put("k", b"x" * 1000)
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    for _ in range(turns):
        await asyncio.sleep(0)
    await rig.engine.cancel(id)
    assert rig.files() <= {"k"}


async def test_what_is_urgent_starts_first_and_the_queue_can_be_rearranged(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=1))
    rig.put("k", b"x" * 1000)
    proxy.add(Stall(after=10), when=is_get)
    first = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "first"))
    await rig.until(first, lambda transfer: transfer.bytes_total is not None)
    a, b, c, d = [
        await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / name)) for name in "abcd"
    ]
    assert await rig.engine.set_priority(1, b, 404) == 1
    assert await rig.engine.move(d, -2)
    assert not await rig.engine.move(404, -2)
    assert [transfer.id for transfer in rig.engine.snapshot().transfers] == [first, a, d, b, c]
    await rig.engine.cancel(first)
    for id in (a, b, c, d):
        await rig.done(id)
    assert [transfer.id for transfer in rig.finished] == [first, b, a, d, c]


async def test_commands_hold_for_many(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint, limits=Limits(objects=3))
    rig.put("k", b"x" * 1000)
    proxy.add(Stall(after=10), when=is_get, times=3)
    ids = [await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / str(i))) for i in range(10)]
    for id in ids[:3]:
        await rig.until(id, lambda transfer: transfer.bytes_total is not None)
    assert await rig.engine.pause(*ids, 404) == 10
    assert await rig.engine.pause(*ids) == 0
    assert rig.engine.snapshot().paused == 10
    assert await rig.engine.cancel(*ids[7:]) == 3
    assert await rig.engine.resume(*ids) == 7
    for id in ids[:7]:
        await rig.done(id)
    assert await rig.engine.retry(*ids, conflict=Conflict.OVERWRITE) == 3
    for id in ids[7:]:
        await rig.done(id)
    assert rig.files() == {str(number) for number in range(10)}


async def test_finished_ones_can_be_cleared(faulty: Rig, proxy: FaultProxy) -> None:
    faulty.put("k")
    proxy.add(Stall(after=1), when=lambda request: request.target.endswith("/k") and is_get(request))
    running = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "a"))
    await faulty.until(running, lambda transfer: transfer.bytes_total is not None)
    await faulty.end(await faulty.engine.add(DownloadObject("c", faulty.bucket, "none", faulty.folder / "b")))
    await faulty.engine.clear_finished()
    snapshot = faulty.engine.snapshot()
    assert [transfer.id for transfer in snapshot.transfers] == [running]
    assert (snapshot.running, snapshot.failed) == (1, 0)


async def test_progress_comes_at_most_ten_times_a_second(faulty: Rig, proxy: FaultProxy) -> None:
    faulty.put("k", b"x" * MIB)
    proxy.add(Throttle(MIB), when=is_get, times=None)
    seen: dict[int, QueueSnapshot] = {}
    id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
    started = asyncio.get_running_loop().time()

    def look(transfer: Transfer) -> bool:
        snapshot = faulty.engine.snapshot()
        seen[snapshot.version] = snapshot
        return transfer.state.is_final

    await faulty.until(id, look)
    elapsed = asyncio.get_running_loop().time() - started
    progress = {snapshot.transfers[0].bytes_done for snapshot in seen.values()}
    assert 3 < len(progress) <= elapsed * 10 + 2
    rates = [snapshot.transfers[0].rate_bps for snapshot in seen.values() if snapshot.running]
    assert any(0.3 * MIB < rate < 3 * MIB for rate in rates)
    assert any(snapshot.down_bps > 0 and snapshot.eta_s is not None for snapshot in seen.values())


async def test_what_gives_the_client_may_fail(tmp_path: Path) -> None:
    async def client_for(connection: str) -> S3Client:
        raise CredentialsError(f"{connection} has no keys")

    engine = TransferEngine(client_for)
    await engine.add(DownloadObject("work", "b", "k", tmp_path / "k"))
    async with asyncio.timeout(PATIENCE_S):
        while not engine.snapshot().failed:  # noqa: ASYNC110 - snapshots are polled, as the UI does
            await asyncio.sleep(0.01)
    assert engine.snapshot().transfers[0].error == "work has no keys"
    await engine.aclose()


class TestDisk:
    def test_a_file_that_becomes_too_large_for_its_disk_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        part = PartFile(tmp_path / "d" / "k", 0, "tag")

        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        try:
            with pytest.raises(OSError, match="too large") as caught:
                part.write(b"x" * 5000, 0)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        part.remove()
        assert caught.value.filename == str(tmp_path / "d" / "k")
        assert list((tmp_path / "d").iterdir()) == []

    @pytest.mark.parametrize("links", [True, False])
    @pytest.mark.parametrize(
        "conflict", [Conflict.FAIL, Conflict.SKIP, Conflict.OVERWRITE, Conflict.KEEP_BOTH]
    )
    def test_a_name_is_never_taken_from_another_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, conflict: Conflict, links: bool
    ) -> None:
        if not links:  # as on FAT and some network shares
            monkeypatch.setattr("os.link", _no_links)
        target = tmp_path / "k"
        part = PartFile(target, 3, "tag")
        part.write(b"new", 0)
        target.write_bytes(b"old")
        published: Path | None = None
        refused = pytest.raises(TransferError, match="exists already")
        with refused if conflict is Conflict.FAIL else nullcontext():
            published = part.publish(conflict, None)
        part.remove()
        expected = {
            Conflict.FAIL: (None, b"old"),
            Conflict.SKIP: (None, b"old"),
            Conflict.OVERWRITE: (target, b"new"),
            Conflict.KEEP_BOTH: (tmp_path / "k (1)", b"old"),
        }
        assert (published, target.read_bytes()) == expected[conflict]
        if conflict is Conflict.KEEP_BOTH:
            assert (tmp_path / "k (1)").read_bytes() == b"new"
        assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]

    def test_a_long_name_has_room_for_its_part_file(self, tmp_path: Path) -> None:
        target = tmp_path / ("é" * 127)
        part = PartFile(target, 0, "tag")
        assert part.publish(Conflict.FAIL, None) == target

    def test_case_is_probed(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        assert ignores_case(tmp_path / "d") == (tmp_path / "D").exists()
        assert list((tmp_path / "d").iterdir()) == []


def _no_links(*_: object, **__: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


async def test_a_thread_is_waited_for_when_its_caller_is_cancelled() -> None:
    entered, leave, left = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        leave.wait(PATIENCE_S)
        left.set()

    task = asyncio.create_task(in_thread(work))
    await asyncio.to_thread(entered.wait, PATIENCE_S)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    leave.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left.is_set()


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "x", "/d"), "ENOSPC", "the disk is full: make room at /d, then retry"),
        (OSError(errno.EACCES, "x", "/d"), "EACCES", "no permission for /d"),
        (OSError(errno.EROFS, "x", "/d"), "EROFS", "read-only"),
        (OSError(errno.ENXIO, "odd", "/{where}"), "ENXIO", "odd at /{where}"),
        (TransportError("broke"), "TransportError", "broke"),
        (NoSuchBucket("none", code="NoSuchBucket", status=404), "NoSuchBucket", "none"),
        (ExceptionGroup("g", [ExceptionGroup("h", [TransportError("inner")])]), "TransportError", "inner"),
        (ZeroDivisionError("oops"), "Bug", "ZeroDivisionError: oops"),
    ],
)
def test_every_failure_has_its_sentence(error: BaseException, code: str, words: str) -> None:
    sentence, found = describe_failure(error)
    assert found == code
    assert words in sentence


def test_the_rate_settles_and_falls() -> None:
    speed = SpeedEstimate()
    speed.start(0.0, 500)
    for tick in range(1, 101):
        speed.update(tick / 10, 500 + tick * 100)
    assert speed.bps == pytest.approx(1000)
    for tick in range(101, 200):
        speed.update(tick / 10, 10_500)
    assert speed.bps < 50
    speed.update(30.0, 0)
    assert speed.bps >= 0
