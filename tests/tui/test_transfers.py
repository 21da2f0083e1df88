from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection
from s3tui.transfer.models import Direction, State, Transfer
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.conflict import ConflictQuestion
from s3tui.tui.widgets.transfer_table import TransferTable, amount, fraction_done
from tests.fault_proxy import FaultProxy, Throttle
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until


async def download(pilot: Pilot[None], bucket: str, key: str, target: Path) -> None:
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    await app.transfers.command(lambda queue: queue.download("test", bucket, key, target))


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
        assert "Nothing was moved yet." in screen_text(pilot)


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
        await pilot.press("p")
        await settle(pilot)
        assert (tmp_path / "big.bin").stat().st_size == 1_000_000
        table = app.screen.query_one(TransferTable)
        assert table.current is not None
        assert table.current.state is State.DONE


def test_a_growing_listing_has_no_percentage() -> None:
    row = Transfer(1, "c", Direction.DOWNLOAD, "p/", "s3://b/p/", "/x", bytes_done=5, bytes_total=10)
    assert fraction_done(row) == 0.5
    growing = replace(row, listing_done=False, objects_done=3, objects_total=1200)
    assert fraction_done(growing) is None
    assert amount(growing) == "3 / 1,200+"
