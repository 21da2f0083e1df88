"""State of several accounts and servers under the same names: no two ever mix, in any order of starts."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.browse.place.bookmarks import bookmarks, toggle_bookmark
from s3tui.browse.place.location import Location
from s3tui.connect.discover import choose
from s3tui.s3.client import S3Client
from s3tui.settings import Settings
from s3tui.transfer.errors import NotAtHand
from s3tui.tui.clock import utc_now
from s3tui.tui.runtime.session import SessionContext
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from tests.long import SEED, rng, share
from tests.s3.scripted import Reply, Seen, scripted

OWNERS = {"AKIAONE": b"one", "AKIATWO": b"two", "AKIAMUTE": None}
"""Whose account each key is of; of the last one the server does not tell."""


@dataclass(frozen=True)
class Start:
    """One start of the program."""

    server: int
    key: str
    way: str

    @property
    def account(self) -> tuple[int, str, bytes | str | None]:
        """The endpoint and the account, as far as anybody can know."""
        if self.way == "program":
            return self.server, "profile p", OWNERS[self.key]
        return self.server, "key", self.key


STARTS = [Start(*each) for each in product(range(2), OWNERS, ("environment", "profile", "program"))]


def answer(request: Seen) -> Reply:
    key = request.headers["authorization"].partition("Credential=")[2].partition("/")[0]
    owner = OWNERS[key]
    if owner is None:
        return Reply(403)
    return Reply(
        body=b"<ListAllMyBucketsResult><Owner><ID>%s</ID></Owner><Buckets/></ListAllMyBucketsResult>" % owner
    )


def prepare(start: Start, url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    printed = home / "printed"
    printed.write_text(json.dumps({"Version": 1, "AccessKeyId": start.key, "SecretAccessKey": "s"}))
    pair = f"aws_access_key_id = {start.key}\naws_secret_access_key = s\n"
    text = f"credential_process = cat {printed}\n" if start.way == "program" else pair
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(f"[profile p]\n{text}")
    if start.way == "environment":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", start.key)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    else:
        monkeypatch.setenv("AWS_PROFILE", "p")


@asynccontextmanager
async def a_run() -> AsyncIterator[tuple[S3Thread, Sessions]]:
    thread, state_db = S3Thread(), StateDb(paths.state_dir() / "state.sqlite")
    thread.start()
    sessions = Sessions(SessionContext(thread, Settings(), lambda *_: None, state_db))
    try:
        yield thread, sessions
    finally:
        await thread.run(sessions.aclose())
        thread.stop()
        state_db.close()


async def signs_as(client: S3Client) -> tuple[str, str]:
    config = await client.config()
    assert config is not None
    assert config.credentials is not None
    return client.endpoint.url, config.credentials.access_key


@pytest.mark.long
@pytest.mark.parametrize("number", range(share(5, 100)))
async def test_no_order_of_starts_mixes_two_accounts(
    number: int, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = rng(f"starts {number}").choices(STARTS, k=8)
    marked: dict[object, list[Location]] = {}
    begun: dict[str, Start] = {}
    async with AsyncExitStack() as stack:
        urls = [(await stack.enter_async_context(scripted(answer))).url for _ in range(2)]
        for at, start in enumerate(order):
            words = f"seed {SEED}, {order[: at + 1]}"
            prepare(start, urls[start.server], home, monkeypatch)
            connection = choose(Settings())
            assert connection is not None
            async with a_run() as (thread, sessions):
                session = sessions.of(connection)
                assert await session.query_state(bookmarks) == marked.get(start.account, []), words
                place, now = Location("bucket", f"{at}/"), utc_now()
                await session.query_state(
                    lambda database, whose: toggle_bookmark(database, whose, place, now)  # noqa: B023
                )
                marked.setdefault(start.account, []).append(place)
                for handle, before in begun.items():
                    is_one = (before.server, before.key) == (start.server, start.key)
                    is_known = "program" not in (before.way, start.way)
                    try:
                        client = await thread.run(sessions.client_for(handle))
                    except NotAtHand:
                        assert not (is_one and is_known), words
                    else:
                        assert is_known, words
                        assert await signs_as(client) == (urls[before.server], before.key), words
                begun[session.handle] = start
