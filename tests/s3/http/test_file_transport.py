"""The file transport: bodies between files and sockets arrive byte for byte or fail; no thread is left."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3 import (
    ByteRange,
    CallDefaults,
    ChecksumMode,
    Endpoint,
    Exchange,
    FileSection,
    RetryPolicy,
    S3Client,
)
from s3tui.s3.errors import (
    AccessDenied,
    ChecksumMismatch,
    PreconditionFailed,
    RangeIgnored,
    SlowDown,
    TransportError,
)
from tests.fault_proxy import Answer, Corrupt, Cut, FaultProxy, Hangup, Reset, Stall, Throttle
from tests.patience import PATIENCE_S
from tests.s3.certificates import Authority
from tests.s3.conftest import client_of
from tests.s3.scripted import KEYS, Reply, Seen, error_reply, read_head, scripted, talking, wire
from tests.servers import OTHER_REGION, S3Server

MIB = 1024 * 1024
DATA = random.Random(3).randbytes(12 * MIB + 345)
QUICK = RetryPolicy(attempts=3, base_s=0.01, cap_s=0.02)
ONCE = RetryPolicy(attempts=1)


def bulk_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("s3-file-transport")]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not bulk_threads()


class Disk:
    """A file to receive into and one to send from."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "target"
        self.source = folder / "source"
        self.source.write_bytes(DATA)
        self.target_fd = os.open(self.path, os.O_RDWR | os.O_CREAT)
        self.source_fd = os.open(self.source, os.O_RDONLY)

    @property
    def written(self) -> bytes:
        return self.path.read_bytes()

    def section(self, offset: int = 0, length: int = len(DATA), **options: Any) -> FileSection:
        return FileSection(self.source_fd, offset, length, **options)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    os.close(disk.target_fd)
    os.close(disk.source_fd)


@pytest.fixture
async def faulty(proxy: FaultProxy, ministack: S3Server) -> AsyncIterator[S3Client]:
    async with S3Client(proxy.endpoint, ministack.credentials, retry=QUICK, read_timeout_s=3600) as s3:
        yield s3


@pytest.fixture
def stored(ministack: S3Server) -> str:
    """A bucket that holds `DATA` under `k`."""
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="k", Body=DATA)
    return bucket


class TestOnEveryServer:
    async def test_an_object_comes_as_it_is(self, s3: S3Client, bucket: str, oracle: Any, disk: Disk) -> None:
        oracle.put_object(Bucket=bucket, Key="k", Body=DATA)
        counts: list[int] = []
        head = await s3.get_object_to_file(bucket, "k", fd=disk.target_fd, observe=counts.append)
        assert disk.written == DATA
        assert (head.size, sum(counts)) == (len(DATA), len(DATA))
        assert head.etag == (await s3.head_object(bucket, "k")).etag

    async def test_a_range_goes_where_it_belongs(
        self, s3: S3Client, bucket: str, oracle: Any, disk: Disk
    ) -> None:
        oracle.put_object(Bucket=bucket, Key="k", Body=DATA)
        span = ByteRange(first=1000, last=9 * MIB)
        head = await s3.get_object_to_file(bucket, "k", fd=disk.target_fd, offset=5, byte_range=span)
        assert disk.written == bytes(5) + DATA[1000 : 9 * MIB + 1]
        assert head.size == len(DATA)

    async def test_a_file_becomes_the_object(
        self, s3: S3Client, bucket: str, oracle: Any, disk: Disk
    ) -> None:
        counts: list[int] = []
        await s3.put_object(bucket, "k", disk.section(7, 10 * MIB, observe=counts.append))
        assert oracle.get_object(Bucket=bucket, Key="k")["Body"].read() == DATA[7 : 10 * MIB + 7]
        assert sum(counts) == 10 * MIB

    async def test_sections_become_parts(self, s3: S3Client, bucket: str, oracle: Any, disk: Disk) -> None:
        async with await s3.begin_upload(bucket, "k") as upload:
            await asyncio.gather(
                upload.upload_part(1, disk.section(0, 8 * MIB)),
                upload.upload_part(2, disk.section(8 * MIB, len(DATA) - 8 * MIB)),
            )
            await upload.complete()
        assert oracle.get_object(Bucket=bucket, Key="k")["Body"].read() == DATA


async def test_an_empty_object_and_an_empty_section_are_moved_too(ministack: S3Server, disk: Disk) -> None:
    bucket = ministack.make_bucket()
    async with client_of(ministack, ministack.credentials) as s3:
        await s3.put_object(bucket, "k", disk.section(0, 0))
        assert (await s3.get_object_to_file(bucket, "k", fd=disk.target_fd)).size == 0
    assert disk.written == b""


async def test_a_checksum_goes_before_the_bytes_where_the_mode_wants_one(
    ministack: S3Server, disk: Disk
) -> None:
    bucket = ministack.make_bucket()
    always = CallDefaults(checksums=ChecksumMode.ALWAYS)
    async with client_of(ministack, ministack.credentials, defaults=always) as s3:
        await s3.put_object(bucket, "k", disk.section())
        assert (await s3.head_object(bucket, "k", checksums=True)).checksum is not None
        async with await s3.begin_upload(bucket, "parts") as upload:
            part = await upload.upload_part(1, disk.section())
            assert part.checksum is not None
            await upload.complete()


async def test_connections_are_kept_and_ledgered(proxy: FaultProxy, ministack: S3Server, disk: Disk) -> None:
    facts: list[object] = []
    bucket = ministack.make_bucket()
    async with S3Client(proxy.endpoint, ministack.credentials, observer=facts.append) as s3:
        for _ in range(2):
            await s3.put_object(bucket, "k", disk.section())
            await s3.get_object_to_file(bucket, "k", fd=disk.target_fd)
    seen = [fact for fact in facts if isinstance(fact, Exchange)]
    assert [(fact.bytes_sent, fact.bytes_received) for fact in seen] == [(len(DATA), 0), (0, len(DATA))] * 2
    assert all(fact.head_s is not None and 0 < fact.head_s <= fact.elapsed_s for fact in seen)


class TestFaultsDown:
    @pytest.mark.parametrize("fault", [Reset(after=MIB), Cut(after=5 * MIB), Reset(after=None), Answer(503)])
    async def test_a_break_is_mended_at_the_byte_where_it_was(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk, fault: Reset | Cut | Answer
    ) -> None:
        proxy.add(fault, times=2)
        counts: list[int] = []
        await faulty.get_object_to_file(stored, "k", fd=disk.target_fd, observe=counts.append)
        assert disk.written == DATA
        assert sum(counts) == len(DATA), "what was written is not asked for again"
        if isinstance(fault, Cut):
            assert int(proxy.requests[-1].headers["range"].removeprefix("bytes=").split("-")[0]) > 4 * MIB
            assert "if-match" in proxy.requests[-1].headers

    async def test_an_object_that_changes_underway_is_noticed(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk, ministack: S3Server
    ) -> None:
        proxy.add(Cut(after=5 * MIB))
        other = Answer(206, {"ETag": '"x"', "Content-Range": f"bytes {5 * MIB}-{len(DATA) - 1}/{len(DATA)}"})
        proxy.add(other, times=None)
        with pytest.raises(PreconditionFailed, match="changed while it was read"):
            await faulty.get_object_to_file(stored, "k", fd=disk.target_fd)

    async def test_a_body_that_always_ends_too_early_is_an_error(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk
    ) -> None:
        proxy.add(Cut(after=0), times=None)
        with pytest.raises(TransportError, match="bytes too early"):
            await faulty.get_object_to_file(stored, "k", fd=disk.target_fd)

    async def test_a_wrong_byte_is_noticed_where_there_is_a_checksum(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk
    ) -> None:
        await faulty.put_object(stored, "k", DATA)
        proxy.add(Corrupt(at=MIB))
        with pytest.raises(ChecksumMismatch):
            await faulty.get_object_to_file(stored, "k", fd=disk.target_fd)

    async def test_a_range_that_is_ignored_writes_nothing(
        self, faulty: S3Client, proxy: FaultProxy, disk: Disk
    ) -> None:
        proxy.add(Answer(200, {"ETag": '"e"'}, DATA), times=None)
        for span in (ByteRange(first=0, last=9), ByteRange(first=MIB, last=2 * MIB)):
            with pytest.raises(RangeIgnored):
                await faulty.get_object_to_file("b", "k", fd=disk.target_fd, byte_range=span)
        assert disk.written == b""

    async def test_a_server_that_falls_silent_is_given_up(
        self, proxy: FaultProxy, ministack: S3Server, stored: str, disk: Disk
    ) -> None:
        proxy.add(Stall(after=MIB), times=None)
        async with S3Client(proxy.endpoint, ministack.credentials, retry=ONCE, read_timeout_s=0.3) as s3:
            with pytest.raises(TransportError, match="stopped answering"):
                await s3.get_object_to_file(stored, "k", fd=disk.target_fd)

    async def test_a_file_that_cannot_be_written_is_no_fault_of_the_server(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk
    ) -> None:
        with pytest.raises(OSError, match="Bad file descriptor"):
            await faulty.get_object_to_file(stored, "k", fd=disk.source_fd)
        assert len(proxy.requests) == 1


class TestFaultsUp:
    @pytest.mark.parametrize("fault", [Hangup(after=MIB), Reset(after=None), Answer(503)])
    async def test_a_break_is_mended(
        self, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk, fault: Hangup | Reset | Answer
    ) -> None:
        proxy.add(fault, times=2)
        counts: list[int] = []
        await faulty.put_object(stored, "new", disk.section(observe=counts.append))
        assert await faulty.get_object(stored, "new") == DATA
        assert sum(counts) == len(DATA), "what was sent in vain is taken back"

    async def test_a_source_that_was_truncated_fails(self, faulty: S3Client, stored: str, disk: Disk) -> None:
        os.truncate(disk.source, MIB)
        with pytest.raises(ValueError, match="it changed while it was sent"):
            await faulty.put_object(stored, "new", disk.section())
        assert not await faulty.object_exists(stored, "new")

    async def test_what_a_check_raises_stops_the_last_bytes(
        self, faulty: S3Client, stored: str, disk: Disk
    ) -> None:
        def check() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await faulty.put_object(stored, "new", disk.section(check=check))
        assert not await faulty.object_exists(stored, "new")

    @pytest.mark.parametrize("closes", [True, False])
    async def test_a_refusal_before_the_whole_body_came_is_read(self, closes: bool, disk: Disk) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            writer.write(wire(error_reply(403, "AccessDenied"), "PUT"))
            await writer.drain()
            if not closes:
                await asyncio.Event().wait()

        async with talking(talk) as server, S3Client(server.endpoint, KEYS, retry=ONCE) as s3:
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises((AccessDenied, TransportError) if closes else AccessDenied):
                    await s3.put_object("b", "k", disk.section())

    @pytest.mark.parametrize("secure", [False, True])
    async def test_a_server_that_takes_no_more_is_given_up(
        self, secure: bool, disk: Disk, tmp_path: Path
    ) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await read_head(reader)
            await asyncio.Event().wait()

        authority = Authority(tmp_path)
        os.truncate(disk.source, 64 * MIB)
        async with (
            talking(talk, tls=authority.server() if secure else None) as server,
            S3Client(server.endpoint, KEYS, retry=ONCE, read_timeout_s=0.3, ca_file=authority.file) as s3,
        ):
            with pytest.raises(TransportError, match="stopped taking what was sent"):
                await s3.put_object("b", "k", disk.section(0, 64 * MIB))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDenied", AccessDenied),
        (412, "PreconditionFailed", PreconditionFailed),
        (503, "SlowDown", SlowDown),
    ],
)
async def test_an_unhappy_answer_is_its_error_both_ways(
    status: int, code: str, kind: type[Exception], faulty: S3Client, proxy: FaultProxy, disk: Disk
) -> None:
    proxy.add(Answer(status, body=f"<Error><Code>{code}</Code></Error>".encode()), times=None)
    with pytest.raises(kind):
        await faulty.get_object_to_file("b", "k", fd=disk.target_fd)
    with pytest.raises(kind):
        await faulty.put_object("b", "k", disk.section())
    assert disk.written == b""


async def test_another_region_is_found_both_ways(ministack: S3Server, disk: Disk) -> None:
    bucket = ministack.make_bucket(region=OTHER_REGION)
    async with client_of(ministack, ministack.credentials) as s3:
        await s3.put_object(bucket, "k", disk.section())
    async with client_of(ministack, ministack.credentials) as s3:
        await s3.get_object_to_file(bucket, "k", fd=disk.target_fd)
        assert s3.region_of(bucket) == OTHER_REGION
    assert disk.written == DATA


@pytest.mark.parametrize("direction", ["down", "up"])
async def test_cancelling_waits_for_the_thread_and_no_longer(
    direction: str, faulty: S3Client, proxy: FaultProxy, stored: str, disk: Disk
) -> None:
    moving = asyncio.Event()
    loop = asyncio.get_running_loop()
    counts: list[int] = []

    def observe(count: int) -> None:
        counts.append(count)
        loop.call_soon_threadsafe(moving.set)

    proxy.add(Stall(after=MIB if direction == "down" else None), times=None)
    if direction == "down":
        call = faulty.get_object_to_file(stored, "k", fd=disk.target_fd, observe=observe)
    else:
        call = faulty.put_object(stored, "new", disk.section(observe=observe))  # type: ignore[assignment]
    task = asyncio.create_task(call)
    async with asyncio.timeout(PATIENCE_S):
        await moving.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    after = len(counts)
    await asyncio.sleep(0.05)
    assert len(counts) == after, "nobody touches the file any more"


async def test_closing_the_client_ends_what_is_under_way(
    proxy: FaultProxy, ministack: S3Server, stored: str, disk: Disk
) -> None:
    proxy.add(Throttle(MIB), times=None)
    s3 = S3Client(proxy.endpoint, ministack.credentials, retry=ONCE)
    task = asyncio.create_task(s3.get_object_to_file(stored, "k", fd=disk.target_fd))
    await asyncio.sleep(0.2)
    await s3.aclose()
    with pytest.raises(TransportError):
        await task


async def test_more_calls_than_threads_wait_their_turn(faulty: S3Client, stored: str, disk: Disk) -> None:
    pieces = [ByteRange(first=at, last=at + MIB - 1) for at in range(0, 12 * MIB, MIB)]
    await asyncio.gather(
        *(
            faulty.get_object_to_file(stored, "k", fd=disk.target_fd, offset=span.first or 0, byte_range=span)
            for span in pieces
        )
    )
    assert disk.written == DATA[: 12 * MIB]
    assert len(bulk_threads()) <= 8


class TestOnTheWay:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    async def test_https_goes_through_a_tunnel_of_the_proxy(
        self, authority: Authority, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[bytes] = []

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line, headers = await read_head(reader)
            asked.append(line)
            assert headers["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
            writer.write(b"HTTP/1.1 200 Scripted\r\n\r\n")
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server.port)
            try:
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                far_writer.close()

        async with scripted(_store({}), tls=authority.server()) as server, talking(tunnel) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:word@"))
            async with S3Client(server.endpoint, KEYS, ca_file=authority.file, retry=ONCE) as s3:
                await s3.put_object("b", "k", disk.section(0, 900_000))
                await s3.get_object_to_file("b", "k", fd=disk.target_fd)
        assert disk.written == DATA[:900_000]
        assert asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1".encode()]

    async def test_a_proxy_that_itself_speaks_tls_is_a_way_too(
        self, authority: Authority, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[bytes] = []

        async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line, _ = await read_head(reader)
            asked.append(line)
            writer.write(b"HTTP/1.1 200 Scripted\r\n\r\n")
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", server.port)
            try:
                await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
            finally:
                far_writer.close()

        objects: dict[bytes, bytes] = {}
        async with (
            scripted(_store(objects), tls=authority.server()) as server,
            talking(tunnel, tls=authority.server()) as proxy,
        ):
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            async with S3Client(server.endpoint, KEYS, ca_file=authority.file, retry=ONCE) as s3:
                seen: list[int] = []
                await s3.put_object("b", "k", disk.section(0, 900_000, observe=seen.append))
                assert sum(seen) == 900_000
                await s3.get_object_to_file("b", "k", fd=disk.target_fd)
                assert disk.written == DATA[:900_000]
                changed = disk.section(0, 900_000, observe=seen.append, check=lambda: 1 // 0)
                with pytest.raises(ZeroDivisionError):
                    await s3.put_object("b", "other", changed)
        assert objects[b"/b/k"] == DATA[:900_000]
        assert b"/b/other" not in objects
        assert sum(seen) == 900_000
        assert set(asked) == {f"CONNECT 127.0.0.1:{server.port} HTTP/1.1".encode()}

    async def test_a_proxy_that_refuses_says_so(
        self, authority: Authority, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with scripted(lambda _: Reply(407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//user:word@"))
            async with S3Client(Endpoint.custom("https://127.0.0.1:1"), KEYS, retry=ONCE) as s3:
                with pytest.raises(TransportError, match="refuses the tunnel with HTTP 407") as caught:
                    await s3.get_object_to_file("b", "k", fd=disk.target_fd)
            assert "word" not in str(caught.value)

    async def test_plain_requests_go_through_the_proxy_whole(
        self, disk: Disk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with scripted(_store({b"http://s3.test/b/k": DATA[:MIB]})) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            async with S3Client(Endpoint.custom("http://s3.test"), KEYS, retry=ONCE) as s3:
                await s3.get_object_to_file("b", "k", fd=disk.target_fd)
        assert disk.written == DATA[:MIB]
        assert proxy.requests[0].headers["host"] == "s3.test"

    async def test_nobody_is_believed_without_a_reason(
        self, authority: Authority, disk: Disk, tmp_path: Path
    ) -> None:
        async def refusal(context: ssl.SSLContext, ca_file: Path | None) -> str:
            async with (
                scripted(_store({}), tls=context) as server,
                S3Client(server.endpoint, KEYS, ca_file=ca_file) as s3,
            ):
                with pytest.raises(TransportError) as caught:
                    await s3.get_object_to_file("b", "k", fd=disk.target_fd)
                assert not server.requests
            assert caught.value.is_final
            return caught.value.message

        missing = tmp_path / "missing.pem"
        assert "has expired" in await refusal(authority.server(is_expired=True), authority.file)
        assert "another host" in await refusal(authority.server("s3.example.com"), authority.file)
        assert "not trusted here" in await refusal(authority.server(), None)
        assert "CA file" in await refusal(authority.server(), missing)

    async def test_nobody_there_is_said_in_words(self, disk: Disk) -> None:
        for url, words in [("http://127.0.0.1:1", "connection refused"), ("http://no.invalid", "not known")]:
            async with S3Client(Endpoint.custom(url), KEYS, retry=ONCE) as s3:
                with pytest.raises(TransportError, match=words):
                    await s3.get_object_to_file("b", "k", fd=disk.target_fd)


def _store(objects: dict[bytes, bytes]) -> Any:
    def script(seen: Seen) -> Reply:
        if seen.method == "PUT":
            objects[seen.target] = seen.body
            return Reply(headers={"etag": '"e"'})
        return Reply(headers={"etag": '"e"'}, body=objects[seen.target])

    return script


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65536):
        writer.write(chunk)
        await writer.drain()
    writer.close()
