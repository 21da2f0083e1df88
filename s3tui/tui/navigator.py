"""Navigator: opens places by pushing the screens that lead to them.

All screens but the first are imported when they are first opened, for a fast first paint.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

from s3tui.tui.runtime.session import Session
from s3tui.tui.runtime.sessions import Sessions
from s3tui.tui.runtime.transfers import Transfers
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.common.base import FramedScreen

if TYPE_CHECKING:
    from s3tui.s3.address.uri import S3Uri
    from s3tui.settings import Settings
    from s3tui.tui.messages import ListingOpened
    from s3tui.tui.runtime.request_recorder import RequestRecorder
    from s3tui.tui.screens.objects.screen import ObjectTreeScreen


class Navigator:
    """Opens screens of the app for a place, a snapshot, a report or the connections."""

    def __init__(self, app: App[None], sessions: Sessions, transfers: Transfers) -> None:
        self._app = app
        self._sessions = sessions
        self._transfers = transfers

    async def show(self, screens: Iterable[FramedScreen]) -> None:
        """Replace all open screens by `screens`."""
        app = self._app
        with app.batch_update():
            while len(app.screen_stack) > 1:
                await app.pop_screen()
            for screen in screens:
                await app.push_screen(screen)

    def tree_screen(self, session: Session, uri: S3Uri) -> ObjectTreeScreen:
        """Return a new object tree screen, which goes to `uri` once it is shown."""
        from s3tui.browse.place.location import place_of
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen

        location, key = place_of(uri)
        return ObjectTreeScreen(session, self._transfers, location, key=key)

    async def go(self, session: Session, uri: S3Uri) -> None:
        """Navigate to `uri`, in the open object tree or a new one."""
        from s3tui.browse.place.location import place_of
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen

        app = self._app
        location, key = place_of(uri)
        while isinstance(app.screen, FramedScreen) and not isinstance(
            app.screen, BucketListScreen | ObjectTreeScreen
        ):
            await app.pop_screen()
        if isinstance(app.screen, ObjectTreeScreen):
            app.screen.go(location, key=key, seek=True)
        else:
            await app.push_screen(self.tree_screen(session, uri))

    async def open_buckets(self) -> None:
        """Close all screens above the bucket list; without one, do nothing."""
        app = self._app
        if any(isinstance(screen, BucketListScreen) for screen in app.screen_stack):
            with app.batch_update():
                while not isinstance(app.screen, BucketListScreen):
                    await app.pop_screen()

    async def open_listing(self, opened: ListingOpened) -> None:
        """Show a listing in the tree below the screen that it was opened from, or in a new one."""
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen

        app = self._app
        if opened.leaves_screen:
            app.pop_screen()
        if opened.leaves_screen and isinstance(app.screen, ObjectTreeScreen):
            app.screen.controllers.navigation.open_listed(opened.location)
        else:
            await app.push_screen(ObjectTreeScreen(opened.session, self._transfers, opened.location))

    def toggle_transfers(self, session: Session | None) -> None:
        """Open the transfer queue, or leave it."""
        from s3tui.tui.screens.transfers.transfer_queue import TransferQueueScreen

        if isinstance(self._app.screen, TransferQueueScreen):
            self._app.pop_screen()
        else:
            self._app.push_screen(TransferQueueScreen(session, self._transfers))

    def toggle_requests(self, session: Session | None, recorder: RequestRecorder, settings: Settings) -> None:
        """Open the request log, or leave it."""
        from s3tui.tui.screens.requests.request_log import RequestLogScreen

        if isinstance(self._app.screen, RequestLogScreen):
            self._app.pop_screen()
        elif isinstance(self._app.screen, FramedScreen):
            self._app.push_screen(RequestLogScreen(session, self._transfers, recorder, settings))

    def open_doctor(self, session: Session | None) -> None:
        """Examine the endpoint of a connection."""
        from s3tui.tui.screens.requests.doctor import DoctorScreen

        if session is not None and not isinstance(self._app.screen, DoctorScreen):
            self._app.push_screen(DoctorScreen(session, self._transfers))

    def open_connections(self, session: Session | None) -> None:
        from s3tui.tui.screens.connections.connections import ConnectionsScreen

        self._app.push_screen(ConnectionsScreen(session, self._transfers))

    def open_snapshots(self) -> None:
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        self._app.push_screen(SnapshotsScreen(self._sessions.offline(), self._transfers))

    async def open_snapshot(self, file: Path, session: Session | None) -> None:
        """Open a snapshot file without a connection, on top of the snapshot and connection lists.

        Raises: SourceError; nothing is opened then.
        """
        from s3tui.browse.place.location import Location
        from s3tui.browse.snapshot.snapshot import Snapshot
        from s3tui.tui.screens.objects.screen import ObjectTreeScreen
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        snapshot = await asyncio.to_thread(Snapshot.open, file)
        offline = self._sessions.offline()
        location = Location(snapshot.header.bucket, snapshot.header.prefix, source=snapshot)
        self.open_connections(session)
        await self._app.push_screen(SnapshotsScreen(offline, self._transfers))
        await self._app.push_screen(ObjectTreeScreen(offline, self._transfers, location))

    async def open_report(self, place: Path, session: Session | None) -> None:
        """Open an S3 Inventory report from a folder of this machine, without a connection."""
        from s3tui.tui.screens.objects.snapshots import SnapshotsScreen

        self.open_connections(session)
        snapshots = SnapshotsScreen(self._sessions.offline(), self._transfers)
        await self._app.push_screen(snapshots)
        await snapshots.reports.open(place)
