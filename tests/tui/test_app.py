from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from s3tui import paths
from s3tui.connect.connection import Anonymous, Connection, FromKeyring
from s3tui.connect.store import ConnectionStore
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.address.uri import S3Uri
from s3tui.s3.client import S3Client
from s3tui.settings import Flags, PaneWidth, Settings, load_settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_form import ConnectionForm
from s3tui.tui.screens.connections.connection_list import ConnectionList
from s3tui.tui.screens.connections.connections import ConnectionsScreen
from s3tui.tui.screens.menus.command_menu import HelpScreen
from s3tui.tui.screens.transfers.quit import QuitQuestion
from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.frame.top_bar import TopBar
from tests.fault_proxy import Answer, FaultProxy, Throttle
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


async def test_without_credentials_one_chooses(running: Running, home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        "[work]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n"
    )
    async with running(None) as pilot:
        assert isinstance(pilot.app.screen, ConnectionsScreen)
        names = [entry.name for entry in pilot.app.screen.query_one(ConnectionList).rows]
        assert names == ["Try the demo", "aws:work", "New connection", "A public bucket", "Single sign-on"]


async def test_nothing_is_cut_off_on_the_first_screen_of_a_small_terminal() -> None:
    async with S3TuiApp(Settings(), None).run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        rows = [line for line in screen_text(pilot).splitlines() if "New connection" in line]
        assert rows
        assert rows[0].endswith("go to your keyring")


@pytest.mark.server
async def test_the_demo_is_painted_at_once_and_then_the_buckets() -> None:
    async with S3TuiApp(Settings(demo=True), None).run_test(size=(120, 30)) as pilot:
        assert "Starting the demo…" in screen_text(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "the bucket list")
        await until(pilot, lambda: "analytics-raw" in screen_text(pilot), "a bucket")


@pytest.mark.server
async def test_the_demo_says_that_it_is_being_filled_and_lists_again_when_it_is() -> None:
    async with S3TuiApp(Settings(demo=True, uri=S3Uri("finance-reports", "2026/q3/")), None).run_test(
        size=(120, 30)
    ) as pilot:
        await until(pilot, lambda: "still being put" in screen_text(pilot), "what goes on")
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "filling"])
        await settle(pilot)
        assert "still being put" not in screen_text(pilot)
        assert "forecast.csv" in screen_text(pilot)
        await press(pilot, "q")


@pytest.mark.server
async def test_a_demo_that_died_is_started_anew() -> None:
    async with S3TuiApp(Settings(demo=True), None).run_test(size=(120, 30)) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await until(pilot, lambda: "analytics-raw" in screen_text(pilot), "the demo")
        assert app.demo.starter.demo is not None
        first = app.demo.starter.demo
        first.stop()
        await until(pilot, lambda: not first.is_running, "its end")
        await pilot.press("r")
        await until(pilot, lambda: "^o changes the connection" in screen_text(pilot), "what to do")
        await pilot.press("ctrl+o")
        await until(pilot, lambda: isinstance(app.screen, ConnectionsScreen), "the connections")
        await pilot.press("enter")
        await until(pilot, lambda: app.demo.starter.demo is not first, "another demo")
        await until(pilot, lambda: "analytics-raw" in screen_text(pilot), "its buckets")
        await pilot.press("ctrl+o", "down")
        await until(pilot, lambda: "● Try the demo" in screen_text(pilot), "where one is")


async def test_without_a_keyring_keys_stay_in_memory_and_in_no_file(
    running: Running, ministack: S3Server, home: Path
) -> None:
    async with running(None) as pilot:
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm))
        form = pilot.app.screen
        form.query_one(Select).value = "Other"
        await pilot.pause()
        values = {
            "name": "mine",
            "url": ministack.endpoint_url,
            "access": ministack.credentials.access_key,
            "secret": ministack.credentials.secret_key.reveal(),
        }
        for id, value in values.items():
            form.query_one(f"#{id}", Input).value = value
        form.query_one("#secret", Input).focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the offer")
        assert "For this session only" in screen_text(pilot)
        await press(pilot, "right", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen))
        files = [path.read_text() for path in (home / ".config").rglob("*") if path.is_file()]
        assert not any(ministack.credentials.secret_key.reveal() in text for text in files)
        [kept] = ConnectionStore(home / ".config" / "s3tui" / "config.toml").connections()
        assert (kept.name, kept.credentials) == ("mine", FromKeyring(ministack.credentials.access_key))


@pytest.mark.parametrize("answer", ["back", "replace"])
async def test_a_name_that_is_taken_is_asked_about(
    running: Running, ministack: S3Server, answer: str
) -> None:
    store = ConnectionStore(paths.config_file())
    store.save(Connection("public", Endpoint.aws(), Anonymous()))
    before = store.connections()
    async with running(None) as pilot:
        await open_public_form(pilot, "public", ministack.endpoint_url)
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm), "the question")
        assert "There is a connection public already" in screen_text(pilot)
        await press(pilot, *["right"] * (answer == "replace"), "enter")
        if answer == "back":
            assert isinstance(pilot.app.screen, ConnectionForm)
            assert store.connections() == before
        else:
            await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen))
            assert store.connections()[0].endpoint.url == ministack.endpoint_url


async def test_a_name_that_was_not_given_is_one_that_nobody_has(
    running: Running, ministack: S3Server
) -> None:
    store = ConnectionStore(paths.config_file())
    for name in ("public", "public 2"):
        store.save(Connection(name, Endpoint.aws(), Anonymous()))
    async with running(None) as pilot:
        await open_public_form(pilot, "", ministack.endpoint_url)
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen))
        assert [each.name for each in store.connections()] == ["public", "public 2", "public 3"]


async def open_public_form(pilot: Pilot[None], name: str, url: str) -> None:
    rows = pilot.app.screen.query_one(ConnectionList)
    await until(pilot, lambda: len(rows.rows) > 4, "what was saved")
    await press(pilot, "end", "up")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, ConnectionForm))
    form = pilot.app.screen
    form.query_one(Select).value = "Other"
    await pilot.pause()
    form.query_one("#name", Input).value = name
    form.query_one("#url", Input).value = url
    form.query_one("#url", Input).focus()
    await pilot.press("enter")


async def test_a_saved_connection_is_offered_and_can_be_forgotten(running: Running, home: Path) -> None:
    store = ConnectionStore(home / ".config" / "s3tui" / "config.toml")
    store.save(Connection("public", Endpoint.aws(), Anonymous()))
    async with running(None) as pilot:
        await press(pilot, "down")
        assert "forget" in screen_text(pilot)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "right", "enter")
        assert store.connections() == []


async def test_help_lists_the_keys_of_the_screen_below(running: Running, connection: Connection) -> None:
    async with running(connection) as pilot:
        await press(pilot, "question_mark")
        assert isinstance(pilot.app.screen, HelpScreen)
        assert "Create a bucket" in screen_text(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, BucketListScreen)


async def test_the_palette_offers_what_the_screen_can_do(running: Running, connection: Connection) -> None:
    async with running(connection) as pilot:
        await pilot.press("colon")
        await until(pilot, lambda: "Create a bucket" in screen_text(pilot), "the command")
        await type_text(pilot, "transfers")
        await until(pilot, lambda: "The transfer queue, and back" in screen_text(pilot), "the match")
        assert "Create a bucket" not in screen_text(pilot)


async def test_a_key_of_the_users_own_replaces_ours(connection: Connection) -> None:
    settings = Settings(keys={"app.transfers": "f9"})
    async with S3TuiApp(settings, connection).run_test(size=(120, 30)) as pilot:
        await settle(pilot)
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, BucketListScreen)
        await press(pilot, "f9")
        assert isinstance(pilot.app.screen, TransferQueueScreen)


async def test_mistakes_in_the_configuration_are_told_of_once(running: Running) -> None:
    paths.config_file().parent.mkdir(parents=True)
    paths.config_file().write_text('thme = "nord"\n[keys]\n"app.quti" = "x"\n')
    async with running(None) as pilot:
        await until(pilot, lambda: told(pilot), "the notice")
        await press(pilot, "down", "t", "t")
        assert told(pilot) == [
            "config.toml, line 1: there is no setting 'thme': did you mean theme? "
            "1 more: s3tui --check-config lists them."
        ]


async def test_production_and_read_only_are_seen(running: Running, connection: Connection) -> None:
    async with running(replace(connection, production=True, read_only=True)) as pilot:
        bar = pilot.app.screen.query_one(TopBar)
        assert bar.has_class("-production")
        assert " PRODUCTION   READ-ONLY " in screen_text(pilot).splitlines()[0]


async def test_quitting_asks_while_a_transfer_runs_and_leaves_no_half_file(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy, home: Path
) -> None:
    bucket = ministack.make_bucket("slow")
    ministack.boto3().put_object(Bucket=bucket, Key="big.bin", Body=b"x" * 2_000_000)
    proxy.add(Throttle(50_000), when=lambda request: request.method == "GET" and "big.bin" in request.target)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await until(pilot, lambda: app.transfers.snapshot.running, "the transfer")
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitQuestion), "the question")
        await pilot.press("b")
        await until(pilot, lambda: not isinstance(app.screen, QuitQuestion), "back")
        assert app.transfers.busy
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, TransferQueueScreen))
        await pilot.press("x")
        await settle(pilot)
        assert "cancelled" in screen_text(pilot)
    assert list((home / "Downloads").iterdir()) == []


async def test_a_clock_that_is_off_is_reported(
    running: Running, proxy: FaultProxy, connection: Connection
) -> None:
    """The server's Date is an hour ahead of ours."""
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    proxy.add(Answer(403, {"Date": ahead}, b"<Error><Code>RequestTimeTooSkewed</Code></Error>"))
    async with running(replace(connection, endpoint=proxy.endpoint)) as pilot:
        await until(pilot, lambda: "s clock is" in screen_text(pilot), "the clock is spoken of")


async def test_a_server_that_refuses_checksums_is_spoken_of_once(
    running: Running, ministack: S3Server, proxy: FaultProxy, connection: Connection
) -> None:
    bucket = ministack.make_bucket()
    refused = Answer(501, {}, b"<Error><Code>NotImplemented</Code></Error>")
    proxy.add(refused, when=lambda asked: "x-amz-checksum-crc32" in asked.headers, times=None)
    proxy.add(refused, when=lambda asked: "x-amz-checksum-mode" in asked.headers, times=None)

    async def move(client: S3Client) -> bytes:
        await client.put_object(bucket, "k", b"bytes")
        return await client.get_object(bucket, "k")

    async with running(replace(connection, endpoint=proxy.endpoint)) as pilot:
        assert isinstance(pilot.app, S3TuiApp)
        session = pilot.app.session
        assert session is not None
        for _ in range(2):
            assert await session.run(move) == b"bytes"
        await until(pilot, lambda: told(pilot), "the refusal is spoken of")
        assert [text for text in told(pilot) if "refuses checksums" in text] == told(pilot)
        assert len(told(pilot)) == 1


async def test_tls_that_is_not_verified_is_always_shown(running: Running, connection: Connection) -> None:
    endpoint = Endpoint.custom("https://127.0.0.1:1")
    async with running(replace(connection, endpoint=endpoint, verify_tls=False)) as pilot:
        assert "TLS not verified" in screen_text(pilot).splitlines()[0]


def told(pilot: Pilot[None]) -> list[str]:
    return [notification.message for notification in pilot.app._notifications]


async def test_a_theme_that_is_chosen_stays(running: Running) -> None:
    file = paths.config_file()
    async with running(None) as pilot:
        assert not file.exists()
        await press(pilot, "ctrl+p")
        await type_text(pilot, "theme")
        await press(pilot, "enter")
        await type_text(pilot, "nord")
        await press(pilot, "enter")
        await until(pilot, lambda: any("theme = nord" in text for text in told(pilot)), "the notice")
        assert pilot.app.theme == "nord"
    assert load_settings(Flags(), {}, file).theme == "nord"


async def test_w_widens_hides_and_narrows_the_pane_and_is_remembered(
    running: Running, connection: Connection
) -> None:
    file = paths.config_file()
    async with running(connection, size=(140, 24)) as pilot:
        pane = pilot.app.screen.query_one(DetailPane)
        narrow = pane.outer_size.width
        await press(pilot, "w")
        await until(pilot, lambda: any("pane = wide" in text for text in told(pilot)), "the notice")
        assert pane.outer_size.width > narrow
        assert load_settings(Flags(), {}, file).pane is PaneWidth.WIDE
        await press(pilot, "w")
        assert not pane.display
        await until(pilot, lambda: load_settings(Flags(), {}, file).pane is PaneWidth.NONE, "the file")
        await press(pilot, "w")
        assert pane.outer_size.width == narrow
    async with running(connection, size=(100, 24)) as pilot:
        await press(pilot, "w")
        assert "The pane needs 120 columns" in screen_text(pilot)


async def test_a_pane_that_is_hidden_stays_hidden_and_asks_for_nothing(
    running: Running, connection: Connection
) -> None:
    hidden = Settings(pane=PaneWidth.NONE)
    async with S3TuiApp(hidden, connection).run_test(size=(140, 24)) as pilot:
        await settle(pilot)
        assert not pilot.app.screen.query_one(DetailPane).display


async def test_a_theme_that_cannot_be_written_down_is_for_one_run(running: Running) -> None:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.write_text("theme = \n")
    async with running(None) as pilot:
        pilot.app.theme = "nord"
        await until(pilot, lambda: any("for this run only" in text for text in told(pilot)), "the warning")
    assert file.read_text() == "theme = \n"
