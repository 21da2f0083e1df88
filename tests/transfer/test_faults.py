"""The engine through every fault, with transfers of every kind.

Each ends in done, or in failed with a sentence that says why; never with anything half-written under a
final name. An open multipart upload or a part file stays only where the network or the server failed, for
the retry that goes on with it. And when the fault is gone, a retry succeeds, and leaves neither.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.client import S3Client
from s3tui.s3.request.options import CallDefaults
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.download.part_file import PART_SUFFIX
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, Limits, Transfer, TransferState
from s3tui.transfer.requests import (
    CopyObject,
    CopyPrefix,
    DownloadObject,
    DownloadPrefix,
    UploadFile,
    UploadFolder,
)
from tests.fault_proxy import (
    Answer,
    Corrupt,
    CorruptUpload,
    Cut,
    FaultProxy,
    Hangup,
    Request,
    Reset,
    Stall,
    Throttle,
)
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

SMALL = random.Random(7).randbytes(300_000)
LARGE = random.Random(8).randbytes(20 * MIB + 12345)
MANY = {f"f/{number}": SMALL[: number * 20_000] for number in range(12)}
SLOW_DOWN = Answer(
    503, body=b"<Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>"
)


@dataclass(frozen=True)
class Kind:
    """One way to move something from `here/…` to `there/…`, on the disk or at S3."""

    name: str
    contents: dict[str, bytes]
    """By what follows `here/`."""

    @property
    def reads_from_disk(self) -> bool:
        return self.name.startswith("up")

    @property
    def writes_to_disk(self) -> bool:
        return self.name.startswith("down")

    @property
    def reads_bodies(self) -> bool:
        return self.writes_to_disk or self.name.startswith("relay")

    @property
    def writes_bodies(self) -> bool:
        return self.reads_from_disk or self.name.startswith("relay")

    def moves(self, request: Request) -> bool:
        """Say whether a request carries what is moved, or makes S3 copy it."""
        if request.method == "GET":
            return self.reads_bodies and not any(
                word in request.target for word in ("list-type", "tagging", "upload")
            )
        return request.method == "PUT"

    def prepare(self, rig: Rig) -> None:
        for name, data in self.contents.items():
            if self.reads_from_disk:
                path = rig.folder / "here" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            else:
                rig.put(f"here/{name}", data)

    async def start(self, rig: Rig, target: Path | None = None) -> int:
        engine, bucket = rig.engine, rig.bucket
        here, there = rig.folder / "here", target or rig.folder / "there"
        to = "other" if self.name.startswith("relay") else ""
        if len(self.contents) > 1:
            if self.writes_to_disk:
                return await engine.add(DownloadPrefix("c", bucket, "here/", there))
            if self.reads_from_disk:
                over = Conflict.OVERWRITE  # so each file goes by the fast path first
                return await engine.add(UploadFolder("c", here, bucket, "there", conflict=over))
            return await engine.add(CopyPrefix("c", bucket, "here/", bucket, "there/", to_connection=to))
        name = next(iter(self.contents))
        if self.writes_to_disk:
            return await engine.add(DownloadObject("c", bucket, f"here/{name}", there / name))
        if self.reads_from_disk:
            return await engine.add(UploadFile("c", here / name, bucket, f"there/{name}"))
        return await engine.add(
            CopyObject("c", bucket, f"here/{name}", bucket, f"there/{name}", to_connection=to)
        )

    def arrived(self, rig: Rig, target: Path | None = None) -> dict[str, bytes]:
        """Return all that there is at the target, part files too."""
        if self.writes_to_disk:
            there = target or rig.folder / "there"
            files = [path for path in there.rglob("*") if path.is_file()]
            return {path.relative_to(there).as_posix(): path.read_bytes() for path in files}
        keys = [key for key in sorted(rig.keys()) if key.startswith("there/")]
        return {key.removeprefix("there/"): rig.get(key) for key in keys}

    def check_whole(self, rig: Rig, target: Path | None = None) -> None:
        assert self.arrived(rig, target) == self.contents
        assert rig.open_uploads() == []

    def check_nothing_half(self, rig: Rig, target: Path | None = None, *, is_kept: bool = False) -> None:
        """Assert that all that is there is whole: nothing of a single object, perhaps some of a batch job.

        Args:
            is_kept: a part file or an open upload may wait for the retry.
        """
        arrived = self.arrived(rig, target)
        if is_kept:
            arrived = {name: data for name, data in arrived.items() if not name.endswith(PART_SUFFIX)}
        assert arrived.items() <= self.contents.items()
        assert not arrived or len(self.contents) > 1
        assert is_kept or rig.open_uploads() == []


KINDS = [
    Kind("down small", {"f": SMALL}),
    Kind("down large", {"f": LARGE}),
    Kind("down many", MANY),
    Kind("up small", {"f": SMALL}),
    Kind("up large", {"f": LARGE}),
    Kind("up many", MANY),
    Kind("copy small", {"f": SMALL}),
    Kind("copy large", {"f": LARGE * 4}),
    Kind("copy many", MANY),
    Kind("relay small", {"f": SMALL}),
    Kind("relay large", {"f": LARGE}),
    Kind("relay many", MANY),
]
of_every_kind = pytest.mark.parametrize("kind", KINDS, ids=[kind.name for kind in KINDS])


def of_kinds(wanted: Callable[[Kind], bool]) -> pytest.MarkDecorator:
    kinds = [kind for kind in KINDS if wanted(kind)]
    return pytest.mark.parametrize("kind", kinds, ids=[kind.name for kind in kinds])


@pytest.fixture
def read_timeout_s() -> float:
    return 20.0


@pytest.fixture
def patience_s() -> float:
    return 0.0


@pytest.fixture
async def rig(
    make_rig: Callable[..., Rig],
    ministack: S3Server,
    proxy: FaultProxy,
    read_timeout_s: float,
    patience_s: float,
) -> AsyncIterator[Rig]:
    """Both connections of it go through `proxy`."""
    rig = make_rig(ministack, proxy.endpoint)
    async with (
        _client(proxy, ministack, read_timeout_s) as one,
        _client(proxy, ministack, read_timeout_s) as other,
    ):

        async def client_for(connection: str) -> S3Client:
            return other if connection == "other" else one

        rig.engine = TransferEngine(client_for, limits=Limits(objects=4, parts=4), patience_s=patience_s)
        yield rig
        await rig.engine.aclose()


def _client(proxy: FaultProxy, server: S3Server, read_timeout_s: float) -> S3Client:
    return S3Client(
        proxy.endpoint,
        server.credentials,
        retry=RetryPolicy(attempts=5, base_s=0.01, cap_s=0.05),
        read_timeout_s=read_timeout_s,
        defaults=CallDefaults(checksums=ChecksumMode.ALWAYS),
    )


async def comes_through(rig: Rig, kind: Kind, id: int) -> Transfer:
    transfer = await rig.done(id)
    kind.check_whole(rig)
    assert transfer.bytes_done == transfer.bytes_total == sum(map(len, kind.contents.values()))
    return transfer


async def fails_then_comes_through(rig: Rig, kind: Kind, id: int, proxy: FaultProxy, *codes: str) -> Transfer:
    transfer = await rig.end(id)
    assert (transfer.state, transfer.error_code in codes) == (TransferState.FAILED, True), transfer.error
    kind.check_nothing_half(rig, is_kept=transfer.error_code in ("TransportError", "SlowDown"))
    proxy.clear()
    await rig.engine.retry(id)
    await comes_through(rig, kind, id)
    return transfer


class TestTheNetwork:
    @of_every_kind
    async def test_some_resets_are_mended(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        for fault in (Reset(after=None), Reset(after=1000), Hangup(after=100_000)):
            proxy.add(fault, when=kind.moves)
        await comes_through(rig, kind, await kind.start(rig))

    @of_every_kind
    async def test_resets_without_end_fail(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(Hangup(after=1000), when=kind.moves, times=None)
        transfer = await fails_then_comes_through(rig, kind, await kind.start(rig), proxy, "TransportError")
        assert "127.0.0.1" in str(transfer.error)

    @of_every_kind
    async def test_a_storm_of_slow_downs_is_weathered(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(SLOW_DOWN, when=kind.moves, times=4)
        await comes_through(rig, kind, await kind.start(rig))

    @of_every_kind
    async def test_a_storm_without_end_fails(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(SLOW_DOWN, when=kind.moves, times=None)
        transfer = await fails_then_comes_through(rig, kind, await kind.start(rig), proxy, "SlowDown")
        assert "fewer requests" in str(transfer.error)

    @of_every_kind
    async def test_a_server_that_dies_is_named(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        moving = asyncio.Event()
        loop = asyncio.get_running_loop()

        def tell(request: Request) -> bool:
            if not moving.is_set():
                loop.call_soon_threadsafe(moving.set)
                time.sleep(0.2)  # holds the proxy's loop, so that nothing gets through before it is down
            return True

        proxy.add(Throttle(MIB), when=lambda request: kind.moves(request) and tell(request), times=None)
        id = await kind.start(rig)
        await moving.wait()
        proxy.down()
        transfer = await rig.end(id)
        proxy.up()
        assert transfer.error_code == "TransportError"
        assert "127.0.0.1" in str(transfer.error)
        proxy.clear()
        await rig.engine.retry(id)
        await comes_through(rig, kind, id)

    @of_kinds(lambda kind: kind.reads_bodies)
    async def test_truncated_bodies(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(Cut(after=10_000), when=kind.moves, times=3)
        await comes_through(rig, kind, await kind.start(rig))


class TestSilence:
    @pytest.fixture
    def read_timeout_s(self) -> float:
        return 2.0

    @pytest.fixture
    def patience_s(self) -> float:
        """A busy machine stalls too, as often as it likes."""
        return 60.0

    @of_every_kind
    async def test_a_stall_is_mended(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(Stall(after=1000 if kind.writes_to_disk else None), when=kind.moves)
        await comes_through(rig, kind, await kind.start(rig))


class TestWrongBytes:
    @of_kinds(lambda kind: kind.reads_bodies)
    async def test_what_comes_once_is_fetched_again(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(Corrupt(at=1234), when=kind.moves)
        if kind.name == "relay large":  # what went on is known to be wrong when all of it is there
            await fails_then_comes_through(rig, kind, await kind.start(rig), proxy, "ChecksumMismatch")
        else:
            await comes_through(rig, kind, await kind.start(rig))

    @of_kinds(lambda kind: kind.reads_bodies)
    async def test_what_comes_always_is_never_kept(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(Corrupt(at=1234), when=kind.moves, times=None)
        id = await kind.start(rig)
        transfer = await fails_then_comes_through(rig, kind, id, proxy, "ChecksumMismatch")
        assert "retry" in str(transfer.error) or "those that were stored" in str(transfer.error)

    @of_kinds(lambda kind: kind.writes_bodies)
    async def test_what_goes_is_never_kept(self, rig: Rig, proxy: FaultProxy, kind: Kind) -> None:
        kind.prepare(rig)
        proxy.add(CorruptUpload(at=1234), when=lambda request: request.method == "PUT", times=None)
        codes = "ChecksumMismatch", "BadDigest", "XAmzContentChecksumMismatch"
        await fails_then_comes_through(rig, kind, await kind.start(rig), proxy, *codes)


class TestTheSource:
    @of_kinds(lambda kind: not kind.reads_from_disk and len(kind.contents) == 1)
    async def test_an_object_that_changes_underway_is_moved_as_it_is_now(
        self, rig: Rig, proxy: FaultProxy, kind: Kind
    ) -> None:
        kind.prepare(rig)
        changed = Kind(kind.name, {name: data[::-1] for name, data in kind.contents.items()})
        seen: list[Request] = []

        def change(request: Request) -> bool:
            if kind.moves(request):
                seen.append(request)
                if len(seen) == 1:
                    changed.prepare(rig)
            return False

        proxy.add(Answer(500), when=change, times=None)
        await comes_through(rig, changed, await kind.start(rig))

    @of_kinds(lambda kind: kind.reads_from_disk)
    async def test_a_file_that_is_truncated_underway_is_not_uploaded(
        self, rig: Rig, proxy: FaultProxy, kind: Kind
    ) -> None:
        kind.prepare(rig)
        name = max(kind.contents, key=lambda name: len(kind.contents[name]))
        source = rig.folder / "here" / name

        def truncate(request: Request) -> bool:
            if kind.moves(request) and f"/there/{name}" in request.target and source.stat().st_size > 10:
                os.truncate(source, 10)
            return False

        proxy.add(Answer(500), when=truncate, times=None)
        proxy.add(Hangup(after=100_000), when=lambda r: kind.moves(r) and f"/there/{name}" in r.target)
        transfer = await rig.end(await kind.start(rig))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "SourceChanged")
        assert str(source) in str(transfer.error)
        arrived = kind.arrived(rig)
        assert name not in arrived
        assert arrived == {other: data for other, data in kind.contents.items() if other != name}
        assert rig.open_uploads() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 12 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def remount(place: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", str(place)], check=True)


class TestTheDisk:
    @of_kinds(lambda kind: kind.name in ("down large", "down small"))
    async def test_a_full_disk_is_known_before_the_first_byte(
        self, rig: Rig, proxy: FaultProxy, kind: Kind, small_disk: Path
    ) -> None:
        kind.prepare(rig)
        remount(small_disk, "size=64m")
        with (small_disk / "taken").open("wb") as taken:
            os.posix_fallocate(taken.fileno(), 0, 64 * MIB - 100_000)
        transfer = await rig.end(await kind.start(rig, small_disk / "there"))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ENOSPC")
        assert "make room" in str(transfer.error)
        assert transfer.bytes_done == 0
        kind.check_nothing_half(rig, small_disk / "there")
        assert not any("range" in request.headers for request in proxy.requests)

    async def test_a_file_larger_than_the_disk_asks_for_no_room(
        self, rig: Rig, proxy: FaultProxy, small_disk: Path
    ) -> None:
        (kind,) = (kind for kind in KINDS if kind.name == "down large")
        kind.prepare(rig)
        transfer = await rig.end(await kind.start(rig, small_disk / "there"))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "EFBIG")
        assert "another disk" in str(transfer.error)
        kind.check_nothing_half(rig, small_disk / "there")
        assert not any("range" in request.headers for request in proxy.requests)

    async def test_a_disk_that_fills_up_keeps_what_is_whole(self, rig: Rig, small_disk: Path) -> None:
        kind = Kind("down many", {f"{number:02}": LARGE[:MIB] for number in range(30)})
        kind.prepare(rig)
        id = await kind.start(rig, small_disk / "there")
        transfer = await rig.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ENOSPC")
        assert "make room" in str(transfer.error)
        arrived = kind.arrived(rig, small_disk / "there")
        assert 0 < len(arrived) < 30
        kind.check_nothing_half(rig, small_disk / "there")
        remount(small_disk, "size=64m")
        await rig.engine.retry(id)
        await rig.done(id)
        kind.check_whole(rig, small_disk / "there")

    @of_kinds(lambda kind: kind.writes_to_disk)
    async def test_a_read_only_disk_says_so(self, rig: Rig, kind: Kind, small_disk: Path) -> None:
        kind.prepare(rig)
        remount(small_disk, "ro")
        transfer = await rig.end(await kind.start(rig, small_disk / "there"))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "EROFS")
        assert "read-only" in str(transfer.error)

    @of_kinds(lambda kind: kind.writes_to_disk)
    async def test_a_folder_that_is_removed_underway_says_so(
        self, rig: Rig, proxy: FaultProxy, kind: Kind
    ) -> None:
        kind.prepare(rig)
        rate_bps = sum(map(len, kind.contents.values())) // 8  # far from over when its folder goes
        proxy.add(Throttle(rate_bps), when=kind.moves, times=None)
        id = await kind.start(rig)
        await rig.until(id, lambda transfer: transfer.bytes_done > 100_000)
        gone = rig.folder.with_name("gone")
        (rig.folder / "there").rename(gone)  # at once: nothing is made in it while it is being removed
        shutil.rmtree(gone)
        transfer = await rig.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ENOENT")
        assert "removed" in str(transfer.error)
        kind.check_nothing_half(rig)

    @of_kinds(lambda kind: kind.writes_to_disk and len(kind.contents) == 1)
    async def test_what_was_there_stays_when_its_replacement_fails(
        self, rig: Rig, proxy: FaultProxy, kind: Kind
    ) -> None:
        kind.prepare(rig)
        target = rig.folder / "f"
        target.write_bytes(b"mine")
        proxy.add(Corrupt(at=1234), when=kind.moves, times=None)
        id = await rig.engine.add(
            DownloadObject("c", rig.bucket, "here/f", target, conflict=Conflict.OVERWRITE)
        )
        assert (await rig.end(id)).error_code == "ChecksumMismatch"
        assert target.read_bytes() == b"mine"
        assert rig.files() == {"f"}
