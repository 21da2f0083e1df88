"""Downloads outlive a power cut once they are said to be there."""

from __future__ import annotations

import asyncio
import errno
import os
import random
from contextlib import suppress
from pathlib import Path

import pytest

from s3tui.transfer.batched_calls import BatchedCalls, sync_batch
from s3tui.transfer.download.part_file import PartFile
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import DownloadObject, DownloadPrefix
from tests.file_calls import FileCall, check_order, recorded_file_calls
from tests.transfer.conftest import MIB, Rig

CONTENT = random.Random(1).randbytes(20 * MIB + 12345)
POLICIES = [policy for policy in Conflict if policy is not Conflict.ASK]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def publish(target: Path, content: bytes, conflict: Conflict = Conflict.FAIL) -> Path | None:
    part = PartFile(target, len(content), "tag")
    part.write(content, 0)
    return part.publish(conflict, None)


@pytest.mark.parametrize("size", [0, 3, 300_000])
@pytest.mark.parametrize("conflict", POLICIES)
def test_a_part_file_is_on_the_disk_before_it_is_published(
    folder: Path, conflict: Conflict, size: int
) -> None:
    target = folder / "k"
    with recorded_file_calls() as calls:
        assert publish(target, CONTENT[:size], conflict) == target
    safe_at = check_order(calls, target, CONTENT[:size])
    assert safe_at == len(calls) - 1


def test_so_it_is_where_there_are_no_links(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))  # what exFAT answers

    monkeypatch.setattr(os, "link", refuse)
    target = folder / "k"
    with recorded_file_calls() as calls:
        assert publish(target, b"content") == target
    check_order(calls, target, b"content")


def test_a_batch_that_fails_leaves_safe_what_it_published(folder: Path) -> None:
    target = folder / "k"
    with recorded_file_calls() as calls, suppress(ZeroDivisionError), sync_batch():
        publish(target, b"content")
        raise ZeroDivisionError
    check_order(calls, target, b"content")


async def test_nobody_hears_of_a_small_file_before_its_batch_is_on_the_disk(folder: Path) -> None:
    batched_calls = BatchedCalls()
    targets = [folder / f"k{number}" for number in range(20)]
    with recorded_file_calls() as calls:

        async def download(target: Path) -> None:
            await batched_calls.run(publish, target, target.name.encode())
            calls.append(FileCall("told", target))

        await asyncio.gather(*(download(target) for target in targets))
    for target in targets:
        safe_at = check_order(calls, target, target.name.encode())
        assert calls.index(FileCall("told", target)) > safe_at
    assert sum(call == FileCall("fsync", folder) for call in calls) == 2  # the first goes alone


@pytest.mark.parametrize("size", [0, 300_000, MIB + 1, len(CONTENT)])
async def test_a_download_that_is_done_is_on_the_disk(rig: Rig, size: int) -> None:
    rig.put("k", CONTENT[:size])
    target = rig.folder / "k"
    with recorded_file_calls() as calls:
        await rig.done(await rig.engine.add(DownloadObject("c", rig.bucket, "k", target)))
    check_order(calls, target, CONTENT[:size])


async def test_all_that_a_prefix_has_is_on_the_disk_when_it_is_done(rig: Rig) -> None:
    for number in range(12):
        rig.put(f"p/{number % 3}/{number}", b"%d" % number)
    folder = rig.folder / "there"
    with recorded_file_calls() as calls:
        await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", folder)))
    for number in range(12):
        check_order(calls, folder / f"{number % 3}" / f"{number}", b"%d" % number)
