"""Downloads of bodies in every framing of HTTP: whole and proven, failed, or said to be unproven."""

from __future__ import annotations

import asyncio
import itertools
import random
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, Transfer, TransferState
from s3tui.transfer.requests import CopyObject, CopyPrefix, DownloadObject, DownloadPrefix
from s3tui.transfer.scheduling.progress import NOT_VERIFIED
from s3tui.tui.text.transfers.fields import transfer_sections
from tests.long import rng, share
from tests.patience import PATIENCE_S
from tests.s3.scripted import KEYS, Seen
from tests.transfer.conftest import IMPATIENT, MIB
from tests.transfer.download.odd_bodies import Cut, Framing, HeadForm, Odd, OddStore, odd_server

pytestmark = pytest.mark.large

SIZES = (0, 1, 3000, 300_000, 3 * MIB)
LARGE = 17 * MIB
BYTES = random.Random(12).randbytes(LARGE)
ALL = [
    Odd(framing, head, has_md5, has_checksum, knows_ranges, lists, cut)
    for framing, head, has_md5, has_checksum, knows_ranges, lists, cut in itertools.product(
        Framing, HeadForm, (True, False), (True, False), (True, False), (True, False), Cut
    )
]


class Bench:
    """An engine between an odd server, an ordinary one and a folder."""

    def __init__(self, engine: TransferEngine, odd: OddStore, plain: OddStore, folder: Path) -> None:
        self.engine = engine
        self.odd = odd
        self.plain = plain
        self.folder = folder

    async def end(self, id: int) -> Transfer:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                row = next(row for row in self.engine.snapshot().transfers if row.id == id)
                if row.state.is_final:
                    return row
                await asyncio.sleep(0.005)

    async def move(self, way: str) -> tuple[Transfer, bytes | None]:
        """Move `b/p/k` from the odd server in a `way`; return how that ended, and what is at the target."""
        engine, there = self.engine, self.folder / "there"
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir()
        (there / "k").write_bytes(b"a good one")
        overwrite = Conflict.OVERWRITE
        self.plain.objects.clear()
        match way:
            case "download":
                id = await engine.add(DownloadObject("odd", "b", "p/k", there / "k", conflict=overwrite))
            case "prefix":
                id = await engine.add(DownloadPrefix("odd", "b", "p/", there, conflict=overwrite))
            case "relay":
                id = await engine.add(CopyObject("odd", "b", "p/k", "t", "k", to_connection="plain"))
            case "relayed prefix":
                id = await engine.add(CopyPrefix("odd", "b", "p/", "t", "", to_connection="plain"))
            case "copy":
                id = await engine.add(CopyObject("odd", "b", "p/k", "t", "k"))
            case _:
                id = await engine.add(CopyPrefix("odd", "b", "p/", "t", ""))
        row = await self.end(id)
        if way in ("download", "prefix"):
            if not row.error:
                assert [path.name for path in there.iterdir()] == ["k"]
            await self.engine.clear_finished()
            return row, (there / "k").read_bytes()
        store = self.odd if "copy" in way or "copied" in way else self.plain
        return row, store.objects.pop("/t/k", None)


MakeBench = Callable[[int], AbstractAsyncContextManager[Bench]]


@pytest.fixture
def make_bench(tmp_path: Path) -> MakeBench:
    """Make one whose engine has so many processes beside it."""

    @asynccontextmanager
    async def make(processes: int) -> AsyncIterator[Bench]:
        odd, plain = OddStore(), OddStore()
        async with (
            odd_server(odd) as here,
            odd_server(plain) as there,
            S3Client(here.endpoint, KEYS, retry=IMPATIENT) as from_here,
            S3Client(there.endpoint, KEYS, retry=IMPATIENT) as to_there,
        ):

            async def client_for(connection: str) -> S3Client:
                return {"odd": from_here, "plain": to_there}[connection]

            engine = TransferEngine(client_for, processes=processes, patience_s=0)
            try:
                yield Bench(engine, odd, plain, tmp_path)
            finally:
                await engine.aclose()

    return make


def is_fair(odd: Odd, way: str) -> bool:
    """Leave out what cannot be asked of a way, or says nothing about it."""
    if "prefix" in way and not odd.lists:
        return False
    if odd.cut is Cut.CLEAN and not odd.is_provable and odd.framing in (Framing.LENGTH, Framing.PADDED):
        return False  # a wrong length, and nothing beside it
    return odd.cut is Cut.NOTHING or "cop" not in way  # a copy inside S3 sends no body


def drawn(way: str, count: int) -> list[tuple[Odd, int]]:
    """Draw cases, with each framing, form of HEAD and cut among them."""
    random = rng(f"odd bodies/{way}")
    pool = [odd for odd in ALL if is_fair(odd, way)]
    if "relay" in way:  # each one that breaks off is tried again for seconds
        broken = [odd for odd in pool if odd.cut is Cut.BROKEN]
        pool = [odd for odd in pool if odd.cut is not Cut.BROKEN] + random.sample(broken, 10)
    return [(random.choice(pool), random.choice(SIZES)) for _ in range(count)]


def check(odd: Odd, size: int, row: Transfer, there: bytes | None) -> None:
    """Whole and proven, whole and said to be unproven, or failed with nothing in place of what was there."""
    about = f"{odd}, {size} bytes: {row}"
    if size == 0 and odd.cut is not Cut.NOTHING:
        assert there in (b"", b"a good one", None), about
    elif odd.cut is Cut.NOTHING:
        assert (row.state, row.error) == (TransferState.DONE, None), about
        assert there == BYTES[:size], about
    elif odd.is_provable:
        assert row.state is TransferState.FAILED, about
        assert there in (b"a good one", None), about
    elif row.state is TransferState.DONE:
        assert NOT_VERIFIED in (row.notice or ""), about
    assert "keeps changing" not in (row.error or ""), about


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
@pytest.mark.parametrize("way", ["download", "prefix", "relay", "relayed prefix", "copy", "copied prefix"])
async def test_a_body_of_any_framing_comes_whole_or_not_at_all(make_bench: MakeBench, way: str) -> None:
    async with make_bench(0) as bench:
        for odd, size in drawn(way, share(40, 1500)):
            bench.odd.odd = odd
            bench.odd.objects = {"/b/p/k": BYTES[:size]}
            check(odd, size, *await bench.move(way))


@pytest.mark.long
@pytest.mark.timeout(share(300, 14_000))
async def test_other_processes_hold_small_bodies_to_the_same(make_bench: MakeBench) -> None:
    async with make_bench(2) as bench:
        await bench.engine.prepare()
        pool = [odd for odd in drawn("prefix", share(6, 100)) if odd[0].cut is not Cut.BROKEN]
        for odd, _ in pool:
            bench.odd.odd = odd
            contents = {f"p/{number:03}": BYTES[: number * 7] for number in range(1, 200)}
            bench.odd.objects = {f"/b/{key}": data for key, data in contents.items()}
            there = bench.folder / f"there {bench.odd.served}"
            row = await bench.end(await bench.engine.add(DownloadPrefix("odd", "b", "p/", there)))
            arrived = {f"p/{path.name}": path.read_bytes() for path in there.iterdir()}
            if odd.cut is Cut.NOTHING:
                assert (row.state, row.error, arrived) == (TransferState.DONE, None, contents), odd
            else:
                assert (row.state, arrived) == (TransferState.FAILED, {}), odd


@pytest.mark.sampled(8)
@pytest.mark.parametrize("framing", Framing)
@pytest.mark.parametrize("head", [HeadForm.LENGTH, HeadForm.NOTHING])
@pytest.mark.parametrize("knows_ranges", [True, False])
async def test_a_large_body_of_any_framing_comes_whole(
    make_bench: MakeBench, framing: Framing, head: HeadForm, knows_ranges: bool
) -> None:
    async with make_bench(0) as bench:
        bench.odd.odd = Odd(framing, head, knows_ranges=knows_ranges)
        bench.odd.objects = {"/b/p/k": BYTES}
        row, there = await bench.move("download")
        assert (row.state, row.error, row.verified, there) == (TransferState.DONE, None, "MD5", BYTES)


async def test_an_object_that_came_unproven_says_so(make_bench: MakeBench) -> None:
    async with make_bench(0) as bench:
        bench.odd.odd = Odd(Framing.CLOSED, HeadForm.NOTHING, has_md5=False, lists=False)
        bench.odd.objects = {"/b/p/k": BYTES[:3000]}
        row, there = await bench.move("download")
        assert (row.state, row.verified, there) == (TransferState.DONE, None, BYTES[:3000])
        assert row.notice == "not verified: no checksum or MD5 proved the bytes"


MISLEADING = (
    '"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"',
    '"A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1"',
    '"{md5}-1"',
    '"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1-1"',
)
"""Etags that look like an MD5, and are none."""
FORMS: dict[str, str | None] = {
    '"{md5}"': "MD5",
    "{md5}": "MD5",
    '"{MD5}"': "MD5",
    'W/"{md5}"': None,
    'W/"{MD5}"': None,
    'W/"a"': None,
    "": None,
    '""': None,
    '"25f9b7d8-5d2b-4a26-b0d3-6b1e2f3a1234"': None,
    '"{md5}-2"': None,
    "&quot;{md5}&quot;": None,
    **dict.fromkeys(MISLEADING),
}
"""Forms of etags, with the proof of the bytes then; `None`: there is none."""


@pytest.mark.sampled(12)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("is_strict", [False, True])
async def test_no_form_of_an_etag_blocks_a_download(
    make_bench: MakeBench, form: str, is_strict: bool
) -> None:
    async with make_bench(0) as bench:
        bench.odd.etag_form, bench.odd.is_strict = form, is_strict
        ways = [(3000, "download"), (300_000, "download"), (3000, "prefix"), (300_000, "prefix")]
        if form in MISLEADING or (is_strict and form.startswith("W/")):
            ways.append((LARGE, "download"))
        for size, way in ways:
            bench.odd.objects = {"/b/p/k": BYTES[:size]}
            row, there = await bench.move(way)
            assert (row.state, row.error, there) == (TransferState.DONE, None, BYTES[:size]), (size, way)
            if way == "download":
                assert row.verified == FORMS[form], size
                assert (NOT_VERIFIED in (row.notice or "")) == (FORMS[form] is None), size


@pytest.mark.parametrize("form", ['"{MD5}"', 'W/"{md5}"', 'W/"a"'])
async def test_an_etag_stands_in_a_condition_as_it_came(form: str) -> None:
    store = OddStore(etag_form=form, objects={"/b/k": b"abc"})
    async with odd_server(store) as server, S3Client(server.endpoint, KEYS) as client:
        head = await client.head_object("b", "k")
        assert await client.get_object("b", "k", if_match=head.etag) == b"abc"
        assert server.requests[-1].headers["if-match"] == store.header(b"abc")


async def test_bytes_that_differ_from_read_to_read_are_not_believed(make_bench: MakeBench) -> None:
    async with make_bench(0) as bench:
        bench.odd.objects = {"/b/p/k": BYTES[:3000]}
        states = iter(range(1, 100))
        answer = bench.odd.answer

        def damaged(seen: Seen) -> tuple[bytes, bool]:
            content, is_over = answer(seen)
            if seen.method == "GET":
                content = content[:-1] + bytes([next(states)])
            return content, is_over

        bench.odd.answer = damaged  # type: ignore[method-assign]  # a server that damages what it sends
        row, there = await bench.move("download")
        assert (row.state, row.error_code, there) == (TransferState.FAILED, "ChecksumMismatch", b"a good one")


async def test_answers_that_disagree_on_a_length_offer_nothing_that_does_not_help(
    make_bench: MakeBench,
) -> None:
    async with make_bench(0) as bench:
        bench.odd.objects = {"/b/p/k": BYTES[:3000]}
        answer = bench.odd.answer

        def longer(seen: Seen) -> tuple[bytes, bool]:
            content, is_over = answer(seen)
            if seen.method == "HEAD":
                content = content.replace(b"content-length: 3000", b"content-length: 3001")
            return content, is_over

        bench.odd.answer = longer  # type: ignore[method-assign]  # a server that miscounts
        row, there = await bench.move("download")
        assert (row.state, there) == (TransferState.FAILED, b"a good one")
        assert "ask who runs the server" in str(row.error)
        assert "retry" not in str(row.error)
        to_do = next(field for field in transfer_sections(row)[0].fields if field.label == "To do")
        assert "List it anew" in str(to_do.value)
