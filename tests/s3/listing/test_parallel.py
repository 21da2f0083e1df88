"""Parallel listing over real HTTP: a server of our own, MiniStack, moto, and a proxy that faults."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.s3 import Credentials, Endpoint, ListObjectsPage, RetryPolicy, S3Client, Throttled
from s3tui.s3.errors import AccessDenied, NoSuchBucket, SlowDown
from s3tui.s3.listing.parallel import list_objects_parallel
from s3tui.s3.sending.capabilities import Capability
from tests.fault_proxy import Answer, Cut, FaultProxy, Hangup, Request, Reset
from tests.long import rng, share
from tests.s3.listing.listing_server import (
    SyntheticBucket,
    listing_server,
    tree_order,
    utf8_order,
    utf16_order,
)
from tests.s3.listing.test_range_scheduler import keys, names
from tests.servers import S3Server

_PATIENT = RetryPolicy(attempts=8, base_s=0.001)
_KEYS = [f"logs/2026/{day:02}/part-{i:03}" for day in range(1, 8) for i in range(50)] + [
    "a b+c%2F",
    "é/猫",
    "z",
]
_SLOW_DOWN = Answer(503, body=b"<Error><Code>SlowDown</Code><Message>Please reduce</Message></Error>")


def _client(url: str, **options: Any) -> S3Client:
    return S3Client(Endpoint.custom(url), Credentials("AKIATEST", "secret"), retry=_PATIENT, **options)


async def _pages(client: S3Client, bucket: str, prefix: str = "", **options: Any) -> list[ListObjectsPage]:
    async with aclosing(list_objects_parallel(client, bucket, prefix, **options)) as pages:
        return [page async for page in pages]


def _names(pages: list[ListObjectsPage]) -> list[str]:
    return [name for page in pages for name in names(page)]


@settings(max_examples=share(60, 60), suppress_health_check=[HealthCheck.too_slow])
@given(
    keys,
    st.integers(1, 20),
    st.sampled_from(["", "/", "0"]),
    st.sampled_from([utf8_order, utf16_order]),
    st.integers(1, 16),
)
def test_any_bucket_is_listed_as_one_worker_would(
    found: set[str], page_size: int, delimiter: str, order: Any, workers: int
) -> None:
    bucket = SyntheticBucket(found, order=order)

    async def listed() -> list[str]:
        async with listing_server(bucket) as url, _client(url) as client:
            return _names(
                await _pages(client, "b", delimiter=delimiter, max_keys=page_size, max_workers=workers)
            )

    truth = [entry.name for entry in bucket.entries("", delimiter)]
    listing = asyncio.run(listed())
    assert listing == truth if order is utf8_order else sorted(listing) == sorted(truth)


def _keys_of(dice: random.Random) -> set[str]:
    """Return keys in folders, of which some names begin alike."""
    folders = ["a/", "a-b/", "a.b/", "a", "m/", "m!/", "z/0/", "z/0-1/"]
    return {
        f"{folder}{number:0{width}}"
        for folder in dice.sample(folders, dice.randint(1, 5))
        for width in [dice.randint(1, 3)]
        for number in range(dice.randint(1, 50))
    }


def _order_of(name: str, dice: random.Random, found: set[str]) -> Callable[[str], bytes]:
    if name == "tree":
        return tree_order
    places = sorted(found)
    if name == "shuffled":
        dice.shuffle(places)
    else:  # as S3's, but for a run of keys somewhere else
        start, length = dice.randrange(len(places)), dice.randint(1, 40)
        moved = places[start : start + length]
        del places[start : start + length]
        where = dice.randint(0, len(places))
        places[where:where] = moved
    ranks = {key: rank for rank, key in enumerate(places)}
    return lambda key: ranks[key].to_bytes(4, "big")


@pytest.mark.drawn
@pytest.mark.parametrize("order", ["tree", "shuffled", "a run elsewhere"])
async def test_every_key_comes_of_a_server_that_filters_by_bytes_and_lists_otherwise(order: str) -> None:
    bucket = SyntheticBucket((), filters_by_bytes=True)
    async with listing_server(bucket) as url:
        for seed in range(share(15, 1000)):
            dice = rng(f"{order} {seed}")
            bucket.keys = found = _keys_of(dice)
            bucket.order = _order_of(order, dice, found)
            async with _client(url) as client:
                listing = _names(await _pages(client, "b", max_keys=dice.choice([1, 2, 5, 9])))
            assert sorted(listing) == sorted(found), seed


async def test_an_endpoint_of_another_order_is_read_by_one_from_then_on() -> None:
    bucket = SyntheticBucket(
        {f"{folder}{n}" for folder in ("a/", "a-b/") for n in range(30)}, order=tree_order
    )
    targets: list[str] = []
    async with listing_server(bucket) as url:
        with FaultProxy(url) as proxy:
            async with _client(proxy.url) as client:
                for _ in range(2):
                    assert len(_names(await _pages(client, "b", max_keys=5))) == 60
                    targets, before = [request.target for request in proxy.requests], targets
                assert client.capabilities.has(Capability.START_AFTER) is False
                assert len(targets) == len(before) + 12
                assert not any("start-after" in target for target in targets[len(before) :])


async def test_an_endpoint_of_s3s_order_stays_one_for_many() -> None:
    async with listing_server(SyntheticBucket(_KEYS)) as url, _client(url) as client:
        await _pages(client, "b", max_keys=7)
        assert client.capabilities.has(Capability.START_AFTER) is None


async def test_another_order_that_no_page_shows() -> None:
    bucket = SyntheticBucket({"999", "a", "é", "\uffee/", "😀"}, order=utf16_order)
    async with listing_server(bucket) as url, _client(url) as client:
        listing = _names(await _pages(client, "b", max_keys=1, max_workers=2))
    assert sorted(listing) == sorted(entry.name for entry in bucket.entries("", ""))


_faults = st.sampled_from(
    [
        _SLOW_DOWN,
        Answer(500, body=b"<Error><Code>InternalError</Code></Error>"),
        Hangup(),
        Reset(),
        Reset(40),
        Cut(90),
    ]
)


@settings(max_examples=share(15, 15), suppress_health_check=[HealthCheck.too_slow])
def _is_as_long_as(digit: int) -> Callable[[Request], bool]:
    return lambda request: len(request.target) % 10 == digit


@given(
    keys,
    st.integers(3, 20),
    st.sampled_from(["", "/"]),
    st.lists(st.tuples(_faults, st.integers(0, 9)), max_size=8),
)
def test_faults_on_the_way_change_nothing(
    found: set[str], page_size: int, delimiter: str, faults: list[tuple[Any, int]]
) -> None:
    bucket = SyntheticBucket(found)

    async def listed() -> list[str]:
        async with listing_server(bucket) as url:
            with FaultProxy(url) as proxy:
                for fault, digit in faults:
                    proxy.add(fault, when=_is_as_long_as(digit))
                async with _client(proxy.url) as client:
                    return _names(await _pages(client, "b", delimiter=delimiter, max_keys=page_size))

    assert asyncio.run(listed()) == [entry.name for entry in bucket.entries("", delimiter)]


@pytest.fixture(scope="module", params=["ministack", "moto_server"])
def real(request: pytest.FixtureRequest) -> tuple[S3Server, str]:
    """A server that we did not write, and a bucket of it that holds `_KEYS`."""
    server: S3Server = request.getfixturevalue(request.param)
    bucket = server.make_bucket("listing")
    boto3 = server.boto3()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: boto3.put_object(Bucket=bucket, Key=key, Body=b"1234567"), _KEYS))
    return server, bucket


@pytest.mark.parametrize("delimiter", ["", "/"])
@pytest.mark.parametrize("prefix", ["", "logs/", "logs/2026/0", "nothing/"])
async def test_real_servers_list_the_same_in_parallel(
    real: tuple[S3Server, str], prefix: str, delimiter: str
) -> None:
    server, bucket = real
    async with S3Client(server.endpoint, server.credentials) as client:
        pages = await _pages(client, bucket, prefix, delimiter=delimiter, max_keys=7)
    truth = SyntheticBucket(_KEYS).entries(prefix, delimiter)
    assert _names(pages) == [entry.name for entry in truth]
    assert all(summary.size == 7 for page in pages for summary in page.objects)


async def test_a_seek_reads_only_what_lies_between(real: tuple[S3Server, str]) -> None:
    server, bucket = real
    exchanges: list[Any] = []
    async with S3Client(server.endpoint, server.credentials, observer=exchanges.append) as client:
        pages = await _pages(
            client, bucket, start_after="logs/2026/03/part-010", end_before="logs/2026/03/part-013"
        )
    assert _names(pages) == ["logs/2026/03/part-011", "logs/2026/03/part-012"]
    assert pages[-1].next_continuation_token is None
    assert len(exchanges) == 1


async def test_the_first_page_takes_one_request() -> None:
    exchanges: list[Any] = []
    async with (
        listing_server(SyntheticBucket(_KEYS)) as url,
        _client(url, observer=exchanges.append) as client,
        aclosing(list_objects_parallel(client, "b", max_keys=10)) as pages,
    ):
        await anext(pages)
        assert len(exchanges) == 1


async def test_closing_ends_every_request() -> None:
    async with listing_server(SyntheticBucket(_KEYS)) as url, _client(url) as client:
        async with aclosing(list_objects_parallel(client, "b", max_keys=5)) as pages:
            for _ in range(3):
                await anext(pages)
            assert _workers()
        assert not _workers()


def _workers() -> list[asyncio.Task[Any]]:
    return [task for task in asyncio.all_tasks() if "_Workers._walk" in repr(task.get_coro())]


async def test_workers_read_ahead_of_the_caller_so_far_and_no_further() -> None:
    exchanges: list[Any] = []
    async with (
        listing_server(SyntheticBucket(_KEYS)) as url,
        _client(url, observer=exchanges.append) as client,
        aclosing(list_objects_parallel(client, "b", max_keys=5, max_pages_ahead=20)) as pages,
    ):
        await anext(pages)
        while workers := _workers():
            await asyncio.wait(workers)
        assert 15 < len(exchanges) < 60
        assert _names([page async for page in pages])[-1] == "é/猫"


async def test_a_server_that_asks_for_less_gets_less() -> None:
    def is_throttled(request: Request) -> bool:
        return "start-after" in request.target

    facts: list[Any] = []
    async with listing_server(SyntheticBucket(_KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(_SLOW_DOWN, when=is_throttled, times=60)
            async with _client(proxy.url, observer=facts.append) as client:
                assert _names(await _pages(client, "b", max_keys=5)) == sorted(_KEYS)
                assert client.slow_downs == sum(isinstance(fact, Throttled) for fact in facts) > 0


async def test_what_refuses_start_after_is_read_by_one() -> None:
    refused = Answer(501, body=b"<Error><Code>NotImplemented</Code><Message>no</Message></Error>")
    async with listing_server(SyntheticBucket(_KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(refused, when=lambda request: "start-after" in request.target, times=None)
            async with _client(proxy.url) as client:
                assert _names(await _pages(client, "b", max_keys=9)) == sorted(_KEYS)


async def test_what_fails_halfway_is_raised_behind_what_lies_before_it() -> None:
    denied = Answer(403, body=b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>")
    seen: list[str] = []
    async with listing_server(SyntheticBucket(_KEYS)) as url:
        with FaultProxy(url) as proxy:
            async with _client(proxy.url) as client:
                with pytest.raises(AccessDenied):  # noqa: PT012 - the listing itself is what raises
                    async with aclosing(list_objects_parallel(client, "b", max_keys=5)) as pages:
                        async for page in pages:
                            seen += names(page)
                            proxy.add(denied, times=None)
    assert seen
    assert seen == sorted(_KEYS)[: len(seen)]


async def test_a_bucket_that_is_not_there(ministack: S3Server) -> None:
    async with S3Client(ministack.endpoint, ministack.credentials) as client:
        with pytest.raises(NoSuchBucket):
            await _pages(client, "nobody-has-this-bucket")


async def test_a_server_that_never_has_time_is_given_up() -> None:
    async with listing_server(SyntheticBucket(_KEYS)) as url:
        with FaultProxy(url) as proxy:
            proxy.add(_SLOW_DOWN, times=None)
            async with _client(proxy.url) as client:
                with pytest.raises(SlowDown):
                    await _pages(client, "b")
