"""The sessions of one run: of connections that somebody opened, and of those that only transfers use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from s3tui.background import S3Thread
from s3tui.connect.by_name import known_connections
from s3tui.connect.client import as_set
from s3tui.connect.connection import Connection
from s3tui.connect.identity import Handle
from s3tui.settings import Settings
from s3tui.tui.belonging import Belonging, belonging_of
from s3tui.tui.memory import Memory
from s3tui.tui.session import Clock, Session, offline

if TYPE_CHECKING:
    from s3tui.connect.keychain import SecretPrompt
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials.profiles import MfaPrompt
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
        mfa: MfaPrompt | None = None,
        ask_secret: SecretPrompt | None = None,
    ) -> None:
        self._thread = thread
        self._settings = settings
        self._observer = observer
        self._memory = memory
        self._clock = clock
        self._mfa = mfa
        self._ask_secret = ask_secret
        self._sessions: list[Session] = []
        self._looking = asyncio.Lock()

    def of(self, connection: Connection) -> Session:
        """Return the session of `connection`, the same one for whoever asks."""
        return self._newest(connection) or self._open(connection)

    def offline(self) -> Session:
        """Return a session without a connection."""
        return offline(
            self._thread, self._settings, observer=self._observer, memory=self._memory, clock=self._clock
        )

    def handles(self) -> list[str]:
        """Return what transfers call the connections that are open in this run."""
        return list(dict.fromkeys(session.handle for session in self._sessions))

    async def client_for(self, handle: str) -> S3Client:
        """Return the client of the account that transfers call so; to be awaited in the S3 thread only.

        Raises: NotAtHand, where no connection leads there, or nobody knows which one; CredentialsError.
        """
        async with self._looking:
            wanted = await asyncio.to_thread(self.whose, handle)
            if wanted.handle != handle:
                raise wanted.refusal()
            connection = wanted.connection
            if connection is None:
                raise wanted.refusal()
            session = self._newest(connection) or self._open(connection)
        client, asked = await session.open(), Handle.parse(handle)
        if asked.owner is not None and asked.differs(await session.find_owner()):
            from s3tui.transfer.failures import NotAtHand

            raise NotAtHand(
                f"{asked.words} leads to another account now than when this was started: sign in to that one."
            )
        return client

    def whose(self, handle: str) -> Belonging:
        """Say which connection a transfer goes on with. Reads files, so it belongs in a thread."""
        asked = Handle.parse(handle)
        opened = [session.connection for session in reversed(self._sessions)]
        return belonging_of(asked, opened, known_connections)

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
            mfa=self._mfa,
            ask_secret=self._ask_secret,
        )
        self._sessions.append(session)
        return session

    def _newest(self, connection: Connection) -> Session | None:
        wanted = as_set(connection, self._settings)
        return next((session for session in reversed(self._sessions) if session.connection == wanted), None)
