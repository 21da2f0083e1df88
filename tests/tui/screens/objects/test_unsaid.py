"""Screens over servers that leave values out, or keep no order: nothing is made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from s3tui.connect.connection import Connection
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.sizes_screen import SizesScreen
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until
from tests.tui.screens.objects.test_objects import shown_keys, tree_screen

MODIFIED = "<LastModified>2026-11-01T00:00:00Z</LastModified>"


@pytest.fixture
def proxy(ministack: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy(ministack.endpoint_url) as proxy:
        yield proxy


def listing(*keys: str, size: int | None, token: str = "") -> Answer:
    said = "" if size is None else f"<Size>{size}</Size>"
    rows = "".join(f"<Contents><Key>{key}</Key>{said}{MODIFIED}</Contents>" for key in keys)
    more = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    truncated = f"<IsTruncated>{str(bool(token)).lower()}</IsTruncated>"
    return Answer(200, body=f"<ListBucketResult>{truncated}{more}{rows}</ListBucketResult>".encode())


def versions(*sizes: int | None) -> Answer:
    """A key with these versions, the latest first."""
    rows = "".join(
        f"<Version><Key>k</Key><VersionId>{n}</VersionId><IsLatest>{str(n == 0).lower()}</IsLatest>"
        f"{'' if size is None else f'<Size>{size}</Size>'}{MODIFIED}</Version>"
        for n, size in enumerate(sizes)
    )
    return Answer(200, body=f"<ListVersionsResult>{rows}</ListVersionsResult>".encode())


@pytest.mark.parametrize(
    ("pages", "shown", "said", "never"),
    [
        ((("a", "b"), ("m", "z")), ["a", "b", "m", "z"], "by name ↑", "in the server's order"),
        ((("m", "z"), ("a", "b")), ["m", "z", "a", "b"], "in the server's order", "by name"),
    ],
)
async def test_rows_are_called_by_name_only_where_they_are(
    running: Running,
    connection: Connection,
    proxy: FaultProxy,
    pages: tuple[tuple[str, ...], ...],
    shown: list[str],
    said: str,
    never: str,
) -> None:
    proxy.add(listing(*pages[1], size=1), when=lambda request: "continuation-token" in request.target)
    proxy.add(listing(*pages[0], size=1, token="t"), when=lambda request: "list-type" in request.target)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/") as pilot:
        assert shown_keys(tree_screen(pilot.app.screen)) == shown
        assert said in screen_text(pilot)
        assert never not in screen_text(pilot)
        assert ("Name ↑" in screen_text(pilot)) is (said == "by name ↑")
        await press(pilot, "o")
        assert shown_keys(tree_screen(pilot.app.screen)) == shown[::-1]
        assert never not in screen_text(pilot)
        await press(pilot, "o")
        assert "by size ↓" in screen_text(pilot)


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ((1, 2, 3), "2 older versions, 5 B"),
        ((1, None, 3), "2 older versions, at least 3 B"),
        ((1, None, None), "2 older versions, ? "),
        ((None, 0, 0), "2 older versions, 0 B"),
    ],
)
async def test_what_older_versions_take_is_said_as_far_as_it_is_known(
    running: Running,
    connection: Connection,
    proxy: FaultProxy,
    sizes: tuple[int | None, ...],
    said: str,
) -> None:
    on = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"
    proxy.add(Answer(200, body=on), when=lambda request: "?versioning" in request.target, times=None)
    proxy.add(versions(*sizes), when=lambda request: "versions" in request.target, times=None)
    proxy.add(listing("k", size=1), when=lambda request: "list-type" in request.target, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/") as pilot:
        await press(pilot, "v")
        await until(pilot, lambda: said in screen_text(pilot), said)


async def test_the_chart_says_how_many_sizes_are_unknown(
    running: Running, connection: Connection, proxy: FaultProxy
) -> None:
    proxy.add(listing("k", "l", size=None), when=lambda request: "list-type" in request.target, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), "s3://b/") as pilot:
        await press(pilot, "Z", "Z")
        assert isinstance(pilot.app.screen, SizesScreen)
        await until(pilot, lambda: "of unknown size" in screen_text(pilot), "the chart")
        lines = {line.strip("│ ").split("  ")[0]: line.split() for line in screen_text(pilot).splitlines()}
        assert lines["of unknown size"][-4:-1] == ["?", "2", "obj."]
        assert lines["Total"][-4:-1] == ["?", "2", "obj."]
        assert lines["STANDARD"][-4:-1] == ["?", "2", "obj."]
        assert " B " not in screen_text(pilot)


async def test_what_is_said_ends_when_its_screen_is_left(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("quiet")
    ministack.boto3().put_object(Bucket=bucket, Key="k", Body=b"x")
    read_only = replace(connection, read_only=True)
    async with running(read_only, f"s3://{bucket}/") as pilot:
        await press(pilot, "D")
        assert "is read-only: nothing" in screen_text(pilot)
        await press(pilot, "question_mark", "escape")
        assert "is read-only: nothing" in screen_text(pilot), "behind a dialog nobody left"
        await press(pilot, "i")
        assert isinstance(pilot.app.screen, ObjectDetailScreen)
        await press(pilot, "escape")
        assert "is read-only: nothing" not in screen_text(pilot)
        await press(pilot, "backspace")
        assert isinstance(pilot.app.screen, BucketListScreen)
        await press(pilot, "B")
        assert "is read-only: nothing" in screen_text(pilot)
        await press(pilot, "t", "t")
        assert "is read-only: nothing" not in screen_text(pilot)
