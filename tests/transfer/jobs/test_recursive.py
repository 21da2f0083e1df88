"""Batch jobs of prefixes and folders: everything, once, to the right place, in one row."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from s3tui.transfer.models import Conflict, TransferState
from s3tui.transfer.requests import ChosenObject, DownloadChosen, DownloadPrefix, UploadChosen, UploadFolder
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.transfer.conftest import MIB, Rig


def put_many(rig: Rig, objects: dict[str, bytes]) -> dict[str, bytes]:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda pair: rig.put(*pair), objects.items()))
    return objects


def written(rig: Rig) -> dict[str, bytes]:
    return {name: (rig.folder / name).read_bytes() for name in rig.files()}


def gets(key: str) -> Callable[[Request], bool]:
    return lambda request: request.method == "GET" and request.target.endswith(key)


class TestPrefix:
    async def test_every_object_gets_its_place(self, rig: Rig) -> None:
        objects = put_many(rig, {f"logs/2026/{i % 7}/{i}.log": f"line {i}".encode() for i in range(150)})
        rig.put("logs/2025/other")
        rig.put("logs/2026/large", os.urandom(17 * MIB))
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "logs/2026/", rig.folder))
        transfer = await rig.done(id)
        found = written(rig)
        assert found.pop("large") == rig.get("logs/2026/large")
        assert found == {key.removeprefix("logs/2026/"): data for key, data in objects.items()}
        assert (transfer.objects_done, transfer.objects_total, transfer.listing_done) == (151, 151, True)
        assert transfer.bytes_done == transfer.bytes_total == sum(map(len, objects.values())) + 17 * MIB
        assert transfer.name == "2026/"

    async def test_a_listing_of_many_pages(self, faulty: Rig) -> None:
        put_many(faulty, {f"p/{i:04}": b"x" for i in range(1100)})
        transfer = await faulty.done(
            await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        )
        assert transfer.objects_done == 1100
        assert len(faulty.files()) == 1100

    async def test_no_key_leads_out_of_the_target(self, faulty: Rig) -> None:
        keys = ["../up", "/abs", "a//b", "a/../../up2", "nul", "é/\x1b[2J", "d/", "A", "a", "f", "f/g"]
        put_many(faulty, {key: b"" if key.endswith("/") else key.encode() for key in keys})
        target = faulty.folder / "target"
        transfer = await faulty.done(await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "", target)))
        assert {name.split("/")[0] for name in faulty.files()} == {"target"}
        found = {data.decode() for data in written(faulty).values()}
        assert found == {key for key in keys if not key.endswith("/")}
        assert (target / "d").is_dir()
        assert transfer.renamed >= 6

    async def test_a_link_in_the_target_is_not_followed_out(self, faulty: Rig) -> None:
        put_many(faulty, {"p/out/x": b"evil", "p/in/x": b"good"})
        outside = faulty.folder.parent / "outside"
        outside.mkdir()
        (faulty.folder / "out").symlink_to(outside)
        transfer = await faulty.end(
            await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        )
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ELOOP")
        assert list(outside.iterdir()) == []
        assert (faulty.folder / "in" / "x").read_bytes() == b"good"

    async def test_what_is_there_is_skipped(self, rig: Rig) -> None:
        put_many(rig, {"p/a": b"new a", "p/b": b"new b"})
        (rig.folder / "a").write_bytes(b"mine")
        transfer = await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder)))
        assert written(rig) == {"a": b"mine", "b": b"new b"}
        assert (transfer.objects_done, transfer.skipped) == (2, 1)
        assert transfer.bytes_done == transfer.bytes_total == 5

    async def test_one_bad_object_does_not_stop_the_others(self, faulty: Rig, proxy: FaultProxy) -> None:
        objects = put_many(faulty, {f"p/{i:02}": f"{i}".encode() for i in range(40)})
        denied = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")
        proxy.add(denied, when=gets("/07"), times=None)
        id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        transfer = await faulty.end(id)
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "AccessDenied")
        assert str(transfer.error).startswith("1 of 40 objects failed")
        assert (transfer.objects_done, transfer.failed_objects) == (39, 1)
        proxy.clear()
        asked = len(proxy.requests)
        await faulty.engine.retry(id)
        transfer = await faulty.done(id)
        assert (transfer.objects_done, transfer.failed_objects) == (40, 0)
        assert written(faulty) == {key.removeprefix("p/"): data for key, data in objects.items()}
        assert len(proxy.requests) - asked == 1, "what is done stays done"

    async def test_a_dead_server_stops_it_and_a_retry_goes_on(self, faulty: Rig, proxy: FaultProxy) -> None:
        objects = put_many(faulty, {f"p/{i:04}": f"{i}".encode() for i in range(300)})
        proxy.add(Stall(), when=gets("/0100"), times=None)
        id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        await faulty.until(id, lambda transfer: transfer.objects_done > 100)
        proxy.down()
        transfer = await faulty.end(id)
        assert transfer.state is TransferState.FAILED
        assert "127.0.0.1" in str(transfer.error)
        assert not any(name.endswith(".s3tui-part") for name in faulty.files())
        proxy.clear()
        proxy.up()
        await faulty.engine.retry(id)
        await faulty.done(id)
        assert written(faulty) == {key.removeprefix("p/"): data for key, data in objects.items()}

    async def test_pause_and_resume_move_each_object_once(self, faulty: Rig, proxy: FaultProxy) -> None:
        objects = put_many(faulty, {f"p/{i:04}": f"{i}".encode() for i in range(200)})
        proxy.add(Stall(), when=gets("/0100"), times=1)
        id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        await faulty.until(id, lambda transfer: transfer.objects_done >= 120)
        await faulty.engine.pause(id)
        assert faulty.transfer(id).state is TransferState.PAUSED
        await faulty.engine.resume(id)
        await faulty.done(id)
        assert written(faulty) == {key.removeprefix("p/"): data for key, data in objects.items()}
        asked = [request.target for request in proxy.requests if "list-type" not in request.target]
        under_way = faulty.engine.snapshot().limits.objects
        assert len(asked) - len(set(asked)) <= under_way, "only what was under way is asked for again"

    async def test_cancelling_leaves_whole_files_only(self, faulty: Rig, proxy: FaultProxy) -> None:
        put_many(faulty, {f"p/{i:04}": b"x" * 1000 for i in range(100)})
        proxy.add(Stall(after=500), when=gets("/0050"), times=None)
        id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder))
        await faulty.until(id, lambda transfer: transfer.objects_done >= 60)
        await faulty.engine.cancel(id)
        assert {len(data) for data in written(faulty).values()} == {1000}

    async def test_an_empty_prefix_says_so(self, rig: Rig) -> None:
        transfer = await rig.end(await rig.engine.add(DownloadPrefix("c", rig.bucket, "none/", rig.folder)))
        assert transfer.error_code == "NothingFound"


class TestFolder:
    async def test_every_file_gets_its_key(self, rig: Rig) -> None:
        data = {f"{i % 5}/deep/{i}.txt": f"{i}".encode() for i in range(60)} | {
            "top": b"",
            "large": os.urandom(17 * MIB),
        }
        for name, content in data.items():
            (rig.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (rig.folder / name).write_bytes(content)
        (rig.folder / "nothing").mkdir()
        transfer = await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "in")))
        assert {key: rig.get(key) for key in sorted(rig.keys())} == {
            f"in/{name}": content for name, content in data.items()
        }
        assert (transfer.objects_done, transfer.objects_total) == (62, 62)
        assert transfer.bytes_done == transfer.bytes_total == sum(map(len, data.values()))

    async def test_links_are_followed_when_asked_for_but_not_around(self, rig: Rig) -> None:
        outside = rig.folder.parent / "outside"
        (outside / "deep").mkdir(parents=True)
        (outside / "deep" / "x").write_bytes(b"x")
        (outside / "back").symlink_to(rig.folder)
        (rig.folder / "a").write_bytes(b"a")
        (rig.folder / "file-link").symlink_to(rig.folder / "a")
        (rig.folder / "folder-link").symlink_to(outside)
        (rig.folder / "itself").symlink_to(".")
        (rig.folder / "nowhere").symlink_to(rig.folder / "none")
        (rig.folder / "circle").symlink_to("circle")
        transfer = await rig.done(
            await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "p", follow_links=True))
        )
        assert rig.keys() == {"p/a", "p/file-link", "p/folder-link/deep/x"}
        assert rig.get("p/file-link") == b"a"
        assert (transfer.objects_done, transfer.objects_total, transfer.skipped) == (7, 7, 4)

    async def test_links_and_pipes_are_left_out(self, rig: Rig) -> None:
        secret = rig.folder.parent / "secret"
        secret.mkdir()
        (secret / "x").write_bytes(b"secret")
        (rig.folder / "real").write_bytes(b"real")
        (rig.folder / "folder-link").symlink_to(secret)
        (rig.folder / "file-link").symlink_to(secret / "x")
        os.mkfifo(rig.folder / "pipe")
        transfer = await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "")))
        assert rig.keys() == {"real"}
        assert (transfer.objects_done, transfer.skipped) == (4, 3)

    async def test_what_a_download_writes_to_is_left_out(self, rig: Rig) -> None:
        (rig.folder / "sub").mkdir()
        for name in ("real", "sub/.real.0f3e.s3tui-part", ".real.0f3e.s3tui-part", "seen.s3tui-part"):
            (rig.folder / name).write_bytes(b"x")
        transfer = await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "")))
        assert rig.keys() == {"real", "seen.s3tui-part"}
        assert (transfer.objects_done, transfer.skipped) == (4, 2)

    async def test_what_is_there_is_skipped(self, rig: Rig) -> None:
        (rig.folder / "a").write_bytes(b"mine")
        (rig.folder / "b").write_bytes(b"mine")
        rig.put("in/a", b"theirs")
        transfer = await rig.done(await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "in/")))
        assert (rig.get("in/a"), rig.get("in/b")) == (b"theirs", b"mine")
        assert transfer.skipped == 1

    async def test_an_unreadable_folder_fails_by_name_after_the_rest(self, rig: Rig) -> None:
        (rig.folder / "ok").write_bytes(b"x")
        missing = rig.folder / "missing"
        transfer = await rig.end(await rig.engine.add(UploadFolder("c", missing, rig.bucket, "")))
        assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "ENOENT")
        assert str(missing) in str(transfer.error)
        missing.mkdir()
        (missing / "now").write_bytes(b"here")
        await rig.engine.retry(transfer.id)
        await rig.done(transfer.id)
        assert rig.keys() == {"now"}

    async def test_overwriting_a_folder(self, rig: Rig) -> None:
        (rig.folder / "a").write_bytes(b"new")
        rig.put("a", b"old")
        await rig.done(
            await rig.engine.add(UploadFolder("c", rig.folder, rig.bucket, "", conflict=Conflict.OVERWRITE))
        )
        assert rig.get("a") == b"new"


async def test_what_was_picked_goes_where_it_was_said_to_as_one_transfer(rig: Rig) -> None:
    put_many(rig, {"p/a": b"1", "p/q/b": b"22", "z": b"333", "not/picked": b"4"})
    (rig.folder / "there").mkdir()
    (rig.folder / "there" / "b").write_bytes(b"mine")
    picked = [
        ChosenObject("z", 3, "deep/z"),
        ChosenObject("p/q/b", 2, "b"),
        ChosenObject("p/a", 1, "a"),
        ChosenObject("gone", 9, "gone"),
    ]
    id = await rig.engine.add(DownloadChosen("c", rig.bucket, tuple(picked), rig.folder / "there"))
    transfer = await rig.end(id)
    assert (transfer.objects_total, transfer.objects_done, transfer.skipped) == (4, 3, 1)
    assert (transfer.failed_objects, transfer.error_code) == (1, "NoSuchKey")
    assert written(rig) == {"there/a": b"1", "there/b": b"mine", "there/deep/z": b"333"}
    rig.put("gone", b"no longer")
    await rig.engine.retry(id)
    await rig.done(id)
    assert (rig.folder / "there" / "gone").read_bytes() == b"no longer"


async def test_a_key_is_picked_once(rig: Rig) -> None:
    twice = [ChosenObject("k", 1, "a", "v1"), ChosenObject("k", 1, "b", "v2")]
    with pytest.raises(ValueError, match="twice"):
        await rig.engine.add(DownloadChosen("c", rig.bucket, tuple(twice), rig.folder))


async def test_what_was_picked_in_a_folder_is_uploaded_as_one_transfer(rig: Rig) -> None:
    outside = rig.folder.parent / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "deep" / "x").write_bytes(b"x")
    for name in ("a", "left", "sub/b", "sub/.c"):
        (rig.folder / name).parent.mkdir(exist_ok=True)
        (rig.folder / name).write_bytes(name.encode())
    (rig.folder / "sub" / "link").symlink_to(outside)
    (rig.folder / "file-link").symlink_to(rig.folder / "left")
    (rig.folder / "folder-link").symlink_to(outside)
    picked = ("sub", "a", "file-link", "folder-link", "gone")
    id = await rig.engine.add(UploadChosen("c", rig.folder, rig.bucket, "in", picked))
    transfer = await rig.end(id)
    assert (transfer.failed_objects, transfer.error_code) == (1, "ENOENT"), "what was picked is missed"
    (rig.folder / "gone").write_bytes(b"back")
    await rig.engine.retry(id)
    await rig.done(id)
    assert {key: rig.get(key) for key in sorted(rig.keys())} == {
        "in/a": b"a",
        "in/sub/b": b"sub/b",
        "in/sub/.c": b"sub/.c",
        "in/file-link": b"left",
        "in/folder-link/deep/x": b"x",
        "in/gone": b"back",
    }
