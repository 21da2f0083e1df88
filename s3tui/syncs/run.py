"""A run of a saved sync without a screen: planned, judged, and done by a transfer engine of its own."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from s3tui import paths
from s3tui.connect.client import as_set, open_client
from s3tui.connect.connection import Connection
from s3tui.connect.discover import choose
from s3tui.connect.identity import Handle, identity_of
from s3tui.s3.client import S3Client
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Flags, Settings, load_settings
from s3tui.state import StateError
from s3tui.syncs.saved import SavedSync
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import Change, ChangeItem, Counts
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.engine import DEFAULT_LIMITS, TransferEngine
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import Direction, Limits, Transfer, TransferState
from s3tui.transfer.requests import RunChange
from s3tui.transfer.sync.ends import End, Folder, Prefix, buckets_of
from s3tui.transfer.sync.index import Root
from s3tui.transfer.sync.models import Action, SyncTotals
from s3tui.transfer.sync.pair_lock import PairLock
from s3tui.transfer.sync.planning import Side, SyncPlanner, undo_of_sync
from s3tui.transfer.sync.proof import Prover

_LOOK_S = 0.1


class Exit(IntEnum):
    """The exit codes of the command; part of what it promises."""

    DONE = 0
    UNFORESEEN = 1
    WRONG = 2
    PARTLY = 3
    DELETES_MOST = 4
    INCOMPLETE = 5
    REFUSED = 6
    BUSY = 7


class SyncRefused(Exception):
    """The sync is not done; the message is one sentence for the user."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class Opened:
    """The two ends of a sync, with their clients."""

    source: End
    target: End
    clients: dict[str, S3Client]
    """By the handles of the connections."""
    read_only: set[str]
    """Handles of those that may only read."""

    def client(self, end: End) -> S3Client | None:
        return self.clients[end.connection] if isinstance(end, Prefix) else None


class SavedRun:
    """One run of a saved sync. Use it as an asynchronous context manager.

    Args:
        connect: opens the connection of that name, or that of this run; else what the environment has.
    """

    def __init__(
        self,
        sync: SavedSync,
        *,
        connect: Callable[[str | None], tuple[Connection, Settings]] | None = None,
    ) -> None:
        self.sync = sync
        self.totals = SyncTotals()
        self.change: Change | None = None
        self._connect = connect or connection_of
        self._stack = AsyncExitStack()
        self._log: ChangeLog
        self._settings: Settings

    async def __aenter__(self) -> SavedRun:
        try:
            self._log = await asyncio.to_thread(ChangeLog.open, paths.state_dir())
        except StateError as error:
            raise SyncRefused(str(error), Exit.REFUSED) from error
        self._stack.callback(self._log.close)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def plan(self) -> SyncTotals:
        """Plan it; nothing is sent.

        Raises: SyncRefused; SourceIncomplete, TransferError, S3Error.
        """
        opened = self._opened = await self._open()
        clients = opened.client(opened.source), opened.client(opened.target)
        prover = Prover(opened.source, opened.target, clients, self.sync.options.compare)
        sides = [
            Side(end, None if client is None else ReadingClient(client))
            for end, client in zip((opened.source, opened.target), clients, strict=True)
        ]
        planner = self._planner = SyncPlanner(
            sides[0], sides[1], self.sync.options, self._log, prover.is_same
        )
        lock = PairLock.take(paths.state_dir(), f"run-{planner.pair}")
        if lock is None:
            raise SyncRefused("another run of this sync is under way", Exit.BUSY)
        self._stack.callback(lock.close)
        await self._check_accounts()
        owner, self._status = await _about_target(opened.source, sides[1])
        self.change = await planner.begin(
            owner=owner, versions=self._status is not VersioningStatus.OFF, saved=self.sync.name
        )
        async for _ in planner.plan(self.change):
            pass
        self.totals = planner.totals
        return self.totals

    def judge(self, *, delete_most: bool) -> None:
        """Decide whether the plan may be done.

        Raises: SyncRefused.
        """
        if self.totals.blocked:
            raise SyncRefused(f"nothing is done, as {self.totals.blocked}", Exit.INCOMPLETE)
        if self.totals.deletes_most and not delete_most:
            gone, of = self.totals[Action.DELETE], self.totals.targets
            raise SyncRefused(
                f"{gone:,} of {of:,} would be deleted, more than half: nothing is done. "
                "If that is meant, --delete-most allows it",
                Exit.DELETES_MOST,
            )

    async def run(self) -> Transfer | None:
        """Do what was planned, and return how it ended; `None`, where there is nothing to do."""
        assert self.change is not None
        if self.totals.work and isinstance(self._opened.target, Prefix):
            self._check_writes(self._opened.target)
        await self._planner.keep_root()
        await self._keep_accounts()
        if not self.totals.work:
            await self._log.discard(self.change)
            return None
        undo, why = undo_of_sync(self._opened.target, self._status)
        await self._log.agree(self.change, title=f"Sync {self.sync.name}", undo=undo, why=why)
        engine = self._engine()
        try:
            id = await engine.add(self._request(self.change))
            await self._log.start(self.change)
            return await _ended(engine, id)
        finally:
            await engine.aclose(keep=True)
            self._log = await asyncio.to_thread(ChangeLog.open, paths.state_dir())  # it was closed with it
            self._stack.callback(self._log.close)

    async def forget(self) -> None:
        """Forget the plan: it is not done."""
        if self.change is not None:
            await self._log.discard(self.change)

    async def counts(self) -> Counts:
        """Return how many objects of the plan are in which state."""
        assert self.change is not None
        return await self._log.counts(self.change.id)

    async def items(self) -> AsyncIterator[ChangeItem]:
        """Iterate the lines of the plan, with what became of each."""
        assert self.change is not None
        async for item in self._log.all_items(self.change.id):
            yield item

    async def _open(self) -> Opened:
        clients: dict[str, S3Client] = {}
        read_only: set[str] = set()
        ends: list[End] = []
        for place in (self.sync.source, self.sync.target):
            if isinstance(place, Path):
                ends.append(Folder(place))
                continue
            connection, settings = await asyncio.to_thread(self._connect, place.connection)
            self._settings = settings
            identity = identity_of(connection)
            handle = str(Handle(connection.name, identity))
            if handle not in clients:
                client = await asyncio.to_thread(open_client, connection, settings, lambda _: None)
                self._stack.push_async_callback(client.aclose)
                clients[handle] = client
            if connection.read_only:
                read_only.add(handle)
            ends.append(Prefix(handle, place.bucket, place.prefix, str(identity)))
        return Opened(ends[0], ends[1], clients, read_only)

    async def _check_accounts(self) -> None:
        """Refuse a saved sync whose name of a connection leads to another account than at its last run.

        Raises: SyncRefused.
        """
        known = await self._planner.index.root(f"saved {self.sync.name}")
        now = self._accounts()
        if known is None or known == now:
            return
        for was, is_now in ((known.source, now.source), (known.target, now.target)):
            before, after = json.loads(was), json.loads(is_now)
            if before["where"] == after["where"] and before["account"] != after["account"]:
                raise SyncRefused(
                    f"{after['where']} is reached as another account, or at another endpoint, than at the "
                    "last run. If that is meant, give the sync another name",
                    Exit.REFUSED,
                )

    async def _keep_accounts(self) -> None:
        await self._planner.index.keep_root(f"saved {self.sync.name}", self._accounts())

    def _accounts(self) -> Root:
        told = [
            json.dumps({"where": str(place), "account": end.account if isinstance(end, Prefix) else ""})
            for place, end in zip(
                (self.sync.source, self.sync.target), (self._opened.source, self._opened.target), strict=True
            )
        ]
        return Root(None, *told)

    def _check_writes(self, end: Prefix) -> None:
        if end.connection in self._opened.read_only:
            raise SyncRefused(f"{end} may only be read: its connection, or s3tui, is read-only", Exit.REFUSED)

    def _engine(self) -> TransferEngine:
        async def client_for(handle: str) -> S3Client:
            return self._opened.clients[handle]

        settings = self._settings
        limits = Limits(
            rate_bps=settings.rate_bps,
            objects=settings.objects or DEFAULT_LIMITS.objects,
            parts=settings.parts or DEFAULT_LIMITS.parts,
        )
        try:
            journal = Journal.open(paths.state_dir())
        except StateError:
            journal = None  # then a crash leaves what it began
        return TransferEngine(
            client_for, limits=limits, journal=journal, patience_s=settings.patience_s, changes=self._log
        )

    def _request(self, change: Change) -> RunChange:
        source, target = self._opened.source, self._opened.target
        other = source.connection if isinstance(source, Prefix) and isinstance(target, Prefix) else ""
        return RunChange(
            change.connection,
            change.id,
            Direction.SYNC,
            change.bucket,
            self.sync.name,
            str(source),
            to=str(target),
            to_connection="" if other == change.connection else other,
        )


def connection_of(name: str | None) -> tuple[Connection, Settings]:
    """Return the connection of that name, or that of the environment, with the settings of this run.

    Raises: SyncRefused.
    """
    try:
        settings = load_settings(Flags(connection=name), os.environ, paths.config_file())
        connection = choose(settings)
    except (CredentialsError, ValueError) as error:
        raise SyncRefused(str(error), Exit.WRONG) from error
    if connection is None:
        raise SyncRefused("there is no connection: name one in front of the address", Exit.WRONG)
    connection = as_set(connection, settings)
    if connection.obstacle is not None:
        raise SyncRefused(connection.obstacle, Exit.WRONG)
    return connection, settings


async def _about_target(source: End, target: Side) -> tuple[str | None, VersioningStatus | None]:
    """Return the account that owns the buckets, and the versioning of that which is written to."""
    if target.client is None or not isinstance(target.end, Prefix):
        return None, VersioningStatus.OFF
    owner = await target.client.owner(*buckets_of(source, target.end))
    return owner, await target.client.versioning(target.end.bucket)


async def _ended(engine: TransferEngine, id: int) -> Transfer:
    while True:
        transfer = next(each for each in engine.snapshot().transfers if each.id == id)
        if transfer.state.is_final or transfer.state is TransferState.PAUSED:
            return transfer
        await asyncio.sleep(_LOOK_S)
