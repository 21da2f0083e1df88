"""A file is compared with an object by the best that S3 tells of it, also while it is being filled."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.s3.checksum import Checksum, ChecksumAlgorithm, ChecksumType
from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity import verify
from s3tui.transfer.integrity.verify import (
    UNKNOWN,
    FileCheck,
    StoredObject,
    Verdict,
    check_file,
    compare,
    compare_bytes,
    is_provable,
    prove,
)
from tests.patience import PATIENCE_S
from tests.transfer.integrity.cut_objects import CutObject, composite_of, crc32_of, etag_of, served

DATA = bytes(range(256)) * 2
WRONG = b"\xff" + DATA[1:]
EVEN, UNEVEN, MISLEADING = (200, 200, 112), (100, 200, 212), (180, 160, 172)
GUESSED = (180, 180, 152)
"""What a first part of 180 bytes makes of `MISLEADING`."""
MD5, MD5_OF_NOTHING = hashlib.md5(DATA).hexdigest(), "d41d8cd98f00b204e9800998ecf8427e"


def full(value: str, algorithm: ChecksumAlgorithm = ChecksumAlgorithm.CRC32) -> Checksum:
    return Checksum(algorithm, value)


def of_parts(value: str) -> Checksum:
    return Checksum(ChecksumAlgorithm.CRC32, value, ChecksumType.COMPOSITE)


@contextmanager
def opened(path: Path, content: bytes) -> Iterator[int]:
    path.write_bytes(content)
    fd = os.open(path, os.O_RDONLY)
    try:
        yield fd
    finally:
        os.close(fd)


def stored_as(client: S3Client, head: ObjectHead, version_id: str | None = None, **more: Any) -> StoredObject:
    return StoredObject(client, "b", "k", version_id, head, **more)


async def checked(
    path: Path, content: bytes, cut: CutObject, head: ObjectHead, version_id: str | None = None, **more: Any
) -> Verdict:
    with opened(path / "file", content) as fd:
        async with served(cut) as client:
            return await FileCheck(stored_as(client, head, version_id, **more), fd).verdict()


@pytest.mark.parametrize(
    ("head", "by"),
    [
        (ObjectHead(512, MD5), "MD5"),
        (ObjectHead(512, MD5.upper()), "MD5"),
        (ObjectHead(512, "x", checksum=full(crc32_of(DATA))), "CRC32"),
        (ObjectHead(512, "0" * 32, checksum=full(crc32_of(DATA))), "CRC32"),
        (
            ObjectHead(
                512,
                checksum=full(
                    base64.b64encode(hashlib.sha256(DATA).digest()).decode(), ChecksumAlgorithm.SHA256
                ),
            ),
            "SHA256",
        ),
    ],
)
async def test_one_digest_of_the_whole_proves_it_without_a_question(
    tmp_path: Path, head: ObjectHead, by: str
) -> None:
    cut = CutObject(DATA, (512,))
    assert await checked(tmp_path, DATA, cut, head) == Verdict(True, by)
    assert prove(DATA, head) == Verdict(True, by)
    wrong, found = await checked(tmp_path, WRONG, cut, head), prove(WRONG, head)
    misfit = hashlib.md5(WRONG).digest() if by == "MD5" else None  # an etag may be no MD5 at all
    assert wrong == found == Verdict(False, by, misfit)
    assert is_provable(head)
    assert cut.asked == []


@pytest.mark.parametrize("content", [DATA[:-1], DATA + b"x", b""])
async def test_another_length_needs_no_question(tmp_path: Path, content: bytes) -> None:
    cut, head = CutObject(DATA, EVEN), ObjectHead(512, etag_of(DATA, EVEN))
    assert await checked(tmp_path, content, cut, head) == Verdict(False, "size")
    assert prove(content, head) == Verdict(False, "size")
    assert cut.asked == []


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (ObjectHead(0, MD5_OF_NOTHING), Verdict(True, "MD5")),
        (ObjectHead(0, "0" * 32), Verdict(True, "size")),
        (ObjectHead(0, "opaque"), Verdict(True, "size")),
        (ObjectHead(0), Verdict(True, "size")),
        (ObjectHead(0, "x", checksum=full("AAAAAA==")), Verdict(True, "CRC32")),
        (ObjectHead(0, MD5_OF_NOTHING, checksum=full("AAAAAQ==")), Verdict(False, "CRC32")),
    ],
)
async def test_nothing_is_nothing_unless_a_checksum_says_otherwise(
    tmp_path: Path, head: ObjectHead, expected: Verdict
) -> None:
    assert await checked(tmp_path, b"", CutObject(b"x", (1,)), head) == expected
    assert prove(b"", head) == expected
    assert is_provable(head)


async def test_nothing_that_merely_came_proves_nothing(tmp_path: Path) -> None:
    cut = CutObject(b"x", (1,))
    assert await checked(tmp_path, b"", cut, ObjectHead(0, "opaque"), is_size_said=False) == UNKNOWN
    head = ObjectHead(0, "0" * 32)
    misfit = bytes.fromhex(MD5_OF_NOTHING)
    assert await checked(tmp_path, b"", cut, head, is_size_said=False) == Verdict(False, "MD5", misfit)


@pytest.mark.parametrize(
    ("head", "is_told"),
    [
        (ObjectHead(512, "opaque"), False),
        (ObjectHead(512), False),
        (ObjectHead(None, MD5), False),
        (ObjectHead(512, MD5, server_side_encryption="aws:kms"), False),
        (ObjectHead(512, MD5, server_side_encryption="AES256"), True),
        (ObjectHead(512, etag_of(DATA, EVEN)), False),
        (ObjectHead(512, "x-3", checksum=of_parts(composite_of(DATA, EVEN))), False),
    ],
)
def test_what_needs_a_question_or_is_not_told_is_not_provable_alone(head: ObjectHead, is_told: bool) -> None:
    assert is_provable(head) is is_told
    if not is_told and head.size is not None:
        assert prove(DATA, head) == UNKNOWN


async def test_what_nothing_tells_of_is_unknown(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN, etag="opaque")
    assert await checked(tmp_path, DATA, cut, ObjectHead(512, "opaque")) == UNKNOWN
    assert cut.asked == []


@pytest.mark.parametrize("sizes", [EVEN, UNEVEN, MISLEADING, (512,)])
@pytest.mark.parametrize("name", ["MD5", "CRC32"])
async def test_parts_prove_the_whole(tmp_path: Path, sizes: tuple[int, ...], name: str) -> None:
    cut = CutObject(DATA, sizes)
    checksum = of_parts(composite_of(DATA, sizes)) if name == "CRC32" else None
    head = ObjectHead(512, cut.etag, checksum=checksum)
    assert await checked(tmp_path, DATA, cut, head, "v") == Verdict(True, f"{name} of parts")
    assert all(question.endswith(" of v") for question in cut.asked)
    found = await checked(tmp_path, WRONG, cut, head, "v")
    assert (found.is_same, found.by) == (False, f"{name} of parts")
    # `…-1` is what some gateways write for anything.
    assert (found.misfit is None) is (name == "CRC32" or len(sizes) > 1)


async def test_what_wrong_bytes_of_one_part_come_to_is_said(tmp_path: Path) -> None:
    cut = CutObject(DATA, (512,))
    found = await checked(tmp_path, WRONG, cut, ObjectHead(512, cut.etag))
    assert found.misfit == bytes.fromhex(etag_of(WRONG, (512,)).removesuffix("-1"))


@pytest.mark.parametrize("encryption", ["AES256", None])
async def test_parts_under_a_key_of_s3_do_not_disprove_by_themselves(
    tmp_path: Path, encryption: str | None
) -> None:
    cut = CutObject(DATA, EVEN)
    head = ObjectHead(512, cut.etag, server_side_encryption=encryption)
    found = await checked(tmp_path, WRONG, cut, head)
    expected = None if encryption is None else bytes.fromhex(etag_of(WRONG, EVEN).removesuffix("-3"))
    assert (found.is_same, found.misfit) == (False, expected)


async def test_a_composite_checksum_of_another_number_of_parts_is_not_taken(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN)
    head = ObjectHead(512, cut.etag, checksum=of_parts("AAAAAA==-2"))
    assert await checked(tmp_path, DATA, cut, head) == Verdict(True, "MD5 of parts")


async def test_a_guess_that_fits_is_asked_no_further(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN)
    assert (await checked(tmp_path, DATA, cut, ObjectHead(512, cut.etag))).is_same
    assert cut.asked == ["part 1"]


async def test_a_guess_that_misfits_is_asked_again_and_read_again(tmp_path: Path) -> None:
    cut = CutObject(DATA, MISLEADING)
    assert (await checked(tmp_path, DATA, cut, ObjectHead(512, cut.etag), "v")).is_same
    assert cut.asked == ["part 1 of v", "attributes of v"]


async def test_a_guess_that_was_right_needs_no_second_read(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN)
    found = await checked(tmp_path, WRONG, cut, ObjectHead(512, cut.etag))
    assert found == Verdict(False, "MD5 of parts")
    assert cut.asked == ["part 1", "attributes"]


@pytest.mark.parametrize("content", [DATA, WRONG])
async def test_a_guess_that_nobody_confirms_proves_nothing(tmp_path: Path, content: bytes) -> None:
    cut = CutObject(DATA, MISLEADING, tells_attributes=False, refused_parts=frozenset({2}))
    assert await checked(tmp_path, content, cut, ObjectHead(512, cut.etag)) == UNKNOWN


async def test_what_s3_does_not_say_the_cut_of_is_unknown(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN, tells_attributes=False, knows_part_numbers=False)
    assert await checked(tmp_path, DATA, cut, ObjectHead(512, cut.etag)) == UNKNOWN


async def test_an_etag_of_parts_under_kms_is_none(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN)
    head = ObjectHead(512, cut.etag, server_side_encryption="aws:kms")
    assert await checked(tmp_path, DATA, cut, head) == UNKNOWN
    assert cut.asked == []


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=9),
    st.integers(0, 40),
    st.lists(st.integers(0, 200), max_size=12),
    st.tuples(st.integers(1, 30), st.integers(1, 9), st.integers(1, 4)),
    st.sampled_from(["right", "wrong"]),
)
def test_a_file_that_is_followed_while_it_is_filled_comes_to_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    sizes: list[int],
    last: int,
    fronts: list[int],
    units: tuple[int, int, int],
    which: str,
) -> None:
    total = sum(sizes)
    data = (DATA * 2)[:total]
    content = data if which == "right" else bytes([data[0] ^ 1]) + data[1:]
    steps = iter([*accumulate(fronts), total])
    path = tmp_path_factory.mktemp("followed")
    ends: list[int] = []

    async def run() -> Verdict:
        cut = CutObject(data, sizes)
        arrived = asyncio.Event()

        def front() -> int:
            end = min(next(steps, total), total)
            ends.append(end)
            if ends.count(total) > 8:
                arrived.set()
            return end

        async with served(cut) as client:
            with opened(path / "file", content) as fd:
                check = FileCheck(stored_as(client, ObjectHead(total, cut.etag)), fd)
                following = asyncio.create_task(check.follow(front))
                waiting = asyncio.create_task(arrived.wait())
                await asyncio.wait({following, waiting}, return_when=asyncio.FIRST_COMPLETED)
                assert not following.done() or following.exception() is None
                following.cancel()
                waiting.cancel()
                await asyncio.gather(following, waiting, return_exceptions=True)
                return await check.verdict()

    with pytest.MonkeyPatch.context() as units_of:
        for name, value in zip(("_STEP", "_READ", "_THREADS"), units, strict=True):
            units_of.setattr(verify, name, value)
        units_of.setattr(verify, "_LOOK_S", 0)
        verdict = asyncio.run(run())
    assert (verdict.is_same, verdict.by) == (which == "right", "MD5 of parts")


async def test_what_was_hashed_while_it_came_is_not_read_again(tmp_path: Path) -> None:
    cut = CutObject(DATA, EVEN)
    with opened(tmp_path / "file", DATA) as fd:
        async with served(cut) as client:
            check = FileCheck(stored_as(client, ObjectHead(512, cut.etag)), fd)
            asked: list[int] = []

            def front() -> int:
                asked.append(1)
                return 512

            following = asyncio.create_task(check.follow(front))
            async with asyncio.timeout(PATIENCE_S):
                while len(asked) < 6:  # noqa: ASYNC110 - each look is one of its own
                    await asyncio.sleep(0.01)
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            (tmp_path / "file").write_bytes(WRONG)  # too late: all of it was seen
            assert (await check.verdict()).is_same
            await check.verdict()
    assert cut.asked == ["part 1"]


async def test_what_has_no_proof_is_not_followed(tmp_path: Path) -> None:
    with opened(tmp_path / "file", DATA) as fd:
        async with served(CutObject(DATA, EVEN)) as client, asyncio.timeout(PATIENCE_S):
            await FileCheck(stored_as(client, ObjectHead(512, "opaque")), fd).follow(lambda: 512)


async def test_what_is_no_file_is_not_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(DATA)
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    async with served(CutObject(DATA, EVEN)) as client, asyncio.timeout(PATIENCE_S):
        stored = stored_as(client, ObjectHead(512, MD5))
        assert await check_file(stored, tmp_path / "file") == Verdict(True, "MD5")
        for name in ("link", "folder", "pipe"):
            assert await check_file(stored, tmp_path / name) == Verdict(False, "kind")
        with pytest.raises(FileNotFoundError):
            await check_file(stored, tmp_path / "absent")
        with pytest.raises(NotADirectoryError):
            await check_file(stored, tmp_path / "file" / "in it")


def test_a_condition_is_held_to_the_etag_where_the_server_holds_to_it() -> None:
    client, head = S3Client.__new__(S3Client), ObjectHead(1, "e")
    assert stored_as(client, head).if_match == "e"
    assert stored_as(client, head, is_pinned=False).if_match is None


def test_a_size_is_no_proof() -> None:
    assert Verdict(True, "MD5").proof == "MD5"
    assert Verdict(True, "size").proof is None
    assert Verdict(False, "MD5").proof is None
    assert Verdict(None, "MD5").proof is None


CRC = full(crc32_of(DATA))
EMPTY = ObjectHead(0, MD5_OF_NOTHING)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (ObjectHead(1, MD5), ObjectHead(2, MD5), Verdict(False, "size")),
        (ObjectHead(None, MD5), ObjectHead(2, MD5), Verdict(True, "MD5")),
        (ObjectHead(2, MD5), ObjectHead(None, MD5), Verdict(True, "MD5")),
        (ObjectHead(1, MD5.upper()), ObjectHead(1, MD5), Verdict(True, "MD5")),
        (ObjectHead(1, MD5), ObjectHead(1, "0" * 32), Verdict(False, "MD5", bytes(16))),
        (ObjectHead(1, "0" * 32), ObjectHead(1, MD5), Verdict(False, "MD5", bytes.fromhex(MD5))),
        (ObjectHead(1, "x", checksum=CRC), ObjectHead(1, "y", checksum=CRC), Verdict(True, "CRC32")),
        (
            ObjectHead(1, MD5, checksum=CRC),
            ObjectHead(1, MD5, checksum=full("AAAAAA==")),
            Verdict(False, "CRC32"),
        ),
        (ObjectHead(1, MD5, checksum=CRC), ObjectHead(1, MD5), Verdict(True, "MD5")),
        (ObjectHead(1, "x", checksum=CRC), ObjectHead(1, "y"), UNKNOWN),
        (
            ObjectHead(1, MD5, checksum=CRC),
            ObjectHead(1, MD5, checksum=replace(CRC, type=ChecksumType.COMPOSITE)),
            Verdict(True, "MD5"),
        ),
        (EMPTY, ObjectHead(0, "0" * 32), Verdict(True, "size")),
        (EMPTY, EMPTY, Verdict(True, "MD5")),
        (ObjectHead(0, "x"), ObjectHead(0, "y"), Verdict(True, "size")),
        (EMPTY, ObjectHead(None, "0" * 32), Verdict(False, "MD5", bytes(16))),
        (ObjectHead(1, f"{MD5}-2"), ObjectHead(1, f"{MD5}-2"), Verdict(True, "MD5 of parts")),
        (ObjectHead(1, f"{MD5}-2"), ObjectHead(1, f"{MD5}-3"), UNKNOWN),
        (ObjectHead(1, "opaque-2"), ObjectHead(1, "opaque-2"), UNKNOWN),
        (ObjectHead(1), ObjectHead(1), UNKNOWN),
        (ObjectHead(1, MD5), ObjectHead(1, None), UNKNOWN),
    ],
)
def test_two_objects_are_compared_by_what_s3_says_of_both(
    one: ObjectHead, other: ObjectHead, expected: Verdict
) -> None:
    assert compare(one, other) == expected


async def bytes_compared(
    one: CutObject, other: CutObject, change: Callable[[ObjectHead], ObjectHead] = lambda head: head
) -> Verdict:
    async with served(one) as first, served(other) as second:
        heads = [change(ObjectHead(len(each.data), each.etag)) for each in (one, other)]
        return await compare_bytes(stored_as(first, heads[0], "v"), stored_as(second, heads[1], "v"))


async def test_bytes_tell_what_etags_do_not() -> None:
    one, same, other = (
        CutObject(DATA, EVEN, "a"),
        CutObject(DATA, UNEVEN, "b"),
        CutObject(WRONG, EVEN, "c"),
    )
    assert await bytes_compared(one, same) == Verdict(True, "MD5")
    assert await bytes_compared(one, other) == Verdict(False, "MD5")
    assert (one.asked, same.asked, other.asked) == (["bytes of v"] * 2, ["bytes of v"], ["bytes of v"])


async def test_bytes_that_cannot_be_read_or_changed_meanwhile_tell_nothing() -> None:
    one, other = CutObject(DATA, EVEN, "a"), CutObject(DATA, EVEN, "b")
    assert await bytes_compared(one, other, lambda head: replace(head, etag="before")) == UNKNOWN


async def test_bytes_of_no_known_length_are_not_read() -> None:
    one, other = CutObject(DATA, EVEN, "a"), CutObject(DATA, EVEN, "b")
    found = await bytes_compared(one, other, lambda head: replace(head, size=None))
    assert (found, one.asked) == (Verdict(False, "MD5"), [])


def test_the_published_digests_of_known_texts() -> None:
    """RFC 1321, and the check value of CRC-32."""
    assert prove(b"abc", ObjectHead(3, "900150983cd24fb0d6963f7d28e17f72")).proof == "MD5"
    check = base64.b64encode((0xCBF43926).to_bytes(4, "big")).decode()
    assert prove(b"123456789", ObjectHead(9, checksum=full(check))).proof == "CRC32"
    assert zlib.crc32(b"123456789") == 0xCBF43926


@pytest.mark.parametrize("sizes", [(), (0,), (512,), EVEN, UNEVEN, (1,) * 512])
async def test_the_md5_of_each_part_is_that_of_its_bytes(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    ends = list(accumulate(sizes))
    expected = [hashlib.md5(DATA[end - size : end]).digest() for size, end in zip(sizes, ends, strict=True)]
    with opened(tmp_path / "file", DATA) as fd:
        assert await verify.md5s_of_parts(fd, sizes) == expected
