"""Settings of a run reach every client: every way to one is crossed with every setting.

What is asked is what the client does (writes refused, a server's certificate taken), not what it was told.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from s3tui import paths
from s3tui.background import S3Thread
from s3tui.connect.connection import Connection, Given
from s3tui.connect.discover import choose
from s3tui.s3.client import S3Client
from s3tui.s3.errors import AccessDenied, CredentialsError, ReadOnly
from s3tui.settings import Flags, Settings, load_settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.messages import DemoChosen
from s3tui.tui.runtime.session import SessionContext
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm
from s3tui.tui.screens.connections.connection_list import ConnectionList
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.long import rng, share
from tests.servers import S3Server
from tests.tui.harness import press, screen_text, settle, type_text, until

Question = Callable[[S3Client], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Wish:
    """One setting, in one of the places where it can be said."""

    flags: Mapping[str, Any] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    config: str = ""
    is_of_tls: bool = False


CA = "{ca}"
WISHES = {
    "--read-only": Wish({"read_only": True}),
    "S3TUI_READ_ONLY": Wish(environ={"S3TUI_READ_ONLY": "1"}),
    "read_only in config.toml": Wish(config="read_only = true\n"),
    "--ca-bundle": Wish({"ca_bundle": CA}, is_of_tls=True),
    "AWS_CA_BUNDLE": Wish(environ={"AWS_CA_BUNDLE": CA}, is_of_tls=True),
    "--no-verify-ssl": Wish({"no_verify_ssl": True}, is_of_tls=True),
}
FROM_THE_START: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "profile": ({"profile": "work"}, ()),
    "AWS_PROFILE": ({}, ("AWS_PROFILE",)),
    "default profile": ({}, ()),
    "keys in the environment": ({}, ("AWS_ACCESS_KEY_ID",)),
    "endpoint": ({"endpoint_url": "{url}", "profile": "work"}, ()),
    "config.toml": ({}, ("config",)),
    "anonymous": ({"endpoint_url": "{url}", "no_sign_request": True}, ()),
}
LISTED = ("env", "aws:default", "aws:work", "mc:box", "saved")


class Place:
    """A machine with every kind of connection to one server on it, and one setting."""

    def __init__(
        self,
        home: Path,
        server: S3Server,
        wish: Wish,
        monkeypatch: pytest.MonkeyPatch,
        *,
        at_amazon: bool = False,
    ) -> None:
        """`at_amazon`: the connections lead to Amazon's own endpoint: ask it nothing."""
        self.server, self.wish = server, wish
        self._at_amazon = at_amazon
        self._monkeypatch = monkeypatch
        self._ca = str(server.ca_file or "")
        url, keys = server.endpoint_url, server.credentials
        secrets = (
            f"aws_access_key_id = {keys.access_key}\naws_secret_access_key = {keys.secret_key.reveal()}\n"
        )
        where = "region = eu-west-1\n" if at_amazon else f"endpoint_url = {url}\n"
        (home / ".aws").mkdir()
        (home / ".aws" / "config").write_text(f"[default]\n{where}{secrets}[profile work]\n{where}{secrets}")
        (home / ".mc").mkdir()
        alias = {"url": url, "accessKey": keys.access_key, "secretKey": keys.secret_key.reveal()}
        (home / ".mc" / "config.json").write_text(json.dumps({"version": "10", "aliases": {"box": alias}}))
        paths.config_file().parent.mkdir(parents=True)
        self.configure("")
        for name, value in wish.environ.items():
            monkeypatch.setenv(name, self._filled(value))

    def configure(self, text: str) -> None:
        where = 'region = "eu-west-1"' if self._at_amazon else f'endpoint_url = "{self.server.endpoint_url}"'
        saved = f'[connections.saved]\n{where}\nprofile = "work"\n'
        paths.config_file().write_text(text + self.wish.config + saved)

    def set_keys(self) -> None:
        self._monkeypatch.setenv("AWS_ACCESS_KEY_ID", self.server.credentials.access_key)
        self._monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", self.server.credentials.secret_key.reveal())
        if not self._at_amazon:
            self._monkeypatch.setenv("AWS_ENDPOINT_URL_S3", self.server.endpoint_url)

    def use(self, *features: str) -> None:
        if "AWS_PROFILE" in features:
            self._monkeypatch.setenv("AWS_PROFILE", "work")
        if "AWS_ACCESS_KEY_ID" in features:
            self.set_keys()
        if "config" in features:
            self.configure('connection = "saved"\n')

    def settings(self, flags: Mapping[str, Any]) -> Settings:
        given = {name: self._filled(value) for name, value in {**flags, **self.wish.flags}.items()}
        return load_settings(Flags(**given), os.environ, paths.config_file())

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return value.format(ca=self._ca, url=self.server.endpoint_url)


def crossed(ways: Iterable[str], tls_short: int) -> list[tuple[str, str]]:
    """Return each wish with each way: all that protect what is there, and of those about TLS a share."""
    ways = list(ways)
    pairs = [(wish, way) for wish in WISHES for way in ways]
    of_tls = [pair for pair in pairs if WISHES[pair[0]].is_of_tls]
    drawn = rng(" ".join(ways)).sample(of_tls, share(tls_short, len(of_tls)))
    return [pair for pair in pairs if pair not in of_tls or pair in drawn]


@pytest.fixture
def place(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    wish = WISHES[request.param]
    server: S3Server = request.getfixturevalue("ministack_tls" if wish.is_of_tls else "ministack")
    return Place(home, server, wish, monkeypatch)


@pytest.fixture
def thread() -> Iterator[S3Thread]:
    running = S3Thread()
    running.start()
    yield running
    running.stop()


def check_of(place: Place) -> Question:
    return reaches if place.wish.is_of_tls else changes_nothing


async def reaches(client: S3Client) -> None:
    """Ask over TLS: a server whose certificate is not taken gives no answer, not even a refusal."""
    try:
        await client.list_buckets()
    except AccessDenied:
        config = await client.config()
        assert config is not None
        assert config.credentials is None


async def changes_nothing(client: S3Client) -> None:
    """Try every kind of write, here and as the worker processes would: none is sent."""
    there = S3Client.from_config(pickle.loads(pickle.dumps(await client.config())))
    try:
        for each in (client, there):
            for write in (
                each.create_bucket("never-made"),
                each.delete_bucket("never-made"),
                each.put_object("never-made", "key", b"x"),
                each.delete_object("never-made", "key"),
                each.delete_objects("never-made", ["key"]),
                each.copy_object("never-made", "other", source="never-made/key"),
                each.create_multipart_upload("never-made", "key"),
            ):
                with pytest.raises(ReadOnly):
                    await write
            for method in ("PUT", "DELETE"):
                with pytest.raises((ReadOnly, CredentialsError)):
                    await each.presign(method, "never-made", "key")
    finally:
        await there.aclose()


def sessions_of(thread: S3Thread, settings: Settings) -> Sessions:
    state_db = StateDb(paths.state_dir() / "state.sqlite")
    return Sessions(SessionContext(thread, settings, lambda *_: None, state_db))


@pytest.mark.long
@pytest.mark.parametrize(("place", "way"), crossed(FROM_THE_START, 4), indirect=["place"])
async def test_what_is_chosen_at_the_start_obeys(way: str, place: Place, thread: S3Thread) -> None:
    flags, features = FROM_THE_START[way]
    place.use(*features)
    settings = place.settings(flags)
    connection = choose(settings)
    assert connection is not None
    sessions = sessions_of(thread, settings)
    try:
        session = sessions.of(connection)
        await session.run(check_of(place))
        assert session is sessions.of(connection) is sessions.of(session.connection)
        # What goes to it from another connection, and what is resumed, goes the same way.
        (handle,) = sessions.handles()
        assert await thread.run(sessions.client_for(handle)) is await thread.run(session.open())
    finally:
        await thread.run(sessions.aclose())


async def test_wherever_one_goes_it_is_the_same_client(ministack: S3Server) -> None:
    """By a typed address, back in history, to a bookmark, into a bucket of the list."""
    one, other = ministack.make_bucket("one-place"), ministack.make_bucket("other-place")
    connection = Connection("test", ministack.endpoint, Given(ministack.credentials))
    app = S3TuiApp(Settings(read_only=True), connection)
    clients: list[S3Client] = []

    async def note(client: S3Client) -> None:
        clients.append(client)
        await changes_nothing(client)

    async with app.run_test(size=(140, 40)) as pilot:

        async def arrive(bucket: str) -> None:
            await until(pilot, lambda: tree_bucket(app) == bucket, bucket)
            await settle(pilot)
            assert isinstance(app.screen, ObjectTreeScreen)
            await app.screen.session.run(note)
            await press(pilot, "D")
            assert "READ-ONLY" in screen_text(pilot)

        await settle(pilot)
        await go_to(pilot, f"s3://{one}/")
        await arrive(one)
        await press(pilot, "b")
        await go_to(pilot, f"{connection.endpoint.url}/{other}/")
        await arrive(other)
        await press(pilot, "alt+left")
        await arrive(one)
        await press(pilot, "alt+right")
        await arrive(other)
        await press(pilot, "ctrl+l", "down", "enter")  # what is marked comes first
        await arrive(one)
        await press(pilot, "backspace")
        await until(pilot, lambda: isinstance(app.screen, BucketListScreen), "the buckets")
        await press(pilot, "enter")
        await arrive(one)
    assert len(clients) == 6
    assert len({id(client) for client in clients}) == 1


def tree_bucket(app: S3TuiApp) -> str | None:
    return app.screen.location.bucket if isinstance(app.screen, ObjectTreeScreen) else None


async def go_to(pilot: Pilot[None], address: str) -> None:
    await press(pilot, "ctrl+l")
    await type_text(pilot, address)
    await press(pilot, "enter")


@pytest.mark.long
@pytest.mark.parametrize(("place", "name"), crossed(LISTED, 3), indirect=["place"])
async def test_what_a_transfer_of_an_earlier_run_uses_obeys(
    name: str, place: Place, thread: S3Thread
) -> None:
    place.set_keys()
    sessions = sessions_of(thread, place.settings({}))

    async def ask() -> None:
        await check_of(place)(await sessions.client_for((await sessions.whose(name)).handle))

    try:
        await thread.run(ask())
    finally:
        await thread.run(sessions.aclose())


@pytest.mark.sampled(2)
@pytest.mark.long
@pytest.mark.parametrize(("place", "screen"), crossed(["connections"], 1), indirect=["place"])
async def test_what_is_chosen_on_the_screen_obeys(screen: str, place: Place) -> None:
    place.set_keys()
    check = check_of(place)
    app = S3TuiApp(place.settings({}), None)
    async with app.run_test(size=(140, 40)) as pilot:
        await settle(pilot)
        for name in LISTED:
            await choose_entry(pilot, name)
            await until(pilot, lambda name=name: is_at(app, name), name)  # type: ignore[misc]
            assert app.session is not None
            await app.session.run(check)
            await settle(pilot)
        for entry, name in (("New connection", "mine"), ("A public bucket", "public")):
            await choose_entry(pilot, entry)
            await fill_form(pilot, place.server, name)
            await until(pilot, lambda name=name: is_at(app, name), name)  # type: ignore[misc]
            assert app.session is not None
            await app.session.run(check)
            await settle(pilot)


@pytest.mark.server
@pytest.mark.parametrize("start", ["--demo", "chosen"])
async def test_the_demo_obeys(start: str, home: Path) -> None:
    settings = Settings(demo=start == "--demo", read_only=True, no_verify_ssl=True)
    app = S3TuiApp(settings, None)
    async with app.run_test(size=(120, 30)) as pilot:
        if start == "chosen":
            await settle(pilot)
            app.post_message(DemoChosen())
        await until(pilot, lambda: "analytics-raw" in screen_text(pilot), "the demo")
        assert app.session is not None
        await app.session.run(changes_nothing)
        assert not app.session.connection.verify_tls
        for _ in range(20):  # what is told of the samples may take the place of the refusal
            await press(pilot, "B")
            if "read-only" in screen_text(pilot):
                break
        assert "read-only" in screen_text(pilot)


def is_at(app: S3TuiApp, name: str) -> bool:
    return (
        isinstance(app.screen, BucketListScreen)
        and app.session is not None
        and app.session.connection.name == name
    )


async def choose_entry(pilot: Pilot[None], name: str) -> None:
    app = pilot.app
    assert isinstance(app, S3TuiApp)
    if not isinstance(app.screen, ConnectionsScreen):
        app.action_connections()
    await until(pilot, lambda: isinstance(app.screen, ConnectionsScreen))
    await settle(pilot)
    rows = app.screen.query_one(ConnectionList)
    await until(pilot, lambda: name in [row.name for row in rows.rows], name)
    await press(pilot, "home", *["down"] * [row.name for row in rows.rows].index(name))
    await pilot.press("enter")


async def fill_form(pilot: Pilot[None], server: S3Server, name: str) -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm))
    form = pilot.app.screen
    form.query_one(Select).value = "Other"
    await pilot.pause()
    values = {"name": name, "url": server.endpoint_url}
    is_signed = bool(form.query("#access"))
    if is_signed:
        values |= {"access": server.credentials.access_key, "secret": server.credentials.secret_key.reveal()}
    for id, value in values.items():
        form.query_one(f"#{id}", Input).value = value
    form.query_one("#url", Input).focus()
    await pilot.press("enter")
    if is_signed:  # no keyring here: for this session only
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the offer")
        await press(pilot, "right", "enter")
