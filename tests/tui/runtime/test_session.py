"""Sessions: what one learns of an endpoint, the next run knows; all share its budget of retries."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from s3tui.background import S3Thread
from s3tui.connect import Connection, FromKeyring, Given, keychain
from s3tui.connect.by_name import KnownConnection
from s3tui.connect.keychain import NoSecret
from s3tui.s3 import Capability, Credentials, Endpoint, S3Client
from s3tui.s3.errors import SlowDown
from s3tui.s3.retries import RetryQuota
from s3tui.s3.sending.sender import Fact
from s3tui.settings import Settings
from s3tui.tui.runtime.session import Session, SessionContext
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from tests.patience import PATIENCE_S
from tests.s3.scripted import Reply, Seen, error_reply, scripted

HERE = Endpoint.custom("http://127.0.0.1:9")


@contextmanager
def a_run(file: Path) -> Iterator[tuple[S3Thread, StateDb]]:
    thread, state_db = S3Thread(), StateDb(file)
    thread.start()
    try:
        yield thread, state_db
    finally:
        thread.stop()
        state_db.close()


async def capability(session: Session) -> bool | None:
    async def ask(client: S3Client) -> bool | None:
        return client.capabilities.has(Capability.DELETE_OBJECTS)

    return await session.run(ask)


async def test_what_one_run_saw_the_next_one_knows_and_no_other_account_does(tmp_path: Path) -> None:
    ours = Connection("env", HERE, Given(Credentials("AKIAOURS", "x" * 20)))
    theirs = Connection("env", HERE, Given(Credentials("AKIATHEIRS", "x" * 20)))
    facts: list[Fact] = []

    async def see(client: S3Client) -> None:
        client.capabilities.learn(Capability.DELETE_OBJECTS, False, "DeleteObjects: 501 NotImplemented")

    with a_run(tmp_path / "state.sqlite") as (thread, state_db):
        session = Session(
            ours, SessionContext(thread, Settings(), lambda _, fact: facts.append(fact), state_db)
        )
        assert await capability(session) is None
        await session.run(see)
        await thread.run(session.aclose())
    assert len(facts) == 1
    with a_run(tmp_path / "state.sqlite") as (thread, state_db):
        for connection, known in ((ours, False), (theirs, None)):
            session = Session(
                connection, SessionContext(thread, Settings(), lambda _, fact: facts.append(fact), state_db)
            )
            assert await capability(session) is known
            await thread.run(session.aclose())
    assert len(facts) == 1


async def test_all_connections_to_one_endpoint_share_its_budget_of_retries(tmp_path: Path) -> None:
    asked: Counter[str] = Counter()

    def path_of(seen: Seen) -> str:
        return seen.target.decode().partition("?")[0]

    def gone(seen: Seen) -> Reply:
        asked[path_of(seen)] += 1
        return error_reply(503, "SlowDown")

    def back_again(seen: Seen) -> Reply:
        asked[path_of(seen)] += 1
        return error_reply(503, "SlowDown") if asked[path_of(seen)] == 1 else Reply(body=b"bytes")

    async def read_many(client: S3Client) -> None:
        count = RetryQuota.CAPACITY // RetryQuota.COST  # each wants more than one retry
        reads = (client.get_object("b", f"many/{number}") for number in range(count))
        ends = await asyncio.gather(*reads, return_exceptions=True)
        assert {type(end) for end in ends} == {SlowDown}

    async def read_one(client: S3Client) -> bytes:
        return await client.get_object("b", "one")

    async with scripted(gone) as dead, scripted(back_again) as other:
        with a_run(tmp_path / "state.sqlite") as (thread, state_db):
            sessions = Sessions(SessionContext(thread, Settings(), lambda *_: None, state_db))
            first, second, elsewhere = (
                sessions.of(Connection(name, endpoint, Given(Credentials(f"AKIA{name}", "x" * 20))))
                for name, endpoint in (("A", dead.endpoint), ("B", dead.endpoint), ("A", other.endpoint))
            )
            try:
                await first.run(read_many)
                assert asked.total() == 2 * RetryQuota.CAPACITY // RetryQuota.COST
                with pytest.raises(SlowDown):
                    await second.run(read_one)
                assert asked["/b/one"] == 1
                asked.clear()
                assert await elsewhere.run(read_one) == b"bytes"
                assert asked["/b/one"] == 2
            finally:
                await thread.run(sessions.aclose())


async def test_a_keyring_that_waits_for_its_user_keeps_nobody_from_quitting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def put(name: str, keys: Credentials) -> None:
        asked.set()
        answered.wait(PATIENCE_S)

    async def entered(name: str, access_key: str, missing: NoSecret) -> Credentials:
        return Credentials(access_key, "x" * 20)

    async def read_one(client: S3Client) -> bytes:
        return await client.get_object("b", "one")

    monkeypatch.setattr(keychain, "get", lambda name: None)
    monkeypatch.setattr(keychain, "put", put)
    monkeypatch.setattr("s3tui.tui.runtime.session._FAREWELL_S", 0.01)
    async with scripted(lambda seen: Reply(body=b"bytes")) as server:
        with a_run(tmp_path / "state.sqlite") as (thread, state_db):
            context = SessionContext(thread, Settings(), lambda *_: None, state_db, ask_secret=entered)
            session = Session(Connection("A", server.endpoint, FromKeyring("AKIA")), context)
            assert await session.run(read_one) == b"bytes"
            assert await asyncio.to_thread(asked.wait, PATIENCE_S)
            async with asyncio.timeout(PATIENCE_S / 2):
                await thread.run(session.aclose())
            answered.set()


def test_a_program_that_hangs_while_connections_are_looked_for_keeps_nobody_from_quitting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, answered = threading.Event(), threading.Event()

    def known() -> list[KnownConnection]:
        asked.set()
        answered.wait(PATIENCE_S)
        return []

    async def leave() -> None:
        looking = asyncio.create_task(sessions.known())
        while not asked.is_set():  # noqa: ASYNC110 - set in another thread
            await asyncio.sleep(0.001)
        looking.cancel()

    monkeypatch.setattr("s3tui.tui.runtime.sessions.known_connections", known)
    with a_run(tmp_path / "state.sqlite") as (thread, state_db):
        sessions = Sessions(SessionContext(thread, Settings(), lambda *_: None, state_db))
        ended = threading.Thread(target=lambda: asyncio.run(leave()), daemon=True)
        ended.start()
        ended.join(PATIENCE_S / 2)
        assert not ended.is_alive()
        answered.set()
