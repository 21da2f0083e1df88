"""The preview screen: scrolling, finding, going, forms and encodings, following, other programs."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.tui.screens.objects.preview.screen import PreviewScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.preview.preview_view import PreviewView
from tests.fault_proxy import Answer, FaultProxy
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, type_text, until

LINES = b"".join(b"line %06d\n" % n for n in range(100_000))


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("inside")
    for key, data in {
        "a.txt": LINES,
        "b.csv": b"id;name\n1;ann\n2;bob\n",
        "c.json": b'{"who": {"name": "ann", "tags": [1, 2]}}',
        "d.txt": "Grüße\n".encode("cp437") * 9,
        "e": b"",
    }.items():
        ministack.boto3().put_object(Bucket=name, Key=key, Body=data)
    return name


def view(pilot: Pilot[None]) -> PreviewView:
    return pilot.app.screen.query_one(PreviewView)


def lines(pilot: Pilot[None]) -> list[str]:
    """Return the lines in view."""
    return [text for _, _, text in view(pilot)._rows()]


async def test_an_object_is_scrolled_from_its_beginning_to_its_end_and_back(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy
) -> None:
    async with running(
        replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/", size=(80, 24)
    ) as pilot:
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, PreviewScreen)
        assert lines(pilot)[:2] == ["line 000000", "line 000001"]
        await press(pilot, "down", "pagedown")
        assert lines(pilot)[0] == f"line {view(pilot).room:06}"
        await press(pilot, "G")
        assert lines(pilot)[-1] == "line 099999"
        assert "end ·" in screen_text(pilot)
        await press(pilot, "pageup", "pageup", "g")
        assert lines(pilot)[0] == "line 000000"
        read = sum(passage.received for passage in proxy.passages if "range" in passage.request.headers)
        assert read < len(LINES) / 2
        await press(pilot, "p")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)


async def test_what_is_found_is_gone_to_forwards_and_backwards(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "p", "slash")
        await type_text(pilot, "LINE 0777")
        await press(pilot, "enter")
        assert "Nothing else holds “LINE 0777”" in screen_text(pilot)
        await press(pilot, "slash")
        await type_text(pilot, "line 0777")
        await press(pilot, "enter")
        assert "line 077700" in lines(pilot)
        await press(pilot, "n")
        assert view(pilot).lines[view(pilot).current or 0].text == "line 077701"
        await press(pilot, "N", "N")
        assert view(pilot).lines[view(pilot).current or 0].text == "line 077700"


@pytest.mark.parametrize(
    ("place", "line"), [("50001", "line 050000"), ("0x2580", "line 000800"), ("50%", "line 050000")]
)
async def test_a_place_is_gone_to(
    running: Running, connection: Connection, bucket: str, place: str, line: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "p", "ctrl+l")
        assert isinstance(pilot.app.focused, Input)
        await type_text(pilot, place)
        await press(pilot, "enter")
        assert view(pilot).lines[view(pilot).current or 0].text == line
        if place == "50001":
            assert "line 49,99" in screen_text(pilot)


async def test_a_table_keeps_its_header_and_json_is_indented(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "down", "p")
        assert view(pilot).header == "id  name"
        await until(pilot, lambda: lines(pilot) == [" 1  ann", " 2  bob"])
        assert screen_text(pilot).count("id  name") == 1
        await press(pilot, "escape", "down", "p")
        assert lines(pilot) == ["{", '  "who": {', '    "name": "ann",', '    "tags": [1, 2]', "  }", "}"]
        await press(pilot, "x")
        assert lines(pilot)[0].startswith("00000000  7b 22 77 68 6f")
        await press(pilot, "x")
        assert lines(pilot)[0] == "{"


async def test_another_encoding_is_chosen(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "down", "down", "down", "p")
        for _ in range(9):
            await press(pilot, "C")
            if lines(pilot)[0] == "Grüße":
                break
        assert lines(pilot)[0] == "Grüße"
        assert "cp437" in screen_text(pilot)


async def test_long_lines_are_cut_or_wrapped(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a.txt", Body=b"0123456789" * 30 + b"\nsecond\n")
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "p", "l")
        assert lines(pilot)[0].startswith("89012")
        await press(pilot, "w")
        assert "".join(lines(pilot)).startswith("0123456789" * 30 + "second")


async def test_the_end_of_an_object_that_grows_is_followed(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    bucket, s3 = ministack.make_bucket(), ministack.boto3()
    s3.put_object(Bucket=bucket, Key="a.log", Body=b"one\n")
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "p", "F")
        s3.put_object(Bucket=bucket, Key="a.log", Body=b"one\ntwo\n")
        await until(pilot, lambda: lines(pilot) == ["one", "two"], "the new line")


async def test_an_error_stands_in_the_place_of_lines_and_nothing_inside_is_said(
    running: Running, connection: Connection, bucket: str, proxy: FaultProxy
) -> None:
    async with running(
        replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/", size=(80, 24)
    ) as pilot:
        refusal = Answer(403, {}, b"<Error><Code>AccessDenied</Code></Error>")
        proxy.add(refusal, when=lambda request: "range" in request.headers)
        await press(pilot, "p")
        assert "s3:GetObject" in screen_text(pilot)
        await press(pilot, "r")
        assert lines(pilot)[0] == "line 000000"
        await press(pilot, "escape", "end", "p")
        assert "It holds no bytes." in screen_text(pilot)


async def test_a_copy_is_opened_that_nobody_else_may_read(
    running: Running, connection: Connection, bucket: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener, told = home / "xdg-open", home / "told"
    opener.write_text(
        f'#!/bin/sh\nstat -c %a "$1" >{told}.new; cat "$1" >>{told}.new; mv {told}.new {told}\n'
    )
    opener.chmod(0o700)
    monkeypatch.setenv("PATH", f"{home}:/usr/bin:/bin")
    async with running(connection, f"s3://{bucket}/", size=(80, 24)) as pilot:
        await press(pilot, "down", "p", "o", "enter")
        await until(pilot, told.exists, "the program ran")
        assert told.read_bytes() == b"600\nid;name\n1;ann\n2;bob\n"


async def test_rows_of_a_parquet_file_are_shown_and_those_of_other_columns(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = io.BytesIO()
    pq.write_table(pa.table({f"column_{n}": [n * 10, n * 10 + 1] for n in range(12)}), out)
    name = ministack.make_bucket("rows")
    ministack.boto3().put_object(Bucket=name, Key="a.parquet", Body=out.getvalue())
    async with running(connection, f"s3://{name}/", size=(100, 24)) as pilot:
        await press(pilot, "p")
        await until(pilot, lambda: "column_11  int64" in screen_text(pilot), "its columns")
        await press(pilot, "m")
        await until(pilot, lambda: "the first 2 rows · 8 of 12 columns" in screen_text(pilot), "its rows")
        await press(pilot, "m")
        await type_text(pilot, "column_11, *_3")
        await press(pilot, "enter")
        await until(pilot, lambda: "2 of 12 columns" in screen_text(pilot), "other rows")
        assert lines(pilot) == ["      110        30", "      111        31"]
