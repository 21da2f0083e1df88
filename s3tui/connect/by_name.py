"""Finds the connection of a transfer of an earlier run, by identity or name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from s3tui import paths
from s3tui.config.reader import ConfigError
from s3tui.connect.connection import Connection
from s3tui.connect.identity import Handle, Identity, identity_of


class KnownConnection(NamedTuple):
    """A connection that is open, saved or found here, with its identity."""

    connection: Connection
    identity: Identity
    """Of an open connection: as it was when its keys were read."""


def known_names(environ: Mapping[str, str] | None = None) -> list[str]:
    """Return the names of all connections that are saved or found here, opened or not. Reads files."""
    return [each.name for each in _all_connections(environ)]


def known_connections() -> list[KnownConnection]:
    """Return all connections that are saved or found here and can be opened. Reads files."""
    return [KnownConnection(each, identity_of(each)) for each in _all_connections() if each.obstacle is None]


def _all_connections(environ: Mapping[str, str] | None = None) -> list[Connection]:
    # Not before somebody needs them: the first paint is what counts.
    from s3tui.connect.discover import found_connections
    from s3tui.connect.store import ConnectionStore

    try:
        saved = ConnectionStore(paths.config_file()).connections()
    except ConfigError:
        saved = []
    return [*saved, *found_connections(environ)]


def connection_of(handle: Handle, known: Sequence[KnownConnection]) -> KnownConnection | None:
    """Return the connection of a handle's identity, of several the one of its name; `None` without any.

    A handle without an identity, as earlier releases wrote them, is found by its name: whether that is the
    same account, the user must say.
    """
    by_name = [each for each in known if each.connection.name == handle.name]
    if handle.identity is None:
        return next(iter(by_name), None)
    return next((each for each in (*by_name, *known) if each.identity == handle.identity), None)
