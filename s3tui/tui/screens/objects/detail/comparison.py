"""ComparisonController: compares an object with a local file, or two versions of it with one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from s3tui import paths
from s3tui.browse.inspect.object_facts import ObjectId
from s3tui.browse.inspect.object_versions import as_row
from s3tui.browse.rows.listing import Row
from s3tui.s3.models import ObjectVersion
from s3tui.tui.screens.objects.detail.file_comparison import FileComparisonDialog, file_prompt
from s3tui.tui.screens.objects.detail.version_difference import (
    DifferenceScreen,
    VersionMenu,
    older_with_bytes,
)
from s3tui.tui.screens.objects.host import ObjectHost

_FILE = "file"


class ComparisonController:
    def __init__(
        self, host: ObjectHost, object: ObjectId, versions: Callable[[], Sequence[ObjectVersion]]
    ) -> None:
        """`versions`: all that are known of the object, the latest first."""
        self._host, self._object, self._versions = host, object, versions

    async def ask(self, *, of_versions: bool) -> None:
        """Compare the object with a local file; one of its versions with another, too; in a worker."""
        host, about = self._host, self._object
        if of_versions:
            chosen = await self._ask_version()
            if isinstance(chosen, tuple):
                host.app.push_screen(DifferenceScreen(host.session, host.transfers, about.bucket, *chosen))
            if chosen != _FILE:
                return
        path = await host.ask(file_prompt(host.transfers.download_dir, about.key))
        if path is not None:
            await host.ask(FileComparisonDialog(host.session, about, paths.expanded(path)))

    async def _ask_version(self) -> tuple[Row, Row] | str | None:
        """Return two versions to compare, the older first; or that a file is meant."""
        rows = [as_row(version) for version in self._versions()]
        here = next(iter(self._host.targets()), None)
        if here is None or not here.has_bytes:
            self._host.say("A delete marker has no bytes to compare.")
            return None
        older, latest = older_with_bytes(here, rows), next((row for row in rows if row.has_bytes), here)
        choices = [
            *([("older", "The version before it")] if older is not None else []),
            *([("latest", "The latest version")] if latest.version_id != here.version_id else []),
            (_FILE, "A local file"),
        ]
        chosen = _FILE if len(choices) == 1 else await self._host.ask(VersionMenu(choices))
        if chosen == "older" and older is not None:
            return older, here
        return (here, latest) if chosen == "latest" else chosen
