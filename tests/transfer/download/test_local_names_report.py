"""The report of local names before a download, and that the download keeps to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from s3tui.s3.client import S3Client
from s3tui.transfer.download.local_names_report import NamesReport, names_report
from s3tui.transfer.requests import DownloadPrefix
from tests.servers import S3Server
from tests.transfer.conftest import Rig

KEYS = ["p/plain", "p/a", "p/a/b", "p/../up", "p//empty", "p/con", "p/folder/"]


async def test_it_names_what_the_download_will_write(
    rig: Rig, ministack: S3Server, moto_server: S3Server, tmp_path: Path
) -> None:
    for key in KEYS:
        rig.put(key, b"" if key.endswith("/") else b"x")
    server = {"ministack": ministack, "moto": moto_server}[rig.server]
    async with S3Client(server.endpoint, server.credentials) as client:
        report = await names_report(client, rig.bucket, "p/", tmp_path / "not" / "made")
    assert not (tmp_path / "not").exists()
    assert (report.keys, report.is_complete, report.is_clean) == (len(KEYS), True, False)
    assert (report.renamed, report.collisions) == (4, 1)
    assert {name.key for name in report.names} == {"p/a/b", "p/../up", "p//empty", "p/con"}
    assert [name.key for name in report.names if name.collides] == ["p/a/b"]
    await rig.done(await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder)))
    expected = {name.path for name in report.names} | {"plain", "a"}
    assert rig.files() == expected


async def test_it_stops_at_its_limit_and_tells_how_far_it_is(
    make_rig: Callable[..., Rig], ministack: S3Server
) -> None:
    rig = make_rig(ministack)
    for number in range(1010):
        rig.put(f"{number:04}", b"")
    seen: list[NamesReport] = []
    async with S3Client(ministack.endpoint, ministack.credentials) as client:
        report = await names_report(client, rig.bucket, "", rig.folder, limit=10, on_progress=seen.append)
        assert (report.keys, report.is_complete) == (1000, False)
        assert seen == [report]
        report = await names_report(client, rig.bucket, "", rig.folder)
    assert (report.keys, report.is_clean) == (1010, True)
    assert rig.files() == set()
