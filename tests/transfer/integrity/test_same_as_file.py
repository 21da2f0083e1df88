"""Is an object the same as a file? On two servers, however it was uploaded, wherever the file differs."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity.same_as_file import (
    BYTES,
    compare_bytes_with_file,
    compare_with_file,
)
from s3tui.transfer.integrity.verify import StoredObject
from tests.transfer.conftest import MIB, Rig
from tests.transfer.integrity.test_verify import LARGE, put_in_parts

PART_SIZES = ([5 * MIB + 7, 5 * MIB, 12345], [5 * MIB])
ALGORITHMS = (None, "SHA256", "CRC32")


async def stored(rig: Rig, key: str) -> StoredObject:
    head = await rig.client.head_object(rig.bucket, key, checksums=True)
    return StoredObject(rig.client, rig.bucket, key, None, head)


def changed(data: bytes, offset: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 1]) + data[offset + 1 :]


@pytest.mark.parametrize(
    ("algorithm", "sizes"), list(itertools.product(ALGORITHMS, PART_SIZES)), ids=lambda value: str(value)
)
async def test_parts_of_any_size_are_proven_and_the_first_different_byte_is_found(
    rig: Rig, tmp_path: Path, algorithm: str | None, sizes: list[int]
) -> None:
    data = put_in_parts(rig, "k", sizes, algorithm)
    file, about = tmp_path / "file", await stored(rig, "k")
    file.write_bytes(data)
    outcome = await compare_with_file(about, file)
    assert outcome.verdict.is_same is not False
    assert (await compare_bytes_with_file(about, file)).verdict.is_same
    for offset in {0, sizes[0] - 1, sizes[0] % len(data), len(data) - 1}:
        file.write_bytes(changed(data, offset))
        assert (await compare_with_file(about, file)).verdict.is_same is not True
        assert (await compare_bytes_with_file(about, file)).first_difference == offset


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "CRC32C", "CRC64NVME", "SHA1"])
@pytest.mark.parametrize("size", [0, 1, 70_000])
async def test_a_plain_object_is_decided_without_reading_it(
    rig: Rig, tmp_path: Path, algorithm: str | None, size: int
) -> None:
    data, extra = LARGE[:size], {} if algorithm is None else {"ChecksumAlgorithm": algorithm}
    rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=data, **extra)
    file, about = tmp_path / "file", await stored(rig, "k")
    file.write_bytes(data)
    assert (await compare_with_file(about, file)).verdict.is_same
    if size:
        file.write_bytes(changed(data, size - 1))
        assert not (await compare_with_file(about, file)).verdict.is_same
        assert (await compare_bytes_with_file(about, file)).first_difference == size - 1
    file.write_bytes(data + b"x")
    outcome = await compare_with_file(about, file)
    assert (outcome.verdict.is_same, outcome.file_size) == (False, size + 1)
    assert (await compare_bytes_with_file(about, file)).first_difference == size
    if size:
        file.write_bytes(data[:-1])
        assert (await compare_bytes_with_file(about, file)).first_difference == size - 1


async def test_an_etag_under_a_kms_key_proves_nothing_and_the_bytes_decide(rig: Rig, tmp_path: Path) -> None:
    rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"bytes")
    head = ObjectHead(5, etag="d41d8cd98f00b204e9800998ecf8427e", server_side_encryption="aws:kms")
    about = StoredObject(rig.client, rig.bucket, "k", None, head, is_pinned=False)
    file = tmp_path / "file"
    file.write_bytes(b"bytes")
    assert (await compare_with_file(about, file)).verdict.is_same is None
    assert (await compare_bytes_with_file(about, file)).verdict.proof == BYTES


async def test_an_object_that_changed_meanwhile_is_not_judged(rig: Rig, tmp_path: Path) -> None:
    rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"bytes")
    about, file = await stored(rig, "k"), tmp_path / "file"
    file.write_bytes(b"bytes")
    rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"other")
    with pytest.raises(S3Error):
        await compare_bytes_with_file(about, file)


async def test_what_is_no_file_is_an_error(rig: Rig, tmp_path: Path) -> None:
    rig.oracle.put_object(Bucket=rig.bucket, Key="k", Body=b"bytes")
    about = await stored(rig, "k")
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(OSError, match=r"regular|No such"):
            await compare_with_file(about, path)
