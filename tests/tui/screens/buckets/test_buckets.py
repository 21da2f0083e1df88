from __future__ import annotations

from dataclasses import replace

import pytest

from s3tui.connect.connection import Connection, Given
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.frame.top_bar import TopBar
from s3tui.tui.widgets.lists.bucket_table import BucketTable
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, text_of, type_text, until


async def test_the_buckets_are_listed_with_their_regions(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    home, away = ministack.make_bucket("home"), ministack.make_bucket("away", region="eu-west-1")
    async with running(connection) as pilot:
        rows = {row.name: row for row in pilot.app.screen.query_one(BucketTable).rows}
        assert rows[home].region == "us-east-1"
        assert not rows[home].redirected
        assert rows[away].region == "eu-west-1"
        assert rows[away].redirected


async def test_a_redirect_is_told_with_from_to_and_why(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("away", region="eu-west-1")
    async with running(connection, f"s3://{bucket}/") as pilot:
        text = screen_text(pilot)
        assert f"{bucket} is in eu-west-1, not us-east-1: requests go there from now on." in text
        assert "301 PermanentRedirect" in text
        assert "eu-west-1 ↪" in text
        assert not pilot.app._notifications  # the notice line says it, and nothing else does


async def test_enter_opens_the_bucket_under_the_cursor(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("opened")
    async with running(connection) as pilot:
        await press(pilot, "slash")
        await type_text(pilot, bucket)
        await press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)
        assert pilot.app.screen.location.bucket == bucket
        assert "Nothing under this prefix" in screen_text(pilot)


async def test_the_cursor_stays_on_its_bucket_when_sorted(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    ministack.make_bucket("sorted")
    async with running(connection) as pilot:
        table = pilot.app.screen.query_one(BucketTable)
        await press(pilot, "down")
        current = table.current
        await press(pilot, "o")
        assert current is not None
        assert table.current is not None
        assert table.current.name == current.name


@pytest.mark.sampled(6)
@pytest.mark.parametrize("key", ["backspace", "tilde"])
@pytest.mark.parametrize("place", ["", "deep/er/"])
@pytest.mark.parametrize("before", ["started inside", "opened from another row", "filtered out", "unlisted"])
async def test_the_cursor_is_on_the_bucket_that_was_left(
    running: Running, connection: Connection, ministack: S3Server, key: str, place: str, before: str
) -> None:
    names = [ministack.make_bucket(f"left-{letter}") for letter in "abc"]
    bucket = names[1]
    uri = f"s3://{bucket}/{place}"
    async with running(connection, uri if before == "started inside" else None) as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        if before != "started inside":
            await press(pilot, "slash")
            await type_text(pilot, names[2] if before == "filtered out" else "left-")
            await press(pilot, "enter", "end")
            await app.go(S3Uri.parse(uri))
            await settle(pilot)
        if before == "unlisted":
            ministack.boto3().delete_bucket(Bucket=bucket)
            await press(pilot, "tilde", "r")
            await app.go(S3Uri.parse(uri))
            await settle(pilot)
        ups = place.count("/") + 1 if key == "backspace" else 1
        await press(pilot, *[key] * ups)
        assert isinstance(app.screen, BucketListScreen)
        table = app.screen.query_one(BucketTable)
        for again in ("", "o", "o", "r"):
            await press(pilot, *again)
            assert table.current is not None
            assert table.current.name == bucket, again
        await pilot.press("D")
        asked = f"there is no bucket {bucket}" if before == "unlisted" else f"Type {bucket} to go on."
        await until(pilot, lambda: asked in screen_text(pilot), "its name")


async def test_a_dialog_leaves_the_cursor_where_it_was(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    ministack.make_bucket("aaa")
    bucket = ministack.make_bucket("left")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "backspace", "home")
        first = pilot.app.screen.query_one(BucketTable).current
        await press(pilot, "question_mark", "escape")
        assert pilot.app.screen.query_one(BucketTable).current == first
        assert first is not None
        assert first.name != bucket


async def test_creating_ones_own_bucket_again_changes_nothing_and_says_so(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("mine")
    async with running(connection) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await type_text(pilot, bucket)
        await press(pilot, "enter")
        assert f"There is a bucket {bucket} already in us-east-1" in screen_text(pilot)


async def test_a_bucket_is_created_and_deleted_by_its_typed_name(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    name = f"{ministack.make_bucket('made')}-2"
    async with running(connection) as pilot:
        await pilot.press("B")
        await pilot.pause()
        await type_text(pilot, f"{name}@eu-west-1")
        await press(pilot, "enter")
        names = [bucket["Name"] for bucket in ministack.boto3().list_buckets()["Buckets"]]
        assert name in names
        assert f"Created {name} in eu-west-1." in screen_text(pilot)

        await press(pilot, "slash")
        await type_text(pilot, name)
        await press(pilot, "enter")
        await pilot.press("D")
        await pilot.pause()
        await type_text(pilot, name[:-1])
        await press(pilot, "enter")
        assert list(pilot.app.screen.query("#typed"))  # the wrong name changes nothing
        await type_text(pilot, name)
        await press(pilot, "enter")
        names = [bucket["Name"] for bucket in ministack.boto3().list_buckets()["Buckets"]]
        assert name not in names


async def test_a_read_only_connection_refuses_in_a_sentence(running: Running, connection: Connection) -> None:
    async with running(replace(connection, read_only=True)) as pilot:
        await press(pilot, "B")
        assert isinstance(pilot.app.screen, BucketListScreen)
        assert "test is read-only" in screen_text(pilot)


async def test_a_wrong_secret_is_refused_with_keys_that_help(running: Running, ministack: S3Server) -> None:
    wrong = Connection("wrong", ministack.endpoint, Given(ministack.wrong_secret))
    async with running(wrong) as pilot:
        text = text_of(pilot.app.screen.query_one(StatePanel))
        assert "rejects the signature" in text
        assert "^o changes the connection" in text


async def test_a_dead_server_is_a_sentence_and_r_tries_again(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy
) -> None:
    ministack.make_bucket("there")
    proxy.down()
    async with running(replace(connection, endpoint=proxy.endpoint)) as pilot:
        assert "r tries again" in screen_text(pilot)
        proxy.up()
        await press(pilot, "r")
        assert pilot.app.screen.query_one(BucketTable).display


async def test_a_bucket_that_no_list_shows_is_opened_by_name(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("named")
    ministack.boto3().put_object(Bucket=bucket, Key="a/b.txt", Body=b"1")
    async with running(connection) as pilot:
        await pilot.press("ctrl+l")
        await pilot.pause()
        await type_text(pilot, f"s3://{bucket}/a/b.txt")
        await press(pilot, "enter")
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, ObjectTreeScreen)
        assert screen.location.prefix == "a/"
        assert screen.current is not None
        assert screen.current.key == "a/b.txt"


async def test_the_mouse_opens_a_bucket_and_goes_up_by_the_breadcrumb(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket("clicked")
    ministack.boto3().put_object(Bucket=bucket, Key="a/b/c.txt", Body=b"1")
    async with running(connection, f"s3://{bucket}/a/b/") as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, ObjectTreeScreen)
        column = screen_text(pilot).splitlines()[0].index(bucket) + 1
        await pilot.click(TopBar, offset=(column, 0))
        await settle(pilot)
        assert screen.location.prefix == ""
        # Filtered, since other tests may have made more buckets than fit on the screen.
        await press(pilot, "tilde", "slash", *bucket, "enter")
        await settle(pilot)
        (row,) = pilot.app.screen.query_one(BucketTable).rows
        assert row.name == bucket
        await pilot.click(BucketTable, offset=(5, 1), times=2)
        await settle(pilot)
        assert isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_an_endpoint_of_its_own_region_shows_its_buckets_at_once(
    running: Running, proxy: FaultProxy, connection: Connection
) -> None:
    """As Garage answers who signs for us-east-1."""
    malformed = (
        b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>unexpected scope</Message>"
        b"<Region>garage</Region></Error>"
    )
    listed = (
        b"<ListAllMyBucketsResult><Buckets><Bucket><Name>mybucket</Name></Bucket></Buckets>"
        b"</ListAllMyBucketsResult>"
    )
    signed_for = "/{}/s3/aws4_request".format
    proxy.add(
        Answer(400, {}, malformed),
        when=lambda asked: signed_for("garage") not in asked.headers.get("authorization", ""),
        times=None,
    )
    proxy.add(
        Answer(200, {}, listed), when=lambda asked: asked.target.startswith("/?") or asked.target == "/"
    )
    async with running(replace(connection, endpoint=proxy.endpoint)) as pilot:
        await until(pilot, lambda: "mybucket" in screen_text(pilot))
        assert "None" not in screen_text(pilot)
        assert "garage" in screen_text(pilot)


async def test_a_bucket_is_counted_and_its_size_stays_with_its_age(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    """And a click on a column's header sorts by it, again backwards."""
    small, large = ministack.make_bucket("sized-a"), ministack.make_bucket("sized-b")
    for number in range(3):
        ministack.boto3().put_object(Bucket=large, Key=f"k/{number}", Body=b"x" * 100)
    ministack.boto3().put_object(Bucket=small, Key="k", Body=b"x")
    for _ in range(2):  # the second time by another run
        async with running(connection, size=(100, 30)) as pilot:
            await press(pilot, "slash")
            await type_text(pilot, "sized-")
            await press(pilot, "enter", "home")
            table = pilot.app.screen.query_one(BucketTable)
            if "300  B" not in screen_text(pilot):
                await press(pilot, "z")
                assert f"{small} has 1 B in 1 object." in screen_text(pilot)
                await press(pilot, "down", "z")
                assert f"{large} has 300 B in 3 objects." in screen_text(pilot)
            await until(pilot, lambda: "300  B Σ now" in screen_text(pilot), "the size")
            header = screen_text(pilot).splitlines()[table.region.y]
            for expected in ([large, small], [small, large]):
                await pilot.click(BucketTable, offset=(header.index("Size") - table.region.x, 0))
                await settle(pilot)
                assert [row.name for row in table.rows] == expected
            await pilot.click(BucketTable, offset=(header.index("Name") - table.region.x, 0))
            await settle(pilot)
            assert [row.name for row in table.rows] == [small, large]
