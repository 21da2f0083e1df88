"""Other times of a bucket: its versions in place, and the bucket as it was at an instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from textual import work

from s3tui.browse.rows.listing import Kind, State
from s3tui.browse.rows.nodes import DELIMITER
from s3tui.browse.source.as_of import AsOf, instant_words, parse_instant
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import VERSIONS, Versions
from s3tui.s3.configuration import VersioningStatus
from s3tui.tui.runtime.bucket_versioning import learn_versioning
from s3tui.tui.screens.common.dialogs import Prompt
from s3tui.tui.screens.objects.object_actions import ObjectActions
from s3tui.tui.screens.objects.object_seek import ObjectSeek
from s3tui.tui.widgets.frame.state_panel import StatePanel
from s3tui.tui.widgets.tree.tree_lines import loaded_caption

_NO_VERSIONS = "This bucket keeps no versions: only what is there now can be shown."
_BACK = "esc leads back to what is there now."
_REFUSED = {
    "upload": f"Uploads go to the bucket as it is: {_BACK}",
    "sizes": f"Sizes are counted of the bucket as it is: {_BACK}",
    "sizes_here": f"Sizes are counted of the bucket as it is: {_BACK}",
    "seek": f"Versions are read from the first key on, there is no jumping: {_BACK}",
    "pick": f"A name that is picked stands for what is there now: {_BACK}",
}
_REFUSED_THEN = {
    "delete": f"What was there cannot be deleted: v shows versions, which can; {_BACK}",
}


class VersionViews(ObjectSeek, ObjectActions):
    """The half of the screen that looks at versions."""

    @property
    def shows_versions(self) -> bool:
        return isinstance(self.location.unsearched.source, Versions)

    @property
    def instant(self) -> datetime | None:
        source = self.location.unsearched.source
        return source.at if isinstance(source, AsOf) else None

    @property
    def is_at_versions(self) -> bool:
        """Whether the rows are versions, of whatever time."""
        return self.shows_versions or self.instant is not None

    def refusal(self, action: str) -> str | None:
        if not self.is_at_versions:
            return super().refusal(action)
        return (_REFUSED if self.shows_versions else _REFUSED | _REFUSED_THEN).get(action)

    def may_write(self) -> bool:
        return self.may_change() if self.is_at_versions else super().may_write()

    def prefix_refusal(self) -> str | None:
        if not self.shows_versions:
            return None
        return (
            "Here versions are moved one by one: mark those that are meant, or leave with v for the prefix."
        )

    def leave(self) -> None:
        """Go back to what is there now, where one was elsewhere; a search is left first."""
        if self.is_at_versions and self.location.search is None:
            self._look_through(LIVE)
        else:
            super().leave()

    def _look_through(self, source: Source) -> None:
        """Show the same place in another way, the cursor on the same key."""
        there, row = replace(self.location.unsearched, source=source), self.current
        if row is not None and row.name and not there.is_flat:
            # It may lie in a prefix that is expanded, or have been found anywhere below.
            folder, slash, _ = row.key.removesuffix(DELIMITER).rpartition(DELIMITER)
            there = replace(there, prefix=folder + slash)
        self.go(there, key=None if row is None else row.key)

    def loaded_words(self) -> str:
        said = loaded_caption(self.tree_model, counts_versions=self.shows_versions)
        has_prefixes = self.instant is not None and Kind.PREFIX in self.tree_model.root.kinds
        return f"{said}, prefixes of any time" if has_prefixes else said

    def show_no_rows(self, panel: StatePanel) -> None:
        source, state = self.location.source, self.tree_model.root.state
        if not self.is_at_versions or self.location.search is not None or state is not State.COMPLETE:
            super().show_no_rows(panel)
        else:
            keys = "esc leads back to now  ·  ⌫ goes up  ·  r looks again"
            panel.show("empty", f"Nothing under this prefix: {source.title}.", keys)

    @work(group="question", exclusive=True)
    async def action_versions(self) -> None:
        if self.shows_versions:
            self._look_through(LIVE)
        elif await self._keeps_versions():
            self._look_through(VERSIONS)

    @work(group="question", exclusive=True)
    async def action_as_of(self) -> None:
        learned: list[VersioningStatus | None] = []

        async def obstacle() -> str:
            learned.append(await learn_versioning(self.session, self.bucket))
            return _NO_VERSIONS if learned[0] is VersioningStatus.OFF else ""

        now, was = self.session.now(), self.instant
        answer = await self.app.push_screen_wait(
            Prompt(
                "As it was at",
                "A date, with a time if wanted (this machine's, unless it names a zone), or how long ago.",
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
            self.say(no, "warning")
            return
        status, at = learned[0], parse_instant(answer, now)
        self._look_through(AsOf(at))
        if status is VersioningStatus.SUSPENDED:
            self.say("Versioning is suspended here: what was overwritten since is not known.", "warning")
        else:
            self.say("Prefixes are those of any time, and may have held nothing then; F lists exactly.")

    async def _keeps_versions(self) -> bool:
        if await learn_versioning(self.session, self.bucket) is not VersioningStatus.OFF:
            return True
        self.say(_NO_VERSIONS, "warning")
        return False


def _wrong_instant(text: str, now: datetime) -> str | None:
    try:
        parse_instant(text, now)
    except ValueError as error:
        return str(error)
    return None
