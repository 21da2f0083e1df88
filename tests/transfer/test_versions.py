"""Downloads and copies of objects as of an instant, whatever became of them since."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from s3tui.transfer.download.local_names_report import names_report
from s3tui.transfer.models import Conflict, TransferState
from s3tui.transfer.requests import CopyPrefix, DownloadPrefix
from tests.fault_proxy import FaultProxy, Request, Stall
from tests.transfer.conftest import Rig


def keep_versions(rig: Rig) -> None:
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})


def instant(rig: Rig) -> datetime:
    """Return the time of the latest write; what comes is behind it."""
    listed = rig.oracle.list_object_versions(Bucket=rig.bucket)
    entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
    latest: datetime = max(entry["LastModified"] for entry in entries)
    # One server tells milliseconds, the other one whole seconds.
    time.sleep(1.1 if rig.server == "moto" else 0.002)
    return latest


def change(rig: Rig) -> None:
    rig.put("p/a", b"a, later")
    rig.oracle.delete_object(Bucket=rig.bucket, Key="p/d/b")
    rig.put("p/new", b"new")


def written(rig: Rig) -> dict[str, bytes]:
    return {name: (rig.folder / name).read_bytes() for name in rig.files()}


async def test_a_prefix_is_downloaded_as_it_was(rig: Rig) -> None:
    keep_versions(rig)
    then = {"a": rig.put("p/a", b"a"), "d/b": rig.put("p/d/b", b"bee"), "c": rig.put("p/c", b"sea")}
    at = instant(rig)
    change(rig)
    transfer = await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder, at=at)))
    assert written(rig) == then
    assert (transfer.objects_done, transfer.bytes_done) == (3, 7)
    assert " as of " in transfer.source


async def test_a_prefix_is_put_back_as_it_was(rig: Rig) -> None:
    keep_versions(rig)
    rig.put("p/a", b"a")
    rig.put("p/d/b", b"bee")
    at = instant(rig)
    change(rig)
    copy = await rig.engine.add(
        CopyPrefix("c", rig.bucket, "p/", rig.bucket, "p/", conflict=Conflict.OVERWRITE, at=at)
    )
    await rig.done(copy)
    there = {key: rig.get(key) for key in sorted(rig.keys())}
    assert there == {"p/a": b"a", "p/d/b": b"bee", "p/new": b"new"}


async def test_nothing_was_there(faulty: Rig) -> None:
    keep_versions(faulty)
    faulty.put("other", b"1")
    at = instant(faulty)
    faulty.put("p/a", b"a")
    id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder, at=at))
    transfer = await faulty.end(id)
    assert (transfer.state, transfer.error_code) == (TransferState.FAILED, "NothingFound")


def gets(key: str) -> Callable[[Request], bool]:
    return lambda request: request.method == "GET" and request.target.partition("?")[0].endswith(key)


async def test_what_changes_while_it_goes_is_no_matter(faulty: Rig, proxy: FaultProxy) -> None:
    keep_versions(faulty)
    then = {f"{number:03}": f"{number} then".encode() for number in range(150)}
    for name, data in then.items():
        faulty.put(f"p/{name}", data)
    at = instant(faulty)
    proxy.add(Stall(), when=gets("/100"), times=1)
    id = await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "p/", faulty.folder, at=at))
    is_stalled = gets("/100")
    await faulty.until(
        id, lambda transfer: transfer.objects_done >= 60 and any(map(is_stalled, tuple(proxy.requests)))
    )
    await faulty.engine.pause(id)
    for name in then:
        faulty.put(f"p/{name}", b"later")
    await faulty.engine.resume(id)
    await faulty.done(id)
    assert written(faulty) == then


async def test_names_are_looked_at_as_they_were(faulty: Rig, tmp_path: Path) -> None:
    keep_versions(faulty)
    faulty.put("p/a//b", b"1")
    at = instant(faulty)
    faulty.oracle.delete_object(Bucket=faulty.bucket, Key="p/a//b")
    client = await faulty.engine._client_for("c")
    now = await names_report(client, faulty.bucket, "p/", tmp_path)
    then = await names_report(client, faulty.bucket, "p/", tmp_path, at=at)
    assert (now.keys, then.keys, then.renamed) == (0, 1, 1)
