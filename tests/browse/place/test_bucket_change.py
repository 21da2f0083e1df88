from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.place.bucket_change import BucketChange
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Kind, Listing, Row, State
from s3tui.s3.models import ListObjectsPage
from tests.browse.pages import entries, listed, pages, summary

NAMES = st.text("ab/é", min_size=1, max_size=4)
PREFIXES = st.sampled_from(["", "a/", "b/a/", "é/"])


def rows(listing: Listing) -> list[Row]:
    return [listing.row(row) for row in range(len(listing))]


def changed(change: BucketChange, listing: Listing, *, is_flat: bool = True) -> Listing:
    other = change.edit(Location("b", listing.prefix, is_flat=is_flat))(listing)
    return listing if other is None else other


def flat(keys: set[str], prefix: str) -> Listing:
    found = sorted((key for key in keys if key.startswith(prefix)), key=str.encode)
    listing = Listing(prefix)
    for first in range(0, max(1, len(found)), 3):
        some = tuple(summary(key) for key in found[first : first + 3])
        more = "on" if first + 3 < len(found) else None
        listing.append(ListObjectsPage(some, next_continuation_token=more))
    return listing


@settings(max_examples=300)
@given(
    st.sets(NAMES, max_size=14),
    st.sets(NAMES, max_size=4),
    st.sets(st.sampled_from(["a/", "b/", "a/b/", "b/a/"]), max_size=2),
    st.dictionaries(NAMES, st.integers(0, 99), max_size=4),
    PREFIXES,
    st.booleans(),
)
def test_a_changed_listing_is_that_of_the_changed_keys(
    keys: set[str],
    gone: set[str],
    gone_prefixes: set[str],
    written: dict[str, int],
    prefix: str,
    is_flat: bool,
) -> None:
    change = BucketChange("b", frozenset(gone), frozenset(gone_prefixes), tuple(written.items()))
    old = flat(keys, prefix) if is_flat else listed(keys, prefix, per_page=3)
    before = rows(old)
    new = change.edit(Location("b", prefix, is_flat=is_flat))(old)
    below = tuple(gone_prefixes)
    left = {key for key in keys if key not in gone and not key.startswith(below)} | set(written)
    if is_flat:
        expected = sorted((key for key in left if key.startswith(prefix)), key=str.encode)
    else:
        # That a prefix is empty is known only where all below it went as a whole.
        unknown = {row.key for row in before if row.kind is Kind.PREFIX and not row.key.startswith(below)}
        if any(prefix.startswith(each) for each in below):
            unknown = set()
        expected = sorted({*entries(left, prefix), *unknown}, key=str.encode)
    now = rows(old if new is None else new)
    assert [row.key for row in now] == expected
    kept = {row.key: row for row in before}
    for row in now:
        if row.key in written and row.kind is not Kind.PREFIX:
            assert (row.size, row.modified) == (written[row.key], None)
        elif row.key in kept:
            assert row == kept[row.key]
    assert rows(old) == before, "another listing, not the same one"
    if new is not None:
        assert new.total_size == sum(row.size or 0 for row in now)
        assert (new.state, new.unsized, new.is_ordered) == (State.COMPLETE, 0, True)


@settings(max_examples=100)
@given(st.sets(NAMES, min_size=4, max_size=14), st.dictionaries(NAMES, st.integers(0, 9), max_size=5))
def test_what_is_not_listed_yet_is_left_to_the_listing(keys: set[str], written: dict[str, int]) -> None:
    every = list(pages(keys, "", per_page=2))
    some = Listing()
    for page in every[:-1] or every:
        some.append(page)
    some.stop(by_user=True)
    change = BucketChange("b", written=tuple(written.items()))
    new = changed(change, some, is_flat=False)
    assert (new.state, new.continuation_token, new.last_key) == (
        some.state, some.continuation_token, some.last_key
    )  # fmt: skip
    if some.state is State.COMPLETE:
        return
    heads = set(entries({*keys, *written}, ""))
    last = (some.last_key or "").encode()
    assert [row.key for row in rows(new)] == sorted(
        (key for key in heads if key.encode() <= last), key=str.encode
    )


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sets(NAMES, max_size=3), st.dictionaries(NAMES, st.integers(0, 9), max_size=3)),
        max_size=4,
    )
)
def test_many_changes_are_one(steps: list[tuple[set[str], dict[str, int]]]) -> None:
    keys = {"a", "a/b", "b/", "é/a", "ab"}
    one_by_one, whole = flat(keys, ""), BucketChange("b")
    for gone, written in steps:
        change = BucketChange("b", frozenset(gone), written=tuple(written.items()))
        one_by_one = changed(change, one_by_one)
        whole = whole.then(change)
    assert rows(changed(whole, flat(keys, ""))) == rows(one_by_one)


def test_what_was_deleted_as_a_whole_takes_back_what_was_written_there() -> None:
    first = BucketChange("b", written=(("a/x", 1), ("b", 2)), written_prefixes=frozenset({"a/y/", "c/"}))
    both = first.then(BucketChange("b", gone_prefixes=frozenset({"a/"})))
    assert dict(both.written) == {"b": 2}
    assert both.written_prefixes == {"c/"}


@pytest.mark.parametrize(
    ("change", "touched", "untouched"),
    [
        (BucketChange("b", gone=frozenset({"a/b"})), ["", "a/"], ["b/", "a/b/"]),
        (BucketChange("b", written=(("a/b", 1),)), ["", "a/"], ["b/"]),
        (BucketChange("b", gone_prefixes=frozenset({"a/b/"})), ["", "a/", "a/b/c/"], ["a/c/"]),
        (BucketChange("b", written_prefixes=frozenset({"a/b/"})), ["", "a/", "a/b/c/"], ["a/c/"]),
        (BucketChange("b", unclear=frozenset({""})), ["", "a/"], []),
    ],
)
def test_what_it_touches(change: BucketChange, touched: list[str], untouched: list[str]) -> None:
    assert [prefix for prefix in (*touched, *untouched) if change.touches(prefix)] == touched


def test_a_folder_that_was_uploaded_is_a_row_above_it() -> None:
    change = BucketChange("b", written_prefixes=frozenset({"a/new/"}))
    above, beside = change.edit(Location("b", "a/"))(listed({"a/1"}, "a/")), change.edit(Location("b", "c/"))
    assert above is not None
    assert [row.key for row in rows(above)] == ["a/1", "a/new/"]
    assert beside(listed({"c/1"}, "c/")) is None
    assert change.edit(replace(Location("b", "a/"), is_flat=True))(flat({"a/1"}, "a/")) is None
