"""Uploads of files: byte for byte, never over another object unasked, no multipart upload left open."""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3 import S3Client
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, Limits, Transfer, TransferState
from s3tui.transfer.requests import DownloadObject, TargetOptions, UploadFile
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import Counters, ProgressMeter
from s3tui.transfer.upload.object_upload import ObjectUpload
from tests.fault_proxy import Answer, FaultProxy, Hangup, Request, Reset, Stall
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

LARGE = random.Random(2).randbytes(20 * MIB + 12345)


def is_put(request: Request) -> bool:
    return request.method == "PUT"


def is_part(request: Request) -> bool:
    return request.method == "PUT" and "partNumber" in request.target


def is_complete(request: Request) -> bool:
    return request.method == "POST" and "uploadId" in request.target


@pytest.mark.parametrize("size", [0, 1, 300_000, 16 * MIB - 1, 16 * MIB, len(LARGE)])
async def test_an_object_is_the_file(rig: Rig, size: int) -> None:
    source = rig.folder / "report.csv"
    source.write_bytes(LARGE[:size])
    transfer = await rig.done(await rig.engine.add(UploadFile("c", source, rig.bucket, "in/report.csv")))
    assert rig.get("in/report.csv") == LARGE[:size]
    assert (transfer.bytes_done, transfer.bytes_total, transfer.objects_done) == (size, size, 1)
    assert transfer.target == f"s3://{rig.bucket}/in/report.csv"


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("a.csv", "text/csv"),
        ("a.parquet", "application/vnd.apache.parquet"),
        ("a.jsonl", "application/jsonl"),
        ("README.md", "text/markdown"),
        ("a.yaml", "application/yaml"),
        ("a.png", "image/png"),
        ("a.csv.gz", "application/gzip"),
        ("noextension", "application/octet-stream"),
    ],
)
async def test_the_content_type_is_guessed(rig: Rig, name: str, content_type: str) -> None:
    source = rig.folder / name
    source.write_bytes(b"x")
    await rig.done(await rig.engine.add(UploadFile("c", source, rig.bucket, name)))
    head = rig.oracle.head_object(Bucket=rig.bucket, Key=name)
    assert head["ContentType"] == content_type
    assert head.get("ContentEncoding", "") == ""


async def test_a_content_type_can_be_given_also_in_parts(rig: Rig) -> None:
    source = rig.folder / "x"
    source.write_bytes(LARGE)
    await rig.done(
        await rig.engine.add(
            UploadFile("c", source, rig.bucket, "x", options=TargetOptions(content_type="x/y"))
        )
    )
    assert rig.oracle.head_object(Bucket=rig.bucket, Key="x")["ContentType"] == "x/y"


class TestConflicts:
    @pytest.fixture(
        params=[
            ("ministack", 10),
            ("moto_server", 10),
            ("rclone_server", 10),
            ("ministack", len(LARGE)),
            ("moto_server", len(LARGE)),
        ]
    )
    def clash(self, make_rig: Callable[..., Rig], request: pytest.FixtureRequest) -> Rig:
        server, size = request.param
        rig = make_rig(request.getfixturevalue(server))
        rig.put("k.bin", b"theirs")
        (rig.folder / "k.bin").write_bytes(LARGE[:size])
        return rig

    async def upload(self, rig: Rig, conflict: Conflict) -> int:
        return await rig.engine.add(
            UploadFile("c", rig.folder / "k.bin", rig.bucket, "k.bin", conflict=conflict)
        )

    async def test_fail_says_so_and_touches_nothing(self, clash: Rig) -> None:
        transfer = await clash.end(await self.upload(clash, Conflict.FAIL))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "TargetExists")
        assert f"s3://{clash.bucket}/k.bin" in str(transfer.error)
        assert clash.get("k.bin") == b"theirs"

    async def test_skip_is_done_with_nothing_moved(self, clash: Rig) -> None:
        transfer = await clash.done(await self.upload(clash, Conflict.SKIP))
        assert (transfer.skipped, transfer.bytes_done) == (1, 0)
        assert clash.get("k.bin") == b"theirs"

    async def test_overwrite_replaces(self, clash: Rig) -> None:
        await clash.done(await self.upload(clash, Conflict.OVERWRITE))
        assert clash.get("k.bin") == (clash.folder / "k.bin").read_bytes()

    async def test_keep_both_takes_the_next_free_number(self, clash: Rig) -> None:
        clash.put("k (1).bin", b"theirs too")
        transfer = await clash.done(await self.upload(clash, Conflict.KEEP_BOTH))
        assert transfer.target == f"s3://{clash.bucket}/k (2).bin"
        assert clash.get("k (2).bin") == (clash.folder / "k.bin").read_bytes()
        assert clash.get("k.bin") == b"theirs"

    @pytest.mark.parametrize("size", [10, len(LARGE)])
    async def test_who_takes_the_key_meanwhile_keeps_it(
        self, faulty: Rig, proxy: FaultProxy, size: int
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:size])
        answer = Answer(404)
        proxy.add(answer, when=lambda request: request.method == "HEAD", times=1)
        faulty.put("k", b"theirs")
        transfer = await faulty.end(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert transfer.error_code == "TargetExists"
        assert faulty.get("k") == b"theirs"
        assert faulty.open_uploads() == []

    @pytest.mark.parametrize("status", [400, 501])
    @pytest.mark.parametrize("size", [10, len(LARGE)])
    async def test_a_server_without_conditional_writes_is_served(
        self, faulty: Rig, proxy: FaultProxy, status: int, size: int
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:size])
        refusal = Answer(status, body=b"<Error><Code>NotImplemented</Code></Error>")
        proxy.add(refusal, when=lambda request: "if-none-match" in request.headers, times=None)
        await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert faulty.get("k") == LARGE[:size]


class TestFaults:
    @pytest.mark.parametrize("fault", [Hangup(after=100_000), Reset(after=None), Answer(503)])
    async def test_a_break_underway_is_mended(
        self, faulty: Rig, proxy: FaultProxy, fault: Hangup | Reset | Answer
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:MIB])
        proxy.add(fault, when=is_put, times=2)
        transfer = await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert faulty.get("k") == LARGE[:MIB]
        assert transfer.bytes_done == MIB

    @pytest.mark.parametrize("fault", [Hangup(after=100_000), Reset(after=None), Answer(503)])
    async def test_a_break_in_a_part_is_mended(
        self, faulty: Rig, proxy: FaultProxy, fault: Hangup | Reset | Answer
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(fault, when=is_part, times=3)
        transfer = await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert faulty.get("k") == LARGE
        assert transfer.bytes_done == len(LARGE)
        assert faulty.open_uploads() == []

    async def test_a_completion_whose_answer_is_lost_is_found_out(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Reset(after=None), when=is_complete)
        await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert faulty.get("k") == LARGE

    async def test_a_retry_knows_what_an_earlier_try_wrote(self, faulty: Rig, proxy: FaultProxy) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:MIB])
        proxy.add(Reset(), when=is_put, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        assert (await faulty.end(id)).error_code == "TransportError"
        assert faulty.get("k") == LARGE[:MIB], "only the answers were lost"
        proxy.clear()
        await faulty.engine.retry(id)
        assert (await faulty.done(id)).bytes_done == MIB

    @pytest.mark.parametrize("when", [is_part, is_complete])
    async def test_a_failed_upload_is_aborted_and_can_be_retried(
        self, faulty: Rig, proxy: FaultProxy, when: Callable[[Request], bool]
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>"), when=when, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        transfer = await faulty.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "AccessDenied")
        assert "s3:PutObject" in str(transfer.error)
        assert transfer.bytes_done == 0
        assert faulty.open_uploads() == []
        assert faulty.keys() == set()
        proxy.clear()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert faulty.get("k") == LARGE

    async def test_a_dead_server_is_a_readable_failure_and_a_retry_works(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:MIB])
        proxy.down()
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        transfer = await faulty.end(id)
        assert transfer.error_code == "TransportError"
        assert "cannot be reached" in str(transfer.error)
        proxy.up()
        await faulty.engine.retry(id)
        await faulty.done(id)

    @pytest.mark.parametrize("size", [15 * MIB, len(LARGE)])  # more than the sockets hold
    @pytest.mark.parametrize("change", ["grows", "shrinks", "is touched", "is replaced", "is removed"])
    async def test_a_source_that_changes_underway_is_not_uploaded(
        self, faulty: Rig, proxy: FaultProxy, size: int, change: str
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE[:size])

        def change_it(request: Request) -> bool:
            if is_put(request) and source.exists() and source.stat().st_size == size:
                CHANGES[change](source)
            return False

        proxy.add(Answer(500), when=change_it)
        transfer = await faulty.end(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "SourceChanged")
        assert str(source) in str(transfer.error)
        assert faulty.keys() == set()
        assert faulty.open_uploads() == []


def _replace(path: Any) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    other.replace(path)


CHANGES: dict[str, Callable[[Any], object]] = {
    "grows": lambda path: os.truncate(path, 100 * MIB),
    "shrinks": lambda path: os.truncate(path, 1),
    "is touched": lambda path: os.utime(path, (1, 1)),
    "is replaced": _replace,
    "is removed": lambda path: path.unlink(),
}


class TestStopping:
    async def test_cancelling_leaves_no_object_and_no_upload(self, faulty: Rig, proxy: FaultProxy) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Stall(), when=is_part, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        assert len(faulty.open_uploads()) == 1
        await faulty.engine.cancel(id)
        assert faulty.open_uploads() == []
        assert faulty.keys() == set()
        proxy.clear()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert faulty.get("k") == LARGE

    async def test_cancelling_while_an_upload_is_opened_leaves_none(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        await faulty.until(
            id, lambda _: any(request.target.endswith("?uploads=") for request in proxy.requests)
        )
        await faulty.engine.cancel(id)
        assert faulty.open_uploads() == []

    async def test_a_pause_keeps_the_parts_that_were_sent(self, faulty: Rig, proxy: FaultProxy) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Stall(), when=lambda request: "partNumber=3" in request.target, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        await faulty.until(id, lambda transfer: transfer.parts_done == 2)
        await faulty.engine.pause(id)
        assert len(faulty.open_uploads()) == 1
        proxy.clear()
        before = len(proxy.requests)
        await faulty.engine.resume(id)
        await faulty.done(id)
        assert faulty.get("k") == LARGE
        assert len([request for request in proxy.requests[before:] if is_part(request)]) == 1

    async def test_a_source_that_changed_during_a_pause_is_sent_anew(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Stall(), when=lambda request: "partNumber=3" in request.target, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        await faulty.until(id, lambda transfer: transfer.parts_done == 2)
        await faulty.engine.pause(id)
        proxy.clear()
        source.write_bytes(LARGE[::-1])
        await faulty.engine.resume(id)
        await faulty.done(id)
        assert faulty.get("k") == LARGE[::-1]
        assert faulty.open_uploads() == []

    async def test_closing_the_engine_aborts_what_is_open(self, faulty: Rig, proxy: FaultProxy) -> None:
        source = faulty.folder / "k"
        source.write_bytes(LARGE)
        proxy.add(Stall(), when=is_part, times=None)
        id = await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        await faulty.engine.aclose()
        assert faulty.open_uploads() == []


async def test_what_is_not_a_file_is_refused(rig: Rig) -> None:
    os.mkfifo(rig.folder / "pipe")
    for name, code in {"pipe": "NotAFile", ".": "NotAFile", "missing": "ENOENT"}.items():
        transfer = await rig.end(await rig.engine.add(UploadFile("c", rig.folder / name, rig.bucket, "k")))
        assert transfer.error_code == code


async def test_write_only_keys_can_upload(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy
) -> None:
    rig = make_rig(ministack, proxy.endpoint)
    (rig.folder / "k").write_bytes(b"mine")
    denied = Answer(403, {"x-amz-request-id": "1"})
    proxy.add(denied, when=lambda request: request.method in ("HEAD", "GET"), times=None)
    await rig.done(await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k")))
    assert rig.get("k") == b"mine"
    (rig.folder / "k").write_bytes(b"newer")
    transfer = await rig.end(await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k")))
    assert transfer.error_code == "TargetExists"
    assert rig.get("k") == b"mine"


@pytest.mark.parametrize("is_pinned", [False, True])
async def test_a_small_file_is_written_under_the_condition_that_was_asked_for(
    faulty: Rig, proxy: FaultProxy, is_pinned: bool
) -> None:
    faulty.put("k", b"theirs")
    there = faulty.oracle.head_object(Bucket=faulty.bucket, Key="k")["ETag"]
    (faulty.folder / "k").write_bytes(b"mine")
    upload = ObjectUpload(
        faulty.folder / "k",
        faulty.bucket,
        "k",
        ProgressMeter(Counters()),
        conflict=Conflict.OVERWRITE,
        replaces=there.strip('"') if is_pinned else None,
    )
    client = await faulty.engine._client_for("c")
    assert await upload.run(client, Resources(Limits())) == f"s3://{faulty.bucket}/k"
    written = faulty.oracle.head_object(Bucket=faulty.bucket, Key="k")["ETag"]
    assert upload.written_etag == written.strip('"') != there
    conditions = [seen.headers.get("if-match") for seen in proxy.requests if is_put(seen)]
    assert conditions == [there if is_pinned else None]


@pytest.mark.parametrize("server", ["ministack", "ministack_tls"])
async def test_large_parts_and_ranges_move_in_threads(
    server: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    there: S3Server = request.getfixturevalue(server)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(LARGE)
    over: asyncio.Queue[Transfer] = asyncio.Queue()
    async with S3Client(there.endpoint, there.credentials, ca_file=there.ca_file) as s3:

        async def client_for(_: str) -> S3Client:
            return s3

        engine = TransferEngine(client_for, on_finished=over.put_nowait)
        bucket = there.make_bucket()
        await engine.add(UploadFile("c", source, bucket, "k"))
        assert (await over.get()).error is None
        await engine.add(DownloadObject("c", bucket, "k", target))
        assert (await over.get()).error is None
        assert any(thread.name.startswith("s3-file-transport") for thread in threading.enumerate())
        await engine.aclose()
    assert target.read_bytes() == LARGE
