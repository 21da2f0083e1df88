"""Names that anybody may have given (files, keys, metadata, connections) reach no terminal as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from textual.color import Color
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from s3tui.connect.connection import Connection, Given
from s3tui.format import printable
from s3tui.tui.terminal.control_codes import ControlCodes
from tests.long import share
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until

HOSTILE = [
    "\x1b]0;owned\x07",
    "\x1b[2J\x1b[31m",
    "\x9b31m\x9d0;owned\x9c",
    "a\nb\rc\td\x08\x7f",
    "\u202egpj.exe\u2066\u200b\ufeff",
    "[red]markup[/red][@click=app.quit]x[/]",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1bPtmux;\x1b\x1b]52;c;QUJD\x07\x1b\\",
]


_TOUR = "i y escape backspace d escape D escape question_mark escape F ctrl+l escape t t backspace"


def painted(pilot: Pilot[None]) -> str:
    """Return each character that is written to the terminal, without the styles' own sequences."""
    app = pilot.app
    return "".join(
        segment.text
        for strip in app.screen._compositor.render_strips(app.size)
        for segment in strip
        if not segment.control
    )


def assert_harmless(pilot: Pilot[None]) -> None:
    odd = {char for char in painted(pilot) if not char.isprintable()}
    assert not odd, odd


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
async def test_local_files_in_the_upload_picker(
    running: Running,
    connection: Connection,
    ministack: S3Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (there / name.replace("/", "_")).write_text("x")
    (there / f"folder {name}".replace("/", "_")).mkdir()
    monkeypatch.chdir(there)
    async with running(connection, f"s3://{ministack.make_bucket()}/") as pilot:
        await pilot.press("u")
        await until(pilot, lambda: pilot.app.screen.query("#source"), "the picker")
        await until(pilot, lambda: "folder" in screen_text(pilot), "the files of the folder")
        shown = printable(name.replace("/", "_"), mark_spaces=True)
        assert f"folder {shown}"[:40] in screen_text(pilot), "what is odd in it can be seen"
        assert_harmless(pilot)
        field = pilot.app.screen.query_one("#source", Input)
        field.value = f"{there}/fol"
        await until(pilot, lambda: field._suggestion, "a completion")
        assert_harmless(pilot)
        field.value = field._suggestion
        await until(pilot, lambda: "▸ folder" not in screen_text(pilot), "the folder below")
        assert_harmless(pilot)
        field.value = str(there / name.replace("/", "_"))
        await until(pilot, lambda: "▸ folder" in screen_text(pilot), "the folder above")
        assert_harmless(pilot)
        await press(pilot, "escape")


async def test_keys_and_connections(running: Running, ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    s3 = ministack.boto3()
    for number, name in enumerate(HOSTILE):
        s3.put_object(Bucket=bucket, Key=f"{number}{name}", Body=b"x")
    connection = Connection(HOSTILE[0] + HOSTILE[4], ministack.endpoint, Given(ministack.credentials))
    async with running(connection, f"s3://{bucket}/") as pilot:
        assert_harmless(pilot)
        for key in ["down"] * len(HOSTILE):
            await press(pilot, key)
            assert_harmless(pilot)
        for key in _TOUR.split():
            await pilot.press(key)
            await pilot.pause()
            assert_harmless(pilot)


_ANY = st.text(
    st.one_of(
        st.characters(max_codepoint=0x9F),
        st.sampled_from("\u202e\u2066\u200b\ufeff\u3000\u00ad\ud800中é"),
        st.characters(),
    )
)


@pytest.mark.drawn
@given(st.lists(_ANY, max_size=6))
@settings(max_examples=share(200, 20_000), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_painted_line_has_no_control_character_and_keeps_its_width(texts: list[str]) -> None:
    line = Strip([Segment(text) for text in texts])
    shown = ControlCodes().apply(list(line), Color(0, 0, 0))
    assert all(segment.text.isprintable() for segment in shown)
    assert sum(segment.cell_length for segment in shown) == sum(Segment(text).cell_length for text in texts)


PATHS = [
    "~nobody-of-that-name/",
    "~nobody-of-that-name",
    "~\x00/",
    "~/" + "x" * 300,
    "x" * 5000,
    "\x00",
    "~root\ud800",
]


@pytest.mark.parametrize("text", PATHS, ids=range(len(PATHS)))
async def test_any_path_can_be_typed(
    running: Running, connection: Connection, ministack: S3Server, text: str
) -> None:
    async with running(connection, f"s3://{ministack.make_bucket()}/") as pilot:
        await pilot.press("u")
        await until(pilot, lambda: pilot.app.screen.query("#source"), "the picker")
        field = pilot.app.screen.query_one("#source", Input)
        field.value = text
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert_harmless(pilot)
        await press(pilot, "escape")
        assert pilot.app.is_running
