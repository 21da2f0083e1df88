"""The question whether a saved connection shall go for a new one of its name."""

from __future__ import annotations

import asyncio

from s3tui.connect.connection import Connection, FromKeyring
from s3tui.connect.identity import identity_of
from s3tui.connect.store import ConnectionStore
from s3tui.format import printable
from s3tui.tui.screens.common.question import Confirm


async def replacement_question(store: ConnectionStore, connection: Connection) -> Confirm | None:
    """Return the question, or `None` where the name of `connection` is free.

    Raises: ConfigError.
    """
    saved = await asyncio.to_thread(store.connections)
    there = next((each for each in saved if each.name == connection.name), None)
    if there is None:
        return None
    whose = await asyncio.to_thread(lambda: identity_of(there).words)
    secret = ", and its secret in the keyring" if isinstance(there.credentials, FromKeyring) else ""
    return Confirm(
        "Replace the connection of that name?",
        f"There is a connection {printable(there.name)} already: {printable(whose)}.\n"
        f"It goes{secret}. Another name keeps both.",
        yes="Replace it",
        no="Back",
    )
