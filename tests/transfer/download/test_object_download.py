"""Downloads of objects: byte for byte, under the right name, or not at all."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from s3tui.transfer.download.part_file import PART_SUFFIX
from s3tui.transfer.models import Conflict, TransferState
from s3tui.transfer.requests import DownloadObject
from tests.fault_proxy import Answer, Corrupt, Cut, FaultProxy, Request, Reset, Stall, Throttle
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

LARGE = random.Random(1).randbytes(20 * MIB + 12345)


def is_get(request: Request) -> bool:
    return request.method == "GET" and "list-type" not in request.target


@pytest.mark.parametrize("size", [0, 1, 300_000, MIB + 1, 16 * MIB - 1, len(LARGE)])
async def test_a_file_is_the_object(rig: Rig, size: int) -> None:
    data = rig.put("a/b.bin", LARGE[:size])
    target = rig.folder / "new" / "b.bin"
    transfer = await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "a/b.bin", target)))
    assert target.read_bytes() == data
    assert (transfer.bytes_done, transfer.bytes_total) == (size, size)
    assert (transfer.objects_done, transfer.objects_total) == (1, 1)
    assert rig.files() == {"new/b.bin"}
    modified = rig.oracle.head_object(Bucket=rig.bucket, Key="a/b.bin")["LastModified"]
    assert int(target.stat().st_mtime) == int(modified.timestamp())


async def test_rclone_serves_ranges_that_fit(make_rig: Callable[..., Rig], rclone_server: S3Server) -> None:
    rig = make_rig(rclone_server)
    rig.put("large", LARGE)
    await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "large", rig.folder / "large")))
    assert (rig.folder / "large").read_bytes() == LARGE


async def test_a_version_can_be_asked_for(rig: Rig) -> None:
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
    first = rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"old")["VersionId"]
    rig.put("k", b"new")
    target = rig.folder / "k"
    await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "k", target, version_id=first)))
    assert target.read_bytes() == b"old"


async def test_large_objects_show_their_parts(rig: Rig) -> None:
    rig.put("large", LARGE)
    transfer = await rig.done(
        await rig.engine.add(DownloadObject("c", rig.bucket, "large", rig.folder / "large"))
    )
    assert (transfer.parts_done, transfer.parts_total) == (3, 3)


class TestConflicts:
    async def test_fail_says_so_and_touches_nothing(self, rig: Rig) -> None:
        rig.put("k")
        target = rig.folder / "k"
        target.write_bytes(b"mine")
        transfer = await rig.end(await rig.engine.add(DownloadObject("c", rig.bucket, "k", target)))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "TargetExists")
        assert str(target) in str(transfer.error)
        assert target.read_bytes() == b"mine"

    async def test_skip_is_done_with_nothing_moved(self, rig: Rig) -> None:
        rig.put("k")
        target = rig.folder / "k"
        target.write_bytes(b"mine")
        transfer = await rig.done(
            await rig.engine.add(DownloadObject("c", rig.bucket, "k", target, conflict=Conflict.SKIP))
        )
        assert (transfer.skipped, transfer.bytes_done) == (1, 0)
        assert target.read_bytes() == b"mine"

    async def test_overwrite_replaces(self, rig: Rig) -> None:
        rig.put("k")
        target = rig.folder / "k"
        target.write_bytes(b"mine")
        await rig.done(
            await rig.engine.add(DownloadObject("c", rig.bucket, "k", target, conflict=Conflict.OVERWRITE))
        )
        assert target.read_bytes() == b"data"

    async def test_keep_both_takes_the_next_free_number(self, rig: Rig) -> None:
        rig.put("k.txt")
        for name in ("k.txt", "k (1).txt"):
            (rig.folder / name).write_bytes(b"mine")
        transfer = await rig.done(
            await rig.engine.add(
                DownloadObject("c", rig.bucket, "k.txt", rig.folder / "k.txt", conflict=Conflict.KEEP_BOTH)
            )
        )
        assert transfer.target == str(rig.folder / "k (2).txt")
        assert (rig.folder / "k (2).txt").read_bytes() == b"data"
        assert (rig.folder / "k (1).txt").read_bytes() == b"mine"

    async def test_a_failed_one_can_be_retried_with_another_policy(self, rig: Rig) -> None:
        rig.put("k")
        target = rig.folder / "k"
        target.write_bytes(b"mine")
        id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", target))
        await rig.end(id)
        assert await rig.engine.retry(id, conflict=Conflict.OVERWRITE)
        assert (await rig.done(id)).attempts == 2
        assert target.read_bytes() == b"data"

    async def test_a_file_that_appears_meanwhile_is_never_replaced(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE[:MIB])
        proxy.add(Stall(after=1000), when=is_get)
        target = faulty.folder / "k"
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", target))
        await faulty.until(id, lambda transfer: transfer.bytes_total == MIB)
        target.write_bytes(b"mine")
        await faulty.engine.pause(id)
        await faulty.engine.resume(id)
        assert (await faulty.end(id)).error_code == "TargetExists"
        assert target.read_bytes() == b"mine"
        assert faulty.files() == {"k"}

    async def test_a_link_under_the_name_is_not_followed(self, rig: Rig, tmp_path: Path) -> None:
        rig.put("k")
        secret = tmp_path / "secret"
        secret.write_bytes(b"mine")
        (rig.folder / "k").symlink_to(secret)
        await rig.done(
            await rig.engine.add(
                DownloadObject("c", rig.bucket, "k", rig.folder / "k", conflict=Conflict.OVERWRITE)
            )
        )
        assert secret.read_bytes() == b"mine"
        assert not (rig.folder / "k").is_symlink()


class TestFaults:
    @pytest.mark.parametrize("fault", [Reset(after=200_000), Cut(after=200_000), Reset(after=None)])
    @pytest.mark.parametrize("size", [MIB, len(LARGE)])
    async def test_a_break_in_the_body_is_mended(
        self, faulty: Rig, proxy: FaultProxy, fault: Reset | Cut, size: int
    ) -> None:
        faulty.put("k", LARGE[:size])
        proxy.add(fault, when=is_get, times=2)
        await faulty.done(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert (faulty.folder / "k").read_bytes() == LARGE[:size]

    async def test_a_body_that_always_breaks_gets_no_name_and_can_be_retried(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE)
        proxy.add(Cut(after=0), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        transfer = await faulty.end(id)
        assert transfer.state is TransferState.FAILED
        assert transfer.error_code == "TransportError"
        assert "127.0.0.1" in str(transfer.error)
        assert not (faulty.folder / "k").exists()
        proxy.clear()
        assert await faulty.engine.retry(id)
        await faulty.done(id)
        assert faulty.files() == {"k"}
        assert (faulty.folder / "k").read_bytes() == LARGE

    async def test_a_wrong_byte_is_fetched_again(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE[:MIB])
        proxy.add(Corrupt(at=1234), when=is_get)
        await faulty.done(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert (faulty.folder / "k").read_bytes() == LARGE[:MIB]

    async def test_bytes_that_stay_wrong_never_get_the_name(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE[:MIB])
        proxy.add(Corrupt(at=1234), when=is_get, times=None)
        transfer = await faulty.end(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert transfer.error_code == "ChecksumMismatch"
        assert faulty.files() == set()

    async def test_an_object_that_changes_underway_is_fetched_anew(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE)
        proxy.add(Stall(after=1000), when=is_get, times=8)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_total == len(LARGE))
        await faulty.engine.pause(id)
        faulty.put("k", LARGE[::-1])
        proxy.clear()
        await faulty.engine.resume(id)
        await faulty.done(id)
        assert (faulty.folder / "k").read_bytes() == LARGE[::-1]

    async def test_a_server_that_refuses_its_own_etag_is_compared_instead(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE)
        body = b"<Error><Code>PreconditionFailed</Code></Error>"
        proxy.add(Answer(412, body=body), when=lambda request: "if-match" in request.headers, times=None)
        await faulty.done(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert (faulty.folder / "k").read_bytes() == LARGE

    async def test_a_dead_server_is_a_readable_failure_and_a_retry_works(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE)
        proxy.add(Throttle(MIB), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        proxy.down()
        transfer = await faulty.end(id)
        assert transfer.state is TransferState.FAILED
        assert "127.0.0.1" in str(transfer.error)
        assert not (faulty.folder / "k").exists()
        proxy.clear()
        proxy.up()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert faulty.files() == {"k"}
        assert (faulty.folder / "k").read_bytes() == LARGE

    async def test_what_a_dead_server_leaves_goes_with_a_cancel(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        proxy.add(Throttle(MIB), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        proxy.down()
        assert (await faulty.end(id)).state is TransferState.FAILED
        assert {name.endswith(PART_SUFFIX) for name in faulty.files()} == {True}
        await faulty.engine.clear_finished()
        assert faulty.files() == set()

    async def test_a_missing_object_is_named(self, rig: Rig) -> None:
        transfer = await rig.end(
            await rig.engine.add(DownloadObject("c", rig.bucket, "no/such", rig.folder / "k"))
        )
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "NoSuchKey")
        assert "no/such" in str(transfer.error)

    async def test_a_server_without_ranges_sends_it_whole(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        whole = Answer(200, {"ETag": f'"{hashlib.md5(LARGE).hexdigest()}"'}, LARGE)
        proxy.add(whole, when=is_get, times=None)
        await faulty.done(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert (faulty.folder / "k").read_bytes() == LARGE


class TestStopping:
    async def test_cancelling_leaves_nothing(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        proxy.add(Stall(after=MIB), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        assert any(name.endswith(".s3tui-part") for name in faulty.files())
        assert await faulty.engine.cancel(id)
        assert faulty.transfer(id).state is TransferState.CANCELLED
        assert faulty.files() == set()
        proxy.clear()
        assert await faulty.engine.retry(id)
        await faulty.done(id)
        assert (faulty.folder / "k").read_bytes() == LARGE

    async def test_a_pause_keeps_what_was_moved(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        proxy.add(Stall(after=MIB), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        paused_at = await faulty.until(id, lambda transfer: transfer.bytes_done >= 2 * MIB)
        assert await faulty.engine.pause(id)
        proxy.clear()
        asked = len(proxy.requests)
        assert await faulty.engine.resume(id)
        await faulty.done(id)
        assert (faulty.folder / "k").read_bytes() == LARGE
        again = [request.headers["range"] for request in proxy.requests[asked:] if request.method == "GET"]
        spans = [tuple(map(int, text.removeprefix("bytes=").split("-"))) for text in again]
        assert sum(last - first + 1 for first, last in spans) <= len(LARGE) - paused_at.bytes_done

    async def test_a_paused_one_can_be_cancelled(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        proxy.add(Stall(after=MIB), when=is_get, times=None)
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        await faulty.engine.pause(id)
        await faulty.engine.cancel(id)
        assert faulty.files() == set()

    async def test_closing_the_engine_leaves_nothing(self, faulty: Rig, proxy: FaultProxy) -> None:
        faulty.put("k", LARGE)
        proxy.add(Stall(after=MIB), when=is_get, times=None)
        ids = [
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / name))
            for name in ("a", "b")
        ]
        await faulty.until(ids[1], lambda transfer: transfer.bytes_done > 0)
        await faulty.engine.pause(ids[1])
        await faulty.engine.aclose()
        assert faulty.files() == set()
        assert faulty.finished == []


class TestDisk:
    async def test_a_folder_under_the_name_is_not_replaced(self, rig: Rig) -> None:
        rig.put("k")
        (rig.folder / "k").mkdir()
        for conflict in (Conflict.FAIL, Conflict.SKIP, Conflict.OVERWRITE, Conflict.KEEP_BOTH):
            transfer = await rig.end(
                await rig.engine.add(
                    DownloadObject("c", rig.bucket, "k", rig.folder / "k", conflict=conflict)
                )
            )
            assert transfer.error_code == "EISDIR"

    async def test_a_file_in_the_way_is_named(self, rig: Rig) -> None:
        rig.put("k")
        (rig.folder / "way").write_bytes(b"mine")
        transfer = await rig.end(
            await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "way" / "k"))
        )
        assert transfer.state is TransferState.FAILED
        assert str(rig.folder / "way") in str(transfer.error)

    async def test_a_target_that_is_removed_underway_fails_in_words(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", LARGE[:MIB])
        proxy.add(Throttle(2 * MIB), when=is_get)
        target = faulty.folder / "gone" / "k"
        id = await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", target))
        await faulty.until(id, lambda transfer: transfer.bytes_done > 0)
        shutil.rmtree(target.parent)
        transfer = await faulty.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ENOENT")
        assert "removed" in str(transfer.error)

    async def test_a_full_disk_is_known_before_the_first_byte(self, faulty: Rig, proxy: FaultProxy) -> None:
        room = shutil.disk_usage(faulty.folder).free
        headers = {"Content-Length": str(room * 2), "ETag": '"x"'}
        proxy.add(Answer(200, headers), when=lambda request: request.method == "HEAD", times=None)
        transfer = await faulty.end(
            await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", faulty.folder / "k"))
        )
        assert transfer.error_code in ("ENOSPC", "EFBIG")
        assert faulty.files() == set()
        assert not any(is_get(request) for request in proxy.requests)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    async def test_a_folder_that_may_not_be_written_is_named(self, rig: Rig) -> None:
        rig.put("k")
        rig.folder.chmod(0o500)
        transfer = await rig.end(await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k")))
        rig.folder.chmod(0o700)
        assert transfer.error_code == "EACCES"
        assert "no permission" in str(transfer.error)
