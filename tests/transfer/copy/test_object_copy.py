"""Copies of objects: inside S3 and through us, with their metadata."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, TransferState
from s3tui.transfer.requests import CopyObject, CopyPrefix, TargetOptions
from s3tui.transfer.scheduling.progress import NOT_VERIFIED
from tests.fault_proxy import Answer, Corrupt, Cut, FaultProxy, Request, Reset, Stall
from tests.s3.scripted import KEYS, Reply, Seen, scripted
from tests.servers import OTHER_REGION, S3Server
from tests.transfer.conftest import IMPATIENT, MIB, Rig

LARGE = random.Random(3).randbytes(20 * MIB + 12345)
HUGE = LARGE * 4
"""Large enough for S3 to copy it in parts."""
PARTS = {"ministack": 3, "moto": 11}
"""MiniStack copies them itself; moto ignores the condition on their source, so they go through us."""
DESCRIPTION: dict[str, Any] = {
    "ContentType": "text/x-mine",
    "CacheControl": "no-cache",
    "ContentDisposition": "attachment",
    "ContentLanguage": "de",
    "Metadata": {"who": "me"},
    "Tagging": "colour=blue&size=small",
}


def described(rig: Any, bucket: str, key: str) -> dict[str, object]:
    head = rig.head_object(Bucket=bucket, Key=key)
    tags = rig.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    kept = {name: head.get(name) for name in DESCRIPTION if name != "Tagging"}
    return {**kept, "Tagging": "&".join(sorted(f"{tag['Key']}={tag['Value']}" for tag in tags))}


def expected(rig: Rig, description: dict[str, object], size: int) -> dict[str, object]:
    """Return `description`; MiniStack gives no tags to what is uploaded in parts."""
    is_without = size == len(HUGE) and rig.server == "ministack"
    return {**description, "Tagging": ""} if is_without else description


class Two:
    """A rig whose engine knows a second connection, `other`."""

    def __init__(self, rig: Rig, other: S3Server, bucket: str) -> None:
        self.rig = rig
        self.oracle = other.boto3()
        self.bucket = bucket

    def get(self, key: str) -> bytes:
        body: bytes = self.oracle.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def open_uploads(self) -> list[object]:
        found: list[object] = self.oracle.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return found


@pytest.fixture
async def two(
    make_rig: Callable[..., Rig], ministack: S3Server, moto_server: S3Server, proxy: FaultProxy
) -> Any:
    """A rig that copies from MiniStack through `proxy` to moto."""
    rig = make_rig(ministack, proxy.endpoint)
    async with (
        S3Client(proxy.endpoint, ministack.credentials, retry=IMPATIENT) as here,
        S3Client(moto_server.endpoint, moto_server.credentials, retry=IMPATIENT) as there,
    ):

        async def client_for(connection: str) -> S3Client:
            return {"c": here, "other": there}[connection]

        rig.engine = TransferEngine(client_for)
        yield Two(rig, moto_server, moto_server.make_bucket())
        await rig.engine.aclose()


class TestInside:
    @pytest.mark.parametrize("size", [0, 1, MIB, len(HUGE)])
    async def test_a_copy_is_the_object_with_all_that_describes_it(self, rig: Rig, size: int) -> None:
        rig.put("a/b", HUGE[:size], **DESCRIPTION)
        transfer = await rig.done(await rig.engine.add(CopyObject("c", rig.bucket, "a/b", rig.bucket, "c/d")))
        assert rig.get("c/d") == HUGE[:size]
        assert described(rig.oracle, rig.bucket, "c/d") == expected(rig, DESCRIPTION, size)
        assert (transfer.bytes_done, transfer.bytes_total) == (size, size)
        is_proven = size < len(HUGE)  # of parts, no etag is that of the source
        assert (transfer.verified is not None, transfer.notice) == (
            (True, None) if is_proven else (False, NOT_VERIFIED)
        )
        assert rig.open_uploads() == []

    async def test_a_large_one_moves_in_parts(self, rig: Rig) -> None:
        rig.put("k", HUGE)
        transfer = await rig.done(await rig.engine.add(CopyObject("c", rig.bucket, "k", rig.bucket, "k2")))
        assert (transfer.parts_done, transfer.parts_total) == (PARTS[rig.server], PARTS[rig.server])
        assert f"-{PARTS[rig.server]}" in rig.oracle.head_object(Bucket=rig.bucket, Key="k2")["ETag"]

    async def test_it_goes_to_another_bucket_in_another_region(
        self, make_rig: Callable[..., Rig], ministack: S3Server
    ) -> None:
        rig = make_rig(ministack)
        bucket = ministack.make_bucket(region=OTHER_REGION)
        rig.put("k", HUGE)
        rig.put("small")
        for key in ("k", "small"):
            await rig.done(await rig.engine.add(CopyObject("c", rig.bucket, key, bucket, key)))
        oracle = ministack.boto3(region=OTHER_REGION)
        assert oracle.get_object(Bucket=bucket, Key="k")["Body"].read() == HUGE

    async def test_rclone_copies_in_one_piece(
        self, make_rig: Callable[..., Rig], rclone_server: S3Server
    ) -> None:
        rig = make_rig(rclone_server)
        rig.put("k", HUGE)
        await rig.done(await rig.engine.add(CopyObject("c", rig.bucket, "k", rig.bucket, "k2")))
        assert rig.get("k2") == HUGE

    @pytest.mark.parametrize("size", [10, len(HUGE)])
    async def test_what_is_said_replaces_what_the_source_has(self, rig: Rig, size: int) -> None:
        rig.put("k", HUGE[:size], **DESCRIPTION)
        options = TargetOptions(cache_control="max-age=1", metadata={"new": "one"}, tags={"a": "b"})
        await rig.done(
            await rig.engine.add(CopyObject("c", rig.bucket, "k", rig.bucket, "k2", options=options))
        )
        news = {"CacheControl": "max-age=1", "Metadata": {"new": "one"}, "Tagging": "a=b"}
        assert described(rig.oracle, rig.bucket, "k2") == expected(rig, {**DESCRIPTION, **news}, size)

    async def test_a_version_can_be_brought_back(self, rig: Rig) -> None:
        rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
        old = rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"old")["VersionId"]
        rig.put("k", b"new")
        id = await rig.engine.add(
            CopyObject("c", rig.bucket, "k", rig.bucket, "k", version_id=old, conflict=Conflict.OVERWRITE)
        )
        await rig.done(id)
        assert rig.get("k") == b"old"

    async def test_onto_itself_is_refused_unless_something_changes(self, rig: Rig) -> None:
        rig.put("k", **DESCRIPTION)
        transfer = await rig.end(
            await rig.engine.add(
                CopyObject("c", rig.bucket, "k", rig.bucket, "k", conflict=Conflict.OVERWRITE)
            )
        )
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "SameObject")
        options = TargetOptions(content_type="text/html")
        await rig.done(
            await rig.engine.add(
                CopyObject(
                    "c", rig.bucket, "k", rig.bucket, "k", conflict=Conflict.OVERWRITE, options=options
                )
            )
        )
        assert described(rig.oracle, rig.bucket, "k")["ContentType"] == "text/html"

    async def test_a_source_that_changes_underway_is_copied_anew(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", HUGE)
        states = itertools.cycle([HUGE[::-1], HUGE])

        def change(request: Request) -> bool:
            if "partNumber=1" in request.target:
                faulty.put("k", next(states))
            return False

        proxy.add(Answer(500), when=change, times=None)
        id = await faulty.engine.add(CopyObject("c", faulty.bucket, "k", faulty.bucket, "k2"))
        transfer = await faulty.end(id)
        assert transfer.error_code == "ObjectChanged"  # it changes each time
        assert faulty.keys() == {"k"}
        assert faulty.open_uploads() == []
        proxy.clear()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert faulty.get("k2") == HUGE

    async def test_a_pause_keeps_the_parts_and_a_cancel_leaves_none(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        faulty.put("k", HUGE)
        proxy.add(Stall(), when=lambda request: "partNumber=3" in request.target, times=None)
        id = await faulty.engine.add(CopyObject("c", faulty.bucket, "k", faulty.bucket, "k2"))
        await faulty.until(id, lambda transfer: transfer.parts_done == 2)
        await faulty.engine.pause(id)
        assert len(faulty.open_uploads()) == 1
        proxy.clear()
        before = len(proxy.requests)
        await faulty.engine.resume(id)
        await faulty.done(id)
        assert faulty.get("k2") == HUGE
        assert len([r for r in proxy.requests[before:] if "partNumber" in r.target]) == 1
        proxy.add(Stall(), when=lambda request: "partNumber=3" in request.target, times=None)
        id = await faulty.engine.add(CopyObject("c", faulty.bucket, "k", faulty.bucket, "k3"))
        await faulty.until(id, lambda transfer: transfer.parts_done == 2)
        await faulty.engine.cancel(id)
        assert faulty.open_uploads() == []
        assert faulty.keys() == {"k", "k2"}


class TestThroughUs:
    @pytest.mark.parametrize("size", [0, 1, 5 * MIB, len(LARGE)])
    async def test_a_copy_is_the_object_with_all_that_describes_it(self, two: Two, size: int) -> None:
        two.rig.put("k", LARGE[:size], **DESCRIPTION)
        transfer = await two.rig.done(
            await two.rig.engine.add(
                CopyObject("c", two.rig.bucket, "k", two.bucket, "k2", to_connection="other")
            )
        )
        assert two.get("k2") == LARGE[:size]
        assert described(two.oracle, two.bucket, "k2") == described(two.rig.oracle, two.rig.bucket, "k")
        assert (transfer.bytes_done, transfer.bytes_total) == (size, size)
        assert two.open_uploads() == []

    @pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME"])
    async def test_wrong_bytes_of_the_right_length_are_caught(
        self, two: Two, proxy: FaultProxy, algorithm: str
    ) -> None:
        two.rig.put("k", LARGE, ChecksumAlgorithm=algorithm)
        proxy.add(Corrupt(1000), when=is_get, times=None)
        id = await two.rig.engine.add(
            CopyObject("c", two.rig.bucket, "k", two.bucket, "k2", to_connection="other")
        )
        transfer = await two.rig.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert "Contents" not in two.oracle.list_objects_v2(Bucket=two.bucket)
        proxy.clear()
        await two.rig.engine.retry(id)
        await two.rig.done(id)
        assert two.get("k2") == LARGE

    @pytest.mark.parametrize("fault", [Reset(after=200_000), Cut(after=200_000), Answer(503)])
    @pytest.mark.parametrize("size", [5 * MIB, len(LARGE)])
    async def test_a_break_is_mended(
        self, two: Two, proxy: FaultProxy, size: int, fault: Reset | Cut | Answer
    ) -> None:
        two.rig.put("k", LARGE[:size])
        proxy.add(fault, when=is_get, times=3)
        id = await two.rig.engine.add(
            CopyObject("c", two.rig.bucket, "k", two.bucket, "k2", to_connection="other")
        )
        transfer = await two.rig.done(id)
        assert two.get("k2") == LARGE[:size]
        assert transfer.bytes_done == size

    async def test_it_is_cut_as_its_source_was(self, two: Two) -> None:
        oracle, bucket = two.rig.oracle, two.rig.bucket
        upload = oracle.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
        contents = [LARGE[: 11 * MIB], LARGE[11 * MIB :]]
        parts = [
            {
                "PartNumber": number,
                "ETag": oracle.upload_part(
                    Bucket=bucket, Key="k", UploadId=upload, PartNumber=number, Body=content
                )["ETag"],
            }
            for number, content in enumerate(contents, 1)
        ]
        oracle.complete_multipart_upload(
            Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": parts}
        )
        transfer = await two.rig.done(
            await two.rig.engine.add(CopyObject("c", bucket, "k", two.bucket, "k", to_connection="other"))
        )
        heads = [
            oracle.head_object(Bucket=bucket, Key="k"),
            two.oracle.head_object(Bucket=two.bucket, Key="k"),
        ]
        assert heads[0]["ETag"] == heads[1]["ETag"]
        assert transfer.verified == "MD5 of parts"
        assert transfer.parts_total == 2

    async def test_cancelling_leaves_nothing(self, two: Two, proxy: FaultProxy) -> None:
        two.rig.put("k", LARGE)
        proxy.add(Stall(after=MIB), when=is_get, times=None)
        id = await two.rig.engine.add(
            CopyObject("c", two.rig.bucket, "k", two.bucket, "k2", to_connection="other")
        )
        await two.rig.until(id, lambda transfer: transfer.bytes_done > 0)
        assert len(two.open_uploads()) == 1
        await two.rig.engine.cancel(id)
        assert two.open_uploads() == []


class TestConflicts:
    @pytest.fixture(params=[10, len(HUGE)])
    def clash(self, rig: Rig, request: pytest.FixtureRequest) -> Rig:
        rig.put("k", HUGE[: request.param])
        rig.put("taken.txt", b"theirs")
        return rig

    async def copy(self, rig: Rig, conflict: Conflict) -> int:
        return await rig.engine.add(
            CopyObject("c", rig.bucket, "k", rig.bucket, "taken.txt", conflict=conflict)
        )

    async def test_fail(self, clash: Rig) -> None:
        transfer = await clash.end(await self.copy(clash, Conflict.FAIL))
        assert transfer.error_code == "TargetExists"
        assert clash.get("taken.txt") == b"theirs"

    async def test_skip(self, clash: Rig) -> None:
        assert (await clash.done(await self.copy(clash, Conflict.SKIP))).skipped == 1
        assert clash.get("taken.txt") == b"theirs"

    async def test_overwrite(self, clash: Rig) -> None:
        await clash.done(await self.copy(clash, Conflict.OVERWRITE))
        assert clash.get("taken.txt") == clash.get("k")

    async def test_keep_both(self, clash: Rig) -> None:
        transfer = await clash.done(await self.copy(clash, Conflict.KEEP_BOTH))
        assert transfer.target == f"s3://{clash.bucket}/taken (1).txt"
        assert clash.get("taken (1).txt") == clash.get("k")
        assert clash.get("taken.txt") == b"theirs"

    async def test_overwrite_if_different(self, clash: Rig) -> None:
        await clash.done(await self.copy(clash, Conflict.OVERWRITE_IF_DIFFERENT))
        assert clash.get("taken.txt") == clash.get("k")
        clash.put("same", clash.get("k"))
        id = await clash.engine.add(
            CopyObject("c", clash.bucket, "k", clash.bucket, "same", conflict=Conflict.OVERWRITE_IF_DIFFERENT)
        )
        assert (await clash.done(id)).skipped == 1


class TestPrefix:
    async def test_all_of_it_goes(self, rig: Rig) -> None:
        names = [f"a/{number}" for number in range(30)] + ["a/", "a/b/c", "a/b//d", "a/x y%2F"]
        for name in names:
            rig.put(name, name.encode() if not name.endswith("/") else b"")
        rig.put("other")
        transfer = await rig.done(
            await rig.engine.add(CopyPrefix("c", rig.bucket, "a/", rig.bucket, "new/z/"))
        )
        assert rig.keys() == {*names, "other", *("new/z/" + name[2:] for name in names)}
        assert rig.get("new/z/b/c") == b"a/b/c"
        assert (transfer.objects_done, transfer.objects_total) == (len(names), len(names))

    async def test_through_us(self, two: Two) -> None:
        for number in range(20):
            two.rig.put(f"a/{number}", str(number).encode(), **DESCRIPTION)
        id = await two.rig.engine.add(
            CopyPrefix("c", two.rig.bucket, "a/", two.bucket, "b/", to_connection="other")
        )
        await two.rig.done(id)
        assert [two.get(f"b/{number}") for number in range(20)] == [str(n).encode() for n in range(20)]
        assert described(two.oracle, two.bucket, "b/7") == described(two.rig.oracle, two.rig.bucket, "a/7")

    async def test_it_does_not_go_into_itself(self, rig: Rig) -> None:
        rig.put("a/b")
        for prefix in ("a/", "a/deeper/"):
            transfer = await rig.end(
                await rig.engine.add(CopyPrefix("c", rig.bucket, "a/", rig.bucket, prefix))
            )
            assert transfer.error_code == "SameObject"
        assert rig.keys() == {"a/b"}

    async def test_it_can_be_described_anew_in_place(self, rig: Rig) -> None:
        rig.put("a/b", **DESCRIPTION)
        options = TargetOptions(cache_control="max-age=9")
        id = await rig.engine.add(
            CopyPrefix("c", rig.bucket, "a/", rig.bucket, "a/", conflict=Conflict.OVERWRITE, options=options)
        )
        await rig.done(id)
        assert described(rig.oracle, rig.bucket, "a/b") == {**DESCRIPTION, "CacheControl": "max-age=9"}

    async def test_what_fails_is_taken_again(self, faulty: Rig, proxy: FaultProxy) -> None:
        for name in ("a/1", "a/2", "a/3"):
            faulty.put(name)
        refusal = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
        proxy.add(refusal, when=lambda r: r.method == "PUT" and r.target.endswith("/2"), times=None)
        id = await faulty.engine.add(CopyPrefix("c", faulty.bucket, "a/", faulty.bucket, "b/"))
        transfer = await faulty.end(id)
        assert (transfer.objects_done, transfer.failed_objects) == (2, 1)
        proxy.clear()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert {"b/1", "b/2", "b/3"} <= faulty.keys()


def is_get(request: Request) -> bool:
    return request.method == "GET" and "list-type" not in request.target and "tagging" not in request.target


async def test_more_than_an_object_can_hold_is_refused_with_the_limit_and_a_way_out(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    rig = make_rig(ministack)

    def answer(seen: Seen) -> Reply:
        assert seen.method == "HEAD"
        if seen.target.endswith(b"k2"):
            return Reply(404, {"x-amz-request-id": "1"})
        return Reply(headers={"etag": '"e-9999"', "content-length": str(5 * 2**40 + 1)})

    async with scripted(answer) as server, S3Client(server.endpoint, KEYS, retry=IMPATIENT) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        rig.engine = TransferEngine(client_for)
        id = await rig.engine.add(CopyObject("c", "b", "k", "b", "k2"))
        transfer = await rig.until(id, lambda row: row.state.is_final)
        await rig.engine.aclose()
    assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "EntityTooLarge")
    assert "5 TiB" in str(transfer.error)
    assert "split it" in str(transfer.error)


@pytest.mark.parametrize(
    "fault",
    [
        Answer(503, body=b"<Error><Code>SlowDown</Code></Error>"),
        Answer(403),
        Answer(404, body=b"no backend"),
        Answer(200, headers={"content-type": "application/json"}, body=b'{"ok": true}'),
        Answer(501, headers={"content-type": "text/html"}, body=b"<!doctype html><html>"),
    ],
    ids=["SlowDown", "403", "404", "JSON", "501"],
)
async def test_tags_that_cannot_be_read_for_the_moment_are_not_left_out(
    two: Two, proxy: FaultProxy, fault: Answer
) -> None:
    rig, tags = two.rig, {"TagSet": [{"Key": "a", "Value": "b"}]}
    rig.put("k", b"x")
    rig.oracle.put_object_tagging(Bucket=rig.bucket, Key="k", Tagging=tags)
    proxy.add(fault, when=lambda request: "tagging" in request.target, times=None)
    id = await rig.engine.add(CopyObject("c", rig.bucket, "k", two.bucket, "k", to_connection="other"))
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state in (TransferState.WAITING, TransferState.FAILED)
    proxy.clear()
    await rig.engine.retry(id)
    await rig.done(id)
    assert two.oracle.get_object_tagging(Bucket=two.bucket, Key="k")["TagSet"] == tags["TagSet"]
