"""Syncs through the engine on real servers, with boto3 as the oracle."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectSummary
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ItemState
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.errors import TransferError
from s3tui.transfer.integrity.same_as_file import compare_with_file
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import TransferState
from s3tui.transfer.sync import proof
from s3tui.transfer.sync.ends import End, Folder, Prefix
from s3tui.transfer.sync.merging import Unsure
from s3tui.transfer.sync.models import Action, Compare, SyncOptions
from s3tui.transfer.sync.planning import SourceIncomplete
from s3tui.transfer.sync.proof import Prover
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.changes.rigged import planned_undo, state_of
from tests.transfer.conftest import Rig
from tests.transfer.sync.model import Asked, File, Side, expected
from tests.transfer.sync.rigged import folder_of, lines, planned, prefix_of, request_of, run

_NAMES = ("a", "a-1", "a.txt", "b/c", "b-/c", "b.d", "b/é", "b/é x", "\U0001d11e/z", "\uffee", "0", "k.tmp")
_NFD = "e\N{COMBINING ACUTE ACCENT}"


@pytest.fixture
def rig_with_log(make_rig: MakeRig, ministack: S3Server, log: ChangeLog) -> Rig:
    return make_rig(ministack, changes=log)


def _put(rig: Rig, files: Mapping[str, str], prefix: str = "") -> None:
    for path, content in files.items():
        rig.oracle.put_object(Bucket=rig.bucket, Key=prefix + path, Body=content.encode())


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")


def _objects(rig: Rig, prefix: str = "") -> dict[str, str]:
    found = rig.oracle.list_objects_v2(Bucket=rig.bucket, Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): rig.oracle.get_object(Bucket=rig.bucket, Key=each["Key"])["Body"]
        .read()
        .decode()
        for each in found
    }


def _files(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def _trees(dice: random.Random) -> tuple[dict[str, str], dict[str, str]]:
    source = {name: dice.choice("xyz") for name in dice.sample(_NAMES, 7)}
    target = {name: dice.choice("xyz") for name in dice.sample(_NAMES, 7)}
    if "b/é" in target:
        target["b/é".replace("é", _NFD)] = target.pop("b/é")
    return source, target


@pytest.mark.sampled(3)
@pytest.mark.parametrize("seed", range(30))
async def test_what_comes_of_a_sync_is_what_was_planned(rig_with_log: Rig, log: ChangeLog, seed: int) -> None:
    rig, dice = rig_with_log, random.Random(seed)
    ways: list[tuple[End, End]] = [
        (folder_of(rig), prefix_of(rig, "to/")),
        (prefix_of(rig, "from/"), folder_of(rig)),
        (prefix_of(rig, "from/"), prefix_of(rig, "to/")),
    ]
    source, target = ways[seed % 3]
    here, there = _trees(dice)
    for end, files in ((source, here), (target, there)):
        if isinstance(end, Folder):
            _write(end.path, files)
        else:
            _put(rig, files, end.prefix)
    asked = Asked(delete=dice.random() < 0.7, exclude=("*.tmp",) if dice.random() < 0.5 else ())
    options = SyncOptions(dice.choice(list(Compare)), delete=asked.delete, exclude=tuple(asked.exclude))
    wanted, _ = expected(Side(_as_files(here)), Side(_as_files(there)), asked)
    change, totals = await planned(log, rig.client, source, target, options)
    plan = {path: action for path, action in (await lines(log, change)).items() if action in _WORK}
    assert plan == {path: action for path, action in wanted.items() if action in _WORK}
    assert totals[Action.SAME] == list(wanted.values()).count("unchanged")
    await run(rig, change)
    left = _after(here, there, wanted)
    assert (_files(target.path) if isinstance(target, Folder) else _objects(rig, target.prefix)) == left
    again, totals = await planned(log, rig.client, source, target, options)
    assert not totals.work, await lines(log, again)


_WORK = ("send", "replace", "delete")


def _as_files(tree: Mapping[str, str]) -> dict[str, File]:
    return {path: File(content) for path, content in tree.items()}


def _after(here: Mapping[str, str], there: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    after = dict(there)
    for path, action in wanted.items():
        if action == "delete":
            del after[path]
        elif action != "unchanged":
            after[path] = here.get(path) or here[path.replace(_NFD, "é")]
    return after


async def test_a_sync_without_changes_looks_at_no_object(
    rig_with_log: Rig, log: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x", "b/c": "y"})
    _put(rig, {"a": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    await run(rig, change)
    assert rig.oracle.head_object(Bucket=rig.bucket, Key="b/c")["Metadata"]["mtime"].startswith(
        str(int((rig.folder / "b/c").stat().st_mtime))
    )

    async def fail(prover: Prover, unsure: Unsure) -> tuple[bool, str]:
        raise AssertionError(unsure)

    monkeypatch.setattr(Prover, "is_same", fail)
    _, totals = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    assert (totals.work, totals[Action.SAME]) == (0, 2)


async def test_a_byte_that_changed_with_size_and_time_is_found_by_checksums_alone(
    rig_with_log: Rig, log: ChangeLog
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    await run(rig, change)
    info = (rig.folder / "a").stat()
    (rig.folder / "a").write_text("y")
    os.utime(rig.folder / "a", ns=(info.st_atime_ns, info.st_mtime_ns))
    found = {
        compare: (await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(compare)))[1][
            Action.REPLACE
        ]
        for compare in Compare
    }
    assert found == {Compare.MTIME: 0, Compare.ETAG: 0, Compare.CHECKSUM: 1}


async def test_the_time_that_an_object_tells_is_no_proof_once_it_was_written_again(
    rig_with_log: Rig, log: ChangeLog
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    await run(rig, change)
    metadata = rig.oracle.head_object(Bucket=rig.bucket, Key="a")["Metadata"]
    rig.oracle.put_object(Bucket=rig.bucket, Key="a", Body=b"y", Metadata=metadata)  # as one that is edited
    change, totals = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    assert totals[Action.REPLACE] == 1
    await run(rig, change)
    assert _objects(rig) == {"a": "x"}


async def test_what_changed_since_the_plan_is_skipped_and_told_of(rig_with_log: Rig, log: ChangeLog) -> None:
    rig = rig_with_log
    _write(rig.folder, {"new": "x", "taken": "x", "changed": "xx", "edited": "xx", "gone": "x"})
    _put(rig, {"changed": "y", "edited": "y", "extra": "y", "extra too": "y"})
    options = SyncOptions(delete=True)
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), options)
    _put(rig, {"taken": "theirs", "changed": "theirs", "extra": "theirs"})
    _write(rig.folder, {"edited": "yyy"})
    (rig.folder / "gone").unlink()
    await run(rig, change)
    assert _objects(rig) == {
        "new": "x", "taken": "theirs", "changed": "theirs", "edited": "y", "extra": "theirs",
    }  # fmt: skip
    skipped = {item.key async for item in log.all_items(change.id, ItemState.SKIPPED)}
    assert skipped == {"taken", "changed", "edited", "gone", "extra"}


@pytest.mark.parametrize("source", ["folder", "prefix"])
async def test_what_came_to_the_source_since_the_plan_is_not_deleted(
    rig_with_log: Rig, log: ChangeLog, source: str
) -> None:
    rig = rig_with_log
    end: End = folder_of(rig) if source == "folder" else prefix_of(rig, "from/")
    _write(rig.folder, {"a": "x"})
    _put(rig, {"a": "x"}, "from/")
    _put(rig, dict.fromkeys(("a", "back", "extra", "x1", "x2", "x3"), "x"), "to/")
    change, _ = await planned(log, rig.client, end, prefix_of(rig, "to/"), SyncOptions(delete=True))
    _write(rig.folder, {"back": "x"})
    _put(rig, {"back": "x"}, "from/")
    await run(rig, change)
    assert set(_objects(rig, "to/")) == {"a", "back"}
    assert [item.key async for item in log.all_items(change.id, ItemState.SKIPPED)] == ["to/back"]


async def test_what_was_deleted_since_by_another_one_is_no_failure(rig_with_log: Rig, log: ChangeLog) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x"})
    _put(rig, {"a": "x", "extra": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    rig.oracle.delete_object(Bucket=rig.bucket, Key="extra")
    await run(rig, change)
    assert [item.outcome["why"] async for item in log.all_items(change.id, ItemState.SKIPPED)] == [
        "it was gone already"
    ]


async def test_a_folder_that_is_gone_when_a_plan_is_done_skips_and_deletes_nothing(
    rig_with_log: Rig, log: ChangeLog, tmp_path: Path
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x"})
    _put(rig, {"extra": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    rig.folder.rename(tmp_path / "mounted")
    id = await rig.engine.add(request_of(change))
    ended = await rig.end(id)
    assert (ended.state, "retry when it is there again" in (ended.error or "")) == (
        TransferState.FAILED,
        True,
    )
    _write(rig.folder, {"a": "x"})  # where the disk was mounted is another folder
    await rig.engine.retry(id)
    ended = await rig.end(id)
    assert "another folder than when this was planned: nothing was deleted" in (ended.error or "")
    assert "extra" in _objects(rig)


async def test_a_file_that_changed_since_the_plan_is_not_overwritten(
    rig_with_log: Rig, log: ChangeLog
) -> None:
    rig = rig_with_log
    _put(rig, {"new": "xx", "changed": "xx", "edited": "xx", "extra": "x"}, "p/")
    _write(rig.folder, {"changed": "y", "edited": "y", "old": "y", "older": "y", "sub/older": "y"})
    change, _ = await planned(log, rig.client, prefix_of(rig, "p/"), folder_of(rig), SyncOptions(delete=True))
    _write(rig.folder, {"changed": "mine", "new": "mine", "old": "mine"})
    _put(rig, {"edited": "zzzz"}, "p/")
    await run(rig, change)
    assert _files(rig.folder) == {
        "changed": "mine", "new": "mine", "old": "mine", "edited": "y", "extra": "x",
    }  # fmt: skip
    assert not (rig.folder / "sub").exists()


async def test_a_source_that_fails_or_is_missing_is_no_plan(
    make_rig: MakeRig, ministack: S3Server, proxy: FaultProxy, log: ChangeLog
) -> None:
    rig = make_rig(ministack, proxy.endpoint, changes=log)
    _put(rig, {"a": "x"}, "to/")
    gone = Folder(rig.folder / "gone")
    with pytest.raises(SourceIncomplete, match="cannot be read"):
        await planned(log, rig.client, gone, prefix_of(rig, "to/"), SyncOptions(delete=True))
    bucket = Prefix("here", "no-such-bucket-anywhere", "")
    with pytest.raises(SourceIncomplete, match="cannot be listed to its end"):
        await planned(log, rig.client, bucket, prefix_of(rig, "to/"), SyncOptions(delete=True))
    assert _objects(rig) == {"to/a": "x"}


_PAGE = b"""<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>
<Contents><Key>%s/a</Key><Size>1</Size><ETag>"x"</ETag></Contents></ListBucketResult>"""


@pytest.mark.parametrize("side", ["from", "to"])
async def test_a_listing_that_is_refused_on_its_second_page_is_no_plan(
    make_rig: MakeRig, ministack: S3Server, proxy: FaultProxy, log: ChangeLog, side: str
) -> None:
    rig = make_rig(ministack, proxy.endpoint, changes=log)
    _put(rig, {"from/a": "x", "from/b": "x", "to/a": "x", "to/b": "x", "to/c": "x"})

    def is_page(request: Request) -> bool:
        return "list-type=2" in request.target and f"prefix={side}%2F" in request.target

    def is_later(request: Request) -> bool:
        return is_page(request) and (
            "continuation-token" in request.target or "start-after" in request.target
        )

    refusal = b"<Error><Code>AccessDenied</Code><Message>no more</Message></Error>"
    proxy.add(Answer(403, body=refusal), when=is_later, times=None)
    proxy.add(Answer(200, body=_PAGE % side.encode()), when=is_page, times=None)
    with pytest.raises(SourceIncomplete, match=r"cannot be listed to its end: .no more"):
        await planned(
            log, rig.client, prefix_of(rig, "from/"), prefix_of(rig, "to/"), SyncOptions(delete=True)
        )
    assert any(map(is_later, proxy.requests))
    assert set(_objects(rig, "to/")) == {"a", "b", "c"}


@pytest.mark.parametrize("source", ["folder", "prefix"])
async def test_an_empty_source_deletes_nothing(rig_with_log: Rig, log: ChangeLog, source: str) -> None:
    rig = rig_with_log
    _put(rig, {"a": "x", "b": "y"}, "to/")
    end: End = folder_of(rig) if source == "folder" else prefix_of(rig, "nothing/")
    change, totals = await planned(log, rig.client, end, prefix_of(rig, "to/"), SyncOptions(delete=True))
    assert (totals[Action.DELETE], bool(totals.blocked)) == (0, True)
    await run(rig, change)
    assert _objects(rig, "to/") == {"a": "x", "b": "y"}


async def test_a_listing_that_lacks_what_is_there_deletes_nothing(
    rig_with_log: Rig, log: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rig_with_log
    files = {"a": "x", "b": "y", "c": "z"}
    _put(rig, files, "from/")
    _put(rig, files, "to/")
    from s3tui.transfer.sync import prefix_listing

    is_left_out = prefix_listing._is_left_out

    def ends_early(found: ObjectSummary, cut: int, *, with_disk: bool) -> bool:
        return found.key == "from/c" or is_left_out(found, cut, with_disk=with_disk)

    monkeypatch.setattr(prefix_listing, "_is_left_out", ends_early)
    options = SyncOptions(delete=True)
    change, totals = await planned(log, rig.client, prefix_of(rig, "from/"), prefix_of(rig, "to/"), options)
    assert (totals[Action.DELETE], "ended early" in totals.blocked) == (0, True)
    await run(rig, change)
    assert set(_objects(rig, "to/")) == {"a", "b", "c"}


async def test_another_folder_in_its_place_deletes_nothing(
    rig_with_log: Rig, log: ChangeLog, tmp_path: Path
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x", "b": "y"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    await run(rig, change)
    rig.folder.rename(tmp_path / "mounted")
    _write(rig.folder, {"a": "x"})
    _, totals = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    assert (totals[Action.DELETE], "is its disk mounted?" in totals.blocked) == (0, True)


async def test_another_folder_in_its_place_is_synced_where_nothing_would_be_deleted(
    rig_with_log: Rig, log: ChangeLog, tmp_path: Path
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x", "b": "y"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    await run(rig, change)
    rig.folder.rename(tmp_path / "before")  # as a generator of a site makes its folder anew
    _write(rig.folder, {"a": "x", "c": "z"})
    _, totals = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    assert (totals[Action.SEND], totals.kept, totals.blocked) == (1, 1, "")


async def test_a_file_that_cannot_be_read_leaves_the_rest_of_the_plan(
    rig_with_log: Rig, log: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"shut": "x", "gone": "x", "new": "x"})
    _put(rig, {"shut": "y", "gone": "y"})
    compare = compare_with_file

    async def refuse(stored: Any, path: Path) -> Any:  # the tests' user may be one who may read all
        if path.name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        os.unlink(path)
        return await compare(stored, path)

    with monkeypatch.context() as patch:
        patch.setattr(proof, "compare_with_file", refuse)
        change, totals = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    assert (totals.unreadable, await lines(log, change)) == (
        1,
        {"shut": "it cannot be read: Permission denied", "gone": "replace", "new": "send"},
    )
    await run(rig, change)
    assert _objects(rig) == {"shut": "y", "gone": "y", "new": "x"}


async def test_ends_that_overlap_are_refused(rig_with_log: Rig, log: ChangeLog, tmp_path: Path) -> None:
    rig = rig_with_log
    ends: list[tuple[End, End]] = [
        (prefix_of(rig, "a/"), prefix_of(rig, "a/")),
        (prefix_of(rig, "a/"), prefix_of(rig, "a/b/")),
        (prefix_of(rig, ""), prefix_of(rig, "a/")),
    ]
    for source, target in ends:
        with pytest.raises(TransferError, match=r"the same|lies inside"):
            await planned(log, rig.client, source, target)


async def test_a_sync_is_undone_to_every_version(versioned: Rig, log: ChangeLog) -> None:
    rig = versioned
    _write(rig.folder, {"a": "x", "b/c": "new", "same": "x"})
    _put(rig, {"b/c": "old", "same": "x", "extra": "y", "extra 2": "z"})
    before = state_of(rig.oracle, rig.bucket)
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    await run(rig, change)
    assert _objects(rig) == {"a": "x", "b/c": "new", "same": "x"}
    done = await log.change(change.id)
    assert done is not None
    request, totals = await planned_undo(rig.client, log, done)
    assert (totals.objects, totals.lost, totals.changed) == (4, 0, 0)
    id = await rig.engine.add(request)
    ended = await rig.until(id, lambda transfer: transfer.state.is_final)
    assert ended.state is TransferState.DONE, ended.error
    assert state_of(rig.oracle, rig.bucket) == before


async def test_two_runs_of_one_sync_at_once_are_refused(rig_with_log: Rig, log: ChangeLog) -> None:
    from s3tui.transfer.sync.ends import pair_of
    from s3tui.transfer.sync.pair_lock import PairLock

    rig = rig_with_log
    _write(rig.folder, {"a": "x"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig))
    lock = PairLock.take(log.folder, pair_of(folder_of(rig), prefix_of(rig)))
    assert lock is not None
    id = await rig.engine.add(request_of(change))
    ended = await rig.until(id, lambda transfer: transfer.state.is_final)
    assert (ended.state, ended.error_code) == (TransferState.FAILED, "Locked")
    lock.close()
    await rig.engine.retry(id)
    await rig.until(id, lambda transfer: transfer.state is TransferState.DONE)
    assert _objects(rig) == {"a": "x"}


async def test_nothing_is_deleted_while_something_cannot_be_sent(
    rig_with_log: Rig, log: ChangeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rig_with_log
    _write(rig.folder, {"a": "x", "b": "y"})
    _put(rig, {"extra": "z"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    put: Any = rig.client.put_object

    async def refuse(bucket: str, key: str, *args: Any, **options: Any) -> str:
        if key == "a":
            raise PermissionError(13, "Permission denied", key)
        return str(await put(bucket, key, *args, **options))

    with monkeypatch.context() as patch:
        patch.setattr(rig.client, "put_object", refuse)
        id = await rig.engine.add(request_of(change))
        ended = await rig.until(id, lambda transfer: transfer.state.is_final)
    assert ended.state is TransferState.FAILED
    assert "nothing was deleted" in (ended.error or "")
    assert set(_objects(rig)) == {"b", "extra"}
    await rig.engine.retry(id)
    await rig.until(id, lambda transfer: transfer.state is TransferState.DONE)
    assert set(_objects(rig)) == {"a", "b"}


async def test_a_sync_that_was_interrupted_goes_on_in_another_process_and_sends_nothing_twice(
    make_rig: MakeRig, ministack: S3Server, log: ChangeLog, tmp_path: Path
) -> None:
    rig = make_rig(ministack, changes=log, journal=Journal.open(tmp_path / "state"))
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
    names = {f"{number:03}": "x" for number in range(150)}
    _write(rig.folder, names)
    _put(rig, {"extra": "y"})
    change, _ = await planned(log, rig.client, folder_of(rig), prefix_of(rig), SyncOptions(delete=True))
    id = await rig.engine.add(request_of(change))
    await rig.until(id, lambda transfer: transfer.objects_done > 5)
    await rig.engine.aclose(keep=True)

    async def client_for(connection: str) -> S3Client:
        return rig.client

    journal, changes = Journal.open(tmp_path / "state"), ChangeLog.open(log.folder)
    rig.engine = TransferEngine(client_for, journal=journal, changes=changes, patience_s=0)
    try:
        (left,) = await rig.engine.start()
        await rig.engine.resume(left)
        ended = await rig.until(left, lambda transfer: transfer.state.is_final)
        assert ended.state is TransferState.DONE, ended.error
        assert ended.objects_done == ended.objects_total == 151
    finally:
        await rig.engine.aclose()
    versions = state_of(rig.oracle, rig.bucket)
    assert sorted(key for key, _ in versions) == sorted([*names, "extra", "extra"])
