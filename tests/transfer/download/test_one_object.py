"""One object from a scripted server to one file: what is asked for, what is counted, what is said."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.transfer.download.object_download import ObjectDownload
from s3tui.transfer.download.part_file import PartFile, part_path
from s3tui.transfer.download.ranges import facts_of, progress_of, split
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.part_plan import plan_ranges
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict, Limits, PartState, Side
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.target.conflict_policy import Undecided
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, wire
from tests.transfer.conftest import IMPATIENT, MIB
from tests.transfer.download.odd_bodies import Cut, Framing, HeadForm, Odd, OddStore, odd_server

SMALL = 256 * 1024
LARGE = 17 * MIB
BYTES = random.Random(7).randbytes(LARGE)
MODIFIED_AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
RANGE = 8 * MIB


@dataclass
class Store(OddStore):
    """A store that keeps what was asked of it, and may answer otherwise."""

    asked: list[str] = field(default_factory=list)
    instead: Callable[[Seen], Reply | None] | None = None
    """Called before each answer: may change what is kept, or return another answer."""

    def answer(self, seen: Seen) -> tuple[bytes, bool]:
        path, _, query = seen.target.decode().partition("?")
        what = "LIST" if "list-type" in query else seen.method
        self.asked.append(" ".join(filter(None, [what, path, seen.headers.get("range")])))
        reply = None if self.instead is None else self.instead(seen)
        return super().answer(seen) if reply is None else (wire(reply, seen.method), False)

    def gets(self) -> list[str]:
        return [asked for asked in self.asked if asked.startswith("GET")]


@dataclass
class Bench:
    store: Store
    client: S3Client
    folder: Path
    resources: Resources
    counters: Counters = field(default_factory=lambda: Counters(objects_total=1))

    @property
    def target(self) -> Path:
        return self.folder / "sub" / "k"

    def keep(self, data: bytes) -> bytes:
        self.store.objects["/b/k"] = data
        return data

    def download(
        self,
        size: int | None = None,
        conflict: Conflict = Conflict.FAIL,
        record: ObjectRecord | None = None,
        version_id: str | None = None,
    ) -> ObjectDownload:
        return ObjectDownload(
            "b",
            "k",
            self.folder,
            self.target,
            ProgressMeter(self.counters, alone=True),
            conflict=conflict,
            version_id=version_id,
            size=size,
            object_record=record,
        )

    async def run(
        self,
        size: int | None = None,
        conflict: Conflict = Conflict.FAIL,
        record: ObjectRecord | None = None,
    ) -> str | None:
        return await self.download(size, conflict, record).run(self.client, self.resources)

    async def fails(self, size: int | None = None) -> tuple[str, str | None]:
        download = self.download(size)
        with pytest.raises(TransferError) as caught:
            await download.run(self.client, self.resources)
        assert not self.target.exists()
        await download.discard()
        assert self.files() == []
        assert self.counters.bytes_done == 0
        return str(caught.value), caught.value.code

    def files(self) -> list[str]:
        there = self.folder / "sub"
        return sorted(os.listdir(there)) if there.exists() else []

    def put(self, content: bytes) -> None:
        """Put another file under the target's name."""
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.target.write_bytes(content)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    store, folder = Store(), tmp_path / "files"
    async with odd_server(store) as server, S3Client(server.endpoint, KEYS, retry=IMPATIENT) as client:
        yield Bench(store, client, folder, Resources(Limits(objects=4, parts=2)))


@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("size", [0, 1, SMALL, SMALL + 1, 16 * MIB - 1, 16 * MIB, LARGE])
async def test_an_object_is_whole_counted_and_proven(bench: Bench, size: int, is_known: bool) -> None:
    data = bench.keep(BYTES[:size])
    assert await bench.run(size if is_known else None) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert bench.files() == ["k"]
    assert bench.target.stat().st_mtime == MODIFIED_AT.timestamp()
    counters = bench.counters
    assert (counters.bytes_done, counters.bytes_total, counters.objects_done) == (size, size, 1)
    assert (counters.verified, counters.unproven, counters.notice, counters.skipped) == ("MD5", 0, None, 0)
    plan = plan_ranges(size)
    parts = None if len(plan) == 1 else len(plan)
    assert (counters.parts_done, counters.parts_total) == (parts, parts)
    assert counters.parts == bytes([PartState.DONE] * (parts or 0))


@pytest.mark.parametrize(
    ("size", "is_known", "asked"),
    [
        (5, True, ["GET /b/k"]),
        (SMALL, True, ["GET /b/k"]),
        (MIB, True, ["GET /b/k"]),
        (5, False, ["HEAD /b/k", "GET /b/k"]),
        (
            LARGE,
            True,
            [
                "HEAD /b/k",
                *(f"GET /b/k bytes={at}-{min(at + RANGE, LARGE) - 1}" for at in range(0, LARGE, RANGE)),
            ],
        ),
    ],
)
async def test_no_more_is_asked_for_than_need_be(
    bench: Bench, size: int, is_known: bool, asked: list[str]
) -> None:
    bench.keep(BYTES[:size])
    await bench.run(size if is_known else None)
    assert sorted(bench.store.asked) == sorted(asked)


@pytest.mark.parametrize(
    ("conflict", "there", "went_to", "content", "skipped"),
    [
        (Conflict.SKIP, b"mine", None, b"mine", 1),
        (Conflict.OVERWRITE, b"mine", "k", b"data", 0),
        (Conflict.KEEP_BOTH, b"mine", "k (1)", b"mine", 0),
        (Conflict.OVERWRITE_IF_DIFFERENT, b"mine", "k", b"data", 0),
        (Conflict.OVERWRITE_IF_DIFFERENT, b"data", None, b"data", 1),
    ],
)
async def test_what_is_there_is_as_the_policy_says(
    bench: Bench, conflict: Conflict, there: bytes, went_to: str | None, content: bytes, skipped: int
) -> None:
    bench.keep(b"data")
    bench.put(there)
    expected = None if went_to is None else str(bench.target.with_name(went_to))
    assert await bench.run(4, conflict) == expected
    assert bench.target.read_bytes() == content
    if went_to is not None:
        assert bench.target.with_name(went_to).read_bytes() == b"data"
    assert bench.files() == sorted({"k", went_to or "k"})
    counters = bench.counters
    moved = 0 if skipped else 4
    assert (counters.skipped, counters.objects_done) == (skipped, 1)
    assert (counters.bytes_done, counters.bytes_total) == (moved, moved)
    assert len(bench.store.gets()) == (0 if skipped else 1)
    assert (bench.store.asked == []) == (conflict is Conflict.SKIP)


async def test_where_it_may_not_be_nothing_is_asked_for(bench: Bench) -> None:
    bench.keep(b"data")
    bench.put(b"mine")
    with pytest.raises(TransferError, match=re.escape(str(bench.target))):
        await bench.run(4)
    assert (bench.store.asked, bench.target.read_bytes()) == ([], b"mine")


async def test_a_question_shows_both_sides(bench: Bench) -> None:
    data = bench.keep(b"data")
    bench.put(b"mine!")
    with pytest.raises(Undecided) as asked:
        await bench.run(4, Conflict.ASK)
    mine = datetime.fromtimestamp(bench.target.stat().st_mtime, UTC)
    assert asked.value.there == Side(str(bench.target), 5, mine)
    assert asked.value.incoming == Side("s3://b/k", 4, MODIFIED_AT, hashlib.md5(data).hexdigest())


async def test_what_cannot_be_told_is_overwritten_and_said(bench: Bench) -> None:
    bench.store.odd = Odd(has_md5=False)
    bench.keep(b"data")
    bench.put(b"data")
    assert await bench.run(4, Conflict.OVERWRITE_IF_DIFFERENT) == str(bench.target)
    assert bench.counters.notice == "whether it is the same cannot be told, so it was overwritten"
    assert bench.counters.unproven == 1


async def test_a_file_that_came_meanwhile_is_skipped(bench: Bench) -> None:
    bench.keep(b"data")

    def come(seen: Seen) -> None:
        bench.put(b"mine")

    bench.store.instead = come
    assert await bench.run(4, Conflict.SKIP) is None
    assert bench.target.read_bytes() == b"mine"
    counters = bench.counters
    assert (counters.skipped, counters.bytes_done, counters.bytes_total) == (1, 0, 0)


def after(count: int, do: Callable[[], object]) -> Callable[[Seen], None]:
    """Return what does something before the GET that comes after `count` others."""
    seen_so_far: list[Seen] = []

    def look(seen: Seen) -> None:
        if seen.method == "GET" and "list-type" not in seen.target.decode():
            seen_so_far.append(seen)
            if len(seen_so_far) == count + 1:
                do()

    return look


async def test_an_object_that_changes_underway_is_fetched_anew(bench: Bench) -> None:
    bench.keep(BYTES)
    bench.store.instead = after(1, lambda: bench.keep(BYTES[::-1]))
    assert await bench.run() == str(bench.target)
    assert bench.target.read_bytes() == BYTES[::-1]
    assert bench.counters.notice == "k changed meanwhile: its download started over"
    assert (bench.counters.bytes_done, bench.counters.verified) == (LARGE, "MD5")
    assert bench.counters.parts_done == bench.counters.parts_total == 3


async def test_an_object_that_does_not_rest_is_not_kept(bench: Bench) -> None:
    def change(seen: Seen) -> None:
        if seen.method == "GET":
            bench.keep(os.urandom(8) + BYTES[8:])

    bench.keep(BYTES)
    bench.store.instead = change
    assert await bench.fails() == (
        "k keeps changing while it is being downloaded: retry when it is at rest",
        "ObjectChanged",
    )


@pytest.mark.parametrize("size", [16 * MIB, LARGE])
@pytest.mark.parametrize("rate_bps", [10**9, None])
async def test_a_server_without_ranges_sends_it_whole(bench: Bench, size: int, rate_bps: int | None) -> None:
    bench.resources.set_limits(Limits(objects=4, parts=2, rate_bps=rate_bps))
    bench.store.odd = Odd(knows_ranges=False)
    data = bench.keep(BYTES[:size])
    assert await bench.run() == str(bench.target)
    assert bench.target.read_bytes() == data
    assert bench.store.gets()[-1] == "GET /b/k"
    assert (bench.counters.notice, bench.counters.bytes_done) == (None, size)


@pytest.mark.parametrize("listed", [3, 10, SMALL + 1])
async def test_where_a_listing_is_old_the_object_itself_is_asked(bench: Bench, listed: int) -> None:
    data = bench.keep(b"datum")
    assert await bench.run(listed) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert (bench.counters.bytes_total, bench.counters.bytes_done) == (5, 5)


async def test_what_has_no_name_does_not_overrule_a_listing(bench: Bench) -> None:
    bench.store.etag_form = ""
    bench.keep(b"datum")
    assert await bench.fails(3) == (
        "the server's answers disagree on how long k is, and none of them was kept: "
        "list it anew, or ask who runs the server",
        "SizesDisagree",
    )


def corrupted(bench: Bench, data: bytes, times: int) -> Callable[[Seen], Reply | None]:
    """Return what answers the first GETs with a wrong byte, and tells of the right ones."""
    left = [times]

    def answer(seen: Seen) -> Reply | None:
        if seen.method != "GET" or not left[0]:
            return None
        left[0] -= 1
        return Reply(headers=bench.store.headers(data), body=b"X" + data[1:])

    return answer


@pytest.mark.parametrize("size", [5, MIB])
@pytest.mark.parametrize("has_checksum", [True, False])
async def test_a_wrong_byte_is_fetched_again(bench: Bench, size: int, has_checksum: bool) -> None:
    bench.store.odd = Odd(has_checksum=has_checksum)
    data = bench.keep(BYTES[:size])
    bench.store.instead = corrupted(bench, data, 1)
    assert await bench.run(size) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert bench.counters.verified == ("CRC32" if has_checksum else "MD5")
    assert bench.counters.bytes_done == size


async def test_bytes_that_stay_wrong_are_not_kept(bench: Bench) -> None:
    data = bench.keep(BYTES[:MIB])
    wrong = [bytes([n]) + data[1:] for n in (1, 2)]
    bench.store.instead = lambda seen: (
        Reply(headers=bench.store.headers(data), body=wrong.pop()) if seen.method == "GET" else None
    )
    assert await bench.fails(MIB) == (
        "what came is not what S3 holds under k: its MD5 differs; nothing was kept, retry",
        "ChecksumMismatch",
    )


@pytest.mark.parametrize("size", [5, MIB])
async def test_an_etag_that_is_no_md5_of_what_comes_twice_proves_nothing(bench: Bench, size: int) -> None:
    data = bench.keep(BYTES[:size])
    bench.store.etag_form = '"' + "0" * 32 + '"'
    assert await bench.run(size) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert (bench.counters.verified, bench.counters.unproven) == (None, 1)
    assert len(bench.store.gets()) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"data and more", "k came longer than the server said that it is: retry"),
        (b"dat", "k came shorter than announced: retry"),
    ],
)
async def test_a_body_of_another_length_is_not_kept(bench: Bench, body: bytes, said: str) -> None:
    """As where a proxy leaves out the length that a HEAD has."""
    bench.store.odd = Odd(framing=Framing.CHUNKED)
    bench.store.etag_form = '"e"'
    bench.keep(b"data")

    def serve(seen: Seen) -> None:
        bench.keep(body if seen.method == "GET" else b"data")

    bench.store.instead = serve
    assert await bench.fails() == (said, "Truncated")


@pytest.mark.parametrize("listed", [3, 10, MIB, LARGE])
async def test_where_a_body_says_no_length_an_old_listing_does_not_count(bench: Bench, listed: int) -> None:
    bench.store.odd = Odd(framing=Framing.CHUNKED)
    data = bench.keep(b"datum")
    assert await bench.run(listed) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert (bench.counters.bytes_total, bench.counters.bytes_done) == (5, 5)


@pytest.mark.parametrize(("has_md5", "verified"), [(True, "MD5"), (False, None)])
async def test_an_object_of_unknown_size_is_whole_where_something_proves_it(
    bench: Bench, has_md5: bool, verified: str | None
) -> None:
    bench.store.odd = Odd(Framing.CHUNKED, HeadForm.NOTHING, lists=False, has_md5=has_md5)
    for size in (0, 5, 3 * MIB):
        data = bench.keep(BYTES[:size])
        bench.counters = Counters(objects_total=1)
        assert await bench.run(None, Conflict.OVERWRITE) == str(bench.target)
        assert bench.target.read_bytes() == data
        counters = bench.counters
        assert (counters.verified, counters.unproven) == (verified, 0 if verified else 1)
        assert (counters.bytes_total, counters.bytes_done, counters.objects_done) == (size, size, 1)
    assert bench.files() == ["k"]


class Left:
    """A download of `BYTES` in three ranges, of which an earlier process left some."""

    def __init__(self, bench: Bench, ranges: list[int], **changed: object) -> None:
        self.bench = bench
        self.record = TransferRecord()
        self.object_record = self.record.object_record("k")
        plan = plan_ranges(LARGE)
        spans = split(plan)
        bench.target.parent.mkdir(parents=True)
        part = PartFile(bench.target, LARGE, self.object_record.tag)
        for index in ranges:
            spans[index].written = spans[index].size
            part.write(BYTES[spans[index].first :][: spans[index].size], spans[index].first)
        head = ObjectHead(LARGE, hashlib.md5(BYTES).hexdigest())
        facts = {**facts_of(head, plan.part_size), **progress_of(spans)(), **changed}
        self.object_record.later(**facts)
        del part

    async def resumed(self) -> list[str]:
        """Go on; return which ranges were asked for."""
        record = self.record.object_record("k")
        assert await self.bench.run(conflict=Conflict.OVERWRITE, record=record) == str(self.bench.target)
        assert self.bench.target.read_bytes() == self.bench.store.objects["/b/k"]
        assert self.bench.files() == ["k"]
        assert self.record.leftovers() == []
        counters = self.bench.counters
        assert counters.bytes_done == counters.bytes_total
        assert counters.parts_done == counters.parts_total == 3
        return [asked.removeprefix("GET /b/k bytes=") for asked in sorted(self.bench.store.gets())]


ALL = sorted(f"{at}-{min(at + RANGE, LARGE) - 1}" for at in range(0, LARGE, RANGE))


async def test_only_the_missing_ranges_are_fetched(bench: Bench) -> None:
    bench.keep(BYTES)
    assert await Left(bench, [0, 2]).resumed() == [f"{RANGE}-{2 * RANGE - 1}"]
    assert (bench.counters.notice, bench.counters.verified) == (None, "MD5")


async def test_what_goes_on_can_go_on_another_time(bench: Bench) -> None:
    bench.keep(BYTES)
    left, known = Left(bench, [0]), []

    def look(seen: Seen) -> None:
        if seen.method == "GET":
            known.append([facts.facts["etag"] for facts in left.record.leftovers()])

    bench.store.instead = look
    await left.resumed()
    assert known == [[hashlib.md5(BYTES).hexdigest()]] * 2


async def test_a_range_is_gone_on_with_where_it_ended(bench: Bench) -> None:
    bench.keep(BYTES)
    left = Left(bench, [0, 1, 2], done="05", partly={"1": 1000})
    assert await left.resumed() == [f"{RANGE + 1000}-{2 * RANGE - 1}"]


@pytest.mark.parametrize(
    ("changed", "notice"),
    [
        ({"etag": "another"}, "k changed since: its download started over"),
        ({"size": LARGE - 1}, "k changed since: its download started over"),
    ],
)
async def test_what_is_of_another_object_is_not_gone_on_with(
    bench: Bench, changed: dict[str, object], notice: str
) -> None:
    bench.keep(BYTES)
    assert await Left(bench, [0], **changed).resumed() == ALL
    assert bench.counters.notice == notice


async def test_a_part_file_that_is_gone_is_begun_anew(bench: Bench) -> None:
    bench.keep(BYTES)
    left = Left(bench, [0])
    part_path(bench.target, left.object_record.tag).unlink()
    assert await left.resumed() == ALL
    assert bench.counters.notice is None


@pytest.mark.parametrize("has_md5", [True, False])
async def test_after_another_boot_only_what_can_be_proven_is_gone_on_with(
    bench: Bench, has_md5: bool
) -> None:
    bench.store.odd = Odd(has_md5=has_md5)
    etag = bench.store.etag(bench.keep(BYTES))
    left = Left(bench, [0, 1], boot="another", etag=etag)
    assert await left.resumed() == ([f"{2 * RANGE}-{LARGE - 1}"] if has_md5 else ALL)
    assert bench.counters.notice is None


@pytest.mark.parametrize(
    ("changed", "asked"),
    [("nothing", 0), ("time", 1), ("size", 1), ("file", 1), ("is new", 1)],
)
async def test_what_was_published_at_the_last_moment_is_known_again(
    bench: Bench, changed: str, asked: int
) -> None:
    data = bench.keep(b"data")
    record = TransferRecord().object_record("k", again=changed != "is new")
    bench.put(data + b"x" if changed == "size" else data)
    if changed != "time":
        os.utime(bench.target, (MODIFIED_AT.timestamp(), MODIFIED_AT.timestamp()))
    if changed == "file":
        bench.target.unlink()
    left = part_path(bench.target, record.tag)
    left.write_bytes(b"left")
    assert await bench.run(4, Conflict.OVERWRITE, record) == str(bench.target)
    assert bench.target.read_bytes() == data
    assert len(bench.store.gets()) == asked
    assert bench.files() == ["k"]
    counters = bench.counters
    assert (counters.bytes_done, counters.bytes_total, counters.objects_done) == (4, 4, 1)
    assert counters.verified == "MD5"


async def test_where_nothing_can_be_said_of_the_object_it_is_no_proof_of_an_end(bench: Bench) -> None:
    bench.keep(b"data")
    bench.put(b"data")
    os.utime(bench.target, (MODIFIED_AT.timestamp(), MODIFIED_AT.timestamp()))
    bench.store.instead = lambda seen: error_reply(403, "AccessDenied") if seen.method == "HEAD" else None
    record = TransferRecord().object_record("k", again=True)
    assert await bench.run(4, Conflict.OVERWRITE, record) == str(bench.target)
    assert len(bench.store.gets()) == 1


@pytest.mark.parametrize("status", [None, 500, 503])
async def test_a_look_that_is_interrupted_is_taken_again(bench: Bench, status: int | None) -> None:
    """By a pause, or by a server that fails: neither says that the file is another one."""
    bench.put(bench.keep(b"data"))
    os.utime(bench.target, (MODIFIED_AT.timestamp(), MODIFIED_AT.timestamp()))
    looking = asyncio.Event()

    def interrupt(seen: Seen) -> Reply | None:
        looking.set()
        return None if status is None else error_reply(status, "SlowDown")

    bench.store.instead = interrupt
    record = TransferRecord().object_record("k", again=True)
    download = bench.download(4, Conflict.KEEP_BOTH, record)
    running = asyncio.create_task(download.run(bench.client, bench.resources))
    await looking.wait()
    if status is None:
        running.cancel()
    await asyncio.wait([running])
    assert running.cancelled() or isinstance(running.exception(), S3Error)
    bench.store.instead = None
    assert await download.run(bench.client, bench.resources) == str(bench.target)
    assert bench.files() == ["k"]
    assert bench.store.gets() == []
    assert (bench.counters.bytes_done, bench.counters.objects_done) == (4, 1)


async def test_running_again_after_the_end_fetches_nothing(bench: Bench) -> None:
    bench.keep(b"data")
    download = bench.download(4)
    assert await download.run(bench.client, bench.resources) == str(bench.target)
    assert await download.run(bench.client, bench.resources) == str(bench.target)
    assert len(bench.store.gets()) == 1


async def test_what_was_discarded_is_fetched_anew(bench: Bench) -> None:
    bench.keep(b"data")
    download = bench.download(4, Conflict.OVERWRITE)
    await download.run(bench.client, bench.resources)
    await download.discard()
    bench.keep(b"atad")
    assert await download.run(bench.client, bench.resources) == str(bench.target)
    assert bench.target.read_bytes() == b"atad"


async def test_discarding_leaves_no_part_file_of_any_process(bench: Bench) -> None:
    bench.keep(BYTES)
    left = Left(bench, [0])
    download = bench.download(record=left.record.object_record("k"))
    await download.discard()
    assert bench.files() == []
    assert left.record.leftovers() == []


@pytest.mark.parametrize("rate_bps", [10**9, None])
async def test_a_rate_changes_no_byte(bench: Bench, rate_bps: int | None) -> None:
    bench.resources.set_limits(Limits(objects=4, parts=2, rate_bps=rate_bps))
    for size in (5, MIB, LARGE):
        data = bench.keep(BYTES[:size])
        assert await bench.run(size, Conflict.OVERWRITE) == str(bench.target)
        assert bench.target.read_bytes() == data


@pytest.mark.parametrize("size", [5, MIB, LARGE])
@pytest.mark.parametrize("is_there", [True, False])
async def test_a_version_is_meant_in_all_that_is_asked(bench: Bench, size: int, is_there: bool) -> None:
    data, queries = bench.keep(BYTES[:size]), set()

    def look(seen: Seen) -> None:
        queries.add(parse_qs(urlsplit(seen.target.decode()).query).get("versionId", [""])[0])

    bench.store.instead = look
    bench.put(data if is_there else b"another")
    download = bench.download(size, Conflict.OVERWRITE_IF_DIFFERENT, version_id="v/1")
    assert (await download.run(bench.client, bench.resources) is None) is is_there
    assert bench.target.read_bytes() == data
    assert queries == {"v/1"}


@pytest.mark.parametrize("size", [MIB, LARGE])
async def test_room_is_made_for_each_byte_once_and_before_it_is_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    made: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "major", lambda device: 8)
    monkeypatch.setattr(os, "posix_fallocate", lambda fd, offset, count: made.append((offset, count)))
    bench.keep(BYTES[:size])
    await bench.run(size)
    assert sorted(made) == list(plan_ranges(size))


@pytest.mark.parametrize("framing", [Framing.CHUNKED, Framing.CLOSED])
async def test_a_body_of_unknown_size_that_is_cut_leaves_nothing(bench: Bench, framing: Framing) -> None:
    bench.store.odd = Odd(framing, HeadForm.NOTHING, has_checksum=True, lists=False, cut=Cut.BROKEN)
    bench.keep(BYTES[:MIB])
    with pytest.raises((S3Error, TransferError)):
        await bench.run()
    assert bench.counters.bytes_done == 0
    assert not bench.target.exists()


async def test_a_size_that_only_the_body_says_is_that_of_the_object(bench: Bench) -> None:
    bench.store.odd = Odd(Framing.LENGTH, HeadForm.NOTHING, lists=False)
    for size in (0, 5, MIB, LARGE):
        data = bench.keep(BYTES[:size])
        bench.counters = Counters(objects_total=1)
        assert await bench.run(None, Conflict.OVERWRITE) == str(bench.target)
        assert bench.target.read_bytes() == data
        counters = bench.counters
        assert (counters.verified, counters.bytes_total, counters.bytes_done) == ("MD5", size, size)


@pytest.mark.parametrize("form", ['"{md5}"', 'W/"a"', ""])
async def test_each_range_is_of_the_object_that_the_first_answer_named(bench: Bench, form: str) -> None:
    data, conditions = bench.keep(BYTES), []
    bench.store.etag_form = form

    def look(seen: Seen) -> None:
        if seen.method == "GET" and "list-type" not in seen.target.decode():
            conditions.append(seen.headers.get("if-match"))

    bench.store.instead = look
    await bench.run(LARGE)
    assert bench.target.read_bytes() == data
    assert conditions == [bench.store.header(data)] * 3
    conditions.clear()
    bench.store.odd = Odd(Framing.CHUNKED, HeadForm.NOTHING, lists=False)
    bench.keep(data[:5])
    await bench.run(None, Conflict.OVERWRITE)
    assert conditions == [bench.store.header(data[:5])]


async def test_a_file_that_came_meanwhile_is_an_error_at_once(bench: Bench) -> None:
    bench.keep(b"data")

    def come(seen: Seen) -> None:
        bench.put(b"mine")

    bench.store.instead = come
    download = bench.download(4)
    with pytest.raises(TransferError) as caught:
        await download.run(bench.client, bench.resources)
    assert caught.value.code == "TargetExists"
    assert (bench.target.read_bytes(), len(bench.store.gets())) == (b"mine", 1)


async def test_a_checksum_that_stays_wrong_is_named(bench: Bench) -> None:
    bench.store.odd = Odd(has_checksum=True)
    data = bench.keep(b"data")
    bench.store.instead = corrupted(bench, data, 99)
    said, code = await bench.fails(4)
    assert (code, len(bench.store.gets())) == ("ChecksumMismatch", 2)
    assert "CRC32" in said
