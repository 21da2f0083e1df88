"""Picking: what is marked, or under the cursor, goes to whoever started s3tui."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from s3tui.browse.place.pick_output import Picked
from s3tui.format import count
from s3tui.s3.errors import S3Error
from s3tui.tui.messages import ObjectsPicked
from s3tui.tui.screens.objects.host import ObjectHost

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_AT_ONCE = 16


class PickController:
    def __init__(self, host: ObjectHost) -> None:
        self._host = host

    def start(self) -> None:
        """End with what is meant."""
        self._host.run(self._pick, "picking", exclusive=True)

    async def _pick(self) -> None:
        host = self._host
        picked = [Picked(host.bucket, row.key, row.size, None, row.modified) for row in host.targets()]
        if not picked:
            return
        if host.session.picks_json:
            host.say(f"Asking for {count(len(picked))} ETags…")
            picked = await host.session.run(lambda s3: _with_etags(s3, picked))
        host.app.post_message(ObjectsPicked(picked))


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
