"""S3 Inventory reports as S3 writes them: a manifest with its checksum, and files of CSV or Parquet."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

CREATED = datetime(2026, 11, 20, 1, tzinfo=UTC)
COLUMNS = (
    "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass, "
    "IsMultipartUploaded, ReplicationStatus"
)
PARQUET = (
    "message s3.inventory { required binary bucket (STRING); required binary key (STRING); "
    "optional binary version_id (STRING); optional boolean is_latest; optional boolean is_delete_marker; "
    "optional int64 size; optional int64 last_modified_date (TIMESTAMP(MILLIS,true)); "
    "optional binary e_tag (STRING); optional binary storage_class (STRING);}"
)


@dataclass(frozen=True)
class Entry:
    key: str
    size: int = 0
    modified: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    etag: str = "d41d8cd98f00b204e9800998ecf8427e"
    storage_class: str = "STANDARD"
    is_latest: bool = True
    is_delete_marker: bool = False


def csv_file(entries: Sequence[Entry]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for entry in entries:
        key = quote_plus(entry.key, safe="/")
        when = entry.modified.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        flags = str(entry.is_latest).lower(), str(entry.is_delete_marker).lower()
        size = "" if entry.is_delete_marker else str(entry.size)
        writer.writerow(
            ["source", key, "v1", *flags, size, when, entry.etag, entry.storage_class, "false", ""]
        )
    return gzip.compress(text.getvalue().encode())


def parquet_file(entries: Sequence[Entry], scratch: Path) -> bytes:
    import duckdb

    file = scratch / "made.parquet"
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE t (bucket VARCHAR, key VARCHAR, version_id VARCHAR, is_latest BOOLEAN, "
            "is_delete_marker BOOLEAN, size BIGINT, last_modified_date TIMESTAMP_MS, e_tag VARCHAR, "
            "storage_class VARCHAR)"
        )
        for e in entries:
            size = None if e.is_delete_marker else e.size
            when = e.modified.replace(tzinfo=None)
            row = [
                "source",
                e.key,
                "v1",
                e.is_latest,
                e.is_delete_marker,
                size,
                when,
                e.etag,
                e.storage_class,
            ]
            database.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        database.execute(f"COPY t TO '{file}' (FORMAT parquet)")
    return file.read_bytes()


def write_report(
    folder: Path, files: Sequence[bytes], *, format: str = "CSV", schema: str | None = None
) -> Path:
    """Lay a report out below `folder` as it lies in a bucket, and return its manifest."""
    data = folder / "source" / "daily" / "data"
    home = folder / "source" / "daily" / "2026-11-20T01-00Z"
    data.mkdir(parents=True)
    home.mkdir()
    ending = "csv.gz" if format == "CSV" else format.lower()
    described = []
    for number, content in enumerate(files):
        name = f"{number:08}-part.{ending}"
        (data / name).write_bytes(content)
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        described.append({"key": f"inv/source/daily/data/{name}", "size": len(content), "MD5checksum": md5})
    text = json.dumps(
        {
            "sourceBucket": "source",
            "destinationBucket": "arn:aws:s3:::inventories",
            "version": "2016-11-30",
            "creationTimestamp": str(int(CREATED.timestamp() * 1000)),
            "fileFormat": format,
            "fileSchema": schema or (COLUMNS if format == "CSV" else PARQUET),
            "files": described,
        }
    ).encode()
    (home / "manifest.json").write_bytes(text)
    md5 = hashlib.md5(text, usedforsecurity=False).hexdigest()
    (home / "manifest.checksum").write_text(md5 + "\n")
    return home / "manifest.json"


def of(keys: Sequence[str]) -> list[Entry]:
    return [replace(Entry(key), size=len(key)) for key in keys]
