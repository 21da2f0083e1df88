"""Session: an open connection. Runs coroutines on its client in the S3 thread, queries its saved state.

The client lives in the S3 thread and is created there, by the first request: neither keyring nor network is
touched before.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from s3tui.background import S3Thread, abandonable
from s3tui.browse.place.history import History
from s3tui.browse.place.listing_cache import ListingCache
from s3tui.connect.client import as_set, elsewhere, open_client
from s3tui.connect.connection import Connection, FromKeyring, FromProfile, Given, blocked
from s3tui.connect.identity import Handle, Identity, identity_of
from s3tui.connect.keychain import KeyringUnavailable, NoSecret, SecretMissing, SecretPrompt
from s3tui.s3.errors import (
    CredentialsError,
    Redirected,
    ServiceError,
    SignatureRejected,
    TransportError,
    WrongRegion,
)
from s3tui.settings import Settings
from s3tui.tui.clock import Clock, utc_now
from s3tui.tui.runtime.state_db import StateDb
from s3tui.tui.runtime.unexpected_errors import foreseen

if TYPE_CHECKING:
    import sqlite3
    from tempfile import TemporaryDirectory

    from s3tui.browse.place.bookmarks import Whose
    from s3tui.browse.place.bucket_change import BucketChange
    from s3tui.connect.learned_regions import LearnedRegions
    from s3tui.preview.child.isolation import Isolation
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials import Credentials
    from s3tui.s3.credentials.interaction import Interaction
    from s3tui.s3.retries import RetryQuotas
    from s3tui.s3.sending.capabilities import CapabilityObserved
    from s3tui.s3.sending.region_redirects import RegionRouted
    from s3tui.s3.sending.sender import Fact

T = TypeVar("T")
_FAREWELL_S = 3.0
_NOBODY = "?"
"""Stands for an owner that the server does not tell: it equals no known one."""


@dataclass(frozen=True)
class SessionContext:
    """Settings, thread, database and questions: all sessions of a run share them."""

    thread: S3Thread
    settings: Settings
    observer: Callable[[Session, Fact], None]
    """Told of each fact of the S3 core, in the S3 thread."""
    state_db: StateDb
    clock: Clock = utc_now
    interaction: Interaction | None = None
    """The ways to the user while keys are fetched, and the keys that took an answer."""
    ask_secret: SecretPrompt | None = None
    """Called for a secret that the keyring does not give."""
    listings: ListingCache = field(default_factory=ListingCache)

    @cached_property
    def quotas(self) -> RetryQuotas:
        """The budget of retries of each endpoint."""
        from s3tui.s3.retries import RetryQuotas  # too heavy for the first paint

        return RetryQuotas()


class Session:
    """One open connection: its client, its history, and all that was learned of its buckets."""

    def __init__(self, connection: Connection, context: SessionContext) -> None:
        settings = context.settings
        self.connection = as_set(connection, settings)
        self.picks, self.picks_json = settings.pick, settings.pick_json
        """True if objects are picked for another program (`--pick`), and if they are printed as JSON."""
        self.previews = settings.preview
        self.opened: list[TemporaryDirectory[str]] = []
        """Copies of objects that other programs have open; they go with this process."""
        self.now = context.clock
        self.history = History()
        self.listings = context.listings
        self.routed: dict[str, RegionRouted] = {}
        """The region redirect of each bucket that had one; set by the app."""
        self.regions: dict[str, str] = {}
        """The region of each bucket, as far as it is known."""
        self.elsewhere: Connection | None = None
        """A connection for the endpoint that a bucket was said to be at; offered, never opened by itself."""
        self.told: set[str] = set()
        """Sentences on the endpoint that were shown already."""
        self.left_bucket: str | None = None
        """The bucket that was opened last, until the bucket list is shown again."""
        self.status = ""
        """A sentence on what goes on with this connection's data; usually empty."""
        self._context = context
        self._thread, self._state_db = context.thread, context.state_db
        self._entered: Credentials | None = None
        """Credentials that the user entered, until the server accepts them."""
        self._keeps_entered = False
        self._not_given: CredentialsError | None = None
        self._client: S3Client | None = None
        self._refused: list[S3Client] = []
        self._opening = asyncio.Lock()
        self._number = os.urandom(8).hex()
        """Random id, new with every client: it stands for the account if the identity does not tell it."""
        self._asked_owner = False
        self._lacks_keys = False
        """True if the last request found no keys: the user may have declined to enter them."""
        self._settled: str | None = None
        """The owner that the saved state of this identity was assigned to."""
        self._keeping: set[asyncio.Task[None]] = set()

    @cached_property
    def identity(self) -> Identity:
        """Endpoint and account, as of when the keys were read: the key of all saved state."""
        return identity_of(self.connection)

    @cached_property
    def isolation(self) -> Isolation:
        """Runs kinds of previews in processes of their own; the first look starts them."""
        from s3tui.preview.child.isolation import Isolation

        return Isolation()

    @cached_property
    def learned_regions(self) -> LearnedRegions:
        """The learned regions of its buckets, of this run and before."""
        from s3tui.connect.learned_regions import LearnedRegions

        return LearnedRegions(self._state_db.query, lambda: str(self.identity))

    @property
    def account(self) -> tuple[Identity, str | None]:
        """The account, told from others in this run: by it listings are kept."""
        return self.identity, None if self.identity.tells_account else self._number

    @property
    def is_connecting(self) -> bool:
        """True while keys are read, or a connection is made."""
        return self._client is None or self._client.is_connecting

    def changed(self, change: BucketChange) -> None:
        """Have all that is known of a bucket follow what was changed in it from here."""
        self.listings.change(self.account, change)

    @property
    def handle(self) -> str:
        """The handle under which transfers and snapshots record this connection."""
        return str(self.called(self.connection.name))

    def called(self, name: str) -> Handle:
        """Return the handle of this account under the name `name`."""
        client = None if self.identity.tells_account else self._number
        return Handle(name, self.identity, self.owner, client)

    def is_of(self, connection: Connection) -> bool:
        """Tell whether this session was opened from `connection`."""
        return self.connection == as_set(connection, self._context.settings)

    @property
    def keys(self) -> Credentials | None:
        """The keys that signed last; `None` before the first request."""
        return None if self._client is None else self._client.keys

    @property
    def owner(self) -> str | None:
        """The account id, once the server has told it."""
        return None if self._client is None else self._client.known_owner()

    async def find_owner(self) -> str | None:
        """Return the account id, asking the server if it is not known yet. In the S3 thread only.

        Raises: CredentialsError.
        """
        client = await self.open()
        if client.known_owner() is None and not self._asked_owner:
            try:
                await client.list_buckets()
            except TransportError:
                return None  # the next call may learn it
            except ServiceError:
                pass  # not every account may list buckets
            self._asked_owner = True
        return client.known_owner()

    async def look_for_owner(self) -> None:
        """Have the account's id known, if it can be; whoever needs the client is told why not.

        Keys that nobody gave a moment ago are not asked for again: that is up to who tries again.
        """
        if self._lacks_keys:
            return
        try:
            await self.find_owner()
        except Exception as error:
            self._lacks_keys = isinstance(error, CredentialsError)
            foreseen(error)

    def is_called(self, handle: str) -> bool:
        """Tell whether `handle` is of this account; without an identity, the names are compared."""
        whose = Handle.parse(handle)
        if whose.identity is None:
            return whose.name == self.connection.name
        return whose.identity == self.identity and not whose.differs(self.owner)

    @property
    def is_offline(self) -> bool:
        """True if there is no connection: only local snapshots and reports can be browsed."""
        return self.connection.obstacle is not None

    def offline(self) -> Session:
        """Return a session without a connection, for snapshots of another one."""
        return offline(self._context)

    async def run(self, question: Callable[[S3Client], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine on the client in the S3 thread, return its result; cancelling closes its socket."""
        self._thread.start()
        return await self._thread.run(self._run(question))

    async def stream(
        self, question: Callable[[S3Client], AsyncGenerator[T, None]]
    ) -> AsyncGenerator[T, None]:
        """Yield the items of an async generator on the client, which runs in the S3 thread."""
        self._thread.start()
        async with aclosing(self._thread.iterate(self._stream(question))) as items:
            async for item in items:
                yield item

    async def stream_local(self, generator: AsyncGenerator[T, None]) -> AsyncGenerator[T, None]:
        """Yield the items of a generator that runs in the S3 thread without a client: it sends no request."""
        self._thread.start()
        async with aclosing(self._thread.iterate(generator)) as items:
            async for item in items:
                yield item

    async def query_state(self, question: Callable[[sqlite3.Connection, Whose], T]) -> T:
        """Run a query on the state database for this account, and return its result.

        Raises: StateError, with the sentence for the user.
        """
        if not self.identity.tells_account and self._settled is None:
            await self._thread.run(self.look_for_owner())
            await self.settle()
        return await self._state_db.query(lambda database: question(database, self._whose))

    async def settle(self) -> None:
        """Assign the saved state of this identity to the account that the server told."""
        owner = self.owner or (None if self.identity.tells_account else _NOBODY)
        if owner is None or owner == self._settled:
            return
        from s3tui.browse.place.bookmarks import settle_owner
        from s3tui.state import StateError

        self._settled = owner
        with suppress(StateError):  # the next write reports it
            await self._state_db.query(lambda database: settle_owner(database, self._whose, owner))

    @property
    def _whose(self) -> Whose:
        from s3tui.browse.place.bookmarks import Whose  # imports SQLite: not before the first paint

        return Whose(str(self.identity), self.connection.name)

    def region_of(self, bucket: str) -> str:
        """Return the region that requests for `bucket` are signed for, as far as it is known."""
        learned = self._client.region_of(bucket) if self._client is not None else None
        return learned or self.regions.get(bucket) or self.connection.endpoint.region_of(bucket)

    def is_directory_bucket(self, bucket: str) -> bool:
        """Say whether `bucket` is a directory bucket (S3 Express One Zone), as far as is known."""
        endpoint = self.connection.endpoint if self._client is None else self._client.endpoint
        return endpoint.is_directory_bucket(bucket)

    async def open(self) -> S3Client:
        """Return the client, opened by the first call; to be awaited in the S3 thread only.

        Raises: CredentialsError.
        """
        not_given = self._not_given
        async with self._opening:
            if self._not_given is not not_given:  # all who waited for one answer get the same
                raise CredentialsError(str(self._not_given))
            if self._client is None:
                before = self.identity
                made, seen = self._make_client(), self._kept_capabilities()
                client, observed = await asyncio.gather(made, seen)
                if self.identity != before:
                    observed = await self._kept_capabilities()
                for each in observed:
                    client.capabilities.take(each)
                await self.learned_regions.teach(client)
                self._client = client
            return self._client

    async def aclose(self) -> None:
        """Close every client, remove copies that were opened; to be awaited in the S3 thread only."""
        if "isolation" in self.__dict__:
            self.isolation.close()
        for folder in self.opened:
            folder.cleanup()
        if self._keeping:  # among them a keyring, which may wait for the user
            await asyncio.wait(self._keeping, timeout=_FAREWELL_S)
        for client in (*self._refused, self._client):
            if client is not None:
                await client.aclose()

    async def _run(self, question: Callable[[S3Client], Coroutine[Any, Any, T]]) -> T:
        try:
            answer = await question(await self.open())
        except Exception as error:
            self._doubt_secret(error)
            raise foreseen(error)  # noqa: B904 - the error itself, or its stand-in
        self._keep_secret()
        return answer

    async def _stream(
        self, question: Callable[[S3Client], AsyncGenerator[T, None]]
    ) -> AsyncGenerator[T, None]:
        try:
            async with aclosing(question(await self.open())) as items:
                async for item in items:
                    self._keep_secret()
                    yield item
        except Exception as error:
            self._doubt_secret(error)
            raise foreseen(error)  # noqa: B904 - the error itself, or its stand-in

    async def _make_client(self) -> S3Client:
        try:
            return await self._client_of(self.connection)
        except (KeyringUnavailable, SecretMissing) as missing:
            keys = await self._enter_secret(missing)
        return await self._client_of(replace(self.connection, credentials=Given(keys)))

    async def _client_of(self, connection: Connection) -> S3Client:
        context, quotas = self._context, self._context.quotas

        def make() -> tuple[S3Client, Identity]:
            # Files change: the identity must be that of the keys that were read.
            identity = identity_of(self.connection)
            client = open_client(
                connection, context.settings, self._heard, interaction=context.interaction, quotas=quotas
            )
            return client, identity

        client, self.identity = await abandonable(make)
        return client

    async def _enter_secret(self, missing: NoSecret) -> Credentials:
        source, ask = self.connection.credentials, self._context.ask_secret
        if ask is None or not isinstance(source, FromKeyring):
            raise missing
        keys = await ask(self.connection.name, source.access_key, missing)
        if keys is None:
            self._not_given = missing
            raise missing
        self._entered, self._keeps_entered = keys, isinstance(missing, SecretMissing)
        return keys

    def _doubt_secret(self, error: Exception) -> None:
        """Drop credentials that the server rejected: the next request reads them again, or asks for them."""
        self._lacks_keys = isinstance(error, CredentialsError)
        if isinstance(error, WrongRegion | Redirected) and error.host:
            self.elsewhere = elsewhere(self.connection, error.host)
        can_change = isinstance(self.connection.credentials, FromKeyring | FromProfile)
        if can_change and self._client is not None and isinstance(error, SignatureRejected):
            self._refused.append(self._client)
            self._client = self._entered = None
            self._asked_owner, self._number = False, os.urandom(8).hex()

    def _keep_secret(self) -> None:
        """Save an entered secret in the keyring, now that the server accepted it."""
        self._lacks_keys = False
        keys, self._entered = self._entered, None
        if keys is not None and self._keeps_entered:
            self._in_background(self._give_keyring(keys))

    async def _give_keyring(self, keys: Credentials) -> None:
        from s3tui.connect import keychain

        with suppress(KeyringUnavailable):  # the next run asks for it again
            await abandonable(lambda: keychain.put(self.connection.name, keys))

    def _in_background(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    def _heard(self, fact: Fact) -> None:
        if not isinstance(fact, tuple):  # an exchange is one, and by far the most frequent
            self._keep_learned(fact)
        self._context.observer(self, fact)

    def _keep_learned(self, fact: Fact) -> None:
        from s3tui.s3.sending.capabilities import CapabilityObserved
        from s3tui.s3.sending.region_redirects import RegionRouted

        if isinstance(fact, CapabilityObserved):
            self._in_background(self._keep_capability(fact))
        elif isinstance(fact, RegionRouted):
            self._in_background(self.learned_regions.keep(fact))

    async def _kept_capabilities(self) -> list[CapabilityObserved]:
        """Return the capabilities that earlier clients observed at the endpoint."""
        from s3tui.connect import capability_store
        from s3tui.state import StateError

        identity, now = str(self.identity), self.now()
        try:
            return await self._state_db.query(lambda database: capability_store.kept(database, identity, now))
        except StateError:
            return []  # they are observed again

    async def _keep_capability(self, observed: CapabilityObserved) -> None:
        from s3tui.connect import capability_store
        from s3tui.state import StateError

        identity = str(self.identity)
        with suppress(StateError):  # the next run observes it again
            await self._state_db.query(lambda database: capability_store.keep(database, identity, observed))


def offline(context: SessionContext) -> Session:
    """Return a session without a connection: every request fails with a sentence that says so."""
    return Session(blocked("offline", "", "there is no connection: ^o lists them"), context)
