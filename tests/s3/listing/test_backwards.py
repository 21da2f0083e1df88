"""Listing backwards finds the keys that listing forwards has before."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.s3 import Credentials, Endpoint, Exchange, S3Client
from s3tui.s3.errors import NotSupported
from s3tui.s3.listing.backwards import list_objects_before
from tests.long import rng, share
from tests.s3.listing.listing_server import (
    SyntheticBucket,
    listing_server,
    no_order,
    tree_order,
    utf16_order,
)
from tests.s3.listing.test_range_scheduler import keys, names


@settings(max_examples=share(60, 60), suppress_health_check=[HealthCheck.too_slow])
@given(
    keys,
    st.data(),
    st.integers(1, 30),
    st.integers(1, 20),
    st.sampled_from(["", "a", "x/"]),
    st.sampled_from(["", "/"]),
)
def test_a_page_backwards_is_the_end_of_all_that_lies_before(
    found: set[str], data: st.DataObject, count: int, page_size: int, prefix: str, delimiter: str
) -> None:
    bucket = SyntheticBucket(found)
    before = prefix + data.draw(st.sampled_from([*sorted(found), "", "0", "x/07", "~"]))

    async def listed() -> list[str]:
        async with listing_server(bucket) as url, S3Client(Endpoint.custom(url), _KEYS) as client:
            page = await list_objects_before(
                client, "b", prefix, before=before, count=count, delimiter=delimiter, max_keys=page_size
            )
            assert page.next_continuation_token is None
            return names(page)

    truth = [entry.name for entry in bucket.entries(prefix, delimiter) if entry.name < before]
    assert asyncio.run(listed()) == truth[-count:]


async def test_a_page_backwards_takes_a_few_requests_far_into_a_bucket() -> None:
    bucket = SyntheticBucket([f"data/part-{i:08}" for i in range(5_000)])
    exchanges: list[object] = []
    async with (
        listing_server(bucket) as url,
        S3Client(Endpoint.custom(url), _KEYS, observer=exchanges.append) as client,
    ):
        page = await list_objects_before(client, "b", before="data/part-00004321", count=10, max_keys=20)
    assert names(page) == [f"data/part-{i:08}" for i in range(4_311, 4_321)]
    assert sum(isinstance(e, Exchange) for e in exchanges) < 8


_KEYS = Credentials("AKIATEST", "secret")


ODD: dict[str, dict[str, Any]] = {
    "ignores start-after": {"knows_start_after": False},
    "another order": {"order": tree_order},
    "no order": {"order": no_order},
    "another order, and ignores it": {"order": utf16_order, "knows_start_after": False},
    "filters by bytes": {"order": no_order, "filters_by_bytes": True},
}


@pytest.mark.drawn
@pytest.mark.parametrize("odd", ODD)
async def test_a_server_that_does_not_begin_where_it_is_asked_to_is_told_of(odd: str) -> None:
    bucket = SyntheticBucket((), **ODD[odd])
    told = 0
    async with listing_server(bucket) as url:
        for seed in range(share(25, 500)):
            dice = rng(f"{odd} {seed}")
            folders = ["", "a/", "a-b/", "\uffee", "😀"]
            bucket.keys = {
                f"{dice.choice(folders)}{dice.randrange(30):02}" for _ in range(dice.randrange(40))
            }
            before, count = dice.choice(["a/15", "b", "20", "a-b/", "~"]), dice.randrange(1, 9)
            sizes = [3, 10, 1000] if odd == "ignores start-after" else [1000]
            truth = sorted(key for key in bucket.keys if key < before)
            async with S3Client(Endpoint.custom(url), _KEYS) as client:
                try:
                    page = await list_objects_before(
                        client, "b", before=before, count=count, max_keys=dice.choice(sizes)
                    )
                except NotSupported:
                    told += 1
                    with pytest.raises(NotSupported):  # from then on without a request
                        await list_objects_before(client, "b", before=before)
                    continue
            assert names(page) == truth[-count:], seed
    assert told
