"""A delete: planned while its question is open, run as a job of the queue, undone by U."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.pilot import Pilot

from s3tui.browse.rows.listing import Kind, Row
from s3tui.connect.connection import Connection
from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.tui.screens.common.question import Asked, Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.objects.plans.deletion import DeletionPlan
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.s3.scripted import KEYS as SCRIPTED_KEYS
from tests.s3.scripted import Reply, scripted
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, type_text, until


def put(server: S3Server, *keys: str, versions: bool = False) -> str:
    bucket, oracle = server.make_bucket("few"), server.boto3()
    if versions:
        oracle.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in keys:
        oracle.put_object(Bucket=bucket, Key=key)
    return bucket


def keys_of(server: S3Server, bucket: str) -> list[str]:
    return [found["Key"] for found in server.boto3().list_objects_v2(Bucket=bucket).get("Contents", [])]


def is_deletion(request: Request) -> bool:
    return request.method == "POST" and "delete" in request.target


def told(pilot: Pilot[None]) -> str:
    return "\n".join(notification.message for notification in pilot.app._notifications)


async def delete_all(pilot: Pilot[None], expected: str) -> None:
    await pilot.press("D")
    await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
    await type_text(pilot, expected)
    await pilot.press("enter")


async def test_a_delete_is_a_job_that_u_undoes(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = put(ministack, "p/1", "p/2", "p/3", "q", versions=True)
    async with running(connection, f"s3://{bucket}/") as pilot:
        await delete_all(pilot, "3")
        await until(pilot, lambda: "Deleted 3 objects." in told(pilot))
        await until(pilot, lambda: " p/ " not in screen_text(pilot))
        assert keys_of(ministack, bucket) == ["q"]
        await pilot.press("U")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "3 objects will be as before." in screen_text(pilot))
        await pilot.press("right", "enter")
        await until(pilot, lambda: "Brought back 3 objects." in told(pilot))
        await until(pilot, lambda: " p/ " in screen_text(pilot))
        assert keys_of(ministack, bucket) == ["p/1", "p/2", "p/3", "q"]
        await pilot.press("U")
        await until(pilot, lambda: "There is nothing to undo" in screen_text(pilot))


async def test_a_plan_is_looked_through_and_what_is_left_out_stays(
    running: Running, connection: Connection, ministack: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = ChangeLog.note

    async def slowly(*given: Any) -> None:
        await asyncio.sleep(0.3)  # a disk that is slower than fingers
        await note(*given)

    monkeypatch.setattr(ChangeLog, "note", slowly)
    bucket = put(ministack, "p/1", "p/2", "p/3")
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await pilot.press("D")
        await until(pilot, lambda: "Type 3 to go on." in screen_text(pilot))
        assert "F3 shows all of it" in screen_text(pilot)
        await pilot.press("f3")
        await until(pilot, lambda: "3 objects   ␣ leaves out" in screen_text(pilot))
        await pilot.press("space", "space")
        await until(pilot, lambda: "2 left out" in screen_text(pilot))
        await pilot.press("up", "space")
        await until(pilot, lambda: "1 left out" in screen_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Type 2 to go on." in screen_text(pilot))
        await type_text(pilot, "2")
        await pilot.press("enter")
        await until(pilot, lambda: len(keys_of(ministack, bucket)) == 1)


async def test_what_cannot_be_undone_is_said_before_and_after(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = put(ministack, "p/1", "p/2")
    production = replace(connection, production=True)
    async with running(production, f"s3://{bucket}/") as pilot:
        await delete_all(pilot, bucket)  # production: the bucket's name, not the count
        await until(pilot, lambda: "Deleted 2 objects." in told(pilot))
        await pilot.press("U")
        await until(pilot, lambda: "cannot be undone: versioning is off." in screen_text(pilot))
    assert keys_of(ministack, bucket) == []


async def test_who_says_no_changes_nothing(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = put(ministack, "p/1", "p/2")
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: "Type 2 to go on." in screen_text(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, TypedConfirm))
    assert {request.method for request in proxy.requests} <= {"GET", "HEAD"}


async def test_a_refusal_names_what_is_missing(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = put(ministack, "p/1", "p/2")
    proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=is_deletion, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await delete_all(pilot, "2")
        await until(pilot, lambda: "s3:DeleteObject" in told(pilot))
    assert keys_of(ministack, bucket) == ["p/1", "p/2"]


class Direct:
    """As much of a session and of the queue as a question needs, without a thread or an app."""

    handle = "here"

    def __init__(self, client: S3Client, connection: Connection, log: ChangeLog) -> None:
        self.connection = connection
        self.stream: Callable[[Callable[[S3Client], Any]], Any] = lambda call: call(client)
        self._client, self._log = client, log

    def now(self) -> datetime:
        return datetime(2026, 11, 29, tzinfo=UTC)

    async def run(self, call: Callable[[S3Client], Any]) -> Any:
        return await call(self._client)

    async def changes(self) -> ChangeLog:
        return self._log


@pytest.fixture
async def log() -> AsyncIterator[ChangeLog]:
    opened = ChangeLog.temporary()
    yield opened
    opened.close()


async def asked(listed: str, rows: list[Row], connection: Connection, log: ChangeLog) -> Asked:
    body = f"<ListBucketResult>{listed}</ListBucketResult>".encode()
    async with (
        scripted(lambda _: Reply(body=body)) as server,
        S3Client(server.endpoint, SCRIPTED_KEYS) as client,
    ):
        direct: Any = Direct(client, connection, log)
        said = [each async for each in DeletionPlan(direct, direct, "b", rows)._learn()]
    assert isinstance(said[-1], Asked)
    return said[-1]


async def test_one_object_below_a_prefix_is_one_object(connection: Connection, log: ChangeLog) -> None:
    listed = "<Contents><Key>p/1</Key><Size>1000</Size></Contents>"
    rows = [Row(Kind.PREFIX, "p/", "p/", None, None, None)]
    question = await asked(listed, rows, connection, log)
    assert question.title == "Delete 1 object?"
    assert question.sentence.startswith("1 object, 1.00 kB")


async def test_a_key_that_is_listed_or_marked_twice_is_one_object(
    connection: Connection, log: ChangeLog
) -> None:
    row = "<Contents><Key>{}</Key><Size>1000</Size></Contents>"
    listed = "".join(map(row.format, ("p/1", "p/1", "p/2")))
    rows = [
        Row(Kind.PREFIX, "p/", "p/", None, None, None),
        Row(Kind.OBJECT, "p/2", "2", 1000, None, None),
    ]
    question = await asked(listed, rows, connection, log)
    assert (question.expected, question.title) == ("2", "Delete 2 objects?")
    assert "2 objects, 2.00 kB" in question.sentence
