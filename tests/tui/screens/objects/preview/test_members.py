"""An archive as a tree: its members are looked at and downloaded one by one."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import cast

from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.preview.preview import Member
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.objects.preview.member_rows import MemberRows
from s3tui.tui.screens.objects.preview.member_screen import MemberScreen
from s3tui.tui.screens.objects.preview.members import MemberDownload
from s3tui.tui.screens.objects.preview.members_screen import MembersScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from tests.fault_proxy import FaultProxy
from tests.preview.served import Made
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, screen_text, until


def test_members_are_rows_below_their_folders() -> None:
    rows = MemberRows()
    for name in ("./b/c/d.txt", "/a", "b/", "b\\e", "b/c/d.txt", "x//y", "", "./", "empty/"):
        rows.add(Member(name, 3, 0, 3))
    top = rows.below("")
    assert [each.key for each in top.objects] == ["a"]
    assert top.common_prefixes == ("b/", "empty/", "x/")
    assert ([each.key for each in rows.below("b/").objects], rows.below("b/").common_prefixes) == (
        ["b/e"],
        ("b/c/",),
    )
    assert [each.key for each in rows.below("b/c/").objects] == ["b/c/d.txt"]
    assert rows.below("x/").common_prefixes == ("x//",)
    assert [each.key for each in rows.below("x//").objects] == ["x//y"]
    assert not rows.below("empty/").objects


def test_a_member_below_very_many_folders_makes_none_of_them() -> None:
    rows, deep = MemberRows(), "a/" * 2_000 + "b"
    rows.add(Member(deep, 3, 0, 3))
    rows.add(Member("c/" * 2_000, 0, 0, 0))
    top = rows.below("")
    assert [each.key for each in top.objects] == [deep]
    assert not top.common_prefixes
    assert rows.find(deep) is not None


class Host:
    """A screen that shows what is said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str, kind: str = "fact") -> None:
        self.said.append(sentence)


async def test_a_member_is_downloaded_whatever_the_list_of_members_may_read(tmp_path: Path) -> None:
    data = bytes(range(256)) * 40
    archive = Made.of(b"before" + data).file()
    archive.bound = 100
    host = Host()
    download = MemberDownload(cast(ScreenHost, host), archive)
    await download._download(Member("a.bin", len(data), 6, len(data)), tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == data
    assert host.said[-1].startswith("Downloaded a.bin to ")


async def test_a_member_is_looked_at_and_downloaded_without_the_rest(
    running: Running, connection: Connection, ministack: S3Server, proxy: FaultProxy, tmp_path: Path
) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data/people.csv", "id,name\n1,ann\n2,bob\n")
        archive.writestr(zipfile.ZipInfo("data/noise.bin"), bytes(range(256)) * 40_000)
        archive.writestr("notes.txt", "hello from inside\n")
    bucket = ministack.make_bucket("archives")
    ministack.boto3().put_object(Bucket=bucket, Key="all.zip", Body=out.getvalue())
    async with running(
        replace(connection, endpoint=proxy.endpoint), f"s3://{bucket}/", size=(80, 24)
    ) as pilot:
        await press(pilot, "p")
        await until(pilot, lambda: isinstance(pilot.app.screen, MembersScreen))
        await until(pilot, lambda: "notes.txt" in screen_text(pilot))
        await press(pilot, "enter", "down")
        assert "people.csv" in screen_text(pilot)
        await press(pilot, "down", "p")
        await until(pilot, lambda: isinstance(pilot.app.screen, MemberScreen))
        await until(pilot, lambda: "ann" in screen_text(pilot))
        assert "people.csv · gzip, CSV" in screen_text(pilot)
        await press(pilot, "backspace", "down", "d")
        pilot.app.screen.query_one(Input).value = str(tmp_path)
        await press(pilot, "enter")
        await until(pilot, lambda: "Downloaded notes.txt" in screen_text(pilot))
        assert (tmp_path / "notes.txt").read_text() == "hello from inside\n"
        received = sum(each.received for each in proxy.passages if "range" in each.request.headers)
        assert received < 4 * 65536 < len(out.getvalue())
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ObjectTreeScreen)
