"""Picking: what is marked, or under the cursor, goes to whoever started s3tui."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work

from s3tui.browse.place.pick_output import Picked
from s3tui.format import count
from s3tui.s3.errors import S3Error
from s3tui.tui.messages import ObjectsPicked
from s3tui.tui.screens.transfers.transfer_actions import TransferActions

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_AT_ONCE = 16


class PickActions(TransferActions):
    @work(group="picking", exclusive=True)
    async def action_pick(self) -> None:
        rows = self.targets()
        picked = [Picked(self.bucket, row.key, row.size, None, row.modified) for row in rows]
        if not picked:
            return
        if self.session.picks_json:
            self.say(f"asking for {count(len(picked))} etags ⋯")
            picked = await self.session.run(lambda s3: _with_etags(s3, picked))
        self.post_message(ObjectsPicked(picked))


async def _with_etags(s3: S3Client, picked: Sequence[Picked]) -> list[Picked]:
    """Return the same with the etags of the objects, as far as the server tells them."""
    room = asyncio.Semaphore(_AT_ONCE)

    async def look(one: Picked) -> Picked:
        if one.size is None:
            return one
        async with room:
            try:
                head = await s3.head_object(one.bucket, one.key)
            except S3Error:
                return one
        return replace(one, size=head.size, etag=head.etag, modified=head.last_modified or one.modified)

    return list(await asyncio.gather(*map(look, picked)))
