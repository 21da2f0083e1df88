"""What is proven of a download, an upload and a copy, and that wrong bytes of the right length are not."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType, checksum_of
from s3tui.s3.models import ObjectHead
from s3tui.transfer.models import State
from s3tui.transfer.verify import compare, prove
from tests.fault_proxy import Answer, Corrupt, FaultProxy, Request
from tests.servers import S3Server
from tests.transfer.conftest import MIB, Rig

LARGE = random.Random(5).randbytes(20 * MIB + 12345)


def is_get(request: Request) -> bool:
    return request.method == "GET" and "attributes" not in request.target


def is_question(request: Request) -> bool:
    """How an object was cut."""
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
        return await rig.end(await rig.engine.download("c", rig.bucket, key, rig.folder / key))

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
    async def test_what_was_cut_nobody_knows_how_is_compared_by_size(
        self, faulty: Rig, proxy: FaultProxy, algorithm: str | None
    ) -> None:
        put_in_parts(faulty, "k", [5 * MIB, 7 * MIB, 8 * MIB], algorithm)
        proxy.add(Answer(403), when=is_question, times=None)
        transfer = await self.fetch(faulty)
        assert (transfer.error, transfer.verified) == (None, "size")

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
        assert (transfer.state, transfer.error_code) == (State.FAILED, "ChecksumMismatch")
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
        id = await rig.engine.download("c", rig.bucket, "k", rig.folder / "k")
        await rig.until(id, lambda transfer: transfer.bytes_done > 0)
        await rig.engine.pause(id)
        await rig.engine.resume(id)
        assert (await rig.done(id)).verified == "CRC64NVME"


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
            (head(data, "x-2"), head(data, "x-2"), True),
            (head(data, "x-2"), head(data, "x-3"), None),
        ):
            assert compare(one, two).is_same is same
            assert compare(two, one).is_same is same
