"""The size of an object whose own answers do not say it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from s3tui.s3.checksum import ChecksumAlgorithm, checksum_of
from s3tui.s3.models import ObjectHead
from s3tui.transfer.integrity.object_size import merged, sized
from tests.transfer.integrity.cut_objects import CutObject, served

DATA = bytes(7)
OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
ONE, OTHER = (checksum_of(data, ChecksumAlgorithm.CRC32) for data in (b"one", b"other"))


async def asked(head: ObjectHead, version_id: str | None = None, **told: Any) -> tuple[ObjectHead, list[str]]:
    stored = CutObject(DATA, (7,), etag="e", **told)
    async with served(stored) as client:
        return await sized(client, "b", "k", version_id, head), stored.asked


async def test_what_is_known_is_not_asked_for() -> None:
    assert await asked(ObjectHead(0, "e")) == (ObjectHead(0, "e"), [])


@pytest.mark.parametrize("etag", ["e", None])
async def test_the_first_page_of_the_listing_says_it(etag: str | None) -> None:
    assert await asked(ObjectHead(None, etag)) == (ObjectHead(7, etag), ["list k"])


@pytest.mark.parametrize("etag", ["e", None])
async def test_the_listing_of_versions_says_it_of_a_version(etag: str | None) -> None:
    found = await asked(ObjectHead(None, etag), "v", keys=("k", "k2"))
    assert found == (ObjectHead(7, etag), ["versions k"])


@pytest.mark.parametrize("version_id", [None, "v"])
async def test_another_state_of_the_object_says_nothing(version_id: str | None) -> None:
    head = ObjectHead(None, "before")
    assert (await asked(head, version_id))[0] == head


@pytest.mark.parametrize("version_id", [None, "v"])
@pytest.mark.parametrize("told", [{"lists": False}, {"keys": ("k1", "k2")}, {"keys": ()}])
async def test_who_finds_nothing_in_a_listing_knows_no_more(
    version_id: str | None, told: dict[str, Any]
) -> None:
    head = ObjectHead(None, "e")
    found, questions = await asked(head, version_id, **told)
    assert found == head
    assert questions == ["list k" if version_id is None else "versions k"]


async def test_a_version_that_is_not_there_has_no_size() -> None:
    assert (await asked(ObjectHead(None, "e"), "gone"))[0] == ObjectHead(None, "e")


def test_what_one_answer_says_completes_the_other() -> None:
    full = ObjectHead(7, "e", last_modified=OLD, checksum=ONE)
    other = ObjectHead(8, "f", last_modified=NEW, checksum=OTHER)
    nothing = ObjectHead(None)
    assert merged(full, other) == full
    assert merged(full, nothing) == full
    assert merged(nothing, full) == full
    assert merged(ObjectHead(0), other).size == 0
    assert merged(ObjectHead(None, "e", content_type="text/plain"), other).content_type == "text/plain"
