from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input, TextArea

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listed_tree import ListingRequest
from s3tui.browse.rows.listing import Listing, State
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.settings import Column, Flags, PreviewMode, load_settings
from s3tui.transfer.models import TransferState
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.menus.command_menu import Palette
from s3tui.tui.screens.menus.go_to import GoTo
from s3tui.tui.screens.objects.controllers.changes import pasted_path
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.prefix_detail import PrefixDetail
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.transfers.conflict import ConflictQuestion
from s3tui.tui.screens.transfers.leave_conflict import LeaveConflict
from s3tui.tui.screens.transfers.names_question import NamesQuestion
from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.forms.write_options import read_metadata
from s3tui.tui.widgets.tree.object_tree import ObjectTree
from tests.fault_proxy import Answer, FaultProxy, Reset
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("objects")
    put(ministack, name, ["a.txt", "b.txt", "logs/1.log", "logs/2.log", "logs/deep/3.log", "z.txt"])
    return name


def put(server: S3Server, bucket: str, keys: Iterable[str]) -> None:
    for key in keys:
        server.boto3().put_object(
            Bucket=bucket, Key=key, Body=key.encode(), ContentType="text/plain", Metadata={"made-by": "test"}
        )


def keys_of(server: S3Server, bucket: str) -> list[str]:
    return [entry["Key"] for entry in server.boto3().list_objects_v2(Bucket=bucket).get("Contents", ())]


def tree_screen(screen: object) -> ObjectTreeScreen:
    assert isinstance(screen, ObjectTreeScreen)
    return screen


def shown_keys(screen: ObjectTreeScreen) -> list[str | None]:
    return [screen.tree_model.line(number).key for number in range(len(screen.tree_model))]


async def test_a_prefix_opens_in_place_or_becomes_the_root(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        assert shown_keys(screen) == ["a.txt", "b.txt", "logs/", "z.txt"]
        await press(pilot, "down", "down", "right")
        assert shown_keys(screen)[2:6] == ["logs/", "logs/1.log", "logs/2.log", "logs/deep/"]
        await press(pilot, "enter")
        assert screen.location == Location(bucket, "logs/")
        await press(pilot, "backspace")
        assert screen.location == Location(bucket)
        assert screen.current is not None
        assert screen.current.key == "logs/"  # where we came from
        await press(pilot, "backspace")
        assert isinstance(pilot.app.screen, BucketListScreen)


async def test_columns_are_chosen_among_the_commands_and_remembered(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", preview=PreviewMode.ON_DEMAND) as pilot:
        app = pilot.app
        await press(pilot, "colon")
        assert isinstance(app.screen, Palette)
        await type_text(pilot, "columns")
        await press(pilot, "enter", "space", "down", "down", "space", "enter")
        title = app.screen.query_one(ObjectTree).render_line(0).text
        assert title.split() == ["Name", "↑", "Modified", "Time"]
        chosen = {Column.MODIFIED, Column.TIME, Column.CLASS}
        file = paths.config_file()
        await until(pilot, lambda: load_settings(Flags(), {}, file).columns == chosen, "the file")
        await press(pilot, "home", "down", "down", "enter")
        assert app.screen.query_one(ObjectTree).chosen == chosen


async def test_history_goes_back_and_forward(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "down", "down", "enter", "alt+left")
        assert screen.location.prefix == ""
        await press(pilot, "alt+right")
        assert screen.location.prefix == "logs/"


async def test_a_late_page_for_another_place_is_dropped(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        before = shown_keys(screen)
        late = Listing()
        builder = late.builder()
        builder.add(ListObjectsPage((ObjectSummary("late.txt", 1),)))
        screen.controllers.listing.take_rows(ListingRequest(late), builder.take())
        await settle(pilot)
        assert shown_keys(screen) == before


async def test_escape_clears_filter_then_marks_and_does_not_leave_the_bucket(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "space", "slash")
        await type_text(pilot, "z.")
        await settle(pilot)
        assert shown_keys(screen) == ["z.txt"]
        await press(pilot, "escape")
        assert len(shown_keys(screen)) == 4
        assert screen.tree_model.selection.count == 1
        await press(pilot, "escape")
        assert screen.tree_model.selection.count == 0
        await press(pilot, "escape")
        assert pilot.app.screen is screen
        await press(pilot, "backspace")
        assert isinstance(pilot.app.screen, BucketListScreen)


async def test_refresh_keeps_cursor_and_marks_on_their_keys(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "down", "space")  # marks b.txt, on to logs/
        put(ministack, bucket, ["aa.txt"])
        await press(pilot, "r")
        assert "aa.txt" in shown_keys(screen)
        assert screen.current is not None
        assert screen.current.key == "logs/"
        assert [row.key for row in screen.tree_model.selection.rows()] == ["b.txt"]


async def test_the_head_of_the_object_under_the_cursor_is_shown_beside_it(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        sections = pilot.app.screen.query_one(DetailPane).sections
        values = {field.label: field.value for section in sections for field in section.fields}
        assert values["Type"] == "text/plain"
        assert values["made-by"] == "test"


async def test_the_pane_begins_with_the_whole_key_and_its_uri(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    key = f"logs/{'deep/' * 12}part-00000.json.gz"
    put(ministack, bucket, [key])
    async with running(connection, f"s3://{bucket}/logs/") as pilot:
        await press(pilot, "F", "end")
        pane = pilot.app.screen.query_one(DetailPane)

        def beginning() -> str:
            return "".join(pane.render_line(y).text.strip() for y in range(6))

        await until(pilot, lambda: beginning().startswith(f"{key}s3://{bucket}/{key}"), "both, wrapped")


async def test_i_shows_what_is_known_of_a_prefix(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "end", "up")
        screen = tree_screen(pilot.app.screen)
        assert screen.current is not None
        assert screen.current.key == "logs/"
        await press(pilot, "i")
        assert isinstance(pilot.app.screen, PrefixDetail)
        assert f"s3://{bucket}/logs/" in screen_text(pilot)
        assert "z counts it" in screen_text(pilot)
        await press(pilot, "escape", "right", "i")
        assert "directly in it" in screen_text(pilot)


async def test_the_detail_shows_every_header(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "enter")
        screen = pilot.app.screen
        assert isinstance(screen, ObjectDetailScreen)
        assert screen.head is not None
        await press(pilot, "left")
        text = screen_text(pilot)
        for name, _ in screen.head.headers:
            assert name in text
        await press(pilot, "backspace")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_a_refused_listing_names_the_permission(
    running: Running, ministack: S3Server, bucket: str
) -> None:
    anonymous = Connection("other", ministack.endpoint, Given(ministack.wrong_secret))
    async with running(anonymous, f"s3://{bucket}/") as pilot:
        assert "^o changes the connection" in screen_text(pilot)
        assert "Refused" in screen_text(pilot)
        assert "failed" not in screen_text(pilot)


async def test_the_breadcrumb_of_an_object_ends_with_its_key(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/logs/1.log") as pilot:
        await press(pilot, "i")
        assert isinstance(pilot.app.screen, ObjectDetailScreen)
        crumbs, _, _ = screen_text(pilot).splitlines()[0].partition("us-east-1")
        assert crumbs.rstrip().endswith("logs / 1.log")


async def test_a_server_that_dies_mid_listing_leaves_a_sentence_and_r_works_when_it_is_back(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    bucket = ministack.make_bucket("many")
    put(ministack, bucket, [f"{number:04}" for number in range(1100)])
    proxy.add(Reset(), when=lambda request: "continuation-token" in request.target, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        root = screen.tree_model.root
        assert (root.state, len(root)) == (State.FAILED, 1000)
        assert "r tries again" in screen_text(pilot)
        proxy.clear()
        await press(pilot, "r")
        root = screen.tree_model.root
        assert (root.state, len(root)) == (State.COMPLETE, 1100)


async def test_an_object_is_downloaded_after_the_name_was_asked(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("d")
        await pilot.pause()
        await press(pilot, "enter")
        assert (home / "Downloads" / "a.txt").read_bytes() == b"a.txt"


def is_asking(app: App[None]) -> bool:
    """Say whether a question is there, and listens to keys."""
    return isinstance(app.screen, ConflictQuestion) and app.screen.focused is not None


async def test_a_local_file_is_never_overwritten_unasked(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        target = home / "Downloads" / "a.txt"
        target.write_text("mine")
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: is_asking(pilot.app), "the question")
        assert "a.txt is there already" in screen_text(pilot)
        await press(pilot, "enter")  # the safe answer has the focus
        assert target.read_text() == "mine"
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: is_asking(pilot.app), "the question")
        await press(pilot, "k")
        assert target.read_text() == "mine"
        assert (home / "Downloads" / "a (1).txt").read_bytes() == b"a.txt"


async def test_marked_rows_are_downloaded_with_all_below_prefixes(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "ctrl+a")
        await pilot.press("d")
        await pilot.pause()
        await press(pilot, "enter")
        downloads = home / "Downloads"
        found = sorted(str(path.relative_to(downloads)) for path in downloads.rglob("*") if path.is_file())
        assert found == ["a.txt", "b.txt", "logs/1.log", "logs/2.log", "logs/deep/3.log", "z.txt"]


async def test_the_answer_for_all_holds_for_the_rest_of_a_prefix(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    folder = home / "Downloads" / "logs"
    folder.mkdir(parents=True)
    for name in ("1.log", "2.log"):
        (folder / name).write_text("mine")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "down")
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: is_asking(pilot.app), "the question")
        await pilot.press("a", "a")
        await press(pilot, "o")
        assert [(folder / name).read_text() for name in ("1.log", "2.log")] == ["logs/1.log", "logs/2.log"]
        assert (folder / "deep" / "3.log").exists()


async def test_a_question_that_is_left_is_no_answer(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    """Esc asks; a pause asks again when it goes on; a stop writes nothing."""
    folder = home / "Downloads" / "logs"
    folder.mkdir(parents=True)
    for name in ("1.log", "2.log"):
        (folder / name).write_text("mine")
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        await press(pilot, "down", "down")
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: is_asking(app) and "1 of 2" in screen_text(pilot), "the question")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveConflict), "whether to leave it")
        await pilot.press("enter")  # the safe answer has the focus
        await until(pilot, lambda: is_asking(app), "back to the question")
        assert app.transfers.snapshot.running == 1
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, LeaveConflict), "whether to leave it")
        await pilot.press("p")
        await until(pilot, lambda: app.transfers.snapshot.paused and not is_asking(app), "the pause")
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, TransferQueueScreen), "the queue")
        await pilot.press("space")
        await until(pilot, lambda: is_asking(app), "the question again")
        await pilot.press("x")
        await until(pilot, lambda: not isinstance(app.screen, ConflictQuestion), "the end of it")
        await settle(pilot)
        (row,) = app.transfers.snapshot.transfers
        assert row.state is TransferState.CANCELLED
        assert [(folder / name).read_text() for name in ("1.log", "2.log")] == ["mine", "mine"]


async def test_a_policy_chosen_up_front_asks_nothing(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    folder = home / "Downloads" / "logs"
    folder.mkdir(parents=True)
    (folder / "1.log").write_text("mine")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "down")
        await pilot.press("d")
        await pilot.pause()
        await press(pilot, "down", "right", "enter")
        assert (folder / "1.log").read_text() == "mine"
        assert (folder / "2.log").exists()


async def test_keys_that_cannot_be_names_are_told_before_a_prefix_is_downloaded(
    running: Running, connection: Connection, ministack: S3Server, home: Path
) -> None:
    bucket = ministack.make_bucket("odd")
    put(ministack, bucket, ["odd/fine.txt", "odd/a//b", "odd/nul\x01.txt"])
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NamesQuestion), "the names")
        text = screen_text(pilot)
        assert "3 keys looked at." in text
        assert "odd/nul␁.txt" in text
        await press(pilot, "enter")  # the safe answer has the focus
        assert list((home / "Downloads").iterdir()) == []
        await pilot.press("d")
        await pilot.pause()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, NamesQuestion), "the names")
        await press(pilot, "g")
        assert len([path for path in (home / "Downloads").rglob("*") if path.is_file()]) == 3


async def test_an_object_is_copied_and_a_taken_key_is_asked_about(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("c")
        await pilot.pause()
        await press(pilot, "enter")
        assert "a.txt is there already: that is what is copied." in screen_text(pilot)
        await type_text(pilot, f"s3://{bucket}/copies/")
        await press(pilot, "enter")
        assert "copies/a.txt" in keys_of(ministack, bucket)
        await until(pilot, lambda: "copies/" in shown_keys(tree_screen(pilot.app.screen)), "the copy")
        await pilot.press("home", "c")
        await pilot.pause()
        await type_text(pilot, f"s3://{bucket}/b.txt")
        await pilot.press("enter")
        await until(pilot, lambda: is_asking(pilot.app), "the question")
        await press(pilot, "o")
        body = ministack.boto3().get_object(Bucket=bucket, Key="b.txt")["Body"].read()
        assert body == b"a.txt"


async def test_a_prefix_is_copied_to_another_bucket(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    other = ministack.make_bucket("other")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "down")
        await pilot.press("c")
        await pilot.pause()
        await type_text(pilot, f"s3://{bucket}/logs/more")
        await press(pilot, "enter")
        assert "logs/ cannot be copied into itself." in screen_text(pilot)
        await type_text(pilot, f"s3://{other}/old")
        await press(pilot, "enter")
        assert keys_of(ministack, other) == ["old/1.log", "old/2.log", "old/deep/3.log"]


async def test_a_copy_goes_to_the_connection_whose_name_stands_in_front(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, home: Path
) -> None:
    other, keys = ministack.make_bucket("elsewhere"), ministack.credentials
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(
        f"[there]\naws_access_key_id = {keys.access_key}\n"
        f"aws_secret_access_key = {keys.secret_key.reveal()}\nendpoint_url = {ministack.endpoint_url}\n"
    )
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("c")
        await until(pilot, lambda: pilot.app.screen.query("#policy"), "where to")
        await type_text(pilot, f"test:{bucket}/a.txt")
        await press(pilot, "enter")
        assert "a.txt is there already: that is what is copied." in screen_text(pilot)
        await type_text(pilot, f"aws:there:{other}/there.txt")
        await press(pilot, "enter")
        assert keys_of(ministack, other) == ["there.txt"]
        [copied] = tree_screen(pilot.app.screen).transfers.snapshot.transfers
        assert copied.to_connection.startswith("aws:there")


async def test_one_object_is_deleted_only_when_the_unsafe_answer_is_chosen(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "enter")
        assert "a.txt" in keys_of(ministack, bucket)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "right", "enter")
        assert "a.txt" not in keys_of(ministack, bucket)
        assert "a.txt" not in shown_keys(tree_screen(pilot.app.screen))


async def test_a_prefix_is_deleted_by_its_typed_count(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "down")
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, TypedConfirm))
        assert "Delete 3 objects?" in screen_text(pilot)
        await type_text(pilot, "3")
        await press(pilot, "enter")
        assert keys_of(ministack, bucket) == ["a.txt", "b.txt", "z.txt"]


async def test_a_file_is_uploaded_with_its_guessed_type(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, tmp_path: Path
) -> None:
    source = tmp_path / "table.csv"
    source.write_text("a,b\n")
    async with running(connection, f"s3://{bucket}/logs/") as pilot:
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        await type_text(pilot, str(source))
        await press(pilot, "enter")
        head = ministack.boto3().head_object(Bucket=bucket, Key="logs/table.csv")
        assert head["ContentType"] == "text/csv"
        await settle(pilot)
        assert "logs/table.csv" in shown_keys(tree_screen(pilot.app.screen))


async def test_a_file_is_uploaded_with_what_the_options_say(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, tmp_path: Path
) -> None:
    source = tmp_path / "table.csv"
    source.write_text("a,b\n")
    async with running(connection, f"s3://{bucket}/logs/", size=(80, 24)) as pilot:
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        await type_text(pilot, str(source))
        await pilot.press("f2")
        await pilot.pause()
        screen = pilot.app.screen
        screen.query_one("#cache", Input).value = "no-cache"
        screen.query_one("#metadata", TextArea).text = "owner=data\nno pair"
        screen.query_one("#tags", TextArea).text = "keep=1y\nteam=b c"
        await pilot.press("ctrl+s")
        await pilot.pause()
        assert "In metadata, 'no pair' is not name=value." in screen_text(pilot)
        screen.query_one("#metadata", TextArea).text = "owner=data"
        await press(pilot, "ctrl+s")
        s3 = ministack.boto3()
        head = s3.head_object(Bucket=bucket, Key="logs/table.csv")
        assert (head["CacheControl"], head["Metadata"]) == ("no-cache", {"owner": "data"})
        tags = s3.get_object_tagging(Bucket=bucket, Key="logs/table.csv")["TagSet"]
        assert {tag["Key"]: tag["Value"] for tag in tags} == {"keep": "1y", "team": "b c"}


@pytest.mark.parametrize("text", ["a", "=b", "a=1\na=2", "a b=1", "a=é"])
def test_what_is_no_metadata_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"metadata"):
        read_metadata(text)


@pytest.mark.parametrize("typed", ["", "  ", None])
async def test_enter_in_the_picker_uploads_nothing_that_nobody_named(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, typed: str | None
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        before = keys_of(ministack, bucket)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        if typed is not None:
            await type_text(pilot, typed)
        await pilot.press("enter")
        await until(pilot, lambda: "Type or pick a file or folder." in screen_text(pilot), "what to do")
        assert isinstance(pilot.app.screen, UploadPicker)
        assert keys_of(ministack, bucket) == before


async def test_what_is_typed_in_go_to_replaces_where_one_is(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, GoTo))
        await press(pilot, *f"{bucket}/logs/", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, GoTo))
        assert tree_screen(pilot.app.screen).location == Location(bucket, "logs/")
        await pilot.press("ctrl+l")
        await until(pilot, lambda: isinstance(pilot.app.screen, GoTo))
        await press(pilot, "end", *"deep/", "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, GoTo))
        assert tree_screen(pilot.app.screen).location == Location(bucket, "logs/deep/")


async def test_refresh_also_lists_again_what_is_open_below(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "down", "down", "right")
        put(ministack, bucket, ["logs/0.log"])
        await press(pilot, "r")
        assert "logs/0.log" in shown_keys(screen)
        assert screen.current is not None
        assert screen.current.key == "logs/"


async def test_an_empty_place_offers_no_keys_that_need_rows(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{ministack.make_bucket('bare')}/") as pilot:
        keys = screen_text(pilot).splitlines()[-1]
        assert "upload" in keys
        assert "download" not in keys
        assert "delete" not in keys


@pytest.mark.parametrize("versioned", [True, False])
async def test_deleting_says_whether_versions_stay(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, versioned: bool
) -> None:
    if versioned:
        ministack.boto3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        words = "Versioning is on: it becomes a delete marker" if versioned else "it is gone for good"
        assert words in screen_text(pilot)


async def test_deleting_says_when_versions_cannot_be_learned(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy
) -> None:
    denied = Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
    proxy.add(denied, when=lambda request: "versioning" in request.target, times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        assert "Whether versioning is on cannot be learned" in screen_text(pilot)


async def test_a_pasted_path_offers_an_upload(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    source = tmp_path / "with space.txt"
    source.write_text("x")
    async with running(connection, f"s3://{bucket}/") as pilot:
        pilot.app.screen.post_message(events.Paste(str(source).replace(" ", "\\ ")))
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        picker = pilot.app.screen
        assert isinstance(picker, UploadPicker)
        assert [entry.path for entry in picker.sources] == [source]


@pytest.mark.parametrize("form", ["{}", "'{}'", "file://{}", " {} \n"])
def test_a_path_is_recognised_as_terminals_paste_it(form: str, tmp_path: Path) -> None:
    assert pasted_path(form.format(tmp_path)) == tmp_path


@pytest.mark.parametrize("text", ["", "hello", "relative/path", "/no/such/file", "/tmp\n/tmp", "'"])
def test_other_text_is_no_path(text: str) -> None:
    assert pasted_path(text) is None


async def test_a_hostile_key_reaches_no_terminal(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("hostile")
    put(ministack, bucket, ["[red]x[on blue]", "esc\x1b[31m.txt"])
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "down", "enter")
        text = screen_text(pilot)
        assert "\x1b" not in text
        assert "esc␛[31m.txt" in text
        await press(pilot, "backspace", "up", "enter")
        assert "[red]x[on blue]" in screen_text(pilot)


async def test_no_key_for_rows_is_offered_where_there_are_none(
    running: Running, connection: Connection, ministack: S3Server, bucket: str
) -> None:
    refused = Connection("other", ministack.endpoint, Given(ministack.wrong_secret))
    for who, uri in ((connection, f"s3://{bucket}/nothing/"), (refused, f"s3://{bucket}/"), (refused, None)):
        async with running(who, uri) as pilot:
            footer = screen_text(pilot).splitlines()[-1]
            for word in ("open", "expand", "mark", "download", "filter", "delete", "sort", "copy"):
                assert f" {word}" not in footer, (uri, footer)
            assert "quit" in footer


async def test_names_that_differ_by_slashes_alone_are_rows_of_their_own(running: Running) -> None:
    keys = ["/lead", "//twice", "a", "a/", "a/b", "a//b", "a/ "]
    async with listing_server(SyntheticBucket(keys)) as url:
        odd = Connection("odd", Endpoint.custom(url), Anonymous())
        async with running(odd, "s3://odd/") as pilot:
            screen = tree_screen(pilot.app.screen)
            assert shown_keys(screen) == ["/", "a", "a/"]
            await press(pilot, "down", "down", "right", "home", "right")
            assert shown_keys(screen) == ["/", "//", "/lead", "a", "a/", "a/", "a/ ", "a//", "a/b"]
            lines = [line.strip("│ ·○").split("   ")[0] for line in screen_text(pilot).splitlines()[3:12]]
            assert lines == [
                "▾ ⟨empty⟩/", "▸ ⟨empty⟩/", "lead", "a", "▾ a/", "(folder marker)", "␠", "▸ ⟨empty⟩/", "b"
            ]  # fmt: skip
            await press(pilot, "enter")
            assert screen.location.prefix == "/"


async def test_an_unknown_size_is_a_question_mark_in_the_row_and_beside_it(
    running: Running, ministack: S3Server
) -> None:
    row = b"<Contents><Key>odd.bin</Key><Size></Size></Contents>"
    page = b"<ListBucketResult><IsTruncated>false</IsTruncated>" + row + b"</ListBucketResult>"
    with FaultProxy(ministack.endpoint_url) as proxy:
        proxy.add(Answer(200, {}, page), when=lambda request: "list-type" in request.target, times=None)
        proxy.add(Answer(403, {}), when=lambda request: "odd.bin" in request.target, times=None)
        async with running(Connection("odd", proxy.endpoint, Anonymous()), "s3://odd/") as pilot:
            await until(pilot, lambda: "Size      ?" in screen_text(pilot), "the pane")
            rows = [line.partition("││")[0] for line in screen_text(pilot).splitlines()]
            assert " ? " in next(row for row in rows if " odd.bin  " in row)
