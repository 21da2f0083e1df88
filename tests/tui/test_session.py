"""A session: what its client learns of the endpoint, the next run's client knows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from s3tui.background import S3Thread
from s3tui.connect import Connection, Given
from s3tui.s3 import Capability, Credentials, Endpoint, S3Client
from s3tui.s3.sender import Fact
from s3tui.settings import Settings
from s3tui.tui.memory import Memory
from s3tui.tui.session import Session

HERE = Endpoint.custom("http://127.0.0.1:9")


@contextmanager
def a_run(file: Path) -> Iterator[tuple[S3Thread, Memory]]:
    thread, memory = S3Thread(), Memory(file)
    thread.start()
    try:
        yield thread, memory
    finally:
        thread.stop()
        memory.close()


async def capability(session: Session) -> bool | None:
    async def ask(client: S3Client) -> bool | None:
        return client.capabilities.has(Capability.DELETE_OBJECTS)

    return await session.ask(ask)


async def test_what_one_run_saw_the_next_one_knows_and_no_other_account_does(tmp_path: Path) -> None:
    ours = Connection("env", HERE, Given(Credentials("AKIAOURS", "x" * 20)))
    theirs = Connection("env", HERE, Given(Credentials("AKIATHEIRS", "x" * 20)))
    facts: list[Fact] = []

    async def see(client: S3Client) -> None:
        client.capabilities.learn(Capability.DELETE_OBJECTS, False, "DeleteObjects: 501 NotImplemented")

    with a_run(tmp_path / "state.sqlite") as (thread, memory):
        session = Session(
            ours, thread, Settings(), observer=lambda _, fact: facts.append(fact), memory=memory
        )
        assert await capability(session) is None
        await session.ask(see)
        await thread.run(session.aclose())
    assert len(facts) == 1
    with a_run(tmp_path / "state.sqlite") as (thread, memory):
        for connection, known in ((ours, False), (theirs, None)):
            session = Session(
                connection, thread, Settings(), observer=lambda _, fact: facts.append(fact), memory=memory
            )
            assert await capability(session) is known
            await thread.run(session.aclose())
    assert len(facts) == 1
