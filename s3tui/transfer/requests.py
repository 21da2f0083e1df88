"""Requests to the engine: values that hold everything a transfer needs to begin, or to begin again.

The journal keeps them, so they go to JSON and back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from s3tui.format import counted
from s3tui.transfer.models import Conflict, Direction


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The headers, metadata and tags to write an object with; `None` leaves it to the server."""

    content_type: str | None = None
    """For a file, guessed from its name where it is `None`; for a copy, that of the source."""
    cache_control: str | None = None
    content_disposition: str | None = None
    content_encoding: str | None = None
    storage_class: str | None = None
    server_side_encryption: str | None = None
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    kms_key_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


NO_OPTIONS = TargetOptions()


@dataclass(frozen=True, slots=True)
class DownloadObject:
    connection: str
    bucket: str
    key: str
    target: Path
    """The file."""
    conflict: Conflict = Conflict.FAIL
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DownloadPrefix:
    connection: str
    bucket: str
    prefix: str
    target: Path
    """The folder; what follows the prefix's last `/` is the path below it."""
    conflict: Conflict = Conflict.SKIP
    at: datetime | None = None
    """As the prefix was then, in a bucket that keeps versions; `None`: as it is."""


class ChosenObject(NamedTuple):
    """One of several objects that were picked one by one."""

    key: str
    size: int | None
    """In bytes, as a listing had it; `None`: it did not say."""
    path: str
    """The path below the folder, `/` between its segments. None leads out: see `local_names`."""
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DownloadChosen:
    """Objects that were picked, each key once, as one transfer; all are in the journal: 100 000 are fine."""

    connection: str
    bucket: str
    objects: tuple[ChosenObject, ...]
    target: Path
    """The folder."""
    conflict: Conflict = Conflict.SKIP


@dataclass(frozen=True, slots=True)
class UploadFile:
    connection: str
    source: Path
    """The file; its content type is guessed from its name unless the options say it."""
    bucket: str
    key: str
    conflict: Conflict = Conflict.FAIL
    options: TargetOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class UploadFolder:
    connection: str
    source: Path
    """The folder; every file below it is uploaded."""
    bucket: str
    prefix: str
    """The beginning of each key, before the path below the folder; a `/` is added where it has none."""
    conflict: Conflict = Conflict.SKIP
    options: TargetOptions = NO_OPTIONS
    follow_links: bool = False


@dataclass(frozen=True, slots=True)
class UploadChosen:
    """Files and folders picked in one folder, as one transfer; a folder with every file below it."""

    connection: str
    source: Path
    """The folder that they are in."""
    bucket: str
    prefix: str
    """The beginning of each key, before the name; a `/` is added where it has none."""
    names: tuple[str, ...]
    """What was picked: its names in the folder. A symbolic link among them is followed."""
    conflict: Conflict = Conflict.SKIP
    options: TargetOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class CopyObject:
    """A copy of an object, inside S3 or through this machine.

    What describes the source is kept, apart from what `options` say otherwise; its storage class,
    encryption, ACL and lock are not.
    """

    connection: str
    bucket: str
    key: str
    to_bucket: str
    to_key: str
    to_connection: str = ""
    """Another endpoint, through this machine; empty: the same one, inside S3."""
    conflict: Conflict = Conflict.FAIL
    version_id: str | None = None
    options: TargetOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class CopyPrefix:
    connection: str
    bucket: str
    prefix: str
    to_bucket: str
    to_prefix: str
    """Replaces what each key has up to the prefix's last `/`."""
    to_connection: str = ""
    conflict: Conflict = Conflict.SKIP
    options: TargetOptions = NO_OPTIONS
    at: datetime | None = None
    """As `DownloadPrefix.at`."""


@dataclass(frozen=True, slots=True)
class RunChange:
    """A change that was planned: a deletion, a move, a sync, an undo. The log of changes has its objects."""

    connection: str
    change: int
    """Its id in the log of changes."""
    direction: Direction
    bucket: str
    name: str
    """For display: `12 objects`."""
    where: str
    """For display: the key or prefix that it is about; of a sync, its source, as a URI or a path."""
    to: str = ""
    """For display: where a move or a sync goes to, as a URI or a path."""
    to_connection: str = ""
    """Of a sync between two connections: the one of its source."""
    roots: tuple[str, ...] = ()
    """The keys and prefixes that were meant, unless they are too many: a prefix ends in `/` or is empty."""
    conflict: Conflict = Conflict.SKIP
    reverts: bool = False
    """Of an undo: its objects are written as they were, not deleted."""


Request = (
    DownloadObject
    | DownloadPrefix
    | DownloadChosen
    | UploadFile
    | UploadFolder
    | UploadChosen
    | CopyObject
    | CopyPrefix
    | RunChange
)
_KINDS: Mapping[str, type[Request]] = {
    kind.__name__: kind
    for kind in (
        DownloadObject,
        DownloadPrefix,
        DownloadChosen,
        UploadFile,
        UploadFolder,
        UploadChosen,
        CopyObject,
        CopyPrefix,
        RunChange,
    )
}


@dataclass(frozen=True, slots=True)
class Description:
    """A request for display: as a row of the queue shows it."""

    direction: Direction
    name: str
    source: str
    target: str
    roots: tuple[str, ...] = ()
    """Of a change: what it is about."""
    change: int | None = None
    """Its id in the log of changes."""


def normalized(request: Request) -> Request:
    """Return the request with absolute paths, and a folder's prefix that is empty or ends in `/`.

    Raises: ValueError, for a key that was picked twice.
    """
    match request:
        case DownloadChosen(objects=objects, target=target):
            if len({chosen.key for chosen in objects}) < len(objects):
                raise ValueError("a key is there twice: its versions are transfers of their own")
            return replace(request, target=target.absolute())
        case DownloadObject(target=target) | DownloadPrefix(target=target):
            return replace(request, target=target.absolute())
        case UploadFile(source=source):
            return replace(request, source=source.absolute())
        case UploadFolder(source=source, prefix=prefix) | UploadChosen(source=source, prefix=prefix):
            folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
            return replace(request, source=source.absolute(), prefix=folder)
        case CopyObject() | CopyPrefix() | RunChange():
            return request


def other_connection(request: Request) -> str:
    """Return the connection that a copy between two connections writes with; else empty."""
    match request:
        case CopyObject() | CopyPrefix() if request.to_connection != request.connection:
            return request.to_connection
        case RunChange():
            return request.to_connection
    return ""


def describe(request: Request) -> Description:
    match request:
        case DownloadObject(bucket=bucket, key=key, target=target, version_id=version_id):
            source = f"s3://{bucket}/{key}{_version(version_id)}"
            return Description(Direction.DOWNLOAD, _short(key), source, str(target))
        case DownloadPrefix(bucket=bucket, prefix=prefix, target=target, at=at):
            source = f"s3://{bucket}/{prefix}{_instant(at)}"
            return Description(Direction.DOWNLOAD, _short(prefix or bucket), source, str(target))
        case DownloadChosen(bucket=bucket, objects=objects, target=target):
            source = f"s3://{bucket}/{_common_folder([chosen.key for chosen in objects])}"
            return Description(Direction.DOWNLOAD, counted(len(objects), "object"), source, str(target))
        case UploadFile(source=path, bucket=bucket, key=key):
            return Description(Direction.UPLOAD, path.name, str(path), f"s3://{bucket}/{key}")
        case UploadFolder(source=path, bucket=bucket, prefix=prefix):
            return Description(Direction.UPLOAD, f"{path.name}/", str(path), f"s3://{bucket}/{prefix}")
        case UploadChosen(source=path, bucket=bucket, prefix=prefix, names=names):
            name = f"{len(names):,} of {path.name}/"
            return Description(Direction.UPLOAD, name, str(path), f"s3://{bucket}/{prefix}")
        case CopyObject(bucket=bucket, key=key, to_bucket=to_bucket, to_key=to_key, version_id=version_id):
            source = f"s3://{bucket}/{key}{_version(version_id)}"
            return Description(Direction.COPY, _short(key), source, f"s3://{to_bucket}/{to_key}")
        case CopyPrefix(bucket=bucket, prefix=prefix, to_bucket=to_bucket, to_prefix=to_prefix, at=at):
            source, target_uri = f"s3://{bucket}/{prefix}{_instant(at)}", f"s3://{to_bucket}/{to_prefix}"
            return Description(Direction.COPY, _short(prefix or bucket), source, target_uri)
        case RunChange(direction=Direction.SYNC, name=name, where=where, to=to):
            return Description(Direction.SYNC, name, where, to, change=request.change)
        case RunChange(direction=direction, bucket=bucket, name=name, where=where, to=to, roots=roots):
            return Description(direction, name, f"s3://{bucket}/{where}", to, roots, request.change)


def to_json(request: Request) -> str:
    return json.dumps({"kind": type(request).__name__, **asdict(request)}, default=_plain)


def from_json(text: str) -> Request:
    """Return the request that `to_json` wrote.

    Raises: ValueError, when it is something else.
    """
    try:
        values: dict[str, Any] = json.loads(text)
        kind = _KINDS[values.pop("kind")]
        values["conflict"] = Conflict(values["conflict"])
        for name in ("target", "source"):
            if name in values:
                values[name] = Path(values[name])
        if values.get("at") is not None:
            values["at"] = datetime.fromisoformat(values["at"])
        if "objects" in values:
            values["objects"] = tuple(ChosenObject(*chosen) for chosen in values["objects"])
        if "direction" in values:
            values["direction"] = Direction(values["direction"])
        if "roots" in values:
            values["roots"] = tuple(values["roots"])
        if "names" in values:
            values["names"] = tuple(values["names"])
        if "options" in values:
            values["options"] = TargetOptions(**values["options"])
        return kind(**values)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no request for a transfer: {text}") from error


def _plain(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _instant(at: datetime | None) -> str:
    return "" if at is None else f" as of {at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _version(id: str | None) -> str:
    return "" if id is None else f" version {id}"


def _common_folder(keys: Sequence[str]) -> str:
    low, high = min(keys, default=""), max(keys, default="")
    shared = next((low[:i] for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), low)
    return shared[: shared.rfind("/") + 1]


def _short(name: str) -> str:
    """Return the last segment of a key or prefix; all of it, where that is empty."""
    last = name.rstrip("/").rpartition("/")[2]
    return last + "/" * name.endswith("/") if last else name
