"""A connection by its name: what transfers of an earlier run say of where they go."""

from __future__ import annotations

from dataclasses import replace

from s3tui import paths
from s3tui.connect.connection import Connection
from s3tui.connect.discover import found_connections
from s3tui.connect.store import ConnectionStore
from s3tui.settings import ConfigError, Settings


def connection_named(name: str, settings: Settings) -> Connection | None:
    """Return the connection of that name, saved or found, as strict as `settings` want it. Reads files."""
    try:
        saved = ConnectionStore(paths.config_file()).connections()
    except ConfigError:
        saved = []
    known = (each for each in (*saved, *found_connections()) if each.name == name and each.obstacle is None)
    connection = next(known, None)
    if connection is None:
        return None
    return replace(
        connection,
        read_only=connection.read_only or settings.read_only,
        ca_file=settings.ca_bundle or connection.ca_file,
        verify_tls=connection.verify_tls and not settings.no_verify_ssl,
    )
