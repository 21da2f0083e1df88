"""The present state of objects: of every key, also of those that are no text."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.transfer.changes.current import look

PAGE = 5


class ListedBucket:
    """A bucket that is listed by small pages, in the order of the bytes of its keys."""

    def __init__(self, *keys: bytes) -> None:
        self.keys = [key.decode("utf-8", "surrogateescape") for key in sorted(keys)]

    async def objects(self, bucket: str, prefix: str, **_: Any) -> AsyncGenerator[ListObjectsPage, None]:
        keys = [key for key in self.keys if key.startswith(prefix)]
        for start in range(0, len(keys), PAGE):
            found = [ObjectSummary(key, 1, None, "e") for key in keys[start : start + PAGE]]
            yield ListObjectsPage(tuple(found), ())


async def test_a_key_that_is_no_text_is_found_behind_those_that_are() -> None:
    others = [f"p/\N{GRINNING FACE}{n}".encode() for n in range(2)]
    meant = [b"p/a", b"p/b", b"p/c", b"p/d", b"p/\xff"]
    bucket: Any = ListedBucket(*meant, *others)
    keys = [key.decode("utf-8", "surrogateescape") for key in meant]
    found = await look(bucket, "bucket", keys, versions=False)
    assert [key for key, there in found.items() if there] == keys
