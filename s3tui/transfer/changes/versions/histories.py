"""Histories: all versions and delete markers of each key, the newest first."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from s3tui.s3.models import ObjectVersion
from s3tui.transfer.changes.current import key_order, newest_first
from s3tui.transfer.changes.models import Facts
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.changes.reading import ReadingClient
from s3tui.transfer.errors import TransferError

History = list[ObjectVersion]


async def histories(
    client: ReadingClient, bucket: str, root: Root
) -> AsyncGenerator[list[tuple[str, History]], None]:
    """Yield the histories of the keys of a root, a page of the listing at a time.

    Raises: S3Error; TransferError, when the server lists in an order that tells no history.
    """
    # A server may list a page's delete markers behind its versions; only the last key goes on in the next.
    open_: dict[str, History] = {}
    async with aclosing(client.versions(bucket, root.key)) as pages:
        async for page in pages:
            for version in page.versions:
                if root.holds(version.key):
                    open_.setdefault(version.key, []).append(version)
            if page.next is not None and open_:
                last = max(open_, key=key_order)
                rest = open_.pop(last)
                yield [(key, _checked(there)) for key, there in open_.items()]
                open_ = {last: rest}
    yield [(key, _checked(there)) for key, there in open_.items()]


def _checked(there: History) -> History:
    history = newest_first(there)
    if not history[0].is_latest or sum(each.is_latest for each in history) > 1:
        raise TransferError(
            "the server lists versions in no order, so which of them are old is not known", "NoOrder"
        )
    return history


def version_facts(version: ObjectVersion) -> Facts:
    """Return what tells a version from what may come in its place, as a plan keeps it."""
    modified = None if version.last_modified is None else version.last_modified.isoformat()
    facts = {
        "version": version.version_id,
        "marker": version.is_delete_marker,
        "size": version.size,
        "etag": version.etag,
        "modified": modified,
        "class": version.storage_class,
    }
    return {name: fact for name, fact in facts.items() if fact is not None}
