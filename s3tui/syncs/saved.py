"""SavedSync: a sync of config.toml, with what its two ends are: folders, or connections and prefixes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from s3tui import paths
from s3tui.config.options import did_you_mean
from s3tui.config.reader import Config, ConfigError
from s3tui.connect.named_address import as_uri, may_name_connection, split_address, unknown_connection
from s3tui.s3.address.uri import S3Uri
from s3tui.transfer.sync.filters import check
from s3tui.transfer.sync.models import Compare, SyncOptions


@dataclass(frozen=True, slots=True)
class Place:
    """One end as it is written: a prefix of a bucket, by the name of a connection or by that of this run."""

    connection: str | None
    bucket: str
    prefix: str

    def __str__(self) -> str:
        name = "s3://" if self.connection is None else f"{self.connection}:"
        return f"{name}{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class SavedSync:
    """A sync with its name and its options."""

    name: str
    source: Path | Place
    target: Path | Place
    options: SyncOptions

    def __str__(self) -> str:
        return f"{self.source} → {self.target}"


def saved_syncs(config: Config, names: Collection[str]) -> list[SavedSync]:
    """Return the saved syncs that are right, in the order of the file.

    Args:
        names: of the connections that there are.
    """
    found = []
    for name, values in config.syncs.items():
        if values is None:
            continue
        try:
            found.append(_read(name, values, names))
        except ConfigError:
            continue
    return found


def saved_sync(config: Config, name: str, names: Collection[str]) -> SavedSync:
    """Return the saved sync of that name.

    Raises: ConfigError, with the sentence for the user.
    """
    if (said := config.problem("syncs", name)) is not None:
        raise ConfigError(said)
    values = config.syncs.get(name)
    if values is None:
        there = ", ".join(config.syncs) or "none"
        hint = did_you_mean(name, config.syncs) or f"; config.toml has {there}"
        raise ConfigError(f"there is no saved sync {name!r}{hint}")
    return _read(name, values, names)


def read_place(text: str, names: Collection[str]) -> Path | Place:
    """Return what a source or target is: a folder, or a prefix of a bucket.

    Raises: ConfigError.
    """
    if not may_name_connection(text) and "://" not in text:
        return paths.expanded(text).absolute()
    name, address = split_address(text, names)
    if name is None and may_name_connection(text):
        raise ConfigError(unknown_connection(text.partition(":")[0], names))
    try:
        uri = S3Uri.parse(as_uri(address))
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if not uri.bucket:
        raise ConfigError(f"{text!r} names no bucket")
    prefix = f"{uri.key}/" if uri.key and not uri.key.endswith("/") else uri.key
    return Place(name, uri.bucket, prefix)


def _read(name: str, values: Mapping[str, Any], names: Collection[str]) -> SavedSync:
    source, target = (read_place(values[end], names) for end in ("source", "target"))
    if isinstance(source, Path) and isinstance(target, Path):
        raise ConfigError(f"syncs.{name}: source and target are both folders; one must be in a bucket")
    options = SyncOptions(
        Compare(values["compare"]),
        **{key: values[key] for key in ("delete", "include", "exclude", "newer", "min_size", "max_size")},
    )
    try:
        check([*options.include, *options.exclude])
    except ValueError as error:
        raise ConfigError(f"syncs.{name}: {error}") from error
    return SavedSync(name, source, target, options)
