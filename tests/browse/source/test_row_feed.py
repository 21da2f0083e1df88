from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import pytest

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.source.row_feed import Batch, row_batches
from s3tui.s3 import Credentials, Endpoint, S3Client
from s3tui.s3.errors import AccessDenied
from s3tui.s3.sending.capabilities import Capability
from tests.fault_proxy import Answer, FaultProxy, Stall
from tests.long import rng, share
from tests.s3.listing.listing_server import SyntheticBucket, listing_server, no_order, tree_order

KEYS = [f"p/{number:05}" for number in range(5300)]
REFUSED = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")


def a_client(url: str) -> S3Client:
    return S3Client(Endpoint.custom(url), Credentials("key", "secret"))


def names(listing: Listing) -> list[str]:
    return [listing.key(row) for row in range(len(listing))]


async def take(listing: Listing, s3: S3Client, **options: int) -> list[Batch]:
    token = listing.continuation_token
    found = []
    async with aclosing(
        row_batches(
            s3, "b", listing.builder(), token=token, interval_s=0.01, most_rows=options.get("most", 10**6)
        )
    ) as batches:
        async for batch in batches:
            listing.extend(batch.rows)
            found.append(batch)
    return found


async def test_the_first_page_comes_at_once_and_the_rest_in_order() -> None:
    listing = Listing("p/")
    async with listing_server(SyntheticBucket(KEYS)) as url, a_client(url) as s3:
        batches = await take(listing, s3)
    assert len(batches[0].rows) == 1000
    assert all(len(a.rows) + a.rows.first_row == b.rows.first_row for a, b in pairwise(batches))
    assert (names(listing), listing.state) == (KEYS, State.COMPLETE)


async def test_a_listing_rests_after_its_most_rows_and_goes_on_behind_them() -> None:
    listing = Listing("p/")
    async with listing_server(SyntheticBucket(KEYS)) as url, a_client(url) as s3:
        await take(listing, s3, most=2000)
        assert 2000 <= len(listing) < len(KEYS)
        assert listing.state is State.LOADING  # no end was seen
        await take(listing, s3)
    assert (names(listing), listing.state) == (KEYS, State.COMPLETE)


async def test_what_was_read_before_a_refusal_comes_out_before_it() -> None:
    listing = Listing("p/")
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(REFUSED, when=lambda request: "p%2F02999" in request.target, times=None)
            proxy.add(REFUSED, when=lambda request: "continuation-token" in request.target, times=None)
            async with a_client(proxy.url) as s3:
                with pytest.raises(AccessDenied):
                    await take(listing, s3)
    assert names(listing) == KEYS[: len(listing)]
    assert len(listing) >= 1000


async def test_closing_cancels_what_is_in_flight() -> None:
    async with listing_server(SyntheticBucket(KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(Stall(), when=lambda request: "start-after" in request.target, times=None)
            proxy.add(Stall(), when=lambda request: "continuation-token" in request.target, times=None)
            async with a_client(proxy.url) as s3:
                before = asyncio.all_tasks()
                async with aclosing(row_batches(s3, "b", Listing("p/").builder())) as batches:
                    await anext(batches)
                assert {task for task in asyncio.all_tasks() - before if "_read" in repr(task)} == set()


ODD: dict[str, dict[str, Any]] = {
    "as S3": {},
    "ignores start-after": {"knows_start_after": False},
    "another order": {"order": tree_order},
    "no order": {"order": no_order},
}


@pytest.mark.drawn
@pytest.mark.parametrize("odd", ODD)
async def test_a_sought_listing_shows_all_from_where_it_begins(odd: str) -> None:
    """Also where the order shows only after the first page."""
    bucket = SyntheticBucket((), **ODD[odd])
    anew = 0
    async with listing_server(bucket) as url:
        for seed in range(share(2 if odd == "as S3" else 6, 60)):
            dice = rng(f"{odd} {seed}")
            folders = [f"{number:03}" for number in range(150)] + ["x/", "x-y/"]
            bucket.keys = {f"{dice.choice(folders)}{dice.randrange(99):02}" for _ in range(2500)}
            sought: str | None = dice.choice(["0", "100", "x/50", "x-z", "~"])
            listing = Listing("")
            async with a_client(url) as s3:
                while True:
                    feed = row_batches(s3, "b", listing.builder(), delimiter="", sought=sought)
                    async with aclosing(feed) as batches:
                        async for batch in batches:
                            if batch.begins_anew:
                                break
                            listing.begins_at = listing.begins_at or batch.begins_at
                            listing.extend(batch.rows)
                        else:
                            break
                    listing, anew = Listing(""), anew + 1
                    assert s3.capabilities.has(Capability.START_AFTER) is False
            begin = listing.begins_at or ""
            assert sorted(names(listing)) == sorted(key for key in bucket.keys if key >= begin), seed
    assert (odd == "as S3") <= (anew == 0)
