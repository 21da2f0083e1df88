"""LinkController: asks for a presigned link to what is meant; refused where nothing can be signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from s3tui.browse.inspect.link_facts import learn_region, link_caveat
from s3tui.browse.inspect.object_facts import ObjectId
from s3tui.browse.rows.listing import Kind
from s3tui.connect.connection import Anonymous
from s3tui.format import count
from s3tui.s3.signing.presign import ResponseOverrides
from s3tui.tui.screens.objects.host import ObjectHost
from s3tui.tui.screens.objects.links.link_dialog import LinkDialog
from s3tui.tui.screens.objects.links.link_form import Linked
from s3tui.tui.text.link_text import LinkWish, Presigned, attachment

if TYPE_CHECKING:
    from s3tui.s3.client import S3Client

_MOST = 1000
"""Links at a time."""


class LinkController:
    def __init__(self, host: ObjectHost) -> None:
        self._host = host

    async def ask(self, prefix: str = "") -> None:
        """Ask for a link to the targets, or for an upload below `prefix`; in a worker."""
        host = self._host
        if isinstance(host.session.connection.credentials, Anonymous):
            host.say(
                "This connection is anonymous: a link is signed with keys, and it has none. ^o changes it.",
                "warning",
            )
            return
        if (linked := self._linked(prefix)) is not None:
            await host.ask(
                LinkDialog(
                    linked,
                    lambda wish: self._sign(linked, wish),
                    find_caveat=lambda: self._caveat(linked),
                    now=host.session.now,
                )
            )

    def _linked(self, prefix: str) -> Linked | None:
        """Return what a link is for; say why there is none."""
        host, rows = self._host, self._host.targets()
        may_write = not host.session.connection.read_only
        objects = [row for row in rows if row.kind is not Kind.PREFIX and row.has_bytes]
        if len(objects) > _MOST:
            host.say(f"At most {count(_MOST)} links are made at a time: mark fewer.", "warning")
        elif objects:
            versions = [row.version_id for row in objects]
            if len(objects) > 1 and any(versions):
                host.say("Links to versions are made one by one: mark one of them.", "warning")
                return None
            return Linked([row.key for row in objects], may_write=may_write, version_id=versions[0])
        elif any(row.kind is not Kind.PREFIX for row in rows):
            host.say("A delete marker holds no bytes: there is nothing to link to.", "warning")
        elif len(rows) > 1:
            host.say("A link is to an object: mark objects, not prefixes.", "warning")
        elif host.may_write():
            return Linked((), rows[0].key if rows else prefix)
        return None

    async def _caveat(self, linked: Linked) -> str:
        if len(linked.keys) != 1:
            return ""
        of = ObjectId(self._host.bucket, linked.keys[0], linked.version_id)
        return await self._host.session.run(lambda s3: link_caveat(s3, of))

    async def _sign(self, linked: Linked, wish: LinkWish) -> Sequence[Presigned]:
        bucket = self._host.bucket
        return await self._host.session.run(lambda s3: _links(s3, bucket, linked, wish))


async def _links(s3: S3Client, bucket: str, linked: Linked, wish: LinkWish) -> Sequence[Presigned]:
    """Sign what is wished.

    Raises: S3Error; ValueError, for what cannot be signed.
    """
    await learn_region(s3, bucket)
    span_s, kind = wish.expires_s, wish.content_type
    if wish.method == "POST":
        return [await s3.presign_post(bucket, wish.key, expires_s=span_s, content_type=kind)]
    if wish.method == "PUT":
        return [
            await s3.presign(
                "PUT",
                bucket,
                wish.key,
                expires_s=span_s,
                content_type=kind,
                only_if_new=wish.only_if_new,
            )
        ]
    overrides = None
    if wish.method == "GET":
        saved = None if wish.save_as is None else attachment(wish.save_as)
        overrides = ResponseOverrides(content_type=kind, content_disposition=saved)
    return [
        await s3.presign(
            wish.method, bucket, key, expires_s=span_s, version_id=linked.version_id, overrides=overrides
        )
        for key in linked.keys
    ]
