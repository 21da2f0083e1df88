"""The connection that a transfer was begun with: what those of an earlier run say of where they go."""

from __future__ import annotations

from collections.abc import Iterable

from s3tui import paths
from s3tui.connect.connection import Connection
from s3tui.connect.identity import Handle, identity_of
from s3tui.settings import ConfigError


def known_connections() -> list[Connection]:
    """Return what can be opened of all that is saved or found here. Reads files."""
    # Not before somebody needs them: the first paint is what counts.
    from s3tui.connect.discover import found_connections
    from s3tui.connect.store import ConnectionStore

    try:
        saved = ConnectionStore(paths.config_file()).connections()
    except ConfigError:
        saved = []
    return [each for each in (*saved, *found_connections()) if each.obstacle is None]


def connection_of(handle: Handle, known: Iterable[Connection]) -> Connection | None:
    """Return the one of that identity, by that name if there is one; `None`, where there is none.

    Of what was written before identities were kept, the name must do: whether that is the same account, the
    user must say.
    """
    by_name = [each for each in known if each.name == handle.name]
    if handle.identity is None:
        return next(iter(by_name), None)
    return next((each for each in (*by_name, *known) if identity_of(each) == handle.identity), None)
