"""A transfer goes on only where it was begun: at that endpoint, with that account."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.browse.place.bookmarks import bookmarks, toggle_bookmark
from s3tui.browse.place.location import Location
from s3tui.connect.connection import Anonymous, Connection, FromKeyring, FromProfile, Given
from s3tui.connect.identity import Handle, identity_of
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.settings import Settings
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.errors import NotAtHand
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import TransferState
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    DownloadObject,
    DownloadPrefix,
    UploadFile,
    UploadFolder,
)
from s3tui.tui.app import S3TuiApp
from s3tui.tui.clock import utc_now
from s3tui.tui.runtime.session import Session, SessionContext
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen
from tests.earlier_release import LARGE, fill, lay_out
from tests.s3.scripted import Reply, scripted
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until

Add = Callable[[TransferEngine, str, str, str, Path], Awaitable[int]]
"""Queues something: with the handles of one connection and another, a bucket of each, and a folder here."""

KINDS: dict[str, Add] = {
    "download": lambda q, here, _, b, f: q.add(DownloadObject(here, b, "a.txt", f / "a.txt")),
    "download of a prefix": lambda q, here, _, b, f: q.add(DownloadPrefix(here, b, "", f / "all")),
    "upload": lambda q, here, _, b, f: q.add(UploadFile(here, f / "up.bin", b, "up.bin")),
    "upload of a folder": lambda q, here, _, b, f: q.add(UploadFolder(here, f / "tree", b, "tree/")),
    "copy": lambda q, here, _, b, f: q.add(CopyObject(here, b, "a.txt", b, "copied.txt")),
    "copy from it": lambda q, here, other, b, f: q.add(
        CopyObject(here, b, "a.txt", b, "x", to_connection=other)
    ),
    "copy to it": lambda q, here, other, b, f: q.add(
        CopyObject(other, b, "a.txt", b, "x", to_connection=here)
    ),
    "copy of a prefix to it": lambda q, here, other, b, f: q.add(
        CopyPrefix(other, b, "a", b, "copy/", to_connection=here)
    ),
}


@asynccontextmanager
async def a_run(*connections: Connection) -> AsyncIterator[tuple[Sessions, TransferEngine]]:
    """Be the app without its screens: these connections are open, and what is left is taken up."""
    thread, state_db = S3Thread(), StateDb(paths.state_dir() / "state.sqlite")
    thread.start()
    sessions = Sessions(SessionContext(thread, Settings(), lambda *_: None, state_db))
    for connection in connections:
        sessions.of(connection)
    journal = Journal.open(paths.state_dir())
    engine = TransferEngine(sessions.client_for, journal=journal, processes=0)
    try:
        await engine.start()
        yield sessions, engine
    finally:
        await engine.aclose(keep=True)
        await sessions.aclose()
        thread.stop()
        state_db.close()


async def ended(engine: TransferEngine, id: int) -> TransferState:
    """Wait until a transfer neither waits nor runs."""
    while True:
        (row,) = (row for row in engine.snapshot().transfers if row.id == id)
        if row.state not in (TransferState.QUEUED, TransferState.WAITING, TransferState.RUNNING):
            return row.state
        await asyncio.sleep(0.01)


def contents(server: S3Server, bucket: str) -> set[tuple[str, int]]:
    found = server.boto3().list_objects_v2(Bucket=bucket).get("Contents", [])
    return {(each["Key"], each["Size"]) for each in found}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_was_kept_never_goes_on_elsewhere(
    kind: str, ministack: S3Server, moto_server: S3Server, tmp_path: Path
) -> None:
    bucket = ministack.make_bucket("whose")
    moto_server.boto3().create_bucket(Bucket=bucket)
    for server, body in ((ministack, b"ours"), (moto_server, b"somebody else's")):
        server.boto3().put_object(Bucket=bucket, Key="a.txt", Body=body)
    (tmp_path / "tree").mkdir()
    for file in (tmp_path / "up.bin", tmp_path / "tree" / "leaf.bin"):
        file.write_bytes(b"secret" * 1000)
    ours = Connection("env", ministack.endpoint, Given(ministack.credentials))
    other = Connection("other", ministack.endpoint, Given(ministack.credentials))
    # Another server, the same keys at another server, and another account at the same one.
    strangers = [
        Connection("env", moto_server.endpoint, Given(moto_server.credentials)),
        Connection("env", moto_server.endpoint, Given(ministack.credentials)),
        Connection("env", ministack.endpoint, Given(Credentials("AKIASTRANGER", "x" * 20))),
        Connection("env", ministack.endpoint, Anonymous()),
    ]
    async with a_run(ours, other) as (_, engine):
        id = await KINDS[kind](engine, handle_of(ours), handle_of(other), bucket, tmp_path)
        await engine.pause(id)
        assert await ended(engine, 1) is TransferState.PAUSED
    before = contents(ministack, bucket), contents(moto_server, bucket), local(tmp_path)
    for stranger in strangers:
        # Where both sides of a copy are one account, only the stranger is open.
        async with a_run(stranger) as (_, engine):
            await engine.resume(1)
            assert await ended(engine, 1) is TransferState.PAUSED
            (row,) = engine.snapshot().transfers
            assert ministack.endpoint_url in (row.error or "")
            assert ministack.credentials.access_key in (row.error or "")
    assert (contents(ministack, bucket), contents(moto_server, bucket), local(tmp_path)) == before
    async with a_run(strangers[0], ours, other) as (_, engine):
        await engine.resume(1)
        assert await ended(engine, 1) is TransferState.DONE, engine.snapshot().transfers
    assert contents(moto_server, bucket) == before[1]


def handle_of(connection: Connection) -> str:
    return str(Handle(connection.name, identity_of(connection)))


def local(folder: Path) -> set[tuple[str, bytes]]:
    return {
        (str(path), path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and "home" not in path.parts
    }


async def test_two_connections_of_one_name_never_mix() -> None:
    keys = Credentials("AKIAONE", "x" * 20)
    first, second = (
        Connection("MinIO", Endpoint.custom(f"http://127.0.0.1:{port}"), Given(keys)) for port in (9001, 9002)
    )
    async with a_run(first) as (sessions, _):
        before = await sessions.client_for(handle_of(first))
        sessions.of(second)
        assert await sessions.client_for(handle_of(first)) is before
        assert (await sessions.client_for(handle_of(second))).endpoint == second.endpoint
        with pytest.raises(NotAtHand):
            await sessions.client_for("MinIO")


LISTED = b"<ListAllMyBucketsResult>%s<Buckets>%s</Buckets></ListAllMyBucketsResult>"
OWNER = b"<Owner><ID>%s</ID></Owner>"
BUCKET = b"<Bucket><Name>abc</Name></Bucket>"


@pytest.mark.parametrize("buckets", [b"", BUCKET, BUCKET * 3])
@pytest.mark.parametrize(
    ("reply", "is_ours"),
    [
        (lambda buckets: LISTED % (OWNER % b"ours", buckets), True),
        (lambda buckets: LISTED % (OWNER % b"theirs", buckets), False),
        (lambda buckets: LISTED % (b"", buckets), True),
        (lambda buckets: LISTED % (OWNER % b"", buckets), True),
        (lambda buckets: None, True),
    ],
)
async def test_a_profile_that_leads_to_another_account_is_another_account(
    reply: Callable[[bytes], bytes | None], is_ours: bool, buckets: bytes
) -> None:
    body = reply(buckets)
    answer = Reply(403) if body is None else Reply(body=body)
    async with scripted(lambda _: answer) as server:
        here = Connection("work", server.endpoint, Given(Credentials("AKIAONE", "x" * 20)))
        handle = str(Handle("work", identity_of(here), "ours"))
        async with a_run(here) as (sessions, _):
            for _ in range(2):
                if is_ours:
                    assert (await sessions.client_for(handle)).endpoint == server.endpoint
                else:
                    with pytest.raises(NotAtHand, match="another account"):
                        await sessions.client_for(handle)
            assert len({seen.target for seen in server.requests}) == 1
            assert len(server.requests) == 1


async def test_a_connection_that_was_renamed_is_still_the_one() -> None:
    endpoint = Endpoint.custom("http://127.0.0.1:9001")
    now = Connection("lab", endpoint, Given(Credentials("AKIAONE", "x" * 20)))
    async with a_run(now) as (sessions, _):
        before = Connection("MinIO", endpoint, FromKeyring("AKIAONE"))
        client: S3Client = await sessions.client_for(handle_of(before))
        assert client.endpoint == endpoint


async def test_the_queue_says_whose_a_transfer_is_and_leaves_it_paused(
    running: Running, connection: Connection, ministack: S3Server, moto_server: S3Server, tmp_path: Path
) -> None:
    bucket = ministack.make_bucket("whose")
    moto_server.boto3().create_bucket(Bucket=bucket)
    source = tmp_path / "up.bin"
    source.write_bytes(b"secret")
    async with a_run(connection) as (_, engine):
        await engine.pause(await engine.add(UploadFile(handle_of(connection), source, bucket, "up.bin")))
    stranger = Connection("test", moto_server.endpoint, Given(moto_server.credentials))
    async with running(stranger, f"s3://{bucket}/") as pilot:
        await recovered(pilot)
        await press(pilot, "t", "R")
        text = screen_text(pilot)
        assert "1 paused still" in text
        assert ministack.endpoint_url in text
        await pilot.press("enter")
        key = ministack.credentials.access_key
        await until(pilot, lambda: f"test: {ministack.endpoint_url}, key {key}" in screen_text(pilot))
    assert contents(moto_server, bucket) == contents(ministack, bucket) == set()
    async with running(connection, f"s3://{bucket}/") as pilot:
        await recovered(pilot)
        await press(pilot, "t", "R")
        await until(pilot, lambda: contents(ministack, bucket), "the upload")


@pytest.mark.parametrize("answer", ["no", "yes"])
async def test_of_an_earlier_releases_transfers_one_is_asked_once_whose_they_are(
    running: Running, ministack: S3Server, tmp_path: Path, answer: str
) -> None:
    oracle, data, other = ministack.boto3(), ministack.make_bucket(), ministack.make_bucket()
    fill(oracle, data)
    lay_out(tmp_path, data=data, other=other)
    paths.config_file().unlink()  # its connection `work` leads elsewhere
    work = Connection("work", ministack.endpoint, Given(ministack.credentials))
    async with running(work, f"s3://{data}/") as pilot:
        await recovered(pilot)
        await press(pilot, "t")
        await pilot.press("R")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the question")
        text = " ".join(screen_text(pilot).replace("│", " ").split())
        assert "This was started by work. Is it" in text
        assert ministack.endpoint_url in text
        assert ministack.credentials.access_key in text
        assert contents(ministack, other) == set()
        await pilot.press(*["right"] * (answer == "yes"), "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, TransferQueueScreen))
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        if answer == "no":
            await settle(pilot)
            states = {row.state for row in app.transfers.snapshot.transfers}
            assert TransferState.RUNNING not in states
            assert contents(ministack, other) == set()
            return
        await until(pilot, lambda: not app.transfers.busy and len(contents(ministack, other)) == 4)
        assert ("big.bin", len(LARGE)) in contents(ministack, other)
        by_id = {row.id: row for row in app.transfers.snapshot.transfers}
        assert by_id[4].state is TransferState.DONE
        assert by_id[5].state is TransferState.PAUSED, "`env` is not here"


async def recovered(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    await until(pilot, lambda: app.transfers.left, "what an earlier run left")
    await settle(pilot)


@pytest.mark.parametrize(
    ("key", "url", "is_asked"),
    [
        ("ASIARENEWED", "http://127.0.0.1:9001", True),
        ("AKIASTATIC", "http://127.0.0.1:9001", False),
        ("ASIARENEWED", "http://127.0.0.1:9002", False),
    ],
)
async def test_only_a_renewed_temporary_key_may_be_the_same_account(
    key: str, url: str, is_asked: bool
) -> None:
    begun = Connection(
        "env", Endpoint.custom("http://127.0.0.1:9001"), Given(Credentials("ASIAFIRST", "x" * 20))
    )
    now = Connection("env", Endpoint.custom(url), Given(Credentials(key, "x" * 20)))
    async with a_run(now) as (sessions, _):
        belonging = await sessions.whose(handle_of(begun))
        assert belonging.needs_answer is is_asked
        with pytest.raises(NotAtHand, match="p asks" if is_asked else "which is not open"):
            await sessions.client_for(handle_of(begun))
        if is_asked:
            assert belonging.handle == handle_of(now)
            assert (await sessions.client_for(belonging.handle)).endpoint.url == url


# What a program prints, or a profile's temporary key is, may be of another account tomorrow.
UNTOLD = {
    "a program": "credential_process = cat {printed}\n",
    "a temporary key": "aws_access_key_id = ASIA{key}\naws_secret_access_key = s\n",
    "a role of another server's": "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = q\n",
}
NOWHERE = "http://127.0.0.1:9"


def write_profile(home: Path, way: str, key: str) -> Connection:
    printed = home / "printed"
    printed.write_text(json.dumps({"Version": 1, "AccessKeyId": key, "SecretAccessKey": "s"}))
    (home / ".aws").mkdir(exist_ok=True)
    text = UNTOLD[way].format(printed=printed, key=key)
    (home / ".aws" / "config").write_text(f"[profile p]\nendpoint_url = {NOWHERE}\n{text}")
    return Connection("aws:p", Endpoint.custom(NOWHERE), FromProfile("p"))


@pytest.mark.parametrize("way", UNTOLD)
async def test_where_nobody_tells_the_account_another_run_asks_first(way: str, home: Path) -> None:
    connection = write_profile(home, way, "AKIAONE")
    async with a_run(connection) as (sessions, _):
        (handle,) = sessions.handles()
        assert (await sessions.whose(handle)).is_certain, "it is the same run"
        client = await sessions.client_for(handle)
        assert await sessions.client_for(sessions.handles()[0]) is client
    write_profile(home, way, "AKIATWO")
    for opened in ((connection,), ()):  # on the screen, or found in the files
        async with a_run(*opened) as (sessions, _):
            with pytest.raises(NotAtHand, match=r"nobody said.*p asks"):
                await sessions.client_for(handle)
            belonging = await sessions.whose(handle)
            assert belonging.needs_answer
            await sessions.client_for(belonging.handle)  # as whoever says yes does
            with pytest.raises(NotAtHand):
                await sessions.client_for(handle)


async def test_a_transfer_whose_account_nobody_tells_waits_for_a_yes(
    running: Running, ministack: S3Server, home: Path, tmp_path: Path
) -> None:
    keys, bucket = ministack.credentials, ministack.make_bucket("whose")
    secret = keys.secret_key.reveal()
    printed = {"Version": 1, "AccessKeyId": keys.access_key, "SecretAccessKey": secret}
    connection = write_profile(home, "a program", "")
    (home / "printed").write_text(json.dumps(printed))
    connection = replace(connection, endpoint=ministack.endpoint)
    (tmp_path / "up.bin").write_bytes(b"secret")
    async with a_run(connection) as (sessions, engine):
        (handle,) = sessions.handles()
        await engine.pause(await engine.add(UploadFile(handle, tmp_path / "up.bin", bucket, "up.bin")))
    async with running(connection, f"s3://{bucket}/") as pilot:
        await recovered(pilot)
        await press(pilot, "t")
        for wanted in (False, True):
            await pilot.press("R")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the question")
            assert "nobody said. Are they of one account?" in said(pilot)
            assert contents(ministack, bucket) == set()
            await pilot.press(*["right"] * wanted, "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, TransferQueueScreen))
        await until(pilot, lambda: contents(ministack, bucket) == {("up.bin", 6)}, "the upload")


def said(pilot: Pilot[None]) -> str:
    return " ".join(screen_text(pilot).replace("│", " ").split())


async def test_a_profile_that_was_written_anew_is_another_connection(home: Path) -> None:
    async def key_of(handle: str) -> str:
        config = await (await sessions.client_for(handle)).config()
        assert config is not None
        assert config.credentials is not None
        return config.credentials.access_key

    def write(key: str) -> None:
        (home / ".aws").mkdir(exist_ok=True)
        text = f"[profile p]\naws_access_key_id = {key}\naws_secret_access_key = s\n"
        (home / ".aws" / "config").write_text(text)

    connection = Connection("aws:p", Endpoint.custom(NOWHERE), FromProfile("p"))
    handles = {}
    for key in ("AKIAONE", "AKIATWO"):
        write(key)
        handles[key] = handle_of(connection)
    write("AKIAONE")
    async with a_run(connection) as (sessions, _):
        assert await key_of(handles["AKIAONE"]) == "AKIAONE"
        with pytest.raises(NotAtHand):
            await sessions.client_for(handles["AKIATWO"])
        write("AKIATWO")
        sessions.of(connection)
        for key, handle in handles.items():
            assert await key_of(handle) == key


@asynccontextmanager
async def a_session(connection: Connection) -> AsyncIterator[Session]:
    thread, state_db = S3Thread(), StateDb(paths.state_dir() / "state.sqlite")
    thread.start()
    sessions = Sessions(SessionContext(thread, Settings(), lambda *_: None, state_db))
    try:
        yield sessions.of(connection)
    finally:
        await thread.run(sessions.aclose())
        thread.stop()
        state_db.close()


async def test_what_is_remembered_of_two_accounts_under_one_profile_never_mixes(home: Path) -> None:
    location = Location("bucket", "logs/")
    owner: bytes | None = None
    now = utc_now()

    def answer(_: object) -> Reply:
        return Reply(403) if owner is None else Reply(body=LISTED % (OWNER % owner, b""))

    async with scripted(answer) as server:
        connection = replace(write_profile(home, "a program", "AKIAONE"), endpoint=server.endpoint)
        # Each start leads straight to a bucket: nobody lists the buckets for the screen.
        marked: dict[bytes | None, bool] = {}
        for owner in (b"one", b"two", None, b"one", None, b"two"):
            async with a_session(connection) as session:
                found = await session.query_state(bookmarks)
                assert found == [location] * marked.get(owner, False), owner
                if owner != b"two":
                    marked[owner] = await session.query_state(
                        lambda database, whose: toggle_bookmark(database, whose, location, now)
                    )
