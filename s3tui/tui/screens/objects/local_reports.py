"""LocalReportController: opens S3 Inventory reports that lie on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from s3tui import paths
from s3tui.browse.place.location import Location
from s3tui.browse.source.source import SourceError
from s3tui.tui.messages import ListingOpened
from s3tui.tui.screens.common.host import ScreenHost
from s3tui.tui.screens.common.prompt import Prompt
from s3tui.tui.text.sentences import explain


class LocalReportController:
    def __init__(self, host: ScreenHost) -> None:
        self._host = host

    async def ask(self) -> None:
        """Ask where the report is, and open it; in a worker."""
        from s3tui.tui.widgets.forms.path_input import PathSuggester

        answer = await self._host.ask(
            Prompt(
                "Open an S3 Inventory report",
                "Its manifest.json, or the folder that it is in:",
                placeholder="a folder on this machine",
                yes="Open",
                suggester=PathSuggester(),
            )
        )
        if answer is not None:
            await self.open(Path(answer))

    async def open(self, place: Path) -> None:
        """Make a report ready, and show it; in a worker."""
        from s3tui.browse.inventory.build import build
        from s3tui.browse.inventory.inventory import need_duckdb
        from s3tui.browse.inventory.manifest import local_report
        from s3tui.tui.screens.objects.inventory_progress import InventoryProgress

        host = self._host
        try:
            need_duckdb()
            report = await asyncio.to_thread(lambda: local_report(paths.expanded(place)))
        except SourceError as error:
            host.say(explain(error), "error")
            return
        steps = build(report.manifest, report.files, paths.inventories_dir())
        inventory = await host.ask(InventoryProgress(str(place), host.session.stream_local(steps)))
        if inventory is not None:
            session = host.session if host.session.is_offline else host.session.offline()
            host.app.post_message(ListingOpened(session, Location(inventory.bucket, source=inventory)))
