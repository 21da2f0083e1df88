"""S3 Inventory in the object tree: a report is opened from its manifest, and its folders show their sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from textual import on, work
from textual.message import Message

from s3tui import paths
from s3tui.browse.inventory.inventory import Inventory, need_duckdb
from s3tui.browse.inventory.manifest import Manifest, is_manifest
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind
from s3tui.browse.sizes.count import Sizes
from s3tui.browse.sizes.known_sizes import Counts
from s3tui.browse.source.source import Source, SourceError
from s3tui.format import count, printable
from s3tui.s3.errors import S3Error
from s3tui.tui.screens.common.dialogs import Asked, Confirm, Learning
from s3tui.tui.screens.objects.object_source import ObjectSource
from s3tui.tui.screens.objects.size_actions import SizeActions
from s3tui.tui.text.sentences import explain, short_size
from s3tui.tui.widgets.tree.object_tree import ObjectTree

_ASK_FROM = 100_000_000
"""Bytes to download from which on one is asked."""


class InventoryActions(ObjectSource, SizeActions):
    inventory_counts = Counts()
    counted_source: Source | None = None
    """Whose folders' sizes these are."""

    opens_inventory: str | None = None
    """The key of a report's manifest to begin with."""

    @dataclass
    class SizesRead(Message):
        source: Source
        sizes: Sizes

    def refusal(self, action: str) -> str | None:
        if action == "inventory" and self.location.source.is_live:
            row = self.current
            is_one = row is not None and row.kind is Kind.OBJECT and is_manifest(row.key)
            return None if is_one else "I opens an S3 Inventory report, on the row of its manifest.json."
        return super().refusal(action)

    @property
    def shown_counts(self) -> Counts:
        is_ours = self.counted_source == self.location.source
        return self.inventory_counts if is_ours else super().shown_counts

    def read_counts(self) -> None:
        source = self.location.source
        if isinstance(source, Inventory) and source != self.counted_source:
            self.inventory_counts, self.counted_source = Counts(), source
        super().read_counts()
        if self.opens_inventory is not None:
            key, self.opens_inventory = self.opens_inventory, None
            self.open_inventory(self.location.bucket, key)
        self._read_sizes(self.location.prefix)

    @on(ObjectTree.PrefixExpanded)
    def _size_expanded(self, message: ObjectTree.PrefixExpanded) -> None:
        self._read_sizes(message.prefix)

    def _read_sizes(self, prefix: str) -> None:
        source = self.location.source
        if isinstance(source, Inventory) and source.has_sizes and self.inventory_counts.get(prefix) is None:
            self.read_sizes(source, prefix)

    @work(group="state")
    async def read_sizes(self, source: Inventory, prefix: str) -> None:
        try:
            sizes = await source.sizes(prefix, self.session.now())
        except SourceError:
            return  # the listing says what is wrong
        self.post_message(self.SizesRead(source, sizes))

    @on(SizesRead)
    def _take_sizes(self, message: SizesRead) -> None:
        if message.source == self.counted_source:
            self.inventory_counts.put(message.sizes)
            self.show_counts()
            self.look_again()

    def action_inventory(self) -> None:
        row = self.current
        if row is not None:
            self.open_inventory(self.location.bucket, row.key)

    @work(group="question", exclusive=True)
    async def open_inventory(self, bucket: str, key: str) -> None:
        """Open the report whose manifest that is, once its files are here."""
        from s3tui.browse.inventory.fetch import fetch_and_build, read_manifest
        from s3tui.tui.screens.objects.inventory_progress import InventoryProgress

        uri = printable(f"s3://{bucket}/{key}")
        manifests: list[Manifest] = []

        async def learn() -> Learning:
            try:
                need_duckdb()
                manifest = await self.session.run(lambda s3: read_manifest(s3, bucket, key))
            except S3Error as error:
                yield Asked(explain(error), is_answerable=False)
                return
            manifests.append(manifest)
            if manifest.size <= _ASK_FROM:
                yield True
                return
            files = f"{count(len(manifest.files))} file{'s' * (len(manifest.files) != 1)}"
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
        if not await self.app.push_screen_wait(question):
            return
        (manifest,) = manifests
        steps = self.session.stream(
            partial(fetch_and_build, bucket=bucket, manifest=manifest, folder=paths.inventories_dir())
        )
        inventory = await self.app.push_screen_wait(InventoryProgress(uri, steps))
        if inventory is not None:
            self.go(Location(inventory.bucket, source=inventory))
