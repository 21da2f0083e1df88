"""SyncController: asks with what a prefix is compared and synced, and opens the plan."""

from __future__ import annotations

import asyncio

from s3tui import paths
from s3tui.tui.screens.objects.host import ObjectHost


class SyncController:
    def __init__(self, host: ObjectHost) -> None:
        self._host = host

    async def ask(self, prefix: str) -> None:
        """Ask, and show the plan; in a worker."""
        from s3tui.config.reader import read_config
        from s3tui.connect.by_name import known_names
        from s3tui.syncs.saved import Place, saved_syncs
        from s3tui.tui.screens.objects.syncs.dialog import SyncDialog
        from s3tui.tui.screens.objects.syncs.screen import SyncScreen

        host = self._host
        names = await asyncio.to_thread(known_names)
        config = await asyncio.to_thread(read_config, paths.config_file())
        here = Place(None, host.bucket, prefix)
        sync = await host.ask(SyncDialog(here, saved_syncs(config, names), names))
        if sync is not None:
            await host.app.push_screen(SyncScreen(host.session, host.transfers, sync))
