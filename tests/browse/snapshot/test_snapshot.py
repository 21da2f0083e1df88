"""Snapshots: what is written is what is read, by prefix, page by page, and never a half file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.snapshot.snapshot import (
    Snapshot,
    SnapshotWriter,
    file_for,
    read_page,
    snapshots_in,
    suggested_name,
)
from s3tui.browse.snapshot.take_snapshot import Progress, take_snapshot
from s3tui.browse.source.source import PageRequest, SourceError
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import AccessDenied
from s3tui.s3.models import ObjectSummary
from tests.browse.pages import entries
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server

NOW = datetime(2026, 11, 21, 8, 0, 0, 123000, tzinfo=UTC)
KEYS = [f"p/{number // 500:02}/{number:05}" for number in range(5300)]
SEGMENT = st.text(alphabet="ab/é\ud800\U0001f600\uffff\x00", max_size=6)


def summary(key: str) -> ObjectSummary:
    return ObjectSummary(key, len(key), NOW + timedelta(seconds=len(key)), f"etag-{key!r}", "STANDARD")


def written(file: Path, keys: Iterable[str], prefix: str = "") -> Snapshot:
    writer = SnapshotWriter(file, "work", "b", prefix, NOW)
    writer.add([summary(key) for key in keys])
    return writer.finish(NOW + timedelta(minutes=1), is_complete=True)


async def listed(
    snapshot: Snapshot, prefix: str = "", delimiter: str = "/", **where: str
) -> list[str | ObjectSummary]:
    found: list[str | ObjectSummary] = []
    async with aclosing(snapshot.pages(None, PageRequest("b", prefix, delimiter, **where))) as pages:
        async for page in pages:
            rows: list[str | ObjectSummary] = [*page.objects, *page.common_prefixes]
            found += sorted(rows, key=lambda row: row if isinstance(row, str) else row.key)
    return found


def names(rows: Iterable[str | ObjectSummary]) -> list[str]:
    return [row if isinstance(row, str) else row.key for row in rows]


async def test_what_is_read_is_what_was_listed(tmp_path: Path) -> None:
    snapshot = written(tmp_path / "one.s3tui.db", KEYS, "p/")
    assert await listed(snapshot, "p/", "") == [summary(key) for key in KEYS]
    assert await listed(snapshot, "p/") == [f"p/{n:02}/" for n in range(11)]
    assert await listed(snapshot, "p/03/") == [summary(key) for key in KEYS if key.startswith("p/03/")]
    assert await listed(snapshot, "p/03/", start_after="p/03/01998") == [summary("p/03/01999")]
    header = snapshot.header
    assert (header.connection, header.bucket, header.prefix) == ("work", "b", "p/")
    assert (header.objects, header.size, header.last_key) == (5300, sum(map(len, KEYS)), None)
    assert (header.begun_at, header.ended_at) == (NOW, NOW + timedelta(minutes=1))
    assert snapshot.title == "snapshot one · 2026-11-21 08:00"


@settings(max_examples=60)  # a file each
@given(keys=st.sets(SEGMENT.filter(bool), max_size=40), prefix=SEGMENT, most=st.integers(1, 5))
def test_pages_of_any_length_are_the_listing(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str], prefix: str, most: int
) -> None:
    snapshot = written(tmp_path_factory.mktemp("given") / "x.s3tui.db", sorted(keys))
    with closing(sqlite3.connect(snapshot.file)) as database:
        for delimiter in ("/", ""):
            found: list[str] = []
            after: str | None = None
            while True:
                page = read_page(database, prefix, delimiter, after, most)
                assert len(page.objects) + len(page.common_prefixes) <= most
                found += sorted([o.key for o in page.objects] + list(page.common_prefixes))
                if (after := page.next_continuation_token) is None:
                    break
            expected = entries(keys, prefix) if delimiter else sorted(k for k in keys if k.startswith(prefix))
            assert found == expected


def test_a_common_prefix_is_skipped_by_one_seek(tmp_path: Path) -> None:
    snapshot = written(tmp_path / "kept" / "x.s3tui.db", [f"{n // 10_000}/{n:06}" for n in range(30_000)])
    with closing(sqlite3.connect(snapshot.file)) as database:
        steps: list[None] = []
        database.set_progress_handler(lambda: steps.append(None), 100)
        assert read_page(database, "", "/", None).common_prefixes == ("0/", "1/", "2/")
        assert len(steps) < 10, "a thousand instructions, not a million"


async def test_taking_one_lists_all_and_tells_how_far_it_is(tmp_path: Path) -> None:
    async with listing_server(SyntheticBucket(KEYS)) as url, _client(url) as s3:
        said = [p async for p in _taking(s3, tmp_path / "kept" / "x.s3tui.db", interval_s=0)]
        live = [o async for page in s3.list_objects("b", "p/") for o in page.objects]
    assert said[-1].snapshot is not None
    assert said[-1].objects == 5300
    assert [p.objects for p in said] == sorted(p.objects for p in said)
    assert len(said) > 2
    assert await listed(said[-1].snapshot, "p/", "") == live
    assert os.listdir(tmp_path / "kept") == ["x.s3tui.db"]


@pytest.mark.parametrize("keeps", [False, True])
async def test_cancelled_it_leaves_nothing_or_a_part_that_says_so(tmp_path: Path, keeps: bool) -> None:
    file, keep, begun = tmp_path / "kept" / "x.s3tui.db", threading.Event(), asyncio.Event()
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(Stall(), when=is_later, times=None)
            async with _client(proxy.url) as s3:

                async def take() -> None:
                    async with aclosing(_taking(s3, file, keep=keep, interval_s=0)) as taking:
                        async for _ in taking:
                            begun.set()

                task = asyncio.create_task(take())
                await begun.wait()
                if keeps:
                    keep.set()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
    assert os.listdir(tmp_path / "kept") == (["x.s3tui.db"] if keeps else [])
    if keeps:
        snapshot = Snapshot.open(file)
        assert names(await listed(snapshot, "", "")) == KEYS[:1000]
        assert snapshot.header.last_key == KEYS[999]
        assert "a part" in snapshot.title


async def test_a_refusal_in_the_middle_keeps_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "x.s3tui.db"
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(denied, when=is_later, times=None)
            async with _client(proxy.url) as s3:
                with pytest.raises(AccessDenied):
                    async for _ in _taking(s3, file):
                        pass
    assert Snapshot.open(file).header.objects == 1000
    assert Snapshot.open(file).header.last_key == KEYS[999]


async def test_an_existing_snapshot_is_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "x.s3tui.db"
    written(file, ["a"])
    with pytest.raises(SourceError, match="choose another name"):
        SnapshotWriter(file, "work", "b", "", NOW)
    assert Snapshot.open(file).header.objects == 1


async def test_two_at_once_are_in_nobodys_way_and_the_first_has_the_name(tmp_path: Path) -> None:
    file = tmp_path / "kept" / "x.s3tui.db"
    code = (
        "from s3tui.browse.snapshot.snapshot import SnapshotWriter; "
        "from pathlib import Path; from datetime import *\n"
        f"w = SnapshotWriter(Path({str(file)!r}), 'work', 'b', '', datetime.now(UTC))\n"
        "print('begun', flush=True); input(); w.finish(datetime.now(UTC), is_complete=True)"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert other.stdout is not None
    assert await other.stdout.readline() == b"begun\n"
    assert written(file, ["a"]).header.objects == 1
    _, said = await other.communicate(b"\n")
    assert b"is there already: choose another name" in said
    assert Snapshot.open(file).header.objects == 1
    assert os.listdir(tmp_path / "kept") == ["x.s3tui.db"]


def test_what_killed_instances_left_is_cleared_after_a_week(tmp_path: Path) -> None:
    old, young = tmp_path / "a.s3tui.db.1.part", tmp_path / "b.s3tui.db.2.part"
    for part in (old, young):
        part.touch()
    os.utime(old, (0, 0))
    written(tmp_path / "x.s3tui.db", ["a"])
    assert sorted(tmp_path.glob("*.part")) == [young]


async def test_what_is_no_snapshot_is_refused_with_a_sentence(tmp_path: Path) -> None:
    text, other, newer = (tmp_path / f"{name}.s3tui.db" for name in ("text", "other", "newer"))
    text.write_text("not a database at all, but long enough for its header" * 20)
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE t (x)")
    written(newer, ["a"])
    with closing(sqlite3.connect(newer)) as database:
        database.execute("PRAGMA user_version = 99")
    good = written(tmp_path / "good.s3tui.db", ["a"])
    found, errors = snapshots_in(tmp_path)
    assert found == [good]
    assert [str(error).partition(": ")[0].partition(" is ")[0].partition(" was ")[0] for error in errors] == [
        f"{newer}",
        f"{other}",
        f"{text} cannot be read",
    ]
    with pytest.raises(SourceError, match="is not there"):
        Snapshot.open(tmp_path / "none")
    assert snapshots_in(tmp_path / "nowhere") == ([], [])


async def test_a_snapshot_that_is_cut_off_fails_as_a_listing_does(tmp_path: Path) -> None:
    snapshot = written(tmp_path / "kept" / "x.s3tui.db", KEYS)
    with snapshot.file.open("rb+") as file:
        file.truncate(40_000)
    with pytest.raises(SourceError, match="cannot be read"):
        await listed(snapshot, "", "")


def test_names_are_safe_as_files(tmp_path: Path) -> None:
    assert file_for(tmp_path, "../../etc/passwd") == tmp_path / "etc-passwd.s3tui.db"
    assert file_for(tmp_path, "  ") == tmp_path / "snapshot.s3tui.db"
    assert file_for(tmp_path, "Über uns") == tmp_path / "Über-uns.s3tui.db"
    assert len(file_for(tmp_path, "x" * 500).name) < 100
    assert suggested_name("logs", "2026/11/", NOW) == "logs-2026-11-2026-11-21-0800"


def is_later(request: Request) -> bool:
    return "start-after" in request.target or "continuation-token" in request.target


def _client(url: str) -> S3Client:
    return S3Client(Endpoint.custom(url), Credentials("a", "b"))


def _taking(
    s3: S3Client, file: Path, *, interval_s: float = 10, keep: threading.Event | None = None
) -> AsyncGenerator[Progress, None]:
    return take_snapshot(
        s3,
        "b",
        "p/",
        file,
        connection="work",
        now=lambda: NOW,
        keep=keep or threading.Event(),
        interval_s=interval_s,
    )
