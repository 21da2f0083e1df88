"""A bucket's routing trail is shown, outlives the run, and can be forgotten and overridden."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from textual.widgets import Input

from s3tui import paths
from s3tui.connect.connection import Connection, Given
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.buckets.bucket_detail import BucketDetailScreen
from s3tui.tui.text.bucket_row import BucketRow
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import OTHER_REGION, S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, type_text, until


async def test_the_trail_of_a_bucket_outlives_the_run_and_can_be_changed(
    ministack: S3Server, connection: Connection, running: Running
) -> None:
    bucket = ministack.make_bucket("routed", region=OTHER_REGION)
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        assert any(each.is_region_hop for each in app.requests.log.recent())
        detail = await shown(app, bucket)
        await press(pilot, "left", "left")
        said = screen_text(pilot)
        assert "Routing 1" in said
        assert "signed for us-east-1" in said
        assert "301 PermanentRedirect" in said
        assert " ms, once" in said
    async with running(connection, f"s3://{bucket}/") as pilot:
        app = pilot.app
        assert isinstance(app, S3TuiApp)
        assert not any(each.is_region_hop for each in app.requests.log.recent())
        assert {each.region for each in app.requests.log.recent() if each.bucket} == {OTHER_REGION}
        detail = await shown(app, bucket)
        await press(pilot, "left", "left")
        assert "301 PermanentRedirect" in screen_text(pilot)
        detail.action_choose_region()
        await until(pilot, lambda: app.screen is not detail)
        await type_text(pilot, "ap-south-1")
        await press(pilot, "enter")
        await until(pilot, lambda: "Chosen" in screen_text(pilot))
        assert app.session is not None
        assert app.session.region_of(bucket) == "ap-south-1"
        await app.session.run(lambda s3: s3.head_bucket(bucket))
        assert app.session.region_of(bucket) == OTHER_REGION  # it was wrong, and is mended
        await until(pilot, lambda: redirects_kept() == 3)
        detail.action_forget_region()
        await settle(pilot)
        await until(pilot, lambda: "Nothing sent its requests elsewhere" in screen_text(pilot))
        assert await app.session.learned_regions.trail(bucket) == []


def redirects_kept() -> int:
    with closing(sqlite3.connect(paths.state_dir() / "state.sqlite")) as database:
        return int(database.execute("SELECT count(*) FROM regions").fetchone()[0])


async def shown(app: S3TuiApp, bucket: str) -> BucketDetailScreen:
    assert app.session is not None
    detail = BucketDetailScreen(app.session, app.transfers, BucketRow(bucket, None))
    await app.push_screen(detail)
    return detail


async def test_a_bucket_at_another_endpoint_is_offered_as_a_connection(
    ministack: S3Server, proxy: FaultProxy, running: Running
) -> None:
    """A Ceph gateway answers so for a bucket of another zonegroup: nothing but a Location."""
    bucket = ministack.make_bucket("zonegroup")
    location = {"location": "http://127.0.0.1:27481/b/k?"}
    proxy.add(Answer(301, location), times=None, when=lambda request: bucket in request.target)
    here = Connection("here", proxy.endpoint, Given(ministack.credentials))
    async with running(here, f"s3://{bucket}/") as pilot:
        assert "^o, n makes a connection for 127.0.0.1:27481" in screen_text(pilot)
        await press(pilot, "ctrl+o", "n")
        values = [field.value for field in pilot.app.screen.query(Input)]
        assert "http://127.0.0.1:27481" in values
        assert "127.0.0.1:27481" in values
