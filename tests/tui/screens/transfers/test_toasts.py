"""Notices in the queue: they leave the details of the transfer under the cursor to be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from s3tui.connect.connection import Connection
from s3tui.s3.address.uri import S3Uri
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen
from s3tui.tui.widgets.details.part_map import PartMap
from s3tui.tui.widgets.frame.queue_header import QueueHeader
from tests.fault_proxy import FaultProxy, Stall
from tests.servers import S3Server
from tests.tui.harness import settle, until


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (110, 40)])
async def test_a_notice_in_the_queue_lies_neither_on_its_details_nor_on_its_sums(
    connection: Connection, ministack: S3Server, proxy: FaultProxy, home: Path, size: tuple[int, int]
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a.bin", Body=b"x" * 1000)
    proxy.add(Stall(30), when=lambda request: request.method == "GET" and "a.bin" in request.target)
    settings = Settings(uri=S3Uri(bucket, ""), download_dir=home)
    app = S3TuiApp(settings, replace(connection, endpoint=proxy.endpoint))
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: app.transfers.snapshot.running, "the transfer")
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, TransferQueueScreen), "the queue")
        await until(pilot, lambda: app.screen.query_one(PartMap).region.height > 1, "the details")
        app.reporter.tell("This machine's clock is an hour behind the server's, and much more is to be said.")
        await until(pilot, lambda: app.screen.query(Toast), "the notice")
        await until(pilot, lambda: app.screen.query_one(Toast).region.height, "where it lies")
        toast = app.screen.query_one(Toast).region
        details = app.screen.query_one(PartMap)
        tallest = details.styles.max_height
        assert tallest is not None
        assert (
            toast.bottom <= details.region.bottom - tallest.value
        )  # also where it has all lines it can have
        assert not toast.overlaps(app.screen.query_one(QueueHeader).region)
