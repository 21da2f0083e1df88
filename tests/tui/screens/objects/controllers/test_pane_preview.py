"""The preview beside the rows: what it shows, what it costs, and what of it never comes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from s3tui.connect.connection import Connection
from s3tui.settings import PreviewMode
from s3tui.tui.widgets.details.detail_pane import DetailPane
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, settle, text_of, until

LINES = b"".join(b"line %06d\n" % n for n in range(60_000))


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("previewed")
    for key, data in {
        "a.csv": b"id;name\n1;ann\n2;bob\n",
        "b.txt": LINES,
        "c.json": b'{"who": {"name": "\x1b[31mred", "tags": ["' + b"x" * 100 + b'"]}}',
        "d/e": b"",
    }.items():
        ministack.boto3().put_object(Bucket=name, Key=key, Body=data)
    return name


@pytest.fixture
def proxied(proxy: FaultProxy, connection: Connection) -> Connection:
    return replace(connection, endpoint=proxy.endpoint)


def pane(pilot: Pilot[None]) -> str:
    return " ".join(text_of(pilot.app.screen.query_one(DetailPane)).replace("│", " ").split())


def of_bytes(request: Request) -> bool:
    return request.method == "GET" and "range" in request.headers


def reads(proxy: FaultProxy) -> list[str]:
    return [request.headers["range"] for request in proxy.requests if of_bytes(request)]


async def test_the_pane_shows_the_inside_of_the_object_on_which_the_cursor_rests(
    running: Running, proxied: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(proxied, f"s3://{bucket}/", preview=PreviewMode.AUTO) as pilot:
        await until(pilot, lambda: "2 ann" not in pane(pilot) and "1 ann" in pane(pilot), "the table")
        assert "CSV · 2 columns · semicolon" in pane(pilot)
        assert "1 request · 20 B read" in pane(pilot)
        await press(pilot, "down")
        assert "line 000000 line 000001" in pane(pilot)
        assert "1 request · 65.5 kB of 720 kB read" in pane(pilot)
        await press(pilot, "down")
        assert '"name": "␛[31mred"' in pane(pilot)
        assert reads(proxy) == ["bytes=0-19", "bytes=0-65535", "bytes=0-142"]


async def test_moving_on_cancels_what_is_read_and_a_late_answer_never_lands(
    running: Running, proxied: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(proxied, f"s3://{bucket}/", preview=PreviewMode.AUTO) as pilot:
        proxy.add(Stall(after=100), when=lambda request: of_bytes(request) and "b.txt" in request.target)
        await pilot.press("down")
        await until(pilot, lambda: any("b.txt" in each.target for each in proxy.requests if of_bytes(each)))
        await press(pilot, "up")
        await until(pilot, lambda: "1 ann" in pane(pilot))
        assert "line 0000" not in pane(pilot)


async def test_an_error_is_a_sentence_in_the_pane(
    running: Running, proxied: Connection, proxy: FaultProxy, bucket: str
) -> None:
    refusal = b"<Error><Code>AccessDenied</Code><Message>No.</Message></Error>"
    proxy.add(Answer(403, {"content-type": "application/xml"}, refusal), when=of_bytes, times=None)
    async with running(proxied, f"s3://{bucket}/", preview=PreviewMode.AUTO) as pilot:
        await until(pilot, lambda: "GetObject" in pane(pilot) or "s3:GetObject" in pane(pilot), "the reason")


@pytest.mark.parametrize("mode", list(PreviewMode))
async def test_on_demand_nothing_is_read_unasked(
    running: Running, proxied: Connection, proxy: FaultProxy, bucket: str, mode: PreviewMode
) -> None:
    async with running(proxied, f"s3://{bucket}/", preview=mode) as pilot:
        await press(pilot, "down", "up")
        await settle(pilot)
        assert bool(reads(proxy)) is (mode is PreviewMode.AUTO)
        if mode is PreviewMode.ON_DEMAND:
            assert "p shows what is in it." in pane(pilot)


async def test_archived_objects_and_prefixes_are_not_read(
    running: Running, proxied: Connection, proxy: FaultProxy, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a/b", Body=b"x")
    ministack.boto3().put_object(Bucket=bucket, Key="z", Body=b"x", StorageClass="GLACIER")
    async with running(proxied, f"s3://{bucket}/", preview=PreviewMode.AUTO) as pilot:
        await press(pilot, "down")
        assert "can be read once it is restored" in pane(pilot)
        assert not reads(proxy)


async def test_a_hidden_pane_reads_nothing(
    running: Running, proxied: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(proxied, f"s3://{bucket}/", preview=PreviewMode.AUTO, size=(80, 24)) as pilot:
        await press(pilot, "down", "down")
        assert not reads(proxy)
