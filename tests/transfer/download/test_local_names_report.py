"""The report of local names before a download, and that the download keeps to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.download import local_names_report
from s3tui.transfer.download.local_names import LocalName
from s3tui.transfer.download.local_names_report import NamesReport, names_report
from s3tui.transfer.requests import DownloadPrefix
from tests.s3.scripted import KEYS as KEYS_OF_SERVER
from tests.s3.scripted import Reply, Seen, scripted
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


def listing_of(keys: list[str], per_page: int, seen: Seen) -> Reply:
    """Answer ListObjectsV2 with the keys, so many a page; each of one byte, but for folder markers."""
    query = parse_qs(urlsplit(seen.target.decode()).query)
    first = int(query.get("continuation-token", ["0"])[0])
    rows = "".join(
        f"<Contents><Key>{key}</Key><Size>{0 if key.endswith('/') else 1}</Size></Contents>"
        for key in keys[first : first + per_page]
    )
    following = first + per_page
    more = f"<NextContinuationToken>{following}</NextContinuationToken>" if following < len(keys) else ""
    return Reply(body=f"<ListBucketResult>{rows}{more}</ListBucketResult>".encode())


async def report_of(
    keys: list[str], folder: Path, *, per_page: int = 1000, **more: Any
) -> tuple[NamesReport, list[NamesReport]]:
    seen: list[NamesReport] = []
    async with (
        scripted(partial(listing_of, keys, per_page)) as server,
        S3Client(server.endpoint, KEYS_OF_SERVER) as client,
    ):
        report = await names_report(client, "b", "p/", folder, on_progress=seen.append, **more)
    return report, seen


async def test_the_report_counts_page_by_page(tmp_path: Path) -> None:
    report, seen = await report_of(["p/", "p/a", "p/a/b", "p/con", "p/d"], tmp_path, per_page=2)
    reason = "not every part of the key can be a local name"
    names = (
        LocalName("p/a/b", report.names[0].path, False, "another key has that name already"),
        LocalName("p/con", "%63on", False, reason),
    )
    assert seen == [
        NamesReport(2),
        NamesReport(4, False, 2, 1, names),
        NamesReport(5, True, 2, 1, names),
    ]
    assert report == seen[-1]
    assert not report.is_clean
    clean, _ = await report_of(["p/a", "p/b"], tmp_path)
    assert clean == NamesReport(2, True)
    assert clean.is_clean
    assert not seen[0].is_clean, "there may be more"


async def test_a_report_ends_with_the_page_that_reaches_its_limit(tmp_path: Path) -> None:
    keys = [f"p/{number}" for number in range(6)]
    for limit, counted in ((1, 2), (2, 2), (3, 4), (6, 6), (7, 6)):
        report, seen = await report_of(keys, tmp_path, per_page=2, limit=limit)
        assert (report.keys, report.is_complete, len(seen)) == (counted, counted == 6, counted // 2)


async def test_of_many_names_the_first_thousand_are_told(tmp_path: Path) -> None:
    keys = [f"p/{number:04}:." for number in range(1500)]
    report, _ = await report_of(keys, tmp_path, per_page=700)
    assert (report.renamed, report.collisions, len(report.names)) == (1500, 0, 1000)
    assert [name.key for name in report.names] == keys[:1000]


async def test_case_counts_as_in_the_folder_or_the_one_that_it_will_be_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = ["p/A", "p/a"]
    target = tmp_path / "not" / "made"
    assert (await report_of(keys, target))[0].renamed == 0  # as on any file system of Linux by default
    asked: list[Path] = []

    def ignoring(folder: Path) -> bool:
        asked.append(folder)
        return True

    monkeypatch.setattr(local_names_report, "ignores_case", ignoring)
    assert (await report_of(keys, target))[0].renamed == 1
    assert (await report_of(keys, tmp_path))[0].renamed == 1
    assert asked == [tmp_path, tmp_path]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("system", "renamed"), [("linux", 0), ("darwin", 1)])
async def test_where_nothing_can_be_written_the_system_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, renamed: int
) -> None:
    def refuse(folder: Path) -> bool:
        raise PermissionError(folder)

    monkeypatch.setattr(local_names_report, "ignores_case", refuse)
    monkeypatch.setattr(sys, "platform", system)
    assert (await report_of(["p/A", "p/a"], tmp_path))[0].renamed == renamed
