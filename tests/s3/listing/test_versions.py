"""Listings as of an instant: against a slow and obvious model, and on real servers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.s3.listing.versions import Moment, list_objects_as_of, list_versions_as_objects
from s3tui.s3.models import ListObjectsPage, ObjectVersion, VersionSummary
from tests.long import share
from tests.s3.listing.listing_server import SyntheticBucket, SyntheticVersions, listing_server
from tests.s3.listing.test_range_scheduler import keys
from tests.servers import S3Server

START = datetime(2026, 11, 1, tzinfo=UTC)
INSTANTS = 8


@dataclass(frozen=True)
class Write:
    """A version or delete marker, in a bucket whose clock moves by whole seconds and may stand still."""

    key: str
    second: int
    is_delete: bool
    number: int


@st.composite
def histories(draw: st.DrawFn) -> list[Write]:
    """Writes in the order in which they happened."""
    seconds = sorted(draw(st.lists(st.integers(0, INSTANTS), max_size=30)))
    keys = st.sampled_from(["a", "b", "b/1", "é", "z"])
    return [Write(draw(keys), second, draw(st.booleans()), number) for number, second in enumerate(seconds)]


def naive(history: Iterable[Write], at: int) -> dict[str, int]:
    """Play the history up to the instant: which write each key has, if it is there."""
    state: dict[str, int] = {}
    for write in history:
        if write.second <= at:
            if write.is_delete:
                state.pop(write.key, None)
            else:
                state[write.key] = write.number
    return state


def as_listed(history: list[Write]) -> list[ObjectVersion]:
    """As S3 lists it: by key, the latest first."""
    latest = {write.key: write.number for write in history}
    return [
        ObjectVersion(
            write.key,
            str(write.number),
            latest[write.key] == write.number,
            write.is_delete,
            None if write.is_delete else 1,
            START + timedelta(seconds=write.second),
        )
        for write in sorted(history, key=lambda write: (write.key, -write.number))
    ]


@given(histories(), st.integers(-1, INSTANTS + 1), st.integers(1, 7))
def test_what_was_there_is_what_playing_the_history_gives(
    history: list[Write], at: int, per_page: int
) -> None:
    moment, found = Moment(START + timedelta(seconds=at)), []
    versions = as_listed(history)
    for first in range(0, len(versions), per_page):
        found += moment.take(versions[first : first + per_page])
    found += moment.end()
    assert {version.key: int(version.version_id) for version in found} == naive(history, at)
    assert [version.key for version in found] == sorted({version.key for version in found})


@settings(max_examples=share(60, 60), suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(keys, st.integers(0, INSTANTS), st.booleans()), max_size=6),
    st.integers(-1, INSTANTS + 1),
    st.integers(1, 12),
    st.sampled_from(["", "/"]),
    st.integers(1, 16),
)
def test_many_workers_find_what_playing_the_history_gives(
    writes: list[tuple[set[str], int, bool]], at: int, per_page: int, delimiter: str, workers: int
) -> None:
    steps = sorted(writes, key=lambda step: step[1])
    each = [(key, second, is_delete) for found, second, is_delete in steps for key in sorted(found)]
    history = [Write(*write, number) for number, write in enumerate(each)]
    there = naive(history, at)
    now = SyntheticBucket(naive(history, INSTANTS))
    instant = START + timedelta(seconds=at)

    async def listed() -> list[ListObjectsPage]:
        async with (
            listing_server(now, SyntheticVersions(as_listed(history))) as url,
            S3Client(Endpoint.custom(url), Credentials("AKIATEST", "secret")) as client,
        ):
            pages = list_objects_as_of(
                client, "b", at=instant, delimiter=delimiter, max_keys=per_page, max_workers=workers
            )
            return [page async for page in pages]

    pages = asyncio.run(listed())
    found = [(o.key, int(o.version_id)) for page in pages for o in page.objects]  # type: ignore[attr-defined]
    wanted = {key: number for key, number in there.items() if not delimiter or delimiter not in key}
    assert found == sorted(wanted.items(), key=lambda item: item[0].encode())
    prefixes = [prefix for page in pages for prefix in page.common_prefixes]
    ever = {key.partition("/")[0] + "/" for key in (write.key for write in history) if "/" in key}
    assert prefixes == (sorted(ever, key=str.encode) if delimiter else [])


@pytest.fixture(params=["ministack", "moto_server"])
def server(request: pytest.FixtureRequest) -> S3Server:
    found: S3Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
async def s3(ministack: S3Server) -> AsyncIterator[S3Client]:
    async with S3Client(ministack.endpoint, ministack.credentials) as client:
        yield client


def versioned_bucket(server: S3Server) -> str:
    bucket = server.make_bucket("versions")
    server.boto3().put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket


def write_history(server: S3Server, bucket: str) -> list[tuple[datetime, dict[str, str]]]:
    """Write some, and after each write return the server's time and what is there: key and version id."""
    s3, after = server.boto3(), []
    steps: list[tuple[str, bytes | None]] = [
        ("a", b"1"),
        ("d/x", b"1"),
        ("a", b"22"),
        ("b", b"1"),
        ("a", None),
        ("d/x", None),
        ("a", b"333"),
        ("c", b"1"),
        *(("many", b"x" * size) for size in range(1, 6)),
    ]
    for key, body in steps:
        if body is None:
            s3.delete_object(Bucket=bucket, Key=key)
        else:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        listed = s3.list_object_versions(Bucket=bucket)
        entries = [*listed.get("Versions", ()), *listed.get("DeleteMarkers", ())]
        there = {entry["Key"]: entry["VersionId"] for entry in listed["Versions"] if entry["IsLatest"]}
        after.append((max(entry["LastModified"] for entry in entries), there))
        time.sleep(0.002)  # a tick of the server's clock, which tells milliseconds
    return after


async def pages_of(
    pages: Callable[[str | None], AsyncGenerator[ListObjectsPage, None]],
) -> list[ListObjectsPage]:
    """Read each page by a listing of its own, from the token of the page before."""
    found: list[ListObjectsPage] = []
    token = None
    for _ in range(100):
        page = await anext(pages(token))
        found.append(page)
        token = page.next_continuation_token
        if token is None:
            return found
    raise AssertionError("it never ends")


@pytest.mark.parametrize("per_page", [1, 2, 3, 1000])
async def test_every_instant_of_a_real_bucket(ministack: S3Server, s3: S3Client, per_page: int) -> None:
    bucket = versioned_bucket(ministack)
    for at, there in write_history(ministack, bucket):
        pages = [page async for page in list_objects_as_of(s3, bucket, at=at, max_keys=per_page)]
        assert {o.key: o.version_id for page in pages for o in page.objects} == there  # type: ignore[attr-defined]
        again = await pages_of(
            lambda token, at=at: list_objects_as_of(  # type: ignore[misc]  # defaults
                s3, bucket, at=at, max_keys=per_page, continuation_token=token
            )
        )
        assert again == pages


async def test_prefixes_are_those_of_any_time(ministack: S3Server, s3: S3Client) -> None:
    bucket = versioned_bucket(ministack)
    (first, _), *_ = write_history(ministack, bucket)
    pages = [page async for page in list_objects_as_of(s3, bucket, at=first, delimiter="/")]
    assert [o.key for page in pages for o in page.objects] == ["a"]
    assert pages[0].common_prefixes == ("d/",)
    below = [page async for page in list_objects_as_of(s3, bucket, "d/", at=first, delimiter="/")]
    assert [page.objects for page in below] == [()]


async def test_it_begins_behind_a_key(ministack: S3Server, s3: S3Client) -> None:
    bucket = versioned_bucket(ministack)
    *_, (last, there) = write_history(ministack, bucket)
    pages = [page async for page in list_objects_as_of(s3, bucket, at=last, start_after="b")]
    assert [o.key for page in pages for o in page.objects] == [key for key in sorted(there) if key > "b"]


async def test_a_token_of_something_else_is_refused(s3: S3Client) -> None:
    for token in ("x", "[1, 2]", '[{"key": "a", "no": 1}, null]', "{}"):
        with pytest.raises(ValueError, match="no place"):
            await anext(list_objects_as_of(s3, "bucket", at=START, continuation_token=token))


async def test_versions_are_listed_latest_first_whatever_the_server_does(server: S3Server) -> None:
    bucket = versioned_bucket(server)
    write_history(server, bucket)
    listed = server.boto3().list_object_versions(Bucket=bucket)
    markers = {entry["VersionId"] for entry in listed["DeleteMarkers"]}
    expected = sorted(
        [*listed["Versions"], *listed["DeleteMarkers"]],
        key=lambda entry: (entry["Key"], not entry["IsLatest"], -entry["LastModified"].timestamp()),
    )
    async with S3Client(server.endpoint, server.credentials) as s3:
        pages = [page async for page in list_versions_as_objects(s3, bucket)]
    found = [o for page in pages for o in page.objects if isinstance(o, VersionSummary)]
    assert [(o.key, o.is_latest, o.is_delete_marker) for o in found] == [
        (entry["Key"], entry["IsLatest"], entry["VersionId"] in markers) for entry in expected
    ]
    assert {o.version_id for o in found} == {entry["VersionId"] for entry in expected}
    assert sum(o.size or 0 for o in found) == sum(entry["Size"] for entry in listed["Versions"])
