"""The connection that a transfer was begun with: what those of an earlier run say of where they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from s3tui import paths
from s3tui.connect.connection import Connection
from s3tui.connect.identity import Handle, Identity, identity_of
from s3tui.settings import ConfigError


class KnownConnection(NamedTuple):
    connection: Connection
    identity: Identity
    """Of those who are open: as it was when their keys were read."""


def known_connections() -> list[KnownConnection]:
    """Return what can be opened of all that is saved or found here. Reads files."""
    # Not before somebody needs them: the first paint is what counts.
    from s3tui.connect.discover import found_connections
    from s3tui.connect.store import ConnectionStore

    try:
        saved = ConnectionStore(paths.config_file()).connections()
    except ConfigError:
        saved = []
    there = [each for each in (*saved, *found_connections()) if each.obstacle is None]
    return [KnownConnection(each, identity_of(each)) for each in there]


def connection_of(handle: Handle, known: Sequence[KnownConnection]) -> KnownConnection | None:
    """Return the one of that identity, by that name if there is one; `None`, where there is none.

    Of what was written before identities were kept, the name must do: whether that is the same account, the
    user must say.
    """
    by_name = [each for each in known if each.connection.name == handle.name]
    if handle.identity is None:
        return next(iter(by_name), None)
    return next((each for each in (*by_name, *known) if each.identity == handle.identity), None)
