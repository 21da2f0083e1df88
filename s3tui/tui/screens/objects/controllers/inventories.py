"""S3 Inventory in the object tree: a report is opened from its manifest."""

from __future__ import annotations

from functools import partial

from s3tui import paths
from s3tui.browse.inventory.inventory import need_duckdb
from s3tui.browse.inventory.manifest import Manifest
from s3tui.browse.place.location import Location
from s3tui.format import counted, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.question import Asked, Confirm, Learning
from s3tui.tui.screens.objects.controllers.host import TreeHost
from s3tui.tui.text.sentences import explain, short_size

_ASK_FROM = 100_000_000
"""Bytes to download from which on one is asked."""


class InventoryController:
    def __init__(self, host: TreeHost) -> None:
        self._host = host
        self.key: str | None = None
        """Of a report's manifest, to begin with."""

    def open_first(self) -> None:
        """Open the report that one came for."""
        if self.key is not None:
            key, self.key = self.key, None
            self._ask(key)

    def open_current(self) -> None:
        """Open the report whose manifest the cursor is on."""
        if (row := self._host.current) is not None:
            self._ask(row.key)

    def _ask(self, key: str) -> None:
        self._host.run(partial(self._open, self._host.bucket, key), "question", exclusive=True)

    async def _open(self, bucket: str, key: str) -> None:
        """Open the report whose manifest that is, once its files are here."""
        from s3tui.browse.inventory.fetch import fetch_and_build, read_manifest
        from s3tui.tui.screens.objects.inventory_progress import InventoryProgress

        uri = printable(f"s3://{bucket}/{key}")
        manifests: list[Manifest] = []

        async def learn() -> Learning:
            try:
                need_duckdb()
                manifest = await self._host.session.run(lambda s3: read_manifest(s3, bucket, key))
            except S3Error as error:
                yield Asked(explain(error), is_answerable=False)
                return
            manifests.append(manifest)
            if manifest.size <= _ASK_FROM:
                yield True
                return
            files = f"{counted(len(manifest.files), 'file')}"
            size = short_size(manifest.size)
            yield Asked(f"{files}, {size}, are downloaded, and take several times that here.")

        question = Confirm(
            "Open this inventory?",
            f"Reading {uri} …",
            yes="Download",
            no="Leave it",
            grave=False,
            learning=learn(),
        )
        if not await self._host.ask(question):
            return
        (manifest,) = manifests
        steps = self._host.session.stream(
            partial(fetch_and_build, bucket=bucket, manifest=manifest, folder=paths.inventories_dir())
        )
        inventory = await self._host.ask(InventoryProgress(uri, steps))
        if inventory is not None:
            self._host.go(Location(inventory.bucket, source=inventory))
