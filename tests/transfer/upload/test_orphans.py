"""Orphan uploads: found, aborted, and resumed from the file that they were begun with."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from s3tui.transfer.errors import TransferError
from tests.fault_proxy import FaultProxy
from tests.transfer.conftest import MIB, Rig

DATA = random.Random(5).randbytes(22 * MIB + 77)


def orphan(rig: Rig, *, key: str = "k", part_size: int = 6 * MIB, parts: tuple[int, ...] = (1, 3)) -> str:
    """Begin an upload with boto3, and leave it."""
    upload_id: str = rig.oracle.create_multipart_upload(Bucket=rig.bucket, Key=key)["UploadId"]
    for number in parts:
        body = DATA[(number - 1) * part_size : number * part_size]
        rig.oracle.upload_part(Bucket=rig.bucket, Key=key, UploadId=upload_id, PartNumber=number, Body=body)
    return upload_id


async def test_what_is_open_is_told_with_its_size(rig: Rig) -> None:
    first, second = orphan(rig, key="a/1"), orphan(rig, key="a/2", parts=())
    orphan(rig, key="b")
    found = await rig.engine.orphan_uploads("c", rig.bucket, "a/")
    assert [(each.key, each.upload_id, each.parts, each.bytes, each.ours) for each in found] == [
        ("a/1", first, 2, 12 * MIB, False),
        ("a/2", second, 0, 0, False),
    ]
    assert all(each.initiated is not None for each in found)


async def test_one_can_be_aborted_and_only_that_one(rig: Rig) -> None:
    gone, kept = orphan(rig), orphan(rig)
    await rig.engine.abort_upload("c", rig.bucket, "k", gone)
    await rig.engine.abort_upload("c", rig.bucket, "k", gone)
    assert [each.upload_id for each in await rig.engine.orphan_uploads("c", rig.bucket)] == [kept]


@pytest.mark.parametrize(("parts", "sent"), [((1, 3), 2), ((2,), 3), ((), 3), ((1, 2, 3, 4), 0)])
async def test_the_file_it_was_begun_with_continues_it(
    faulty: Rig, proxy: FaultProxy, tmp_path: Path, parts: tuple[int, ...], sent: int
) -> None:
    source = tmp_path / "k"
    source.write_bytes(DATA)
    upload_id = orphan(faulty, parts=parts)
    id = await faulty.engine.resume_from_file("c", source, faulty.bucket, "k", upload_id)
    transfer = await faulty.done(id)
    assert faulty.get("k") == DATA
    assert faulty.open_uploads() == []
    assert transfer.bytes_done == len(DATA)
    assert sum(request.method == "PUT" for request in proxy.requests) == sent


async def test_another_file_is_refused_and_the_upload_stays(rig: Rig, tmp_path: Path) -> None:
    upload_id = orphan(rig)
    other = tmp_path / "other"
    for content in (DATA[: 13 * MIB], b"x" + DATA[1:]):
        other.write_bytes(content)
        with pytest.raises(TransferError, match="pick the file that it was begun with, or abort it"):
            await rig.engine.resume_from_file("c", other, rig.bucket, "k", upload_id)
    assert len(rig.open_uploads()) == 1
    assert rig.keys() == set()


async def test_an_object_that_is_there_meanwhile_is_not_replaced(rig: Rig, tmp_path: Path) -> None:
    upload_id = orphan(rig)
    rig.put("k", b"theirs")
    source = tmp_path / "k"
    source.write_bytes(DATA)
    with pytest.raises(TransferError, match="exists already"):
        await rig.engine.resume_from_file("c", source, rig.bucket, "k", upload_id)
    assert len(rig.open_uploads()) == 1


async def test_one_that_is_gone_says_so(rig: Rig, tmp_path: Path) -> None:
    source = tmp_path / "k"
    source.write_bytes(DATA)
    with pytest.raises(TransferError, match="is gone"):
        await rig.engine.resume_from_file("c", source, rig.bucket, "k", "none")


async def test_a_file_that_would_go_in_one_piece_ends_its_upload_too(rig: Rig, tmp_path: Path) -> None:
    small = DATA[: 7 * MIB]
    source = tmp_path / "k"
    source.write_bytes(small)
    upload_id = orphan(rig, parts=(1,))
    await rig.done(await rig.engine.resume_from_file("c", source, rig.bucket, "k", upload_id))
    assert rig.get("k") == small
    assert rig.open_uploads() == []
