"""Sessions: the open connections of one run, opened by the user or by transfers only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from s3tui.background import abandonable
from s3tui.connect.by_name import KnownConnection, known_connections
from s3tui.connect.connection import THIS_RUN, Connection, Given
from s3tui.connect.identity import Handle, Identity, identity_of
from s3tui.s3.credentials.interaction import Interaction
from s3tui.tui.runtime.belonging import Belonging, candidate
from s3tui.tui.runtime.session import Session, SessionContext, offline
from s3tui.tui.runtime.unexpected_errors import foreseen

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.models import Transfer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TriedOut:
    """The answer to a connection that was tried out."""

    elapsed_s: float
    buckets: int | None = None
    """The number of buckets that are listed; `None` where one was asked for."""
    region: str | None = None
    """Of the bucket that was asked for."""


class Sessions:
    """Keeps one session for each connection until the app ends."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._sessions: list[Session] = []
        self._looking = asyncio.Lock()

    def of(self, connection: Connection) -> Session:
        """Return the session of `connection`: the same one while it leads to the same account."""
        is_known = any(session.is_of(connection) for session in self._sessions)
        newest = self._newest(connection, identity_of(connection)) if is_known else None
        return newest or self._open(connection)

    def offline(self) -> Session:
        """Return a session without a connection."""
        return offline(self._context)

    def handles(self) -> list[str]:
        """Return the handles of the connections that are open in this run."""
        return list(dict.fromkeys(session.handle for session in self._sessions))

    async def known(self) -> dict[str, Connection]:
        """Return by name the connections that are open, saved or found here; of one name, the open one."""
        kept = await abandonable(known_connections)
        opened = [session.connection for session in self._sessions]
        return {each.name: each for each in (*(known.connection for known in reversed(kept)), *opened)}

    def in_memory(self) -> list[Connection]:
        """Return the connections whose keys are lost when the run ends, the newest of each name."""
        opened = (session.connection for session in self._sessions)
        kept = [each for each in opened if isinstance(each.credentials, Given) and each.origin == THIS_RUN]
        return list({connection.name: connection for connection in kept}.values())

    async def with_user(self, question: Callable[[Interaction], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the S3 thread that may ask the user for something, and return its result.

        Raises: S3Error.
        """
        self._context.thread.start()
        try:
            return await self._context.thread.run(question(self._context.interaction or Interaction()))
        except Exception as error:
            raise foreseen(error)  # noqa: B904 - the error itself, or its stand-in

    async def try_out(self, connection: Connection, bucket: str) -> TriedOut:
        """Ask for the buckets of a connection, or for `bucket` unless it is empty; nothing of it is kept.

        Raises: S3Error.
        """
        self._context.thread.start()
        return await self._context.thread.run(self._try_out(connection, bucket))

    async def _try_out(self, connection: Connection, bucket: str) -> TriedOut:
        from s3tui.connect.client import open_client

        client = await abandonable(lambda: open_client(connection, self._context.settings, lambda fact: None))
        try:
            began = monotonic()
            if bucket:
                region = await client.head_bucket(bucket)
                return TriedOut(monotonic() - began, region=region)
            found = await client.list_buckets()
            return TriedOut(monotonic() - began, buckets=len(found))
        except Exception as error:
            raise foreseen(error)  # noqa: B904 - the error itself, or its stand-in
        finally:
            await client.aclose()

    def take_ended(self, ended: Sequence[Transfer]) -> None:
        """Have what is known of buckets follow what transfers wrote there."""
        from s3tui.tui.runtime.bucket_changes import changes_of

        for (handle, _), change in changes_of(ended).items():
            for session in {each.account: each for each in self._sessions if each.is_called(handle)}.values():
                session.changed(change)

    async def client_for(self, handle: str) -> S3Client:
        """Return the client for the handle of a transfer; to be awaited in the S3 thread only.

        Raises: NotAtHand, if no connection leads to that account, or nobody knows which; CredentialsError.
        """
        asked = Handle.parse(handle)
        session = await self._candidate(asked)
        if session is None:
            raise Belonging(asked, None).refusal()
        if asked.owner is not None:
            await session.find_owner()
        belonging = Belonging(asked, session.called(asked.name))
        if not belonging.is_certain:
            raise belonging.refusal()
        client = await session.open()
        if not session.called(asked.name).is_surely(asked):  # configuration files changed meanwhile
            raise Belonging(asked, None).refusal()
        return client

    async def whose(self, handle: str) -> Belonging:
        """Return the connection that a transfer may resume with; to be awaited in the S3 thread only."""
        asked = Handle.parse(handle)
        session = await self._candidate(asked)
        if session is None:
            return Belonging(asked, None)
        if asked.owner is not None and not session.called(asked.name).is_surely(asked):
            await session.look_for_owner()
        return Belonging(asked, session.called(asked.name))

    async def _candidate(self, asked: Handle) -> Session | None:
        """Return the session that a transfer may resume with, without opening its client."""
        async with self._looking:
            opened = {
                session: KnownConnection(session.connection, session.identity)
                for session in reversed(self._sessions)
            }
            found = await abandonable(lambda: candidate(asked, tuple(opened.values()), known_connections))
            if found is None:
                return None
            there = next((session for session, known in opened.items() if known is found), None)
            return there or self._newest(*found) or self._open(found.connection)

    async def aclose(self) -> None:
        """Close every session; to be awaited in the S3 thread only."""
        for session in self._sessions:
            await session.aclose()

    def _open(self, connection: Connection) -> Session:
        session = Session(connection, self._context)
        self._sessions.append(session)
        return session

    def _newest(self, connection: Connection, identity: Identity) -> Session | None:
        found = (each for each in reversed(self._sessions) if each.is_of(connection))
        return next((session for session in found if session.identity == identity), None)
