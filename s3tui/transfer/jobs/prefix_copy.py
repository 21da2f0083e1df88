"""The batch job that copies all objects under a prefix to another one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime

from s3tui.s3.client import S3Client
from s3tui.s3.models import ObjectHead, ObjectSummary, VersionSummary
from s3tui.transfer.copy.object_copy import ObjectCopy, OtherClient
from s3tui.transfer.errors import TransferError
from s3tui.transfer.jobs.batch import BatchJob
from s3tui.transfer.jobs.job import ObjectTransfer
from s3tui.transfer.jobs.listed import ResumableListing
from s3tui.transfer.journal.journal import Facts
from s3tui.transfer.journal.record import ObjectRecord, TransferRecord
from s3tui.transfer.models import Conflict
from s3tui.transfer.requests import NO_OPTIONS, CopyPrefix
from s3tui.transfer.resources import Resources
from s3tui.transfer.scheduling.progress import ProgressMeter
from s3tui.transfer.target.target_key import TargetKey


class PrefixCopy(BatchJob[ObjectSummary]):
    """Copies everything under a prefix; what follows its last `/` follows the new prefix."""

    def __init__(
        self, request: CopyPrefix, to: OtherClient | None, record: TransferRecord | None = None
    ) -> None:
        super().__init__(f"s3://{request.bucket}/{request.prefix}", request.conflict, record)
        self._request = request
        self._cut = request.prefix.rfind("/") + 1
        self._to = to
        self._listing = ResumableListing(request.bucket, request.prefix, request.at, self._items)

    async def run(self, client: S3Client, resources: Resources) -> str | None:
        self._refuse_inside(client, client if self._to is None else await self._to())
        return await super().run(client, resources)

    def _refuse_inside(self, client: S3Client, to: S3Client) -> None:
        """Refuse a copy into what is listed: it would be listed, and copied, without end."""
        asked = self._request
        if client.endpoint != to.endpoint or asked.bucket != asked.to_bucket:
            return
        new = asked.to_prefix + asked.prefix[self._cut :]
        if asked.at is not None:
            return  # what was there then grows no more
        is_rewrite = new == asked.prefix and asked.options != NO_OPTIONS
        if new.startswith(asked.prefix) and not (is_rewrite and self.conflict is not Conflict.KEEP_BOTH):
            raise TransferError(
                f"s3://{asked.to_bucket}/{asked.to_prefix} lies inside what is copied: pick another place",
                "SameObject",
            )

    async def _find(self, client: S3Client) -> AsyncGenerator[list[ObjectSummary], None]:
        async with aclosing(self._listing.pages(client)) as pages:
            async for page in pages:
                self._listing.took(page)
                yield list(page.new)

    def _transfer(self, item: ObjectSummary, object_record: ObjectRecord) -> ObjectTransfer:
        asked = self._request
        return ObjectCopy(
            asked.bucket,
            item.key,
            TargetKey(asked.to_bucket, asked.to_prefix + item.key[self._cut :], self.conflict),
            ProgressMeter(self.counters, item.size),
            to=self._to,
            version_id=item.version_id if isinstance(item, VersionSummary) else None,
            options=asked.options,
            listed=self._listed_head(item),
            object_record=object_record,
        )

    def _listed_head(self, item: ObjectSummary) -> ObjectHead | None:
        if item.etag is None or item.size is None:
            return None
        return ObjectHead(item.size, item.etag, item.last_modified)

    def _size(self, item: ObjectSummary) -> int:
        return item.size or 0

    def _name(self, item: ObjectSummary) -> str:
        return item.key

    def _facts(self, item: ObjectSummary) -> Facts:
        modified = None if item.last_modified is None else item.last_modified.isoformat()
        facts: Facts = {"size": item.size, "etag": item.etag, "modified": modified}
        return {**facts, "version_id": item.version_id} if isinstance(item, VersionSummary) else facts

    def _item(self, name: str, facts: Facts) -> ObjectSummary:
        modified = None if facts["modified"] is None else datetime.fromisoformat(facts["modified"])
        if "version_id" in facts:
            return VersionSummary(
                name, facts["size"], modified, facts["etag"], version_id=facts["version_id"]
            )
        return ObjectSummary(name, facts["size"], modified, facts["etag"])
