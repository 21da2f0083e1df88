"""Capabilities of an endpoint: observed once, reported once, handed on to clients derived from one."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.s3 import Capability, CapabilityObserved, S3Client
from s3tui.s3.errors import NotSupported
from s3tui.s3.sending.capabilities import Capabilities
from s3tui.s3.sending.sender import Fact
from tests.s3.scripted import KEYS, Reply, Seen, scripted

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize("capability", Capability)
@pytest.mark.parametrize("is_there", [True, False])
def test_what_is_learnt_is_news_once_and_unknown_before(capability: Capability, is_there: bool) -> None:
    news: list[CapabilityObserved] = []
    record = Capabilities(news.append, lambda: NOON)
    assert record.has(capability) is None
    record.learn(capability, is_there, "as seen")
    record.learn(capability, is_there, "seen again")
    assert record.has(capability) is is_there
    assert news == [CapabilityObserved(capability, is_there, "as seen", NOON)]
    record.learn(capability, not is_there, "changed")
    assert [observed.is_there for observed in news] == [is_there, not is_there]
    assert record.known() == (news[-1],)


def test_what_another_client_saw_earlier_changes_nothing() -> None:
    record = Capabilities(lambda fact: None, lambda: NOON)
    record.learn(Capability.DELETE_OBJECTS, True, "here")
    record.take(CapabilityObserved(Capability.DELETE_OBJECTS, False, "there", NOON - timedelta(seconds=1)))
    assert record.has(Capability.DELETE_OBJECTS) is True
    record.take(CapabilityObserved(Capability.DELETE_OBJECTS, False, "there", NOON + timedelta(seconds=1)))
    assert record.has(Capability.DELETE_OBJECTS) is False


def everything_is_a_listing(seen: Seen) -> Reply:
    return Reply(200, {}, b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")


async def test_what_a_client_learns_goes_with_its_recipe_and_comes_back_as_a_fact() -> None:
    facts: list[Fact] = []
    async with scripted(everything_is_a_listing) as server, S3Client(server.endpoint, KEYS) as first:
        before = await first.config()
        assert await first.config() is before
        with pytest.raises(NotSupported):
            await first.put_object_tagging("b", "k", {})
        after = pickle.loads(pickle.dumps(await first.config()))
        assert after != before
        async with S3Client.from_config(after, observer=facts.append) as second:
            assert second.capabilities.has(Capability.TAGGING) is False
            second.capabilities.learn(Capability.COPY_SOURCE_IF_MATCH, True, "UploadPartCopy: 412")
            assert facts == [second.capabilities.get(Capability.COPY_SOURCE_IF_MATCH)]
        first.heard(facts[0])
        assert first.capabilities.has(Capability.COPY_SOURCE_IF_MATCH) is True
