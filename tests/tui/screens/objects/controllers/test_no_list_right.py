"""A bucket that may not be listed, or only below a home folder: what may be read is reached all the same."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from s3tui.connect.connection import Connection
from s3tui.s3.address.uri import S3Uri
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import screen_text, until

DENIED = Answer(403, {}, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")


def asked_prefix(request: Request) -> list[str] | None:
    """Return the prefix that a listing asks for; `None` for another request, nothing for none."""
    asked = parse_qs(urlsplit(request.target).query, keep_blank_values=True)
    return asked.get("prefix", []) if "list-type" in asked else None


@pytest.mark.parametrize("refuses_head", [False, True])
@pytest.mark.parametrize("from_command_line", [True, False])
async def test_a_key_that_one_goes_to_is_shown_where_nothing_may_be_listed(
    running: Running,
    ministack: S3Server,
    proxy: FaultProxy,
    connection: Connection,
    from_command_line: bool,
    refuses_head: bool,
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="home/deep/report.csv", Body=b"x" * 1234)
    proxy.add(DENIED, when=lambda request: asked_prefix(request) is not None, times=None)
    if refuses_head:
        proxy.add(Answer(403), when=lambda request: request.method == "HEAD", times=None)
    uri = f"s3://{bucket}/home/deep/report.csv"
    start = uri if from_command_line else f"s3://{bucket}/"
    async with running(replace(connection, endpoint=proxy.endpoint), start) as pilot:
        if not from_command_line:
            await until(pilot, lambda: "Access Denied" in screen_text(pilot))
            assert isinstance(pilot.app, S3TuiApp)
            await pilot.app.go(S3Uri.parse(uri))
        await until(pilot, lambda: isinstance(pilot.app.screen, ObjectDetailScreen), "the object is shown")
        await until(pilot, lambda: "1.21 KiB" in screen_text(pilot) or "1,234" in screen_text(pilot))


async def test_a_prefix_whose_listing_is_refused_opens_no_object(
    running: Running, ministack: S3Server, proxy: FaultProxy, connection: Connection
) -> None:
    proxy.add(DENIED, when=lambda request: asked_prefix(request) is not None, times=None)
    async with running(
        replace(connection, endpoint=proxy.endpoint), f"s3://{ministack.make_bucket()}/home/"
    ) as pilot:
        await until(pilot, lambda: "Access Denied" in screen_text(pilot))
        assert isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_the_root_is_listed_where_a_policy_allows_just_the_empty_prefix(
    running: Running, ministack: S3Server, proxy: FaultProxy, connection: Connection
) -> None:
    """A condition on `s3:prefix` fails where the request has no `prefix` at all."""
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="home/alice/a", Body=b"")
    proxy.add(DENIED, when=lambda request: asked_prefix(request) == [], times=None)
    async with running(replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/") as pilot:
        await until(pilot, lambda: "home/" in screen_text(pilot))
