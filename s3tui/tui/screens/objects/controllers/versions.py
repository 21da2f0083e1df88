"""Other times of a bucket: its versions, and the bucket as it was at an instant."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from s3tui.browse.rows.listing import Row
from s3tui.browse.source.as_of import AsOf, instant_words, parse_instant
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import VERSIONS
from s3tui.format import zone_words
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import learn_versioning
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.screens.objects.detail.version_changes import VersionChanges
from s3tui.tui.screens.objects.plans.steps import left, started

if TYPE_CHECKING:
    pass

_NO_VERSIONS = "This bucket keeps no versions: only what is there now can be shown."


class VersionsController:
    """Shows versions; deletes them for good, brings back what was deleted, promotes an older one."""

    def __init__(self, host: TreeHost) -> None:
        self._host = host
        self._changes = VersionChanges(host, self._below)

    def _look_through(self, source: Source) -> None:
        """Show the same place in another way, the cursor on the same key."""
        there, key = self._host.mode.through(source, self._host.current)
        self._host.go(there, key=key)

    async def toggle(self) -> None:
        """Show versions, or what is there now; in a worker."""
        if self._host.mode.shows_versions:
            self._look_through(LIVE)
        elif await learn_versioning(self._host.session, self._host.bucket) is VersioningStatus.OFF:
            self._host.say(_NO_VERSIONS, "warning")
        else:
            self._look_through(VERSIONS)

    async def ask_instant(self) -> None:
        """Ask for an instant, and show what was there; in a worker."""
        learned: list[VersioningStatus | None] = []

        async def obstacle() -> str:
            learned.append(await learn_versioning(self._host.session, self._host.bucket))
            return _NO_VERSIONS if learned[0] is VersioningStatus.OFF else ""

        now, was = self._host.session.now(), self._host.mode.instant
        answer = await self._host.ask(
            Prompt(
                "As it was at",
                f"A date, with a time if wanted ({zone_words()}, unless it names a zone), or how long ago.",
                value="" if was is None else instant_words(was),
                placeholder="2026-11-01 12:00   2026-11-01T12:00Z   3d   2h ago",
                yes="Show",
                check=lambda text: _wrong_instant(text, now),
                obstacle=obstacle,
            )
        )
        if answer is None:
            return
        if not learned and (no := await obstacle()):  # who types faster than S3 answers is told afterwards
            self._host.say(no, "warning")
            return
        status, at = learned[0], parse_instant(answer, now)
        self._look_through(AsOf(at))
        if status is VersioningStatus.SUSPENDED:
            self._host.say(
                "Versioning is suspended here: what was overwritten since is not known.", "warning"
            )
        else:
            self._host.say("Prefixes are those of any time, and may have held nothing then; F lists exactly.")

    async def delete(self) -> None:
        """Delete versions for good, or delete markers, which brings back what they hide; in a worker."""
        await self._changes.delete()

    async def promote(self) -> None:
        """Make a version the current one, or bring back what was there at an instant; in a worker."""
        at = self._host.mode.instant
        await (self._changes.promote() if at is None else self._bring_back(at))

    async def _bring_back(self, at: datetime) -> None:
        from s3tui.tui.screens.objects.plans.returning import ReturnPlan

        host, rows = self._host, self._host.targets()
        if not rows or not host.may_write():
            return
        plan = ReturnPlan(host.session, host.transfers, host.bucket, rows, at)
        if not await host.ask(plan.question()):
            await left(plan)
            return
        name = await started(host, plan)
        if name is not None:
            host.say(f"The return of {name} is in the queue: t shows it.")

    def _below(self, row: Row) -> Row | None:
        """Return the next older row of the same key, if it is loaded."""
        listing = self._host.tree_model.listing(row.key.removesuffix(row.name))
        number = None if listing is None else listing.find(row.key, row.version_id)
        if listing is None or number is None or number + 1 >= len(listing):
            return None
        below = listing.row(number + 1)
        return below if below.key == row.key else None


def _wrong_instant(text: str, now: datetime) -> str | None:
    try:
        parse_instant(text, now)
    except ValueError as error:
        return str(error)
    return None
