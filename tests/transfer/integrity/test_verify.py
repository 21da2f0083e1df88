"""Verification of downloads, uploads and copies: wrong bytes of the right length are noticed."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumMode, ChecksumType, checksum_of
from s3tui.s3.models import ObjectHead
from s3tui.s3.request.options import CallDefaults
from s3tui.transfer.integrity.verify import compare, prove
from s3tui.transfer.models import Conflict, TransferState
from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile, UploadFolder
from s3tui.transfer.scheduling.progress import NOT_VERIFIED
from tests.fault_proxy import Answer, Corrupt, CorruptUpload, FaultProxy, Headers, Request
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

DIFFERENT = Conflict.OVERWRITE_IF_DIFFERENT
LARGE = random.Random(5).randbytes(20 * MIB + 12345)


def is_get(request: Request) -> bool:
    return request.method == "GET" and "attributes" not in request.target


def is_question(request: Request) -> bool:
    """Say whether a request asks for the part sizes of an object."""
    return "attributes" in request.target or "partNumber" in request.target


def put_in_parts(rig: Rig, key: str, sizes: Sequence[int], algorithm: str | None = None) -> bytes:
    """Upload as boto3 does, in parts of these sizes."""
    where: dict[str, Any] = {"Bucket": rig.bucket, "Key": key}
    extra = {} if algorithm is None else {"ChecksumAlgorithm": algorithm}
    upload = rig.oracle.create_multipart_upload(**where, **extra)["UploadId"]
    parts, offset = [], 0
    for number, size in enumerate(sizes, 1):
        answer = rig.oracle.upload_part(
            **where, UploadId=upload, PartNumber=number, Body=LARGE[offset : offset + size], **extra
        )
        kept = {
            name: value for name, value in answer.items() if name == "ETag" or name.startswith("Checksum")
        }
        parts.append({"PartNumber": number, **kept})
        offset += size
    rig.oracle.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    return LARGE[:offset]


class TestDownload:
    async def fetch(self, rig: Rig, key: str = "k") -> Any:
        return await rig.end(await rig.engine.add(DownloadObject("c", rig.bucket, key, rig.folder / key)))

    @pytest.mark.sampled(12)
    @pytest.mark.parametrize("size", [10, MIB, len(LARGE)])
    @pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
    async def test_a_checksum_proves_it(self, rig: Rig, size: int, algorithm: str) -> None:
        rig.put("k", LARGE[:size], ChecksumAlgorithm=algorithm)
        transfer = await self.fetch(rig)
        assert (transfer.error, transfer.verified) == (None, algorithm)
        assert (rig.folder / "k").read_bytes() == LARGE[:size]

    @pytest.mark.parametrize("sizes", [[6 * MIB, 6 * MIB, 100], [5 * MIB, 7 * MIB, 8 * MIB]])
    @pytest.mark.parametrize("algorithm", [None, "CRC32", "SHA256"])
    async def test_parts_prove_it(self, rig: Rig, sizes: list[int], algorithm: str | None) -> None:
        data = put_in_parts(rig, "k", sizes, algorithm)
        transfer = await self.fetch(rig)
        assert transfer.error is None
        # moto does not say how many parts its composite checksum is of: its etag has to do
        name = algorithm if algorithm and rig.server == "ministack" else "MD5"
        assert transfer.verified == f"{name} of parts"
        assert (rig.folder / "k").read_bytes() == data

    @pytest.mark.parametrize("algorithm", [None, "CRC32"])
    async def test_what_was_cut_nobody_knows_how_is_not_verified(
        self, faulty: Rig, proxy: FaultProxy, algorithm: str | None
    ) -> None:
        put_in_parts(faulty, "k", [5 * MIB, 7 * MIB, 8 * MIB], algorithm)
        proxy.add(Answer(403), when=is_question, times=None)
        transfer = await self.fetch(faulty)
        assert (transfer.error, transfer.verified, transfer.notice) == (None, None, NOT_VERIFIED)

    @pytest.mark.sampled(4)
    @pytest.mark.parametrize("sizes", [[20 * MIB], [6 * MIB, 6 * MIB, 8 * MIB], [8 * MIB, 8 * MIB, MIB]])
    @pytest.mark.parametrize("algorithm", [None, "CRC64NVME", "CRC32"])
    async def test_wrong_bytes_of_the_right_length_are_caught(
        self, faulty: Rig, proxy: FaultProxy, sizes: list[int], algorithm: str | None
    ) -> None:
        if len(sizes) > 1:
            put_in_parts(faulty, "k", sizes, algorithm)
        else:
            extra = {"ChecksumAlgorithm": algorithm} if algorithm else {}
            faulty.put("k", LARGE, **extra)
        proxy.add(Corrupt(at=4321), when=is_get, times=None)
        transfer = await self.fetch(faulty)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert faulty.files() == set()

    async def test_a_wrong_byte_is_fetched_again(self, faulty: Rig, proxy: FaultProxy) -> None:
        put_in_parts(faulty, "k", [6 * MIB, 6 * MIB, 100])
        proxy.add(Corrupt(at=4321), when=is_get)
        transfer = await self.fetch(faulty)
        assert (transfer.error, transfer.verified) == (None, "MD5 of parts")

    async def test_a_guess_that_fits_by_chance_is_asked_again(
        self, make_rig: Callable[..., Rig], moto_server: S3Server
    ) -> None:
        with FaultProxy(moto_server.endpoint_url) as proxy:
            rig = make_rig(moto_server, proxy.endpoint)
            # Three parts, the first as large as three equal ones could be: only each part's size tells.
            data = put_in_parts(rig, "k", [7 * MIB, 5 * MIB, 6 * MIB])
            transfer = await self.fetch(rig)
            assert (transfer.error, transfer.verified) == (None, "MD5 of parts")
            assert (rig.folder / "k").read_bytes() == data
            asked = [
                r.target.partition("partNumber=")[2][:1] for r in proxy.requests if "partNumber=" in r.target
            ]
            assert sorted(set(asked)) == ["1", "2", "3"]

    async def test_a_paused_one_is_proven_as_a_whole(self, rig: Rig) -> None:
        rig.put("k", LARGE, ChecksumAlgorithm="CRC64NVME")
        id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
        await rig.until(id, lambda transfer: transfer.bytes_done > 0)
        await rig.engine.pause(id)
        await rig.engine.resume(id)
        assert (await rig.done(id)).verified == "CRC64NVME"


class TestUpload:
    async def send(self, rig: Rig, size: int) -> Any:
        (rig.folder / "k").write_bytes(LARGE[:size])
        return await rig.end(await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k")))

    async def test_a_small_one_is_proven_by_its_etag(self, rig: Rig) -> None:
        assert (await self.send(rig, MIB)).verified == "MD5"

    async def test_a_large_one_by_the_checksums_of_its_parts(
        self, make_rig: Callable[..., Rig], ministack: S3Server
    ) -> None:
        rig = make_rig(ministack, defaults=CallDefaults(checksums=ChecksumMode.ALWAYS))
        assert (await self.send(rig, len(LARGE))).verified == "CRC32 of parts"

    async def test_a_large_one_by_the_checksum_that_s3_made(self, faulty: Rig, proxy: FaultProxy) -> None:
        crc = checksum_of(LARGE, ChecksumAlgorithm.CRC64NVME).value
        for value, code in ((crc, None), (crc.swapcase(), "ChecksumMismatch")):
            proxy.clear()
            proxy.add(
                Headers({"x-amz-checksum-crc64nvme": value, "x-amz-checksum-type": "FULL_OBJECT"}),
                when=is_look,
                times=None,
            )
            transfer = await self.send(faulty, len(LARGE))
            assert transfer.error_code == code
            assert faulty.keys() == (set() if code else {"k"})
            assert transfer.verified == (None if code else "CRC64NVME")
            faulty.oracle.delete_object(Bucket=faulty.bucket, Key="k")

    async def test_a_large_one_without_checksums_by_the_etags_of_its_parts(self, rig: Rig) -> None:
        transfer = await self.send(rig, len(LARGE))
        assert (transfer.error, transfer.verified, transfer.notice) == (None, "MD5 of parts", None)

    async def test_an_etag_that_is_not_made_of_those_of_its_parts_proves_nothing(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        proxy.add(Headers({"ETag": '"' + "a" * 32 + '-3"'}), when=is_look, times=None)
        transfer = await self.send(faulty, len(LARGE))
        assert (transfer.error, transfer.verified, transfer.notice) == (None, None, NOT_VERIFIED)

    async def test_a_part_that_arrived_damaged_does_not_stay(self, faulty: Rig, proxy: FaultProxy) -> None:
        proxy.add(CorruptUpload(at=1000), when=lambda request: "partNumber=2" in request.target)
        transfer = await self.send(faulty, len(LARGE))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert faulty.keys() == set()

    async def test_etags_that_only_look_like_an_md5_are_found_out(
        self, faulty: Rig, proxy: FaultProxy
    ) -> None:
        proxy.add(Headers({"ETag": '"' + "a" * 32 + '"'}), times=None)
        transfer = await self.send(faulty, MIB)
        assert (transfer.error, transfer.verified) == (None, "MD5")
        assert any(request.method == "GET" for request in proxy.requests), "it was read back"

    async def test_what_arrived_damaged_does_not_stay(self, faulty: Rig, proxy: FaultProxy) -> None:
        proxy.add(CorruptUpload(at=1000), when=lambda request: request.method == "PUT", times=None)
        transfer = await self.send(faulty, MIB)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert faulty.keys() == set()
        proxy.clear()
        await faulty.engine.retry(transfer.id)
        await faulty.done(transfer.id)
        assert faulty.get("k") == LARGE[:MIB]

    @pytest.mark.parametrize(
        ("answer", "says"),
        [
            (Answer(403), "it is still there, as it could not be removed ("),
            (Answer(412), "somebody else wrote to {uri} since, and that stays"),
        ],
        ids=["refused", "replaced"],
    )
    async def test_what_arrived_damaged_and_cannot_be_removed_is_said_to_be_there(
        self, faulty: Rig, proxy: FaultProxy, answer: Answer, says: str
    ) -> None:
        proxy.add(CorruptUpload(at=1000), when=lambda request: request.method == "PUT", times=None)
        proxy.add(answer, when=lambda request: request.method == "DELETE", times=None)
        transfer = await self.send(faulty, MIB)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ChecksumMismatch")
        assert says.format(uri=f"s3://{faulty.bucket}/k") in str(transfer.error)
        assert faulty.keys() == {"k"}


def is_look(request: Request) -> bool:
    return request.method == "HEAD"


class TestIfDifferent:
    """Overwrite if different: skip what is equal, by size and checksum."""

    @pytest.mark.parametrize("size", [0, 10, len(LARGE)])
    @pytest.mark.parametrize("algorithm", [None, "CRC64NVME"])
    async def test_a_download(self, rig: Rig, size: int, algorithm: str | None) -> None:
        extra = {"ChecksumAlgorithm": algorithm} if algorithm else {}
        rig.put("k", LARGE[:size], **extra)
        target = rig.folder / "k"
        for content, skipped in ((LARGE[:size], 1), (b"x" * size, size == 0), (b"another size", 0)):
            target.write_bytes(content)
            id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", target, conflict=DIFFERENT))
            assert (await rig.done(id)).skipped == skipped
            assert target.read_bytes() == LARGE[:size]
        assert rig.files() == {"k"}

    async def test_a_download_of_parts(self, rig: Rig) -> None:
        data = put_in_parts(rig, "k", [6 * MIB, 6 * MIB, 100])
        target = rig.folder / "k"
        target.write_bytes(data)
        id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", target, conflict=DIFFERENT))
        assert (await rig.done(id)).skipped == 1

    @pytest.mark.parametrize("size", [0, 10, len(LARGE)])
    async def test_an_upload(self, rig: Rig, size: int) -> None:
        (rig.folder / "k").write_bytes(LARGE[:size])
        for content, skipped in ((LARGE[:size], 1), (b"x" * size, size == 0), (b"another size", 0)):
            rig.put("k", content)
            id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", conflict=DIFFERENT))
            assert (await rig.done(id)).skipped == skipped
            assert rig.get("k") == LARGE[:size]

    async def test_an_upload_that_is_there_in_parts(self, rig: Rig) -> None:
        (rig.folder / "k").write_bytes(put_in_parts(rig, "k", [6 * MIB, 6 * MIB, 100]))
        id = await rig.engine.add(UploadFile("c", rig.folder / "k", rig.bucket, "k", conflict=DIFFERENT))
        assert (await rig.done(id)).skipped == 1

    async def test_what_cannot_be_told_is_overwritten_and_said(self, faulty: Rig, proxy: FaultProxy) -> None:
        data = put_in_parts(faulty, "k", [5 * MIB, 7 * MIB])
        proxy.add(Answer(403), when=is_question, times=None)
        for name, job in (
            (
                "down",
                faulty.engine.add(
                    DownloadObject("c", faulty.bucket, "k", faulty.folder / "down", conflict=DIFFERENT)
                ),
            ),
            (
                "up",
                faulty.engine.add(
                    UploadFile("c", faulty.folder / "up", faulty.bucket, "k", conflict=DIFFERENT)
                ),
            ),
        ):
            (faulty.folder / name).write_bytes(data)
            transfer = await faulty.done(await job)
            assert transfer.skipped == 0
            assert "cannot be told" in str(transfer.notice)

    async def test_whole_folders(self, rig: Rig) -> None:
        for name in ("a", "b", "c"):
            rig.put(f"p/{name}", name.encode())
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder, conflict=DIFFERENT))
        await rig.done(id)
        (rig.folder / "b").write_bytes(b"B")
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder, conflict=DIFFERENT))
        assert (await rig.done(id)).skipped == 2
        assert (rig.folder / "b").read_bytes() == b"b"
        (rig.folder / "c").write_bytes(b"new")
        id = await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "p", conflict=DIFFERENT))
        assert (await rig.done(id)).skipped == 2
        assert rig.get("p/c") == b"new"


def head(data: bytes, etag: str | None = None, checksum: Checksum | None = None, **more: Any) -> ObjectHead:
    return ObjectHead(len(data), etag or hashlib.md5(data).hexdigest(), checksum=checksum, **more)


class TestRules:
    def test_an_etag_is_no_md5_under_keys_of_kms_or_the_customer(self) -> None:
        for more in (
            {"server_side_encryption": "aws:kms"},
            {"customer_key_md5": "x"},
            {"headers": (("X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256"),)},
        ):
            assert prove(b"data", head(b"atad", **more)).is_same is None
        assert prove(b"data", head(b"atad")).is_same is False

    def test_a_checksum_goes_before_the_md5(self) -> None:
        crc = checksum_of(b"data", ChecksumAlgorithm.CRC64NVME)
        assert prove(b"data", head(b"atad", checksum=crc)).by == "CRC64NVME"

    def test_other_lengths_are_other_bytes(self) -> None:
        assert prove(b"data", head(b"longer")).is_same is False
        assert compare(head(b"data"), head(b"longer")).is_same is False

    def test_objects_are_compared_by_what_both_have(self) -> None:
        data, other = b"data", b"atad"
        crc, sha = ChecksumAlgorithm.CRC32, ChecksumAlgorithm.SHA256
        by_parts = Checksum(crc, "AAAAAA==-2", ChecksumType.COMPOSITE)
        cut_otherwise = Checksum(crc, "BBBBBB==-2", ChecksumType.COMPOSITE)
        for one, two, same in (
            (head(data), head(data), True),
            (head(data), head(other), False),
            (head(data, "x", checksum_of(data, crc)), head(data, "y", checksum_of(data, crc)), True),
            (head(data, "x", checksum_of(data, crc)), head(data, "y", checksum_of(other, crc)), False),
            (head(data, "x", checksum_of(data, crc)), head(data, "y", checksum_of(data, sha)), None),
            (head(data, "x-2", by_parts), head(data, "y-2", by_parts), True),
            (head(data, "x-2", by_parts), head(data, "y-2", cut_otherwise), None),
            (head(data, f"{'a' * 32}-2"), head(data, f"{'a' * 32}-2"), True),
            (head(data, "x-2"), head(data, "x-2"), None),
            (head(data, "x-2"), head(data, "x-3"), None),
        ):
            assert compare(one, two).is_same is same
            assert compare(two, one).is_same is same
