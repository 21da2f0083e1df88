"""Sizes: counting a prefix, the tree's bars, the chart, stopping and going on, remembering."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.pilot import Pilot

from s3tui.browse.sizes.count import SizeTotal
from s3tui.browse.sizes.known_sizes import Counts
from s3tui.connect.connection import Anonymous, Connection
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.objects.sizes_screen import SizesScreen
from s3tui.tui.widgets.lists.sizes_chart import SizesChart
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until

KEYS = [f"p/{number // 1000}/{number:05}" for number in range(5300)]
"""Of seven bytes each."""
DENIED = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("sizes")
    for key, length in {"a.txt": 10, "big/1": 3000, "big/in/2": 1000, "small/1": 400, "small/2": 0}.items():
        storage_class = "STANDARD_IA" if key.startswith("small") else "STANDARD"
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x" * length, StorageClass=storage_class)
    return name


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            yield proxy


@pytest.fixture
def many(proxy: FaultProxy) -> Connection:
    return Connection("many", proxy.endpoint, Anonymous())


def counts_on(request: Request) -> bool:
    """Say whether this asks for more than the first page of a count."""
    is_later = "start-after" in request.target or "continuation-token" in request.target
    return is_later and "delimiter" not in request.target


def tree(pilot: Pilot[None]) -> ObjectTreeScreen:
    assert isinstance(pilot.app.screen, ObjectTreeScreen)
    return pilot.app.screen


def line_with(pilot: Pilot[None], text: str) -> str:
    return next(line for line in screen_text(pilot).splitlines() if text in line)


async def test_z_counts_a_prefix_and_shows_its_size_in_the_row(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(60, 24)) as pilot:
        await until(pilot, lambda: "–" in line_with(pilot, "▸ big/"))
        await press(pilot, "down", "z")
        await until(pilot, lambda: "4.00 kB" in line_with(pilot, "▸ big/"))
        await until(pilot, lambda: "–" in line_with(pilot, "▸ small/"))
        assert f"s3://{bucket}/big/: 4.00 kB in 2 objects" in screen_text(pilot)
        assert "▇" not in screen_text(pilot), "too narrow for bars"


async def test_on_an_object_z_says_what_it_is_for(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "z")
        await until(pilot, lambda: "Z everything here" in screen_text(pilot))
        assert not tree(pilot).controllers.sizes.counts


async def test_all_prefixes_of_a_level_are_counted_at_once_and_have_bars(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(110, 30)) as pilot:
        await press(pilot, "Z")
        await until(pilot, lambda: "4.41 kB in 5 objects" in screen_text(pilot))
        assert line_with(pilot, "▸ big/").count("▇") == 10
        assert line_with(pilot, "▸ small/").count("▇") == 1
        await press(pilot, "down", "right")
        assert "–" in line_with(pilot, "▸ in/"), "two levels down"


async def test_by_size_the_largest_prefix_comes_first_once_sizes_are_known(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("weighed")
    for key, size in (("a/x", 10), ("b/x", 30), ("c/x", 20)):
        ministack.boto3().put_object(Bucket=bucket, Key=key, Body=bytes(size))
    async with running(connection, f"s3://{bucket}/") as pilot:

        def shown() -> list[str | None]:
            model = tree(pilot).tree_model
            return [model.line(number).key for number in range(len(model))]

        await press(pilot, "o", "o")
        assert "by size ↓" in screen_text(pilot)
        assert shown() == ["a/", "b/", "c/"]
        await press(pilot, "Z")
        await until(pilot, lambda: shown() == ["b/", "c/", "a/"], "the new order")
        await press(pilot, "o")
        assert shown() == ["a/", "b/", "c/"]
        await press(pilot, "o", "o", "o", "o")
        assert "by size ↓" in screen_text(pilot)
        assert shown() == ["b/", "c/", "a/"]


async def test_the_chart_shows_classes_ages_and_the_largest_which_open(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "Z", "Z")
        assert isinstance(pilot.app.screen, SizesScreen)
        await until(
            pilot,
            lambda: "STANDARD_IA        400  B          2 obj.    9%  ▇" in line_with(pilot, "STANDARD_IA"),
        )
        await until(pilot, lambda: "4.41 kB          5 obj.  100%" in line_with(pilot, "up to a day"))
        chart = pilot.app.screen.query_one(SizesChart)
        assert [row.key for row in chart.rows if row.key] == [
            "big/1", "big/in/2", "small/1", "a.txt", "small/2"
        ]  # fmt: skip
        await until(pilot, lambda: "counted just now" in screen_text(pilot))
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, SizesScreen), "the total is no object"
        await press(pilot, "end", "up", "enter")
        assert isinstance(pilot.app.screen, ObjectDetailScreen)
        assert pilot.app.screen.key == "a.txt"
        await press(pilot, "escape", "escape")
        assert tree(pilot).location.bucket == bucket


async def test_a_count_is_remembered_and_r_counts_again(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "Z")
        await until(pilot, lambda: "All below  4.00 kB in 2 objects" in screen_text(pilot))
    ministack.boto3().put_object(Bucket=bucket, Key="small/3", Body=b"x" * 600)
    async with running(connection, f"s3://{bucket}/") as pilot:
        await until(pilot, lambda: "400  B" in line_with(pilot, "▸ small/"))
        await press(pilot, "Z", "r")
        await until(pilot, lambda: "1.00 kB" in line_with(pilot, "▸ small/"))


async def test_what_becomes_known_late_is_shown_beside_the_rows(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree(pilot)
        await press(pilot, "down", "Z")
        await until(pilot, lambda: "All below  4.00 kB in 2 objects" in screen_text(pilot))
        sizes = screen.controllers.sizes
        kept, sizes.counts = sizes.counts, Counts()
        await press(pilot, "down", "up")
        await until(pilot, lambda: "All below" not in screen_text(pilot), "a pane that knows nothing")
        sizes.take_remembered(bucket, kept)
        await until(pilot, lambda: "All below  4.00 kB in 2 objects" in screen_text(pilot), "the count")


async def test_a_stopped_count_is_no_total_and_goes_on_where_it_was(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(Stall(), when=counts_on, times=None)
    async with running(many, "s3://many/", size=(110, 30)) as pilot:
        await pilot.press("z")
        await until(pilot, lambda: "esc stops" in screen_text(pilot) and "objects/s" in screen_text(pilot))
        await until(pilot, lambda: "≥7.00 kB" in line_with(pilot, "▸ p/"))
        await until(pilot, lambda: "at least 7.00 kB in 1,000 objects" in screen_text(pilot))
        await pilot.press("Z")
        await until(pilot, lambda: "Another prefix is being counted" in screen_text(pilot))
        await press(pilot, "escape")
        stopped = "Stopped: s3://many/p/ has at least 7.00 kB in 1,000 objects"
        await until(pilot, lambda: stopped in screen_text(pilot))
        assert not [worker for worker in pilot.app.workers if worker.is_running]
    proxy.clear()
    async with running(many, "s3://many/", size=(110, 30)) as pilot:
        await until(pilot, lambda: "≥7.00 kB" in line_with(pilot, "▸ p/"))
        await press(pilot, "z")
        await until(pilot, lambda: "↵ goes on" in screen_text(pilot))
        asked = len(proxy.requests)
        await press(pilot, "enter")
        await until(pilot, lambda: "s3://many/p/: 37.1 kB in 5,300 objects" in screen_text(pilot))
        first = next(r.target for r in proxy.requests[asked:] if "delimiter" not in r.target)
        assert "start-after=p%2F0%2F00999" in first
        sizes = tree(pilot).controllers.sizes.counts.get("p/")
        assert sizes is not None
        assert sizes.is_complete
        assert sizes.children["p/5/"] == SizeTotal(300, 2100)


async def test_stopping_to_count_again_keeps_the_whole_count(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://many/", size=(110, 30)) as pilot:
        await press(pilot, "z", "z")
        proxy.add(Stall(), when=counts_on, times=None)
        await pilot.press("r")
        await until(pilot, lambda: "objects/s" in screen_text(pilot))
        await press(pilot, "escape")
        await until(pilot, lambda: "what was counted before stays" in screen_text(pilot))
        await until(pilot, lambda: "37.1 kB" in line_with(pilot, "▸ p/"))
        assert "≥" not in line_with(pilot, "▸ p/")


async def test_a_count_that_fails_keeps_what_it_came_to(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(DENIED, when=counts_on, times=None)
    async with running(many, "s3://many/", size=(140, 30)) as pilot:
        await press(pilot, "z")
        words = "at least 7.00 kB in 1,000 objects. z, then ↵ goes on"
        await until(pilot, lambda: words in " ".join(screen_text(pilot).split()))
        await until(pilot, lambda: "≥7.00 kB" in line_with(pilot, "▸ p/"))
        proxy.clear()
        await press(pilot, "z", "enter")
        await until(pilot, lambda: "37.1 kB in 5,300 objects" in screen_text(pilot))


async def test_a_count_goes_on_while_one_looks_elsewhere_in_the_bucket(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(Stall(), when=counts_on, times=1)
    async with running(many, "s3://many/", size=(110, 30)) as pilot:
        await pilot.press("z")
        await pilot.press("enter")
        await until(pilot, lambda: tree(pilot).location.prefix == "p/")
        await until(pilot, lambda: "esc stops" in screen_text(pilot))
        await until(pilot, lambda: "▸ 5/" in screen_text(pilot))
        await until(pilot, lambda: "≥7.00 kB" in line_with(pilot, "▸ 0/"), "the last child seen is a part")
        await pilot.press("escape")
        await settle(pilot)
        assert tree(pilot).location.prefix == "p/", "esc stopped the count and nothing else"
