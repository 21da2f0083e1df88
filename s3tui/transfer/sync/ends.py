"""The two ends of a sync: a folder of this machine, or a prefix of a bucket."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of this machine."""

    path: Path
    """Absolute."""

    def __str__(self) -> str:
        return str(self.path)

    def where(self, path: str) -> str:
        """Return what a path below it is called there."""
        return path

    def file(self, path: str) -> Path:
        return self.path / path


@dataclass(frozen=True, slots=True)
class Prefix:
    """All below a prefix of a bucket."""

    connection: str
    """The handle of the connection that it is read and written with."""
    bucket: str
    prefix: str
    """Empty, or it ends in `/`."""
    account: str = ""
    """The endpoint and the account, by which it is known from one run to the next."""

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def origin(self) -> str:
        """The endpoint alone, in one form, all regions of Amazon's as one; empty: not known."""
        return self.account.partition(" ")[0]

    def where(self, path: str) -> str:
        """Return the key of a path below it."""
        return self.prefix + path


End = Folder | Prefix


def facts_of(end: End) -> dict[str, str]:
    """Return what tells an end; goes to JSON and back."""
    if isinstance(end, Folder):
        return {"folder": str(end.path)}
    return {
        "connection": end.connection,
        "bucket": end.bucket,
        "prefix": end.prefix,
        "account": end.account,
    }


def end_of(facts: Mapping[str, Any]) -> End:
    """Return the end that `facts_of` wrote."""
    if "folder" in facts:
        return Folder(Path(facts["folder"]))
    return Prefix(facts["connection"], facts["bucket"], facts["prefix"], facts["account"])


def pair_of(source: End, target: End) -> str:
    """Return the name by which the index, and a lock, know a pair of ends in this direction."""
    told = "\0".join(
        f"{name}={value}"
        for end in (source, target)
        for name, value in facts_of(end).items()
        if name != "connection"
    )
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def buckets_of(source: End, target: Prefix) -> list[str]:
    """Return the buckets that the keys of the target ask: its own, and one that is copied from inside S3."""
    if isinstance(source, Prefix) and source.account == target.account:
        return [target.bucket, source.bucket]
    return [target.bucket]


def overlap(source: End, target: End, *, one_endpoint: bool) -> str | None:
    """Return why these two cannot be synced, as a sentence; `None` where they can.

    Args:
        one_endpoint: both are surely at the same endpoint; what the accounts say is looked at too.
    """
    if isinstance(source, Folder) and isinstance(target, Folder):
        return "Both are folders of this machine: one of the two must be in a bucket."
    if not (isinstance(source, Prefix) and isinstance(target, Prefix)):
        return None
    is_one_origin = source.origin == target.origin != ""
    if source.bucket != target.bucket or not (one_endpoint or is_one_origin):
        return None
    if source.prefix == target.prefix:
        return f"Source and target are the same, {source}."
    if source.prefix.startswith(target.prefix) or target.prefix.startswith(source.prefix):
        return f"One of the two lies inside of the other, {source} and {target}: it would grow without end."
    return None
