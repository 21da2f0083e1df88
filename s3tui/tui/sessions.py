"""The sessions of one run: of connections that somebody opened, and of those that only transfers use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from s3tui.background import S3Thread
from s3tui.connect.client import as_set
from s3tui.connect.connection import Connection
from s3tui.format import printable
from s3tui.settings import Settings
from s3tui.tui.memory import Memory
from s3tui.tui.session import Clock, Session, offline

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.s3.sender import Fact


class Sessions:
    """One session for each connection, kept until the end."""

    def __init__(
        self,
        thread: S3Thread,
        settings: Settings,
        *,
        observer: Callable[[Session, Fact], None],
        memory: Memory,
        clock: Clock,
    ) -> None:
        self._thread = thread
        self._settings = settings
        self._observer = observer
        self._memory = memory
        self._clock = clock
        self._sessions: list[Session] = []

    def of(self, connection: Connection) -> Session:
        """Return the session of `connection`, the same one for whoever asks."""
        wanted = as_set(connection, self._settings)
        known = (session for session in self._sessions if session.connection == wanted)
        return next(known, None) or self._open(wanted)

    def offline(self) -> Session:
        """Return a session without a connection."""
        return offline(
            self._thread, self._settings, observer=self._observer, memory=self._memory, clock=self._clock
        )

    def names(self) -> list[str]:
        """Return the names of the connections that are open in this run."""
        return list(dict.fromkeys(session.connection.name for session in self._sessions))

    async def client_for(self, name: str) -> S3Client:
        """Return the client of the connection of that name; to be awaited in the S3 thread only.

        Raises: TransferError, when there is no such connection; CredentialsError.
        """
        known = (session for session in reversed(self._sessions) if session.connection.name == name)
        session = next(known, None)
        if session is None:
            session = await asyncio.to_thread(self._open_again, name)
        return await session.open()

    async def aclose(self) -> None:
        """Close what was opened; to be awaited in the S3 thread only."""
        for session in self._sessions:
            await session.aclose()

    def _open(self, connection: Connection) -> Session:
        session = Session(
            connection,
            self._thread,
            self._settings,
            observer=self._observer,
            memory=self._memory,
            clock=self._clock,
        )
        self._sessions.append(session)
        return session

    def _open_again(self, name: str) -> Session:
        """Return a session of a connection that only a transfer of an earlier run uses.

        Raises: TransferError.
        """
        from s3tui.connect.by_name import connection_named
        from s3tui.transfer.failures import TransferError

        connection = connection_named(name)
        if connection is None:
            raise TransferError(
                f"There is no connection {printable(name)} now: open it, then try again.", "NoConnection"
            )
        return self._open(connection)
