"""A connection as the screens see it: questions to S3 go in, answers and facts come out.

The client lives in the S3 thread and is made there, on the first question: neither keyring nor network is
touched before.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from s3tui.background import S3Thread, abandonable
from s3tui.browse.history import History
from s3tui.connect.client import as_set, open_client
from s3tui.connect.connection import Connection, blocked
from s3tui.connect.identity import Handle, Identity, identity_of
from s3tui.settings import Settings
from s3tui.tui.memory import Memory
from s3tui.tui.unforeseen import foreseen

if TYPE_CHECKING:
    import sqlite3

    from s3tui.browse.places import Whose
    from s3tui.s3.capabilities import CapabilityObserved
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials.profiles import MfaPrompt
    from s3tui.s3.routing import RegionRouted
    from s3tui.s3.sender import Fact

T = TypeVar("T")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


class Session:
    """One connection that is being used."""

    def __init__(
        self,
        connection: Connection,
        thread: S3Thread,
        settings: Settings,
        *,
        observer: Callable[[Session, Fact], None],
        memory: Memory,
        clock: Clock = utc_now,
        mfa: MfaPrompt | None = None,
    ) -> None:
        self.connection = as_set(connection, settings)
        self.picks, self.picks_json = settings.pick, settings.pick_json
        """Whether objects are chosen for another program, and as JSON."""
        self.now = clock
        self.history = History()
        self.routed: dict[str, RegionRouted] = {}
        """What redirects taught, by bucket; kept by the app."""
        self.regions: dict[str, str] = {}
        """The region of each bucket that is known."""
        self.told: set[str] = set()
        """What was said of its endpoint, and need not be said again."""
        self.left_bucket: str | None = None
        """What was looked at since the list of buckets was seen last."""
        self.standing = ""
        """What goes on with this connection's data, as a sentence; nothing, mostly."""
        self._thread = thread
        self._settings = settings
        self._observer = observer
        self._memory = memory
        self._mfa = mfa
        self._client: S3Client | None = None
        self._opening = asyncio.Lock()
        self._asked_owner = False
        self._keeping: set[asyncio.Task[None]] = set()

    @cached_property
    def identity(self) -> Identity:
        """Where and as whom: what is kept of this connection is kept by it."""
        return identity_of(self.connection)

    @property
    def handle(self) -> str:
        """What transfers and snapshots call this connection."""
        return str(Handle(self.connection.name, self.identity, self.owner))

    @property
    def owner(self) -> str | None:
        """The account's id, once the server told it."""
        return None if self._client is None else self._client.known_owner()

    async def find_owner(self) -> str | None:
        """Return the account's id; where it is not known yet, that is asked. In the S3 thread only."""
        from s3tui.s3.errors import S3Error

        client = await self.open()
        if client.known_owner() is None and not self._asked_owner:
            self._asked_owner = True
            with suppress(S3Error):  # not everybody may ask
                await client.list_buckets()
        return client.known_owner()

    def is_called(self, handle: str) -> bool:
        """Say whether that is the handle of this account; of what has no identity, the name must do."""
        whose = Handle.parse(handle)
        if whose.identity is None:
            return whose.name == self.connection.name
        return whose.identity == self.identity and not whose.differs(self.owner)

    @property
    def is_offline(self) -> bool:
        """Whether there is no connection behind it: only what needs none can be looked at."""
        return self.connection.obstacle is not None

    def offline(self) -> Session:
        """Return a session without a connection, for what was kept of another one."""
        return offline(
            self._thread, self._settings, observer=self._observer, memory=self._memory, clock=self.now
        )

    async def ask(self, question: Callable[[S3Client], Coroutine[Any, Any, T]]) -> T:
        """Await what `question` makes of the client, in the S3 thread; cancelling reaches its socket."""
        self._thread.start()
        return await self._thread.run(self._ask(question))

    async def stream(
        self, question: Callable[[S3Client], AsyncGenerator[T, None]]
    ) -> AsyncGenerator[T, None]:
        """Yield what the generator that `question` makes yields, one item at a time."""
        self._thread.start()
        async with aclosing(self._thread.iterate(self._stream(question))) as items:
            async for item in items:
                yield item

    async def produce(self, generator: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Yield what `generator` yields in the S3 thread. It asks nothing of S3: no client is opened."""
        self._thread.start()
        async with aclosing(self._thread.iterate(generator)) as items:
            async for item in items:
                yield item

    async def recall(self, question: Callable[[sqlite3.Connection, Whose], T]) -> T:
        """Await what `question` makes of the state database, for this account.

        Raises: StateError, with the sentence for the user.
        """
        return await self._memory.ask(lambda database: question(database, self._whose))

    @cached_property
    def _whose(self) -> Whose:
        from s3tui.browse.places import Whose  # brings SQLite along: not before the first paint

        return Whose(str(self.identity), self.connection.name)

    def region_of(self, bucket: str) -> str:
        """Return the region that requests for `bucket` are signed for, as far as that is known."""
        learned = self._client.region_of(bucket) if self._client is not None else None
        return learned or self.regions.get(bucket) or self.connection.endpoint.region

    async def open(self) -> S3Client:
        """Return the client; to be awaited in the S3 thread only.

        Raises: CredentialsError.
        """
        async with self._opening:
            if self._client is None:
                made, seen = abandonable(self._make_client), self._kept_capabilities()
                client, observed = await asyncio.gather(made, seen)
                for each in observed:
                    client.capabilities.take(each)
                self._client = client
            return self._client

    async def aclose(self) -> None:
        """Close what was opened; to be awaited in the S3 thread only."""
        await asyncio.gather(*self._keeping)
        if self._client is not None:
            await self._client.aclose()

    async def _ask(self, question: Callable[[S3Client], Coroutine[Any, Any, T]]) -> T:
        try:
            return await question(await self.open())
        except Exception as error:
            raise foreseen(error)  # noqa: B904 - itself, or what stands for it

    async def _stream(
        self, question: Callable[[S3Client], AsyncGenerator[T, None]]
    ) -> AsyncGenerator[T, None]:
        try:
            async with aclosing(question(await self.open())) as items:
                async for item in items:
                    yield item
        except Exception as error:
            raise foreseen(error)  # noqa: B904 - itself, or what stands for it

    def _make_client(self) -> S3Client:
        return open_client(self.connection, self._settings, self._heard, mfa=self._mfa)

    def _heard(self, fact: Fact) -> None:
        from s3tui.s3.capabilities import CapabilityObserved

        if isinstance(fact, CapabilityObserved):
            task = asyncio.get_running_loop().create_task(self._keep_capability(fact))
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)
        self._observer(self, fact)

    async def _kept_capabilities(self) -> list[CapabilityObserved]:
        """Return what earlier clients saw of the endpoint."""
        from s3tui.connect import capability_store
        from s3tui.state import StateError

        identity, now = str(self.identity), self.now()
        try:
            return await self._memory.ask(lambda database: capability_store.kept(database, identity, now))
        except StateError:
            return []  # then it is seen once more

    async def _keep_capability(self, observed: CapabilityObserved) -> None:
        from s3tui.connect import capability_store
        from s3tui.state import StateError

        identity = str(self.identity)
        with suppress(StateError):  # the next run sees it once more
            await self._memory.ask(lambda database: capability_store.keep(database, identity, observed))


def offline(
    thread: S3Thread,
    settings: Settings,
    *,
    observer: Callable[[Session, Fact], None],
    memory: Memory,
    clock: Clock,
) -> Session:
    """Return a session without a connection: whatever needs one is refused with a sentence."""
    nowhere = blocked("offline", "", "there is no connection: ^o lists them")
    return Session(nowhere, thread, settings, observer=observer, memory=memory, clock=clock)
