"""A question that needs S3's word is there at once, is left at once, and is answered only at its sight."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from s3tui.connect.connection import Connection
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.common.question import Confirm, Learning, Question
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.menus.clipboard_menu import ClipboardMenu
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.frame.filter_bar import FilterBar
from s3tui.tui.widgets.lists.bucket_table import BucketTable
from tests.fault_proxy import FaultProxy, Request, Stall
from tests.long import rng, share
from tests.patience import PATIENCE_S
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until
from tests.tui.screens.objects.test_objects import tree_screen
from tests.tui.terminal.test_type_ahead import at_rest, keys_of, send

KEYS = ["a.txt", "p/1", "p/2"]
YES = ["1", "3", "enter", "tab", "enter", "right", "enter", "y"]
"""What somebody types who knows what will be asked."""


@pytest.fixture
def proxy(ministack: S3Server) -> Iterator[FaultProxy]:
    with FaultProxy(ministack.endpoint_url) as proxy:
        yield proxy


@pytest.fixture
def slow(connection: Connection, proxy: FaultProxy) -> Connection:
    return replace(connection, endpoint=proxy.endpoint)


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("asked")
    for key in KEYS:
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x")
    return name


def counts_prefix(request: Request) -> bool:
    is_of_all = "versions" in request.target.partition("?")[2]
    return is_of_all or ("prefix=p" in request.target and "delimiter" not in request.target)


def asks_versioning(request: Request) -> bool:
    return request.target.partition("?")[2].startswith("versioning")


def changes(request: Request) -> bool:
    return request.method in ("DELETE", "POST", "PUT")


async def seen(pilot: Pilot[None], condition: Callable[[], object], what: str) -> None:
    """Wait until `condition` holds, also while a question learns what it asks."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.005)
                await pilot.pause()
    except TimeoutError:
        raise AssertionError(f"never came: {what}\n{screen_text(pilot)}") from None


def app_of(pilot: Pilot[None]) -> S3TuiApp:
    assert isinstance(pilot.app, S3TuiApp)
    return pilot.app


def question_of(pilot: Pilot[None]) -> Question:
    assert isinstance(pilot.app.screen, Question)
    return pilot.app.screen


@pytest.mark.parametrize("after", [None, 1])
@pytest.mark.parametrize(
    ("place", "keys", "kind", "words"),
    [
        ("object", ["D"], Confirm, "Looking whether the bucket keeps versions"),
        ("prefix", ["down", "D"], TypedConfirm, "Counting"),
        ("marked", ["ctrl+a", "D"], TypedConfirm, "Counting"),
        ("bucket", ["D"], TypedConfirm, "Counting"),
    ],
)
async def test_a_delete_is_asked_at_once_and_left_at_once_though_s3_never_answers(
    running: Running,
    slow: Connection,
    proxy: FaultProxy,
    bucket: str,
    place: str,
    keys: Sequence[str],
    kind: type[Question],
    words: str,
    after: int | None,
) -> None:
    uri = None if place == "bucket" else f"s3://{bucket}/"
    async with running(slow, uri) as pilot:
        screen = pilot.app.screen
        if isinstance(screen, BucketListScreen):
            table = screen.query_one(BucketTable)
            table.cursor = [row.name for row in table.rows].index(bucket)
        proxy.add(Stall(after), when=counts_prefix, times=None)
        proxy.add(Stall(after), when=asks_versioning, times=None)
        send(pilot, keys)
        await seen(pilot, lambda: isinstance(pilot.app.screen, kind), "the question")
        await seen(pilot, lambda: words in screen_text(pilot), "what it waits for")
        await seen(pilot, lambda: any(map(is_stalled, proxy.requests)), "S3 is asked")
        question = question_of(pilot)
        assert question.query_one("#yes", Button).disabled
        send(pilot, YES)
        await at_rest_but_for_learning(pilot)
        assert pilot.app.screen is question
        send(pilot, ["escape", "slash", "y"])
        await seen(pilot, lambda: filter_of(pilot) == "y", "the keys behind escape")
        assert pilot.app.screen is screen
        assert not any(map(changes, proxy.requests))


def is_stalled(request: Request) -> bool:
    return counts_prefix(request) or asks_versioning(request)


def filter_of(pilot: Pilot[None]) -> str | None:
    field = pilot.app.focused
    return field.value if isinstance(field, FilterBar) else None


async def at_rest_but_for_learning(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await seen(pilot, lambda: app_of(pilot).type_ahead.is_idle, "no key is held")
    await pilot.pause()


@pytest.mark.drawn
async def test_a_burst_split_anywhere_asks_nothing_and_deletes_nothing(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    """Draw what is typed behind `D`, and where the burst is split; S3 answers none of the counts."""
    draw = rng("dialogs at once")
    async with running(slow, f"s3://{bucket}/") as pilot:
        tree = tree_screen(pilot.app.screen)
        for _ in range(share(6, 600)):
            proxy.add(Stall(draw.choice([None, 1])), when=is_stalled, times=None)
            where = draw.choice([["home"], ["home", "down"], ["home", "ctrl+a"]])
            rest = [*where, "D", *draw.choices(YES, k=draw.randint(0, 6)), "escape", "slash", "y", "z"]
            while rest:
                at = draw.randint(1, len(rest))
                send(pilot, rest[:at])
                rest = rest[at:]
                for _ in range(draw.choice([0, 0, 1, 3])):
                    await pilot.pause(0)
            await seen(pilot, lambda: filter_of(pilot) == "yz", "the filter")
            assert pilot.app.screen is tree
            proxy.clear()
            send(pilot, ["escape"])
            await at_rest(pilot)
            if tree.tree_model.selection.count:
                send(pilot, ["escape"])
                await at_rest(pilot)
            assert tree.tree_model.selection.count == 0
        assert not any(map(changes, proxy.requests))
        assert keys_of(ministack, bucket) == KEYS


async def test_what_was_typed_while_it_counted_is_no_answer(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    async with running(slow, f"s3://{bucket}/") as pilot:
        proxy.swallow()
        send(pilot, ["down", "D", "2", "enter", "tab", "enter"])
        await seen(pilot, lambda: "Counting … 0 objects so far: p/" in screen_text(pilot), "it counts")
        send(pilot, ["2", "enter"])
        await at_rest_but_for_learning(pilot)
        proxy.flow()
        await until(pilot, lambda: "Delete 2 objects?" in screen_text(pilot), "the question")
        field = question_of(pilot).query_one("#typed", Input)
        assert (field.value, pilot.app.focused) == ("", field)
        assert keys_of(ministack, bucket) == KEYS
        await press(pilot, "2", "enter")
        assert keys_of(ministack, bucket) == ["a.txt"]


async def test_what_cannot_be_counted_is_said_where_it_was_asked(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        for key in KEYS[1:]:
            ministack.boto3().delete_object(Bucket=bucket, Key=key)
        await pilot.press("down", "D")
        await until(pilot, lambda: "There is nothing under it to delete." in screen_text(pilot))
        assert not question_of(pilot).query_one("#yes").display
        await press(pilot, "enter")
        ministack.boto3().delete_object(Bucket=bucket, Key="a.txt")
        ministack.boto3().delete_bucket(Bucket=bucket)
        await pilot.press("D")
        await until(pilot, lambda: "Nothing was deleted" in screen_text(pilot))
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_values_can_be_copied_before_s3_told_the_etag(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    async with running(slow, f"s3://{bucket}/") as pilot:
        proxy.swallow()
        send(pilot, ["y", "u"])
        await until(pilot, lambda: pilot.app.clipboard == f"s3://{bucket}/a.txt", "copied")
        send(pilot, ["y", "e"])
        await until(pilot, lambda: "is copied as soon as S3 tells it" in screen_text(pilot), "it waits")
        assert isinstance(pilot.app.screen, ClipboardMenu)
        proxy.flow()
        await until(pilot, lambda: not isinstance(pilot.app.screen, Dialog), "it was told")
        etag = ministack.boto3().head_object(Bucket=bucket, Key="a.txt")["ETag"].strip('"')
        await until(pilot, lambda: pilot.app.clipboard == etag, "copied")


async def test_a_menu_without_an_etag_says_so_to_who_chose_it(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    async with running(slow, f"s3://{bucket}/") as pilot:
        ministack.boto3().delete_object(Bucket=bucket, Key="a.txt")
        proxy.swallow()
        send(pilot, ["y", "e"])
        await until(pilot, lambda: "is copied as soon as S3 tells it" in screen_text(pilot), "it waits")
        proxy.flow()
        await until(pilot, lambda: "S3 does not tell the ETag." in screen_text(pilot), "it was told")
        send(pilot, ["e", "u"])
        await until(pilot, lambda: pilot.app.clipboard == f"s3://{bucket}/a.txt", "copied")


async def test_an_instant_can_be_typed_before_s3_said_whether_it_keeps_versions(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str
) -> None:
    async with running(slow, f"s3://{bucket}/") as pilot:
        tree = tree_screen(pilot.app.screen)
        proxy.swallow()
        send(pilot, ["T", "3", "d"])
        await until(pilot, lambda: isinstance(pilot.app.screen, Prompt), "the question")
        await until(pilot, lambda: pilot.app.screen.query_one(Input).value == "3d", "what was typed")
        proxy.flow()
        await until(pilot, lambda: "This bucket keeps no versions" in screen_text(pilot), "it was told")
        await press(pilot, "enter", "escape")
        assert pilot.app.screen is tree
        assert tree.location.source.is_live


async def test_a_report_is_opened_at_once_and_left_at_once(
    running: Running, slow: Connection, proxy: FaultProxy, bucket: str, ministack: S3Server
) -> None:
    ministack.boto3().put_object(Bucket=bucket, Key="0/manifest.json", Body=b"{}")
    async with running(slow, f"s3://{bucket}/0/") as pilot:
        tree = pilot.app.screen
        proxy.add(Stall(), when=lambda request: "manifest.json" in request.target, times=None)
        send(pilot, ["I"])
        await seen(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the question")
        send(pilot, ["enter", "right", "enter", "escape", "slash", "y"])
        await seen(pilot, lambda: filter_of(pilot) == "y", "the keys behind escape")
        assert pilot.app.screen is tree


async def test_no_key_waits_for_a_cancelled_request_to_close(
    running: Running, connection: Connection, bucket: str
) -> None:
    closed = asyncio.Event()

    async def asked() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.shield(closed.wait())

    async with running(connection, f"s3://{bucket}/") as pilot:
        worker = pilot.app.screen.run_worker(asked(), group="question")
        await pilot.pause()
        send(pilot, ["slash", "x", "escape", "slash", "y"])
        await seen(pilot, lambda: filter_of(pilot) == "y", "the keys behind escape")
        assert not worker.is_finished
        closed.set()
        await settle(pilot)


async def test_no_dialog_waits_for_its_request_to_close(
    running: Running, connection: Connection, bucket: str
) -> None:
    closing, closed = asyncio.Event(), asyncio.Event()

    async def learn() -> Learning:
        try:
            yield "Counting …"
            await asyncio.Event().wait()
        finally:
            closing.set()
            await asyncio.shield(closed.wait())

    async with running(connection, f"s3://{bucket}/") as pilot:
        tree = pilot.app.screen
        pilot.app.push_screen(TypedConfirm("Delete?", "Looking …", yes="Delete", learning=learn()))
        await seen(pilot, lambda: "Counting …" in screen_text(pilot), "it counts")
        send(pilot, ["1", "escape", "slash", "y"])
        await seen(pilot, lambda: filter_of(pilot) == "y", "the keys behind escape")
        assert pilot.app.screen is tree
        await seen(pilot, closing.is_set, "what was counted is given up")
        closed.set()
        await settle(pilot)
