"""Typical input by hand: paths submitted at once, pastes, boxes, a pane that follows the cursor."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.color import Color
from textual import events
from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Input

from s3tui.browse.place.address import parse_address
from s3tui.browse.place.pick_output import Picked
from s3tui.connect.connection import Connection
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.widgets.details.detail_pane import DetailPane
from s3tui.tui.widgets.forms.check_box import CheckBox
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, settle, until

SLOW_DOWN = Answer(503, body=b"<Error><Code>SlowDown</Code><Message>slow</Message></Error>")

LEAST_CONTRAST = 3.0
"""Of graphical objects, by WCAG 2.2 §1.4.11."""


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("hands")
    for key in ("a.txt", "b.txt", "c.txt"):
        ministack.boto3().put_object(Bucket=name, Key=key, Body=b"x")
    return name


def contrast(widget: Widget, sign: str) -> float:
    """Return how `sign` stands out from what it is painted on: the contrast ratio of WCAG 2.2."""
    (style,) = {
        segment.style
        for strip in widget.render_lines(widget.size.region)
        for segment in strip
        if sign in segment.text
    }
    assert style is not None
    assert style.color is not None
    assert style.bgcolor is not None
    dark, light = sorted((luminance(style.color), luminance(style.bgcolor)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Color) -> float:
    """Return the relative luminance of WCAG 2.2."""
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.get_truecolor().normalized
    ]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def titled(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one(DetailPane).title)


@pytest.mark.parametrize("path", ["photos", "photos/", "deep/photos", "./photos"])
async def test_a_folder_that_is_submitted_at_once_goes_under_its_name(
    running: Running, connection: Connection, bucket: str, ministack: S3Server, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, path: str,
) -> None:  # fmt: skip
    for folder in (tmp_path / "photos", tmp_path / "deep" / "photos"):
        folder.mkdir(parents=True)
        (folder / "1.jpg").write_bytes(b"jpg")
    monkeypatch.chdir(tmp_path)
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        picker = pilot.app.screen
        assert isinstance(picker, UploadPicker)
        picker.query_one("#source", Input).value = path
        picker.action_submit()  # before any event of the field was read
        await until(pilot, lambda: picker not in pilot.app.screen_stack)
        await settle(pilot)
    listed = ministack.boto3().list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == ["a.txt", "b.txt", "c.txt", "photos/1.jpg"]


async def test_a_key_that_was_typed_is_kept_when_the_event_of_the_path_comes_late(
    running: Running, connection: Connection, bucket: str, tmp_path: Path
) -> None:
    (tmp_path / "one.txt").write_text("1")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        picker = pilot.app.screen
        assert isinstance(picker, UploadPicker)
        source = picker.query_one("#source", Input)
        source.value = str(tmp_path / "one.txt")
        await pilot.pause()
        picker.query_one("#key", Input).value = "mine"
        source.post_message(Input.Changed(source, source.value))
        await pilot.pause()
        assert picker.query_one("#key", Input).value == "mine"


@pytest.mark.parametrize("text", ["\nreport", "\r\n\n\nreport\n", "report"])
async def test_a_paste_goes_into_the_field_whatever_line_it_begins_with(
    running: Running, connection: Connection, bucket: str, text: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "slash")
        pilot.app.post_message(events.Paste(text))
        await until(pilot, lambda: pilot.app.screen.query_one("#filter", Input).value == "report")


async def test_the_pane_shows_the_row_of_the_cursor_after_a_delete_and_after_growing(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(100, 30)) as pilot:
        await press(pilot, "down")
        await pilot.resize_terminal(140, 30)
        await until(pilot, lambda: titled(pilot) == "b.txt", "the pane shows b.txt")
        await pilot.press("D")
        await until(pilot, lambda: "Delete this object?" in screen_text(pilot))
        await press(pilot, "right", "enter")
        await until(pilot, lambda: titled(pilot) == "c.txt", "the pane shows c.txt")


async def test_check_boxes_are_told_apart_without_colour(running: Running) -> None:
    async with running(None, size=(120, 40)) as pilot:
        await press(pilot, "n")
        box = pilot.app.screen.query_one("#read-only", CheckBox)
        assert "[ ] read-only" in screen_text(pilot)
        assert contrast(box, "[") >= LEAST_CONTRAST
        box.toggle()
        await settle(pilot)
        assert "[x] read-only" in screen_text(pilot)
        assert contrast(box, "[") >= LEAST_CONTRAST


async def test_one_buckets_503_is_not_told_in_the_listing_of_another(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    other = ministack.make_bucket("busy")
    with FaultProxy(ministack.endpoint_url) as proxy:
        asked = Connection("asked", proxy.endpoint, connection.credentials)
        async with running(asked, f"s3://{bucket}/") as pilot:
            app = pilot.app
            assert isinstance(app, S3TuiApp)
            assert app.session is not None
            proxy.add(SLOW_DOWN, when=lambda request: other in request.target, times=1)

            async def look(s3: S3Client) -> tuple[int, int, int]:
                await s3.head_bucket(other)
                return s3.slow_downs, s3.slow_downs_of(other), s3.slow_downs_of(bucket)

            assert await app.session.run(look) == (1, 1, 0)


@pytest.mark.parametrize("text", ["s3:/b/k", "s3:b/k", "S3:/b/k", "s3a:/b/k", "s3n:b/k"])
def test_an_address_that_lacks_a_slash_is_asked_about(text: str) -> None:
    endpoint = Endpoint.aws("eu-west-1")
    with pytest.raises(ValueError, match=r"did you mean s3://b/k\?"):
        parse_address(text, endpoint)
    assert parse_address("s3://b-b/k", endpoint).key == "k"
    assert parse_address("s3a://b-b/k", endpoint).key == "k"


@pytest.mark.parametrize("odd", [*map(chr, range(0x20)), "\x7f", "\x85", "\u2028", "\u2029"])
def test_no_key_is_printed_as_more_than_one_line(odd: str) -> None:
    one = Picked("b", f"report{odd}s3://other/secret")
    assert len(one.uri.splitlines()) == 1
    assert one.uri.startswith('"')  # no other URI does
    assert len(one.as_json().splitlines()) == 1
    assert Picked("b", 'per%20cent "quoted".txt').uri == 's3://b/per%20cent "quoted".txt'
