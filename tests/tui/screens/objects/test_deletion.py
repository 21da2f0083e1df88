"""A delete of many: it shows how far it is, and nobody leaves it without knowing what is left."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot

from s3tui.browse.rows.listing import Kind, Row
from s3tui.connect.connection import Connection
from s3tui.s3.client import S3Client
from s3tui.tui.screens.common.question import Asked, TypedConfirm
from s3tui.tui.screens.objects.deletion import DeletionProgress
from s3tui.tui.screens.objects.deletion_plan import _plan
from tests.fault_proxy import Answer, FaultProxy, Hangup, Request
from tests.s3.scripted import KEYS as SCRIPTED_KEYS
from tests.s3.scripted import Reply, scripted
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, type_text, until

KEYS = 1003
"""One more request than a batch; to put them takes the longest."""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("many")
    oracle = ministack.boto3()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: oracle.put_object(Bucket=name, Key=f"p/{n:04}"), range(KEYS)))
    return name


def left(server: S3Server, bucket: str) -> int:
    pages = server.boto3().get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return sum(page["KeyCount"] for page in pages)


def is_deletion(request: Request) -> bool:
    return request.method == "POST" and "delete" in request.target


async def delete_all(pilot: Pilot[None], number: int) -> None:
    await pilot.press("D")
    await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
    await type_text(pilot, str(number))
    await pilot.press("enter")


class Held:
    """The first deletion, which nobody answers until `proxy.flow`."""

    def __init__(self, proxy: FaultProxy) -> None:
        self.is_there = False
        self._proxy = proxy
        proxy.add(Answer(500), when=self._hold, times=None)

    def _hold(self, request: Request) -> bool:
        if is_deletion(request) and not self.is_there:
            self._proxy.swallow()
            self.is_there = True
        return False


def asks(pilot: Pilot[None]) -> bool:
    return "Stop here?" in screen_text(pilot)


async def test_who_leaves_is_asked_and_told_what_is_left(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy, bucket: str
) -> None:
    held = Held(proxy)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await delete_all(pilot, KEYS)
        await until(pilot, lambda: held.is_there)
        await until(pilot, lambda: "0 of 1,003" in screen_text(pilot))
        await pilot.press("s")  # nobody asked yet
        for way_out in ("q", "ctrl+c", "ctrl+q", "escape"):
            await pilot.press(way_out)
            await until(pilot, lambda: asks(pilot))
            await pilot.press("escape")
            await until(pilot, lambda: not asks(pilot))
        assert isinstance(pilot.app.screen, DeletionProgress)
        await pilot.press("escape", "s")
        proxy.flow()
        await until(pilot, lambda: not isinstance(pilot.app.screen, DeletionProgress))
        await until(pilot, lambda: "1,000 deleted, 3 left" in screen_text(pilot))
    assert left(ministack, bucket) == 3


async def test_who_stays_sees_it_end(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket("few")
    for number in range(3):
        ministack.boto3().put_object(Bucket=bucket, Key=f"p/{number}")
    held = Held(proxy)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await delete_all(pilot, 3)
        await until(pilot, lambda: held.is_there)
        await pilot.press("escape")
        await until(pilot, lambda: asks(pilot))
        proxy.flow()
        await until(pilot, lambda: "Deleted 3 objects." in screen_text(pilot))
    assert left(ministack, bucket) == 0


async def test_an_error_in_the_middle_says_what_is_deleted(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy, bucket: str
) -> None:
    seen: list[Request] = []

    def is_second(request: Request) -> bool:
        if is_deletion(request):
            seen.append(request)
        return is_deletion(request) and len(seen) > 1

    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=is_second, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await delete_all(pilot, KEYS)
        await until(pilot, lambda: "1,000 deleted, up to 3 left" in screen_text(pilot))
    assert left(ministack, bucket) == 3


async def test_a_batch_that_breaks_off_says_what_is_deleted_of_it(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket("few")
    for number in range(3):
        ministack.boto3().put_object(Bucket=bucket, Key=f"p/{number}")
    proxy.add(Answer(501), when=is_deletion, times=None)
    proxy.add(Hangup(), when=lambda r: r.method == "DELETE" and r.target.endswith("p/1"), times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await delete_all(pilot, 3)
        await until(pilot, lambda: "2 deleted, up to 1 left" in screen_text(pilot))
    assert left(ministack, bucket) == 1


class Direct:
    """As much of a session as a question needs, without a thread or an app."""

    def __init__(self, client: S3Client) -> None:
        self.stream: Callable[[Callable[[S3Client], Any]], Any] = lambda call: call(client)
        self._client = client

    async def run(self, call: Callable[[S3Client], Any]) -> Any:
        return await call(self._client)


async def test_one_object_below_a_prefix_is_one_object() -> None:
    listed = "<ListBucketResult><Contents><Key>p/1</Key><Size>1000</Size></Contents></ListBucketResult>"
    async with (
        scripted(lambda _: Reply(body=listed.encode())) as server,
        S3Client(server.endpoint, SCRIPTED_KEYS) as client,
    ):
        rows = [Row(Kind.PREFIX, "p/", "p/", None, None, None)]
        said = [each async for each in _plan(Direct(client), "b", rows, [])]  # type: ignore[arg-type]
    asked = said[-1]
    assert isinstance(asked, Asked)
    assert asked.title == "Delete 1 object?"
    assert asked.sentence.startswith("1 object, 1.00 kB")


async def test_a_key_that_is_listed_or_marked_twice_is_one_object() -> None:
    row = "<Contents><Key>{}</Key><Size>1000</Size></Contents>"
    listed = "".join(map(row.format, ("p/1", "p/1", "p/2")))
    async with (
        scripted(lambda _: Reply(body=f"<ListBucketResult>{listed}</ListBucketResult>".encode())) as server,
        S3Client(server.endpoint, SCRIPTED_KEYS) as client,
    ):
        rows = [
            Row(Kind.PREFIX, "p/", "p/", None, None, None),
            Row(Kind.OBJECT, "p/2", "2", 1000, None, None),
        ]
        keys: list[str] = []
        said = [each async for each in _plan(Direct(client), "b", rows, keys)]  # type: ignore[arg-type]
    asked = said[-1]
    assert isinstance(asked, Asked)
    assert (sorted(keys), asked.expected, asked.title) == (["p/1", "p/2"], "2", "Delete 2 objects?")
    assert "2 objects, 2.00 kB" in asked.sentence
