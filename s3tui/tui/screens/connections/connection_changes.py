"""ConnectionChanges: the saved connections of the list are put in order, forgotten, one is opened first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from s3tui.background import abandonable
from s3tui.config.reader import ConfigError
from s3tui.connect.store import ConnectionStore
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.connections.connection_list import ConnectionRow
from s3tui.tui.text.sentences import explain

if TYPE_CHECKING:
    from s3tui.tui.screens.connections.connections import ConnectionsScreen


class ConnectionChanges:
    """Each method is awaited in a worker of the screen, and lists again what it changed."""

    def __init__(self, screen: ConnectionsScreen, store: ConnectionStore) -> None:
        self._screen, self._store = screen, store

    async def set_default(self, row: ConnectionRow) -> None:
        """Have a connection opened where nothing else is said, or no more."""
        assert row.connection is not None
        name = None if row.is_default else row.connection.name
        told = "is opened first" if name else "is not opened first any more"
        sentence = f"{row.name} {told}, unless the command line or the environment says otherwise."
        await self._change(lambda: self._store.set_default(name), sentence)

    async def move(self, row: ConnectionRow, step: int) -> None:
        """Move a saved connection in the order of the list."""
        assert row.connection is not None
        name = row.connection.name
        await self._change(lambda: self._store.move(name, step))

    async def forget(self, row: ConnectionRow) -> None:
        """Ask, then remove a saved connection and its secret."""
        assert row.connection is not None
        name = row.connection.name
        sentence = f"{row.name} is removed from config.toml, and its secret from the keyring."
        question = Confirm("Forget this connection?", sentence, yes="Forget")
        if await self._screen.app.push_screen_wait(question):
            await self._change(lambda: self._store.remove(name), f"Forgot the connection {row.name}.")

    async def _change(self, change: Callable[[], object], done: str = "") -> None:
        try:
            await abandonable(change)
        except (ConfigError, CredentialsError) as error:
            self._screen.say(explain(error), "error")
        else:
            if done:
                self._screen.say(done, "done")
        self._screen.look()
