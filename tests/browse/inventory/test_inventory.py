"""S3 Inventory: the rows of a report are those of the same keys folded the slow way, at every level."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import sys
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.browse.inventory import inventory as inventory_module
from s3tui.browse.inventory.build import build, database_for
from s3tui.browse.inventory.inventory import Inventory, connect
from s3tui.browse.inventory.manifest import local_report, parse_manifest
from s3tui.browse.rows.listing import Listing
from s3tui.browse.sizes.count import SizeTotal
from s3tui.browse.source.source import PageRequest, SourceError
from s3tui.s3.models import ObjectSummary
from tests.browse.inventory.inventories import CREATED, Entry, csv_file, of, parquet_file, write_report
from tests.browse.pages import entries
from tests.long import share

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEYS = st.text(alphabet="ab/ +é%\U0001f600", min_size=1, max_size=8)
ODD = [
    "/lead",
    "a",
    "a/",
    "a//b",
    "a/b+c d%20",
    'a/"quoted",',
    "a/ü\n",
    "b/c/d/e",
    "b/c/d/f",
    "top",
    "\u0001x",
]


async def opened(manifest: Path, cache: Path) -> Inventory:
    report = local_report(manifest)
    async with aclosing(build(report.manifest, report.files, cache, interval_s=0.01)) as steps:
        last = [step async for step in steps][-1]
    assert last.inventory is not None
    return last.inventory


async def rows(
    source: Inventory, prefix: str = "", delimiter: str = "/", *, stops_after: int | None = None
) -> Listing:
    listing = Listing(prefix)
    while True:
        token = listing.continuation_token
        pages = source.pages(None, PageRequest("source", prefix, delimiter, token))
        async with aclosing(pages):
            seen = 0
            async for page in pages:
                listing.append(page)
                seen += 1
                if seen == stops_after:
                    break
        if listing.continuation_token is None:
            return listing


def names(listing: Listing) -> list[str]:
    return [listing.key(row) for row in range(len(listing))]


def below(keys: Sequence[str], prefix: str) -> SizeTotal:
    found = [key for key in keys if key.startswith(prefix)]
    return SizeTotal(len(found), sum(map(len, found)))


@pytest.mark.drawn
@given(keys=st.lists(KEYS, min_size=1, max_size=30, unique=True), page=st.integers(1, 4))
@settings(max_examples=share(10, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_level_is_what_folding_the_keys_gives(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, keys: list[str], page: int
) -> None:
    monkeypatch.setattr(inventory_module, "_PAGE", page)
    monkeypatch.setattr(inventory_module, "_MOST_GAPS", page - 1)
    folder = tmp_path_factory.mktemp("given")

    async def check() -> None:
        half = len(keys) // 2
        manifest = write_report(folder, [csv_file(of(keys[:half])), csv_file(of(keys[half:]))])
        source = await opened(manifest, folder / "cache")
        folders = {"", *(key[: at + 1] for key in keys for at, c in enumerate(key) if c == "/")}
        for prefix in folders:
            assert names(await rows(source, prefix)) == entries(keys, prefix)
            expected = sorted(key for key in keys if key.startswith(prefix))
            assert names(await rows(source, prefix, "", stops_after=1)) == expected
            sizes = await source.sizes(prefix, NOW)
            assert sizes.total == below(keys, prefix)
            children = [e for e in entries(keys, prefix) if e.endswith("/") and e != prefix]
            assert dict(sizes.children) == {child: below(keys, child) for child in children}
            assert sizes.is_complete
        for prefix in {key[:3] for key in keys}:  # the beginning of a name, mostly
            assert names(await rows(source, prefix)) == entries(keys, prefix)
            assert names(await rows(source, prefix, "")) == sorted(k for k in keys if k.startswith(prefix))

    asyncio.run(check())


@pytest.mark.parametrize("format", ["CSV", "Parquet"])
async def test_what_the_report_says_of_an_object_is_in_its_row(tmp_path: Path, format: str) -> None:
    told = [
        Entry(key, number, datetime(2026, 1, number + 1, tzinfo=UTC), f"{number:032x}", "GLACIER")
        for number, key in enumerate(ODD)
    ]
    content = csv_file(told) if format == "CSV" else parquet_file(told, tmp_path)
    source = await opened(write_report(tmp_path, [content], format=format), tmp_path / "cache")
    found: list[ObjectSummary] = []
    async with aclosing(source.pages(None, PageRequest("source", ""))) as pages:
        async for page in pages:
            found += page.objects
    assert found == [
        ObjectSummary(e.key, e.size, e.modified, e.etag, e.storage_class)
        for e in sorted(told, key=lambda e: e.key.encode())
    ]
    assert (source.bucket, source.objects, source.size) == ("source", len(ODD), sum(range(len(ODD))))
    assert source.created_at == CREATED
    assert source.title == "inventory of 2026-11-20"


@pytest.mark.parametrize("format", ["CSV", "Parquet"])
async def test_old_versions_and_delete_markers_are_no_rows(tmp_path: Path, format: str) -> None:
    told = [
        Entry("a", 1),
        Entry("a", 2, is_latest=False),
        Entry("gone", is_delete_marker=True),
        Entry("gone", 3, is_latest=False),
    ]
    content = csv_file(told) if format == "CSV" else parquet_file(told, tmp_path)
    source = await opened(write_report(tmp_path, [content], format=format), tmp_path / "cache")
    listing = await rows(source)
    assert [(row.key, row.size) for row in map(listing.row, range(len(listing)))] == [("a", 1)]


async def test_optional_columns_may_be_missing(tmp_path: Path) -> None:
    content = gzip.compress(b'"source","a%2Fb"\n"source","c"\n')
    source = await opened(write_report(tmp_path, [content], schema="Bucket, Key"), tmp_path / "cache")
    assert names(await rows(source)) == ["a/", "c"]
    assert "without sizes" in source.title


async def test_many_objects_between_many_folders_come_in_order(tmp_path: Path) -> None:
    keys = [f"{n:05}" for n in range(4500)] + [f"{n:05}x/1" for n in range(0, 9000, 2)] + ["z/1", "zz"]
    source = await opened(write_report(tmp_path, [csv_file(of(keys))]), tmp_path / "cache")
    assert names(await rows(source)) == entries(keys, "")
    assert names(await rows(source, stops_after=1)) == entries(keys, "")
    assert len(await rows(source, "nothing/")) == 0


async def test_sizes_of_very_many_prefixes_are_told_of_the_first_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_module, "_MOST_COUNTED", 2)
    source = await opened(write_report(tmp_path, [csv_file(of(["a/1", "b/1", "c/1"]))]), tmp_path / "cache")
    sizes = await source.sizes("", NOW)
    assert sizes.total == SizeTotal(3, 9)
    assert not sizes.is_complete
    assert [sizes.child(name) for name in ("a/", "b/", "c/")] == [
        (SizeTotal(1, 3), True),
        (SizeTotal(1, 3), True),
        None,
    ]


async def test_a_report_is_read_once(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [csv_file(of(["a"]))])
    first = await opened(manifest, tmp_path / "cache")
    for data in (manifest.parents[1] / "data").iterdir():
        data.write_bytes(b"changed, but never looked at")
    assert await opened(manifest, tmp_path / "cache") == first
    assert [file.suffix for file in (tmp_path / "cache").iterdir()] == [".duckdb"]


async def test_another_instance_that_is_at_it_is_left_alone(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [csv_file(of(["a"]))])
    part = database_for(tmp_path, local_report(manifest).manifest).with_suffix(".part")
    code = (
        f"import duckdb, sys; d = duckdb.connect({str(part)!r}); print('open', flush=True); sys.stdin.read()"
    )
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdin is not None
    assert other.stdout is not None
    await other.stdout.readline()
    with pytest.raises(SourceError, match="Another s3tui is making this report ready"):
        await opened(manifest, tmp_path)
    assert part.exists()
    other.stdin.close()
    await other.wait()
    assert names(await rows(await opened(manifest, tmp_path))) == ["a"], "what it left is no obstacle"


async def test_duckdb_writes_nothing_over_the_screen(tmp_path: Path) -> None:
    source = await opened(write_report(tmp_path, [csv_file(of(["a"]))]), tmp_path / "cache")
    with connect(source.file) as database:
        asked = "SELECT current_setting('enable_progress_bar_print'), current_setting('memory_limit')"
        assert database.execute(asked).fetchone() == (False, "953.6 MiB")


async def test_a_build_that_is_left_leaves_nothing(tmp_path: Path) -> None:
    report = local_report(write_report(tmp_path, [csv_file(of(["a"]))]))
    async with aclosing(build(report.manifest, report.files, tmp_path / "cache")) as steps:
        async for step in steps:
            if step.words.startswith("sorting"):
                break
    assert list((tmp_path / "cache").iterdir()) == []


async def test_damaged_files_are_refused(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [csv_file(of(["a"]))])
    for data in (manifest.parents[1] / "data").iterdir():
        data.write_bytes(data.read_bytes() + b"x")
    with pytest.raises(SourceError, match="damaged: it does not have the MD5"):
        await opened(manifest, tmp_path / "cache")
    manifest.write_bytes(manifest.read_bytes() + b" ")
    with pytest.raises(SourceError, match="MD5 that manifest"):
        local_report(manifest)


async def test_files_are_found_by_their_names_alone(tmp_path: Path) -> None:
    manifest = write_report(tmp_path, [csv_file(of(["a"]))])
    values = json.loads(manifest.read_bytes())
    values["files"][0]["key"] = "../../../../" + values["files"][0]["key"]
    (manifest.parent / "manifest.checksum").unlink()
    manifest.write_text(json.dumps(values))
    assert len(local_report(manifest.parent).files) == 1, "a folder with a manifest will do"
    values["files"][0]["key"] = "elsewhere.csv.gz"
    manifest.write_text(json.dumps(values))
    with pytest.raises(SourceError, match=r"elsewhere\.csv\.gz of the inventory is neither"):
        local_report(manifest)
    with pytest.raises(SourceError, match="cannot be read"):
        local_report(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"fileFormat": "ORC"}, "ORC, which DuckDB does not read"),
        ({"files": []}, "no data files"),
        ({"files": None}, "no manifest"),
        ({"creationTimestamp": "soon"}, "no manifest"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, change: dict[str, object], sentence: str) -> None:
    values = json.loads(write_report(tmp_path, [b""]).read_bytes())
    with pytest.raises(SourceError, match=sentence):
        parse_manifest(json.dumps(values | change).encode())
    del values["sourceBucket"]
    with pytest.raises(SourceError, match="it has no sourceBucket"):
        parse_manifest(json.dumps(values).encode())
    with pytest.raises(SourceError, match="no manifest"):
        parse_manifest(b"\xff not json")


def test_the_digest_is_of_all_of_it(tmp_path: Path) -> None:
    text = write_report(tmp_path, [csv_file(of(["a"]))]).read_bytes()
    manifest = parse_manifest(text, hashlib.md5(text, usedforsecurity=False).hexdigest().encode())
    other = parse_manifest(text.replace(b"inventories", b"elsewhere"))
    assert manifest.digest != other.digest
    assert replace(other, digest=manifest.digest) == manifest
