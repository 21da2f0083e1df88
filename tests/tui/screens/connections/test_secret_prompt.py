"""A secret that no keyring gives is asked for, and kept where it can be."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from keyring.errors import KeyringLocked, PasswordSetError
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection, FromKeyring
from s3tui.connect.keychain import SERVICE
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.prompt import Prompt
from tests.keyrings import Ring, ring_in_use
from tests.s3.scripted import Reply, Seen, scripted
from tests.servers import S3Server
from tests.tui.harness import lists_bucket, screen_text, until

BUCKET = "opened-by-hand"


@pytest.fixture
def ring() -> Iterator[Ring]:
    with ring_in_use() as ring:
        yield ring


@pytest.fixture
def secret(ministack: S3Server) -> str:
    ministack.make_bucket(BUCKET)
    return ministack.credentials.secret_key.reveal()


@asynccontextmanager
async def opened(server: S3Server) -> AsyncIterator[Pilot[Any]]:
    connection = Connection("work", server.endpoint, FromKeyring(server.credentials.access_key))
    async with S3TuiApp(Settings(), connection).run_test(size=(120, 30)) as pilot:
        await the_question(pilot)
        yield pilot


async def the_question(pilot: Pilot[Any], title: str = "Secret key of work") -> None:
    def is_there() -> bool:
        screen = pilot.app.screen
        return isinstance(screen, Prompt) and bool(screen.query(Input)) and title in screen_text(pilot)

    await until(pilot, is_there, title)


async def answer(pilot: Pilot[Any], secret: str) -> None:
    pilot.app.screen.query_one(Input).value = secret
    await pilot.pause()
    assert not secret or secret not in screen_text(pilot)
    await pilot.press("enter")


async def the_buckets(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: lists_bucket(pilot, BUCKET), "the buckets")


def texts_of(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_without_a_keyring_it_is_asked_for_once_and_kept_in_memory(
    ministack: S3Server, secret: str, home: Path
) -> None:
    async with opened(ministack) as pilot:
        shown = screen_text(pilot)
        assert "no usable keyring" in shown
        assert ministack.credentials.access_key in shown
        assert "in memory until s3tui ends" in shown
        await answer(pilot, secret)
        await the_buckets(pilot)
        await pilot.press("r")
        await the_buckets(pilot)
        assert isinstance(pilot.app.screen, BucketListScreen)
    assert not any(secret.encode() in text for text in texts_of(home))


async def test_what_a_locked_keyring_does_not_give_is_asked_for(
    ministack: S3Server, secret: str, ring: Ring
) -> None:
    ring.reading_refusal = KeyringLocked("somebody walked away from its prompt")
    async with opened(ministack) as pilot:
        assert "The keyring is locked" in screen_text(pilot)
        await answer(pilot, secret)
        await the_buckets(pilot)
    assert ring.entries == {}


@pytest.mark.parametrize("entry", [None, "no JSON", '{"access_key": "AKIAOTHER", "secret_key": "x"}'])
async def test_what_the_keyring_has_no_entry_of_is_given_to_it(
    ministack: S3Server, secret: str, ring: Ring, entry: str | None
) -> None:
    if entry is not None:
        ring.entries[SERVICE, "work"] = entry
    async with opened(ministack) as pilot:
        assert "The keyring has none" in screen_text(pilot)
        await answer(pilot, secret)
        await the_buckets(pilot)
    kept = json.loads(ring.entries[SERVICE, "work"])
    assert (kept["access_key"], kept["secret_key"]) == (ministack.credentials.access_key, secret)


async def test_a_keyring_that_takes_nothing_does_not_stand_in_the_way(
    ministack: S3Server, secret: str, ring: Ring, caplog: pytest.LogCaptureFixture
) -> None:
    ring.refusal = PasswordSetError("no")
    async with opened(ministack) as pilot:
        await answer(pilot, secret)
        await the_buckets(pilot)
    assert not [record for record in caplog.records if record.name == "asyncio"], "no task has failed"


async def test_a_wrong_one_is_kept_nowhere_and_asked_for_again(
    ministack: S3Server, secret: str, ring: Ring
) -> None:
    async with opened(ministack) as pilot:
        await answer(pilot, "")  # there is no such secret: it goes on asking
        await until(pilot, lambda: "empty" in screen_text(pilot), "what is wrong with it")
        await answer(pilot, f"{secret}x")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "the refusal")
        await until(pilot, lambda: "^o changes the connection" in screen_text(pilot), "the refusal")
        assert ring.entries == {}
        await pilot.press("r")
        await the_question(pilot)
        await answer(pilot, secret)
        await the_buckets(pilot)
    assert (SERVICE, "work") in ring.entries


async def test_a_secret_that_was_put_right_in_the_keyring_is_read_again(
    ministack: S3Server, secret: str, ring: Ring
) -> None:
    def put(text: str) -> None:
        keys = {"access_key": ministack.credentials.access_key, "secret_key": text, "session_token": None}
        ring.entries[SERVICE, "work"] = json.dumps(keys)

    put(f"{secret}x")
    connection = Connection("work", ministack.endpoint, FromKeyring(ministack.credentials.access_key))
    async with S3TuiApp(Settings(), connection).run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "^o changes the connection" in screen_text(pilot), "the refusal")
        put(secret)
        await pilot.press("r")
        await the_buckets(pilot)


async def test_of_a_temporary_key_the_session_token_is_asked_for_too(ring: Ring) -> None:
    asked: list[str | None] = []

    def reply(request: Seen) -> Reply:
        asked.append(request.headers.get("x-amz-security-token"))
        is_right = asked[-1] == "the-token"
        refusal = b"<Error><Code>InvalidToken</Code><Message>m</Message></Error>"
        buckets = b"<ListAllMyBucketsResult><Buckets><Bucket><Name>%s</Name></Bucket></Buckets>%s"
        body = buckets % (BUCKET.encode(), b"</ListAllMyBucketsResult>")
        return Reply(body=body) if is_right else Reply(400, body=refusal)

    async with scripted(reply) as server:
        connection = Connection("work", server.endpoint, FromKeyring("ASIATEMPORARY"))
        async with S3TuiApp(Settings(), connection).run_test(size=(120, 30)) as pilot:
            for token in ("wrong", "the-token"):
                await the_question(pilot, "Secret key of work")
                assert "its session token is asked for next" in screen_text(pilot)
                await answer(pilot, "the-secret")
                await the_question(pilot, "Session token of work")
                await answer(pilot, token)
                if token == "wrong":
                    await until(pilot, lambda: "^o changes the connection" in screen_text(pilot), "no")
                    assert ring.entries == {}
                    await pilot.press("r")
            await the_buckets(pilot)
    kept = json.loads(ring.entries[SERVICE, "work"])
    assert (kept["secret_key"], kept["session_token"]) == ("the-secret", "the-token")
    assert set(asked) == {"wrong", "the-token"}


async def test_who_walks_away_reads_why_and_can_try_again(ministack: S3Server, secret: str) -> None:
    async with opened(ministack) as pilot:
        await pilot.press("escape")
        await until(pilot, lambda: "^o changes the connection" in screen_text(pilot), "the sentence")
        assert "no usable keyring" in screen_text(pilot)
        await pilot.press("r")
        await the_question(pilot)
        await answer(pilot, secret)
        await the_buckets(pilot)


async def test_the_app_ends_while_it_is_asked_for(ministack: S3Server) -> None:
    async with opened(ministack) as pilot:
        pilot.app.exit()
