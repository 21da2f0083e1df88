"""A connection by its name: what transfers of an earlier run say of where they go."""

from __future__ import annotations

from s3tui import paths
from s3tui.connect.connection import Connection
from s3tui.connect.discover import found_connections
from s3tui.connect.store import ConnectionStore
from s3tui.settings import ConfigError


def connection_named(name: str) -> Connection | None:
    """Return the connection of that name, saved or found. Reads files."""
    try:
        saved = ConnectionStore(paths.config_file()).connections()
    except ConfigError:
        saved = []
    known = (each for each in (*saved, *found_connections()) if each.name == name and each.obstacle is None)
    return next(known, None)
