"""The form of a connection: editing, duplicating and testing one; keys that stay in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from s3tui import paths
from s3tui.connect.connection import Connection, FromKeyring
from s3tui.connect.store import ConnectionStore, resolve
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.credentials import Credentials
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm
from s3tui.tui.screens.connections.connection_list import ConnectionList
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from tests.fault_proxy import Answer, FaultProxy
from tests.keyrings import Ring, ring_in_use
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until

ENDPOINT = Endpoint.custom("https://s3.example.com", region="eu-1", addressing=Addressing.PATH)
WORK = Connection(
    "work",
    ENDPOINT,
    FromKeyring("AKIAWORK"),
    read_only=True,
    production=True,
    ca_file="~/ca.pem",
    verify_tls=False,
    checksums=ChecksumMode.WHEN_REQUIRED,
    origin="config.toml",
)


@pytest.fixture
def ring() -> Iterator[Ring]:
    with ring_in_use() as ring:
        yield ring


@pytest.fixture
def store(home: Path) -> ConnectionStore:
    return ConnectionStore(paths.config_file())


def save(store: ConnectionStore, connection: Connection, server: S3Server | None = None) -> None:
    keys = Credentials("AKIAWORK", "secret") if server is None else server.credentials
    store.save(connection, keys)


async def open_form(pilot: Pilot[None], key: str, name: str = "work") -> ConnectionForm:
    """Open the form of a connection in the list."""
    app = pilot.app
    await until(pilot, lambda: isinstance(app.screen, ConnectionsScreen), "the list")
    rows = app.screen.query_one(ConnectionList)
    await until(pilot, lambda: name in [row.name for row in rows.rows], name)
    await press(pilot, "home", *["down"] * [row.name for row in rows.rows].index(name))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, ConnectionForm), "the form")
    assert isinstance(app.screen, ConnectionForm)
    return app.screen


async def submit(pilot: Pilot[None], form: ConnectionForm, **values: str) -> None:
    for id, value in values.items():
        form.query_one(f"#{id}", Input).value = value
    field = form.query_one("#name", Input)
    field.focus()
    await until(pilot, lambda: pilot.app.focused is field, "the field")
    await pilot.press("enter")


async def test_an_edit_changes_what_was_edited_and_keeps_the_rest(
    running: Running, store: ConnectionStore, ring: Ring
) -> None:
    save(store, WORK)
    before = dict(ring.entries)
    async with running(None) as pilot:
        form = await open_form(pilot, "e")
        assert form.query_one("#secret", Input).value == "", "the secret is shown to nobody"
        await submit(pilot, form, region="eu-2")
        await until(pilot, lambda: "Saved the connection work." in screen_text(pilot), "the word")
        assert store.connections() == [replace(WORK, endpoint=replace(ENDPOINT, region="eu-2"))]
        assert ring.entries == before


async def test_another_name_takes_the_secret_along(
    running: Running, store: ConnectionStore, ring: Ring
) -> None:
    save(store, WORK)
    async with running(None) as pilot:
        form = await open_form(pilot, "e")
        await submit(pilot, form, name="prod")
        await until(pilot, lambda: "Saved the connection prod." in screen_text(pilot), "the word")
        assert store.connections() == [replace(WORK, name="prod")]
        assert list(ring.entries) == [("s3tui", "prod")]


async def test_another_access_key_needs_its_secret(
    running: Running, store: ConnectionStore, ring: Ring
) -> None:
    save(store, WORK)
    async with running(None) as pilot:
        form = await open_form(pilot, "e")
        await submit(pilot, form, access="AKIAOTHER")
        await until(pilot, lambda: "The secret key is needed" in screen_text(pilot), "why not")
        assert store.connections() == [WORK]
        await submit(pilot, form, secret="other")
        await until(pilot, lambda: "Saved the connection work." in screen_text(pilot), "the word")
        (saved,) = store.connections()
        keys = resolve(saved)
        assert isinstance(keys, Credentials)
        assert (keys.access_key, keys.secret_key.reveal()) == ("AKIAOTHER", "other")


async def test_a_duplicate_has_the_same_keys_under_its_own_name(
    running: Running, store: ConnectionStore, ring: Ring, ministack: S3Server
) -> None:
    there = replace(
        WORK,
        endpoint=ministack.endpoint,
        credentials=FromKeyring(ministack.credentials.access_key),
        ca_file=None,
    )
    save(store, there, ministack)
    async with running(None) as pilot:
        form = await open_form(pilot, "N")
        await submit(pilot, form)
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "its buckets")
        assert [each.name for each in store.connections()] == ["work", "work 2"]
        assert store.connections()[1] == replace(there, name="work 2")
        assert resolve(store.connections()[1]) == resolve(there)


async def test_a_connection_is_tested_and_nothing_is_saved(
    running: Running, store: ConnectionStore, ring: Ring, ministack: S3Server, proxy: FaultProxy
) -> None:
    ministack.reset()
    bucket = ministack.make_bucket("tested")
    there = replace(
        WORK,
        endpoint=proxy.endpoint,
        credentials=FromKeyring(ministack.credentials.access_key),
        ca_file=None,
        checksums=None,
    )
    save(store, there, ministack)
    before = store.connections(), dict(ring.entries)
    async with running(None) as pilot:
        form = await open_form(pilot, "e")
        await press(pilot, "ctrl+t")
        assert "It works: 1 bucket listed in" in screen_text(pilot)
        form.query_one("#bucket", Input).value = bucket
        await press(pilot, "ctrl+t")
        assert f"It works: {bucket} is there" in screen_text(pilot)
        form.query_one("#bucket", Input).value = "not-there"
        await press(pilot, "ctrl+t")
        assert "not-there" in screen_text(pilot)
        assert "It works" not in screen_text(pilot)
        form.query_one("#bucket", Input).value = ""
        proxy.add(Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>"), when=lambda request: True)
        await press(pilot, "ctrl+t")
        assert "Name a bucket to test with that." in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ConnectionsScreen)
        assert (store.connections(), ring.entries) == before


async def test_what_is_in_memory_only_stays_in_the_list_with_a_sign(
    running: Running, store: ConnectionStore, ministack: S3Server
) -> None:
    """Without a keyring: the keys are there as long as s3tui runs, also after an edit."""
    async with running(None) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm), "the form")
        new = pilot.app.screen
        assert isinstance(new, ConnectionForm)
        new.query_one(Select).value = "Other"
        await pilot.pause()
        keys = ministack.credentials
        values = {"access": keys.access_key, "secret": keys.secret_key.reveal(), "name": "mine"}
        await submit(pilot, new, url=ministack.endpoint_url, **values)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the offer")
        await press(pilot, "right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "its buckets")
        await press(pilot, "ctrl+o")
        await open_form(pilot, "e", "mine")
        text = screen_text(pilot)
        assert "kept, if you leave it empty" in text
        await press(pilot, "escape", "home")
        line = next(line for line in screen_text(pilot).splitlines() if "keys until" in line)
        assert "● mine" in line
        assert "saved without its secret · keys until s3tui ends" in line
        form = await open_form(pilot, "e", "mine")
        await submit(pilot, form, region="eu-9")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the offer")
        await press(pilot, "right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "its buckets")
        await press(pilot, "ctrl+o")
        rows = pilot.app.screen.query_one(ConnectionList)
        await until(pilot, lambda: [row.name for row in rows.rows].count("mine") == 1, "one row")
        (row,) = (row for row in rows.rows if row.name == "mine")
        assert row.is_in_memory
        assert row.connection is not None
        assert row.connection.endpoint.region == "eu-9"
