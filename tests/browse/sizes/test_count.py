from __future__ import annotations

import asyncio
from contextlib import aclosing, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from s3tui.browse.place.bookmarks import SCHEMA, Whose
from s3tui.browse.sizes import count as sizes_module
from s3tui.browse.sizes.count import Age, Count, Sizes, SizeTotal, count_objects
from s3tui.browse.sizes.known_sizes import Counts, KnownSize, remember, remembered
from s3tui.s3 import Credentials, Endpoint, S3Client
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.state import open_database
from tests.s3.listing.listing_server import SyntheticBucket, listing_server

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PREFIX = "p/"


def page(*objects: ObjectSummary) -> ListObjectsPage:
    return ListObjectsPage(objects)


def put(key: str, size: int, days: float = 0, storage_class: str | None = None) -> ObjectSummary:
    return ObjectSummary(key, size, NOON - timedelta(days=days), storage_class=storage_class)


def summed(objects: list[ObjectSummary]) -> SizeTotal:
    return SizeTotal(len(objects), sum(o.size or 0 for o in objects))


OBJECTS = st.lists(
    st.builds(
        put,
        st.text("ab/é\udcff", max_size=5).map(PREFIX.__add__),
        st.integers(0, 2**43),
        st.sampled_from([-1, 0.5, 3, 20, 100, 400]),
        st.sampled_from([None, "STANDARD", "GLACIER"]),
    ),
    max_size=80,
    unique_by=lambda o: o.key,
).map(lambda objects: sorted(objects, key=lambda o: o.key))


def naive(objects: list[ObjectSummary]) -> Sizes:
    below = [(PREFIX + o.key[len(PREFIX) :].partition("/")[0] + "/", o) for o in objects]
    children = {child for child, o in below if o.key.startswith(child)}

    def age(o: ObjectSummary) -> Age:
        assert o.last_modified is not None
        days = (NOON - o.last_modified).days
        limits = ((1, Age.DAY), (7, Age.WEEK), (30, Age.MONTH), (365, Age.YEAR))
        return next((word for limit, word in limits if days < limit), Age.OLDER)

    return Sizes(
        PREFIX,
        NOON,
        True,
        objects[-1].key if objects else None,
        summed(objects),
        {c: summed([o for child, o in below if child == c and o.key.startswith(c)]) for c in children},
        {
            name: summed([o for o in objects if (o.storage_class or "STANDARD") == name])
            for name in {o.storage_class or "STANDARD" for o in objects}
        },
        {a: summed([o for o in objects if age(o) is a]) for a in {age(o) for o in objects}},
        tuple(
            sizes_module.Large(size, key)
            for size, key in sorted(((o.size or 0, o.key) for o in objects), reverse=True)[
                : sizes_module.LARGEST
            ]
        ),
        max((sizes_module.Newest(o.last_modified, o.key) for o in objects if o.last_modified), default=None),
    )


@given(OBJECTS, st.integers(1, 20))
def test_a_count_in_pages_equals_the_naive_sum(objects: list[ObjectSummary], page_size: int) -> None:
    count = Count(PREFIX, NOON)
    for start in range(0, len(objects), page_size):
        count.add(page(*objects[start : start + page_size]))
    assert count.sizes(is_complete=True) == naive(objects)


@given(OBJECTS, st.integers(0, 80))
def test_a_count_that_goes_on_where_it_was_stopped_counts_nothing_twice(
    objects: list[ObjectSummary], stop: int
) -> None:
    first = Count(PREFIX, NOON)
    first.add(page(*objects[:stop]))
    # Another day, and a server that does not know start-after.
    rest = Count(PREFIX, NOON + timedelta(days=1), first.sizes())
    rest.add(page(*objects))
    whole = rest.sizes(is_complete=True)
    assert (whole.total, whole.children, whole.largest) == (
        naive(objects).total,
        naive(objects).children,
        naive(objects).largest,
    )


def test_a_snapshot_stays_as_it_was() -> None:
    count = Count(PREFIX, NOON)
    count.add(page(put("p/a/1", 1)))
    then = count.sizes()
    count.add(page(put("p/a/2", 2)))
    assert then.total == then.children["p/a/"] == then.by_class["STANDARD"] == SizeTotal(1, 1)
    assert count.sizes().children["p/a/"] == SizeTotal(2, 3)


def test_a_stopped_count_knows_which_children_are_whole() -> None:
    count = Count(PREFIX, NOON)
    count.add(page(put("p/a/1", 1), put("p/b/1", 2)))
    counts = Counts([count.sizes()])
    assert counts.known("p/a/") == KnownSize(SizeTotal(1, 1), True, NOON)
    assert counts.known("p/b/") == KnownSize(SizeTotal(1, 2), False, NOON)
    assert counts.known("p/c/") is None
    assert counts.largest_in("p/") == 2
    assert Counts([count.sizes(is_complete=True)]).known("p/c/") == KnownSize(SizeTotal(), True, NOON)


def test_without_an_order_no_child_is_whole_and_the_count_cannot_go_on() -> None:
    count = Count(PREFIX, NOON)
    count.add(page(put("p/b/1", 2), put("p/a/1", 1)))
    sizes = count.sizes()
    assert sizes.last_key is None
    assert sizes.child("p/a/") == (SizeTotal(1, 1), False)
    assert Count(PREFIX, NOON, sizes).sizes().total == SizeTotal()


def test_a_part_does_not_replace_the_whole() -> None:
    count = Count(PREFIX, NOON)
    count.add(page(put("p/a", 5)))
    whole = count.sizes(is_complete=True)
    counts = Counts([whole])
    assert not counts.put(Sizes(PREFIX, NOON + timedelta(days=1)))
    assert counts.get(PREFIX) == whole


def test_what_was_remembered_does_not_replace_what_was_counted_since() -> None:
    count = Count(PREFIX, NOON)
    count.add(page(put("p/a/1", 5)))
    counts = Counts([count.sizes()])
    assert counts.largest_in("p/") == 5
    counts.add_older(
        Counts([Sizes(PREFIX, NOON, is_complete=True), Sizes("p/b/", NOON, True, total=SizeTotal(1, 9))])
    )
    assert counts.get(PREFIX) == count.sizes()
    assert counts.known("p/b/") == KnownSize(SizeTotal(1, 9), True, NOON)
    assert counts.largest_in("p/") == 9


WORK, OTHER = Whose("http://a key AKIA1", "env"), Whose("http://b key AKIA1", "env")


def test_counts_are_remembered_with_their_time(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    count = Count("odd\udcff/", NOON)
    count.add(page(put("odd\udcff/a/\udcfe", 5, 3, "GLACIER"), ObjectSummary("odd\udcff/b", 7)))
    with closing(open_database(file, SCHEMA[:1])):
        pass  # one that was made before there were counts
    with closing(open_database(file, SCHEMA)) as database:
        remember(database, WORK, "bucket", count.sizes())
        remember(database, OTHER, "bucket", Sizes("odd\udcff/", NOON))
    with closing(open_database(file, SCHEMA)) as database:
        assert remembered(database, WORK, "bucket").get("odd\udcff/") == count.sizes()
        assert not remembered(database, WORK, "elsewhere")


async def test_a_count_that_ends_while_nobody_asks_for_more_still_says_so() -> None:
    keys = [f"p/{number:05}" for number in range(2500)]
    async with (
        listing_server(SyntheticBucket(keys)) as url,
        S3Client(Endpoint.custom(url), Credentials("key", "secret")) as s3,
    ):
        before = asyncio.all_tasks()
        async with aclosing(count_objects(s3, "b", "p/", NOON, interval_s=0)) as counted:
            first = await anext(counted)
            readers = {task for task in asyncio.all_tasks() - before if "_read" in repr(task)}
            assert readers
            assert not first.is_complete
            await asyncio.wait(readers)
            rest = [sizes async for sizes in counted]
    assert rest
    assert (rest[-1].is_complete, rest[-1].total.objects) == (True, len(keys))
