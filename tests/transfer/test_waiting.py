"""Transfers that wait for a failing server: their row, and pause, cancel, retry and patience meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.retries import Waits
from s3tui.transfer.download.part_file import PART_SUFFIX
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import Limits, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile
from tests.fault_proxy import Answer, FaultProxy, Passage, Throttle
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

DATA = random.Random(3).randbytes(40 * MIB)
SLOW = 16 * MIB


@pytest.fixture
def rig(make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy) -> Rig:
    """One that is patient."""
    return make_rig(ministack, proxy.endpoint, patience_s=900, limits=Limits(objects=4, parts=2))


@pytest.fixture
async def interrupted(rig: Rig, proxy: FaultProxy) -> tuple[Rig, FaultProxy, int]:
    """A large download in the middle of which the server went away."""
    rig.put("k", DATA)
    proxy.add(Throttle(SLOW), times=None)
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    await rig.until(id, lambda row: row.bytes_done > 5 * MIB)
    proxy.down()
    await rig.until(id, is_waiting)
    return rig, proxy, id


def is_waiting(row: Transfer) -> bool:
    return row.state is TransferState.WAITING


def part_files(rig: Rig) -> list[Path]:
    return list(rig.folder.rglob(f"*{PART_SUFFIX}"))


def fetched(proxy: FaultProxy) -> int:
    def is_body(passage: Passage) -> bool:
        return passage.request.method == "GET" and "list-type" not in passage.request.target

    return sum(passage.received for passage in proxy.passages if is_body(passage))


async def test_the_row_says_why_and_when_and_goes_on_by_itself(
    interrupted: tuple[Rig, FaultProxy, int],
) -> None:
    rig, proxy, id = interrupted
    row = await rig.until(id, lambda row: row.next_try_s is not None and row.next_try_s > 1)
    assert row.error is not None
    assert "127.0.0.1" in row.error
    assert row.error_code == "TransportError"
    assert rig.engine.snapshot().waiting == 1
    await rig.until(id, lambda later: is_waiting(later) and later.next_try_s == (row.next_try_s or 0) - 1)
    proxy.up()
    done = await rig.done(id)
    assert (rig.folder / "k").read_bytes() == DATA
    assert (done.next_try_s, done.error) == (None, None)
    assert fetched(proxy) < len(DATA) + 8 * MIB, "only what was in flight is asked for again"


async def test_retry_does_not_wait(interrupted: tuple[Rig, FaultProxy, int]) -> None:
    rig, proxy, id = interrupted
    before = await rig.until(id, lambda row: row.next_try_s is not None and row.next_try_s > 3)
    proxy.up()
    assert await rig.engine.retry(id) == 1
    row = await rig.until(id, lambda row: not is_waiting(row) or row.next_try_s == 1)
    assert not is_waiting(row), "it counts down to its next try"
    assert row.attempts == before.attempts + 1
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == DATA


async def test_a_pause_keeps_what_waits(interrupted: tuple[Rig, FaultProxy, int]) -> None:
    rig, proxy, id = interrupted
    assert await rig.engine.pause(id) == 1
    row = rig.transfer(id)
    assert (row.state, row.error, row.next_try_s) == (TransferState.PAUSED, None, None)
    assert len(part_files(rig)) == 1
    proxy.up()
    await rig.engine.resume(id)
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == DATA
    assert fetched(proxy) < len(DATA) + 8 * MIB


async def test_a_cancel_leaves_nothing_of_what_waits(interrupted: tuple[Rig, FaultProxy, int]) -> None:
    rig, _, id = interrupted
    assert await rig.engine.cancel(id) == 1
    assert rig.transfer(id).state is TransferState.CANCELLED
    assert rig.files() == set()


async def test_transfers_of_another_server_go_on_meanwhile(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    """Rows that wait take no place from those that could run."""
    rig = make_rig(ministack, proxy.endpoint, patience_s=900, limits=Limits(objects=2, parts=2))
    for name in ("a", "b", "c"):
        rig.put(name)
    proxy.add(Answer(503), when=lambda request: "/c" not in request.target, times=None)
    gone = [
        await rig.engine.add(DownloadObject("c", rig.bucket, name, rig.folder / name)) for name in ("a", "b")
    ]
    for id in gone:
        await rig.until(id, is_waiting)
    await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "c", rig.folder / "c")))
    proxy.clear()
    for id in gone:
        await rig.done(id)


async def test_a_job_of_many_waits_as_one_row_and_leaves_the_server_alone(
    rig: Rig, proxy: FaultProxy
) -> None:
    objects = {f"{number:03}": b"x" * number for number in range(300)}
    for name, data in objects.items():
        rig.put(f"p/{name}", data)
    seen: list[str] = []

    def is_down(request: object) -> bool:
        seen.append("")
        return len(seen) > 60

    proxy.add(Answer(502), when=is_down, times=None)
    id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
    row = await rig.until(id, is_waiting)
    assert row.failed_objects == 0
    asked = len(seen)
    assert asked < 60 + 20 * 5, "a few objects were tried as often as one request is, and the rest never"
    proxy.clear()
    row = await rig.done(id)
    assert row.failed_objects == 0
    assert {path.name: path.read_bytes() for path in rig.folder.iterdir()} == objects


async def test_one_object_that_always_fails_does_not_hold_the_others_up(rig: Rig, proxy: FaultProxy) -> None:
    for number in range(40):
        rig.put(f"p/{number:02}")
    proxy.add(Answer(500), when=lambda request: request.target.endswith("p/00"), times=None)
    id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
    row = await rig.until(id, is_waiting)
    assert (row.objects_done, row.error_code) == (39, "InternalError"), "the others come before it waits"
    proxy.clear()
    await rig.done(id)
    assert len(rig.files()) == 40


class TestPatience:
    @pytest.fixture
    def failed(self, make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy) -> Rig:
        return make_rig(ministack, proxy.endpoint, patience_s=0, limits=Limits(objects=4, parts=2))

    async def break_off(self, rig: Rig, proxy: FaultProxy, kind: str) -> int:
        proxy.add(Throttle(SLOW), times=None)
        if kind == "down":
            rig.put("k", DATA)
            id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
        else:
            (rig.folder / "k").write_bytes(DATA)
            id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k"))
        await rig.until(id, lambda row: (row.parts_done or 0) >= 1 and row.bytes_done > 9 * MIB)
        proxy.down()
        row = await rig.end(id)
        assert (row.state, row.error_code) == (TransferState.FAILED, "TransportError")
        proxy.up()
        return id

    @pytest.mark.parametrize("kind", ["down", "up"])
    async def test_used_up_it_fails_and_a_retry_goes_on(
        self, failed: Rig, proxy: FaultProxy, kind: str
    ) -> None:
        id = await self.break_off(failed, proxy, kind)
        assert bool(part_files(failed)) == (kind == "down")
        assert bool(failed.open_uploads()) == (kind == "up")
        before = len(proxy.passages)
        kept = failed.transfer(id).bytes_done
        await failed.engine.retry(id)
        await failed.done(id)
        moved = sum(max(each.sent, each.received) for each in proxy.passages[before:])
        assert moved < len(DATA) - kept + MIB, "what was there is not moved again"
        assert failed.get("k") == DATA == (failed.folder / "k").read_bytes()
        assert failed.open_uploads() == []
        assert failed.files() == {"k"}

    @pytest.mark.parametrize("kind", ["down", "up"])
    @pytest.mark.parametrize("end", ["cancel", "clear", "close"])
    async def test_what_failed_is_kept_until_it_is_given_up(
        self, failed: Rig, proxy: FaultProxy, kind: str, end: str
    ) -> None:
        id = await self.break_off(failed, proxy, kind)
        if end == "cancel":
            assert await failed.engine.cancel(id) == 1
        elif end == "clear":
            await failed.engine.clear_finished()
        else:
            await failed.engine.aclose()
        assert part_files(failed) == []
        assert failed.open_uploads() == []

    @pytest.mark.parametrize("end", ["retry", "clear"])
    async def test_what_failed_goes_on_in_another_life_or_is_given_up_there(
        self, make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy, tmp_path: Path, end: str
    ) -> None:
        rig = make_rig(
            ministack,
            proxy.endpoint,
            patience_s=0,
            limits=Limits(objects=4, parts=2),
            journal=Journal.open(tmp_path / "state"),
        )
        id = await self.break_off(rig, proxy, "down")
        await rig.engine.aclose(keep=True)
        assert len(part_files(rig)) == 1
        rig.engine, before = (
            type(rig.engine)(rig.engine._client_for, journal=Journal.open(tmp_path / "state"), patience_s=0),
            len(proxy.passages),
        )
        try:
            assert await rig.engine.start() == [id]
            assert rig.transfer(id).state is TransferState.FAILED
            if end == "clear":
                await rig.engine.clear_finished()
                assert part_files(rig) == []
                return
            await rig.engine.retry(id)
            await rig.done(id)
        finally:
            await rig.engine.aclose()
        assert (rig.folder / "k").read_bytes() == DATA
        assert sum(each.received for each in proxy.passages[before:]) < len(DATA) - 4 * MIB


SPANS = st.floats(0, 10_000)


@given(patience_s=SPANS, steps=st.lists(st.tuples(SPANS, st.integers(0, 3)), max_size=50))
def test_waits_end_when_the_patience_does_and_begin_anew_with_progress(
    patience_s: float, steps: list[tuple[float, int]]
) -> None:
    waits, now, work, since, most = Waits(patience_s), 0.0, 0, 0.0, -1
    for after_s, progress in steps:
        now, work = now + after_s, work + progress
        if work > most:
            since, most = now, work
        delay_s = waits.next_delay_s(now, work)
        left = since + patience_s - now
        assert (delay_s is None) == (left <= 0)
        if delay_s is not None:
            assert 0 <= delay_s <= min(30, left)


def test_waits_grow_to_half_a_minute_and_obey_the_server() -> None:
    waits = Waits(1e9)
    delays = [waits.next_delay_s(0, 0) or 0 for _ in range(20)]
    for number, delay_s in enumerate(delays):
        assert min(30, 2**number) / 2 <= delay_s <= min(30, 2**number)
    assert len({Waits(1e9).next_delay_s(0, 0) for _ in range(20)}) > 1, "all who wait do not come at once"
    assert waits.next_delay_s(0, 0, retry_after_s=77) == 77
    assert (waits.next_delay_s(0, 0, retry_after_s=1e6) or 0) <= 300, "a patience is more than one wait"
