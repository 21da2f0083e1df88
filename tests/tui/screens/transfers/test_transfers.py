from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import overload

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Direction, QueueSnapshot, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.limits import LimitsDialog
from s3tui.tui.screens.transfers.quit import QuitQuestion
from s3tui.tui.screens.transfers.transfer_detail import TransferDetail
from s3tui.tui.text.transfers.progress import fraction_done, objects
from s3tui.tui.text.transfers.throughput import Throughput, sparkline
from s3tui.tui.widgets.details.part_map import cells
from s3tui.tui.widgets.lists.transfer_table import TransferTable
from tests.fault_proxy import FaultProxy, Throttle
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


async def download(pilot: Pilot[None], bucket: str, key: str, target: Path) -> None:
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    assert app.session is not None
    handle = app.session.handle
    await app.transfers.command(lambda queue: queue.add(DownloadObject(handle, bucket, key, target)))


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("moved")
    ministack.boto3().put_object(Bucket=name, Key="small.txt", Body=b"small")
    ministack.boto3().put_object(Bucket=name, Key="big.bin", Body=b"x" * 1_000_000)
    return name


async def test_the_queue_says_what_was_moved(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await download(pilot, bucket, "small.txt", tmp_path / "got.txt")
        await press(pilot, "t")
        text = screen_text(pilot)
        assert "1 done" in text
        assert f"s3://{bucket}/small.txt" in text
        assert "100 %" in text
        await press(pilot, "C")
        assert "Nothing moves." in screen_text(pilot)


async def test_a_failed_transfer_says_why_and_r_tries_again(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await download(pilot, bucket, "later.txt", tmp_path / "later.txt")
        await press(pilot, "t")
        text = screen_text(pilot)
        assert "1 failed" in text
        assert "NoSuchKey" in text
        ministack.boto3().put_object(Bucket=bucket, Key="later.txt", Body=b"now")
        await press(pilot, "r")
        assert (tmp_path / "later.txt").read_bytes() == b"now"


async def test_retrying_a_conflict_asks_what_to_do(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    target = tmp_path / "small.txt"
    target.write_text("mine")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await download(pilot, bucket, "small.txt", target)
        await press(pilot, "t")
        await pilot.press("r")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConflictQuestion), "the question")
        await press(pilot, "o")
        assert target.read_text() == "small"


async def test_a_transfer_is_paused_and_goes_on(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.add(Throttle(50_000), when=lambda request: request.method == "GET" and "big" in request.target)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await download(pilot, bucket, "big.bin", tmp_path / "big.bin")
        await pilot.press("t")
        await until(pilot, lambda: app.transfers.snapshot.running, "the transfer")
        await pilot.press("space")
        await until(pilot, lambda: app.transfers.snapshot.paused, "the pause")
        await settle(pilot)
        assert "paused" in screen_text(pilot)
        await pilot.press("space")
        await settle(pilot)
        assert (tmp_path / "big.bin").stat().st_size == 1_000_000
        table = app.screen.query_one(TransferTable)
        assert table.current is not None
        assert table.current.state is TransferState.DONE


def test_a_growing_listing_has_no_percentage() -> None:
    row = Transfer(1, "c", Direction.DOWNLOAD, "p/", "s3://b/p/", "/x", bytes_done=5, bytes_total=10)
    assert fraction_done(row) == 0.5
    growing = replace(row, listing_done=False, objects_done=3, objects_total=1200)
    assert fraction_done(growing) is None
    assert objects(growing) == "3 / 1,200+"


async def test_all_are_paused_and_go_on(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.add(
        Throttle(50_000), when=lambda request: request.method == "GET" and "big" in request.target, times=2
    )
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await download(pilot, bucket, "big.bin", tmp_path / "one.bin")
        await download(pilot, bucket, "big.bin", tmp_path / "two.bin")
        await pilot.press("t", "P")
        await until(pilot, lambda: app.transfers.snapshot.paused == 2, "both paused")
        await press(pilot, "R")
        assert app.transfers.snapshot.done == 2
        assert (tmp_path / "two.bin").stat().st_size == 1_000_000


async def test_rows_move_and_get_a_priority(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        for name in ("one", "two", "three"):
            await app.transfers.command(
                lambda queue, name=name: _paused(queue, bucket, tmp_path / name)  # type: ignore[misc]  # a lambda with a default
            )
        await press(pilot, "t", "end", "K")
        assert [row.name for row in app.transfers.snapshot.transfers] == ["big.bin"] * 3
        targets = [Path(row.target).name for row in app.transfers.snapshot.transfers]
        assert targets == ["one", "three", "two"]
        await press(pilot, "plus")
        table = app.screen.query_one(TransferTable)
        assert table.current is not None
        assert (Path(table.current.target).name, table.current.priority) == ("three", 1)


async def _paused(queue: TransferEngine, bucket: str, target: Path) -> None:
    await queue.pause(await queue.add(DownloadObject("test", bucket, "big.bin", target)))


async def test_limits_are_checked_and_hold_at_once(running: Running, connection: Connection) -> None:
    async with running(connection) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await pilot.press("t", "L")
        await until(pilot, lambda: isinstance(app.screen, LimitsDialog), "the dialog")
        await type_text(pilot, "20")
        await press(pilot, "enter")
        assert "like 20 MB/s" in screen_text(pilot)
        await type_text(pilot, "20 MB/s")
        await press(pilot, "enter")
        assert app.transfers.snapshot.limits.rate_bps == 20_000_000
        assert "limit 20.0 MB/s" in screen_text(pilot)


async def test_enter_explains_a_failure_and_r_there_retries(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await download(pilot, bucket, "later.txt", tmp_path / "later.txt")
        await pilot.press("t", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TransferDetail), "the explanation")
        assert "NoSuchKey" in screen_text(pilot)
        ministack.boto3().put_object(Bucket=bucket, Key="later.txt", Body=b"now")
        await pilot.press("r")
        await until(pilot, (tmp_path / "later.txt").exists, "the second try")
        assert (tmp_path / "later.txt").read_bytes() == b"now"


async def test_what_ends_is_told_on_other_screens_and_once(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await download(pilot, bucket, "small.txt", tmp_path / "one.txt")
        await download(pilot, bucket, "nothing.txt", tmp_path / "two.txt")
        await settle(pilot)
        told = [notification.message for notification in pilot.app._notifications]
        assert len(told) == 1
        assert "1 transfer done" in told[0]
        assert "1 failed" in told[0]


async def test_what_is_kept_goes_on_in_the_next_run_and_is_in_the_history(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.add(Throttle(50_000), when=lambda request: request.method == "GET" and "big" in request.target)
    slow = replace(connection, endpoint=proxy.endpoint)
    target = tmp_path / "big.bin"
    async with running(slow, f"s3://{bucket}/") as pilot:
        first = pilot.app
        assert isinstance(first, S3TuiApp)
        await download(pilot, bucket, "big.bin", target)
        await until(pilot, lambda: first.transfers.snapshot.running, "the transfer")
        await pilot.press("ctrl+c")
        await until(pilot, lambda: isinstance(first.screen, QuitQuestion), "the question")
        await pilot.press("ctrl+c")  # who insists loses nothing
        await until(pilot, lambda: not first.is_running, "the end")
    assert not target.exists()
    async with running(slow, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await until(pilot, lambda: app.transfers.left, "what was left")
        assert any("1 transfer from last time" in told.message for told in app._notifications)
        await press(pilot, "t")
        assert "1 paused" in screen_text(pilot)
        await press(pilot, "R")
        assert target.read_bytes() == b"x" * 1_000_000
        await press(pilot, "C", "H")
        text = screen_text(pilot)
        assert f"s3://{bucket}/big.bin" in text
        assert "1 transfer " in text
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, TransferDetail), "the details")
        assert "1,000,000 bytes" in screen_text(pilot)


async def test_what_failed_in_an_earlier_run_is_told_apart_until_it_fails_again(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        first = pilot.app
        assert isinstance(first, S3TuiApp)
        await download(pilot, bucket, "no-such-key", tmp_path / "none")
        await until(pilot, lambda: first.transfers.snapshot.failed, "the failure")
        await settle(pilot)
        assert "1 failed" in screen_text(pilot).splitlines()[0]
        assert first.transfers.failed_before == 0
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await until(pilot, lambda: app.transfers.snapshot.failed, "what was left")
        await press(pilot, "t")
        assert "1 failed before" in screen_text(pilot)
        assert "failed" not in screen_text(pilot).splitlines()[0]
        await press(pilot, "r")
        await until(pilot, lambda: app.transfers.snapshot.failed and not app.transfers.failed_before, "again")
        await until(pilot, lambda: "1 failed" in screen_text(pilot).splitlines()[0], "news")


async def test_a_transfer_of_a_connection_that_is_gone_says_so(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.transfers.command(
            lambda queue: queue.add(DownloadObject("gone", bucket, "small.txt", tmp_path / "small.txt"))
        )
        await press(pilot, "t")
        assert "There is no connection gone now: open it, then resume this." in screen_text(pilot)


class Counted(Sequence[Transfer]):
    """Rows that count how often one is looked at."""

    def __init__(self, rows: tuple[Transfer, ...]) -> None:
        self.rows, self.looks = rows, 0

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> Transfer: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Transfer]: ...
    def __getitem__(self, index: int | slice) -> Transfer | Sequence[Transfer]:
        self.looks += 1
        return self.rows[index]


async def test_a_hundred_thousand_rows_are_shown_as_few(running: Running, connection: Connection) -> None:
    rows = tuple(
        Transfer(id, "test", Direction.DOWNLOAD, f"k{id}", f"s3://b/k{id}", f"/d/k{id}", objects_total=1)
        for id in range(100_000)
    )
    async with running(connection) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        app.transfers.snapshot = QueueSnapshot(1, rows, queued=len(rows))
        await pilot.press("t", "end")
        await pilot.pause()
        table = app.screen.query_one(TransferTable)
        looked_at = Counted(rows)
        table.show(looked_at)
        await pilot.pause()
        assert 0 < looked_at.looks < 200
        assert table.current is rows[-1]
        assert "100,000 transfers" in screen_text(pilot)


def test_cells_share_the_parts_out() -> None:
    assert cells(bytes([2, 3, 1, 0]), 8) == [2, 2, 3, 3, 1, 1, 0, 0]
    assert cells(bytes([2] * 50 + [1] * 25 + [0] * 25), 4) == [2, 2, 1, 0]
    assert cells(bytes([2, 3] * 8), 4) == [3, 3, 3, 3]
    assert cells(bytes([2, 0] * 8), 4) == [1, 1, 1, 1]


def test_a_flow_is_a_minute_and_forgets() -> None:
    flow = Throughput()
    for second in range(100):
        flow.note(second, 10.0 * second)
        flow.note(second + 0.5, 10.0 * second)
    assert flow.last(99, 3) == [970.0, 980.0, 990.0]
    assert flow.last(200, 60) == [0.0] * 60
    assert sparkline([0, 50, 100], 100) == "▁▅█"
    assert sparkline([0.0, 0.0], 0.0) == "▁▁"
