"""SyncPlan: the plan of a sync while its screen is open, then its job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from s3tui.connect.connection import Connection
from s3tui.connect.identity import identity_of
from s3tui.format import printable
from s3tui.s3.configuration import VersioningStatus
from s3tui.s3.errors import CredentialsError, S3Error
from s3tui.syncs.saved import Place, SavedSync
from s3tui.transfer.sync.ends import End, Folder, Prefix, buckets_of
from s3tui.tui.runtime.bucket_versioning import learn_owner, learn_versioning
from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.text.transfers.sync import NO_IF_MATCH

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client
    from s3tui.transfer.changes.models import Change, ChangeItem, Undo
    from s3tui.transfer.sync.models import SyncTotals
    from s3tui.transfer.sync.planning import SyncPlanner

MOST_SHOWN = 20_000
"""So many lines of a plan are shown; all are done."""


class SyncPlan:
    """Plans a sync with the sessions of its ends, and queues its job."""

    def __init__(self, session: Session, transfers: Transfers, sync: SavedSync) -> None:
        self.sync = sync
        self._session, self._transfers = session, transfers
        self.change: Change | None = None
        self._planner: SyncPlanner | None = None
        self._status: VersioningStatus | None = VersioningStatus.OFF
        self.target: End | None = None
        self._target_session: Session | None = None
        self.is_production = False
        self.read_only: str | None = None
        """The name of the connection that is written to, where it may only read."""

    async def steps(self) -> AsyncGenerator[SyncTotals, None]:
        """Plan; yield the totals as they grow.

        Raises: S3Error, TransferError, SourceIncomplete among them.
        """
        from s3tui.transfer.changes.reading import ReadingClient
        from s3tui.transfer.sync.planning import Side, SyncPlanner
        from s3tui.transfer.sync.proof import Prover

        (source, source_session), (target, target_session) = [
            await self._end(place) for place in (self.sync.source, self.sync.target)
        ]
        self.target, self._target_session = target, target_session
        main = target_session or source_session
        assert main is not None
        owner = None
        if target_session is not None and isinstance(target, Prefix):
            connection = target_session.connection
            self.is_production = connection.production
            self.read_only = connection.name if connection.read_only else None
            self._status = await learn_versioning(target_session, target.bucket)
            owner = await learn_owner(target_session, *buckets_of(source, target))
        log, status = await self._transfers.changes(), self._status

        async def plan(s3: S3Client) -> AsyncGenerator[SyncTotals, None]:
            clients = [
                None if session is None else s3 if session is main else await session.open()
                for session in (source_session, target_session)
            ]
            sides = [
                Side(end, None if client is None else ReadingClient(client))
                for end, client in zip((source, target), clients, strict=True)
            ]
            prover = Prover(source, target, (clients[0], clients[1]), self.sync.options.compare)
            planner = self._planner = SyncPlanner(sides[0], sides[1], self.sync.options, log, prover.is_same)
            is_kept = status is not VersioningStatus.OFF
            self.change = await planner.begin(owner=owner, versions=is_kept, saved=self.sync.name)
            async with aclosing(planner.plan(self.change)) as growing:
                async for totals in growing:
                    yield totals

        async with aclosing(main.stream(plan)) as steps:
            async for totals in steps:
                yield totals

    async def lines(self) -> list[ChangeItem]:
        """Return the lines of the plan by path, as far as they are shown."""
        assert self.change is not None
        log = await self._transfers.changes()
        found: list[ChangeItem] = []
        async for item in log.all_items(self.change.id):
            found.append(item)
            if len(found) >= MOST_SHOWN:
                break
        return sorted(found, key=lambda item: str(item.facts["path"]))

    async def start(self, left_out: Collection[int]) -> str:
        """Run the plan as a job, without what was left out; return its name for display.

        Raises: TransferError.
        """
        from s3tui.transfer.changes.models import ItemState
        from s3tui.transfer.models import Direction
        from s3tui.transfer.requests import RunChange

        assert self.change is not None
        assert self._planner is not None
        log, change = await self._transfers.changes(), self.change
        outcomes = [(number, ItemState.SKIPPED, {"why": "left out"}) for number in sorted(left_out)]
        await log.note(change.id, outcomes)
        await self._planner.keep_root()
        source, target = (self._planner.source, self._planner.target)
        other = source.connection if isinstance(source, Prefix) and isinstance(target, Prefix) else ""
        name = self.sync.name or str(source)
        request = RunChange(
            change.connection,
            change.id,
            Direction.SYNC,
            change.bucket,
            name,
            str(source),
            to=str(target),
            to_connection="" if other == change.connection else other,
        )
        undo, why = self.undo()
        await self._transfers.run_change(change, request, title=f"Sync {name}", undo=undo, why=why)
        return name

    async def discard(self) -> None:
        """Forget the plan: it was not agreed to."""
        if self.change is not None:
            await (await self._transfers.changes()).discard(self.change)

    async def fate(self, *, overwrites: bool) -> str:
        """Return the sentences on what cannot be taken back; in a worker."""
        undo, why = self.undo()
        said = f"{undo.value[:1].upper()}{undo.value[1:]}: {why}."
        return f"{said}\n{NO_IF_MATCH}" if overwrites and not await self._obeys_if_match() else said

    async def _obeys_if_match(self) -> bool:
        """Say whether what is replaced is replaced only as it was planned; also where no server is asked."""
        from s3tui.transfer.editing.conditions import obeys_if_match

        session, target = self._target_session, self.target
        if session is None or not isinstance(target, Prefix):
            return True
        try:
            return await session.run(lambda s3: obeys_if_match(s3, target.bucket, target.prefix))
        except S3Error:
            return True  # the job tells what is wrong

    def undo(self) -> tuple[Undo, str]:
        """Return whether it can be undone, and why."""
        from s3tui.transfer.sync.planning import undo_of_sync

        assert self.target is not None
        return undo_of_sync(self.target, self._status)

    async def _end(self, place: Path | Place) -> tuple[End, Session | None]:
        if isinstance(place, Path):
            return Folder(place), None
        connection = await self._connection(place.connection)
        session = self._session if connection is None else self._transfers.sessions.of(connection)
        return Prefix(session.handle, place.bucket, place.prefix, str(session.identity)), session

    async def _connection(self, name: str | None) -> Connection | None:
        """Return the connection of an end; `None`: the one that is shown.

        A saved sync without a name of a connection means that of the environment, here as in cron.

        Raises: CredentialsError.
        """
        if name is None:
            return await asyncio.to_thread(_other_of_environment, self._session) if self.sync.name else None
        if name == self._session.connection.name:
            return None
        connection = (await self._transfers.sessions.known()).get(name)
        if connection is None:
            raise CredentialsError(f"There is no connection {printable(name)}")
        return connection


def _other_of_environment(here: Session) -> Connection | None:
    """Return the connection of the environment, where that is another account than the one `here`."""
    from s3tui.syncs.run import SyncRefused, connection_of

    try:
        connection, _ = connection_of(None)
    except SyncRefused:
        return None
    return None if identity_of(connection) == here.identity else connection
