"""The manifest of an S3 Inventory report: its data files, their format and columns.

The format is the one that the S3 user guide describes under "Locating your inventory list".
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path, PurePosixPath

from s3tui.browse.rows.row_builder import EPOCH
from s3tui.browse.source.source import SourceError

MANIFEST, CHECKSUM = "manifest.json", "manifest.checksum"
_ARN = "arn:aws:s3:::"
_FOLDERS_ABOVE = 3


class Format(Enum):
    CSV = "CSV"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True)
class DataFile:
    key: str
    """In the bucket that the report was put into."""
    size: int
    md5: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.key).name


@dataclass(frozen=True, slots=True)
class Manifest:
    bucket: str
    """The bucket whose objects are listed."""
    created_at: datetime
    format: Format
    columns: tuple[str, ...]
    """Of CSV files, in order and as the manifest calls them; Parquet files say it themselves."""
    files: tuple[DataFile, ...]
    digest: str
    """Of the manifest, and so of all its files, whose digests are in it."""

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)


def parse_manifest(text: bytes, checksum: bytes | None = None) -> Manifest:
    """Parse a manifest.

    Args:
        checksum: the content of the `manifest.checksum` beside it, if there is one.

    Raises: SourceError, where it is none, is damaged, or is of a format that cannot be read.
    """
    if checksum is not None and hashlib.md5(text, usedforsecurity=False).hexdigest() != _word(checksum):
        raise SourceError("The manifest is damaged: it does not have the MD5 that manifest.checksum says.")
    try:
        values = json.loads(text)
        files = tuple(
            DataFile(file["key"], int(file["size"]), file["MD5checksum"].lower()) for file in values["files"]
        )
        bucket, name, schema = values["sourceBucket"], values["fileFormat"], values["fileSchema"]
        created_at = EPOCH + timedelta(milliseconds=int(values["creationTimestamp"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"This is no manifest of an S3 Inventory report: {_missing(error)}.") from error
    columns = tuple(column.strip() for column in schema.split(",")) if name == "CSV" else ()
    if not files:
        raise SourceError("The inventory has no data files: its bucket was empty, or the report failed.")
    digest = hashlib.sha256(text).hexdigest()
    return Manifest(bucket.removeprefix(_ARN), created_at, _format(name), columns, files, digest)


def _format(name: str) -> Format:
    try:
        return Format(name)
    except ValueError:
        raise SourceError(
            f"The inventory's files are {name}, which DuckDB does not read: "
            "have the report written as Parquet or CSV."
        ) from None


def _word(checksum: bytes) -> str:
    return checksum.decode(errors="replace").strip().lower()


def _missing(error: Exception) -> str:
    return f"it has no {error.args[0]}" if isinstance(error, KeyError) else "it cannot be read"


@dataclass(frozen=True, slots=True)
class LocalReport:
    """A report whose files are on this machine."""

    manifest: Manifest
    files: tuple[Path, ...]


def local_report(place: Path) -> LocalReport:
    """Find a report's files, as they lie in the bucket or all in one folder.

    Args:
        place: the manifest, or the folder that it is in.

    Raises: SourceError.
    """
    file = place / MANIFEST if os.path.isdir(place) else place
    try:
        beside = file.with_name(CHECKSUM)
        checksum = beside.read_bytes() if os.path.isfile(beside) else None
        manifest = parse_manifest(file.read_bytes(), checksum)
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    return LocalReport(manifest, tuple(_find(data, file) for data in manifest.files))


def _find(data: DataFile, manifest: Path) -> Path:
    folders = manifest.absolute().parents[:_FOLDERS_ABOVE]
    for folder in folders:
        # By its name alone: a key is not a path, and could lead anywhere.
        for found in (folder / data.name, folder / "data" / data.name):
            if os.path.isfile(found):
                return found
    raise SourceError(
        f"{data.name} of the inventory is neither beside {manifest} nor in a folder data there."
    )


def check_file(data: DataFile, file: Path) -> None:
    """Check a data file's MD5 against the manifest.

    Raises: SourceError.
    """
    try:
        with file.open("rb") as opened:
            found = hashlib.file_digest(opened, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}.") from error
    if found != data.md5:
        raise SourceError(f"{file} is damaged: it does not have the MD5 that the manifest says.")


def is_manifest(key: str) -> bool:
    """Return whether an object may be a report's manifest, by its name."""
    return PurePosixPath(key).name == MANIFEST


def key_beside(key: str, name: str) -> str:
    """Return the key of another object of the same folder."""
    return key[: key.rfind("/") + 1] + name
