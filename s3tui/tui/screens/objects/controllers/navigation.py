"""Navigation of the object tree: its location, and the ways from there: in, up, back, flat, out of a view."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

from s3tui.browse.place.bookmarks import visit
from s3tui.browse.place.location import Location
from s3tui.browse.place.openings import Openings
from s3tui.browse.rows.listing import Kind
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.source import Source
from s3tui.format import printable
from s3tui.state import StateError
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.controllers.rows.listing import ListingController
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.preview.screen import PreviewScreen
from s3tui.tui.screens.objects.snapshots import SnapshotsScreen
from s3tui.tui.text.event_sentences import routed_sentence


class NavigationController:
    def __init__(
        self, host: TreeHost, listing: ListingController, start: Location, arrived: Callable[[], None]
    ) -> None:
        """`arrived`: called to show what is at another location."""
        self._host, self._listing, self._arrived = host, listing, arrived
        self.location = start
        self._openings = Openings(start)
        self._listed: Source = start.source
        """A source that was opened from the list of snapshots, if any was."""

    def start(self) -> None:
        self._arrive(self.location)

    def go(self, location: Location, *, key: str | None = None, seek: bool = False) -> None:
        """Look at another place, with the cursor on `key` once that is listed.

        With `seek`, what lies before a key that is not near the beginning is not read.
        """
        self._listing.come_for(key, seek=seek)
        if location == self.location:
            self._listing.move_to_wanted()
            return
        self.keep_place()
        self._arrive(location)

    def open_listed(self, location: Location) -> None:
        """Look at what was opened from the list of snapshots."""
        self._listed = location.source
        self.go(location)

    def step(self, step: int) -> None:
        """Go back or forward in the history."""
        self.keep_place()
        if (there := self._host.session.history.step(step)) is not None:
            self._listing.come_for(there.key, seek=False, as_left=True)
            if there.location != self.location:
                self._arrive(there.location)

    def keep_place(self) -> None:
        """Have the history know on which key the cursor was left."""
        row = self._host.current
        self._host.session.history.leave(None if row is None else row.key)

    def _arrive(self, location: Location) -> None:
        session, row = self._host.session, self._host.current
        self._openings.arrive(location, self.location, None if row is None else row.key)
        self.location = location
        if location.source.is_live:
            session.left_bucket = location.bucket
        session.history.visit(location)
        if not session.is_offline:
            self._host.run(partial(self._remember_visit, location), "memory")
        self._arrived()
        if not location.prefix:
            self.tell_routing()

    async def _remember_visit(self, location: Location) -> None:
        now = self._host.session.now()
        # Where nothing can be kept, the one who asks for it is told: a bookmark, the go-to prompt.
        with suppress(StateError):
            await self._host.session.query_state(lambda database, name: visit(database, name, location, now))

    def go_in(self, prefix: str) -> None:
        self.go(self.location.at(prefix))

    def go_to_crumb(self, index: int) -> None:
        self.go(self.location.crumbs[index][1])

    def go_up(self) -> None:
        """Go one level up; from a search, to where the row is; from the top, to the buckets."""
        above, row = self.location.parent, self._host.current
        if self.location.search is not None and row is not None:
            folder, slash, _ = row.key.removesuffix(DELIMITER).rpartition(DELIMITER)
            self.go(self.location.at(folder + slash), key=row.key, seek=self.location.source.is_live)
        elif self.location.search is not None:
            self.leave()
        elif above is None:
            self.leave_bucket()
        else:
            self.go(above, key=self.location.prefix)

    def leave_bucket(self) -> None:
        self._host.app.pop_screen()

    def toggle_flat(self) -> None:
        """Show every key below here by itself, or rows of prefixes again; the cursor keeps its key."""
        here, row = self.location.unsearched, self._host.current
        key = None if row is None else row.key
        if self.location.search is not None:
            self.go(replace(here, is_flat=True), key=key)
            return
        if here.is_flat and row is not None:
            head, slash, _ = row.name.partition(DELIMITER)
            key = here.prefix + head + slash
        self.go(replace(here, is_flat=not here.is_flat), key=key)

    def leave(self) -> bool:
        """Leave the way of looking that was opened last; say whether there was one.

        What was opened from the list of snapshots is left for that list.
        """
        here, opened = self.location, self._openings.last
        is_listed = self._host.mode.is_kept and here.search is None and here.source == self._listed
        if opened is not None:
            location, key = self._host.mode.leave_to(opened, self._host.current)
            self.go(location, key=key)
            if is_listed and location.source != here.source:
                self._host.app.push_screen(self._snapshots(here.source))
        elif self._host.session.is_offline:
            self._host.app.pop_screen()
        elif is_listed:
            self._host.app.switch_screen(self._snapshots(here.source))
        else:
            return False
        return True

    def open_row(self) -> None:
        """Show all that is known of the object under the cursor."""
        host, row = self._host, self._host.current
        if row is None or row.kind is Kind.PREFIX:
            return
        if host.session.is_offline:
            host.say("There is no connection: what is listed here is all that is known.", "warning")
        elif not row.has_bytes:
            host.say("A delete marker is all there is to see of it: D removes it, and what it hides is back.")
        else:
            detail = self.open_object(row.key, row.version_id)
            if not host.mode.is_of_now(row):
                note = "This is the object as it is now, not as it was listed."
                detail.call_after_refresh(detail.say, note)

    def open_preview(self) -> None:
        """Look inside of the object under the cursor."""
        host, row = self._host, self._host.current
        if row is None or row.kind is Kind.PREFIX:
            host.say("A prefix has nothing inside to look at: put the cursor on an object.", "warning")
        elif host.session.is_offline:
            host.say("There is no connection: nothing can be read of it.", "warning")
        elif not row.has_bytes:
            host.say("A delete marker holds no bytes.")
        else:
            is_of_now = host.mode.is_of_now(row)
            shown = row if is_of_now else replace(row, size=None)
            screen = PreviewScreen(host.session, host.transfers, host.bucket, shown)
            host.app.push_screen(screen)
            if not is_of_now:
                note = "This is the object as it is now, not as it was listed."
                screen.call_after_refresh(screen.say, note)

    def open_object(self, key: str, version_id: str | None = None) -> ObjectDetailScreen:
        """Show all that is known of an object."""
        host = self._host
        detail = ObjectDetailScreen(host.session, host.transfers, host.bucket, key, version_id=version_id)
        host.app.push_screen(detail)
        return detail

    def tell_routing(self) -> None:
        """Say where redirects led for this bucket, if they did."""
        if fact := self._host.session.routed.get(self.location.bucket):
            self._host.say(f"{routed_sentence(fact)}  {printable(fact.evidence)}", "routed")

    def open_snapshots(self) -> None:
        host = self._host
        if any(isinstance(screen, SnapshotsScreen) for screen in host.app.screen_stack[-2:]):
            host.app.pop_screen()  # it was opened from there
            return
        host.app.push_screen(self._snapshots())

    def _snapshots(self, left: Source | None = None) -> SnapshotsScreen:
        """Return the list of snapshots, with the cursor on the one that is left."""
        host = self._host
        there = None if host.session.is_offline else self.location.as_tree
        return SnapshotsScreen(host.session, host.transfers, there, left=left)
