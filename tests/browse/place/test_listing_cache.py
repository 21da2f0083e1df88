from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.place.bucket_change import MOST, BucketChange
from s3tui.browse.place.listing_cache import LISTING_BYTES, ListingCache, ListingKey, Weight
from s3tui.browse.place.location import Location
from s3tui.browse.rows.listed_tree import ListedTree
from s3tui.browse.rows.tree import Tree
from s3tui.browse.source.versions import VERSIONS
from tests.browse.pages import listed as listing_of
from tests.browse.rows.test_listed_tree import complete

TREE = {"a/1", "a/b/1", "a/b/2", "c"}


def at(prefix: str, account: str = "me", bucket: str = "b") -> ListingKey:
    return ListingKey(account, Location(bucket, prefix))


def of_rows(count: int, prefix: str = "") -> ListedTree:
    return ListedTree(Tree(listing_of((f"{prefix}{number:05}" for number in range(count)), prefix)))


ON_SCREEN = at("on screen")


@dataclass
class Screen:
    """Shows a tree, and makes changes in it."""

    listed: ListedTree
    key: ListingKey = ON_SCREEN
    changes: list[BucketChange] = field(default_factory=list)

    def change(self, change: BucketChange) -> None:
        self.changes.append(change)


def test_what_was_kept_is_taken_once() -> None:
    cache, listed = ListingCache(), of_rows(3)
    cache.keep(at(""), listed)
    assert cache.take(at("")) is listed
    assert cache.take(at("")) is None


@pytest.mark.parametrize(
    "other",
    [
        at("", account="another"),
        at("", bucket="another"),
        at("a/"),
        ListingKey("me", Location("b", is_flat=True)),
        ListingKey("me", Location("b", source=VERSIONS)),
    ],
)
def test_another_account_bucket_prefix_or_mode_is_another_place(other: ListingKey) -> None:
    cache = ListingCache()
    cache.keep(at(""), of_rows(3))
    assert cache.take(other) is None
    assert at("") in cache


def test_an_expanded_prefix_is_known_where_it_was_expanded() -> None:
    cache, listed = ListingCache(), complete(TREE, "a/", "a/b/")
    cache.keep(at(""), listed)
    inside = cache.take(at("a/"))
    assert inside is not None
    assert inside.tree.root is listed.tree.listing("a/")
    assert at("") in cache, "it is kept still"
    for other in (at("a/", account="another"), at("a/", bucket="another"), at("c/")):
        assert cache.take(other) is None
    flat = replace(at("a/").location, is_flat=True)
    assert cache.take(ListingKey("me", flat)) is None


@settings(max_examples=100)
@given(st.data())
def test_the_budget_holds_for_what_is_kept_and_shown_whatever_comes_and_goes(data: st.DataObject) -> None:
    most_rows, most_bytes = 100, 20 * LISTING_BYTES
    cache = ListingCache(most_rows=most_rows, most_bytes=most_bytes)
    screen = Screen(of_rows(0))
    cache.show(screen)
    order: list[ListingKey] = []
    for number in range(data.draw(st.integers(1, 12))):
        rows = data.draw(st.sampled_from([0, 1, 20, 45, 130]))
        key = at(f"{data.draw(st.integers(0, 5))}/")
        if data.draw(st.booleans()) and (taken := cache.take(key)) is not None:
            order.remove(key)
        else:
            taken = of_rows(rows, f"{number}/")
        left = at(f"left {number}/")
        cache.keep(left, screen.listed)
        order.append(left)
        screen.listed = taken
        cache.fit()
        kept = [each for each in order if each in cache]
        weight = cache.weight()
        assert not kept or (weight.rows <= most_rows and weight.bytes <= most_bytes)
        small = [each for each in order if each in kept]
        assert small == kept[-len(small) :] if small else True, "what was left longest ago went first"
        order = kept


def test_a_larger_one_is_shown_whole_and_nothing_is_kept_beside_it() -> None:
    cache, large = ListingCache(most_rows=100), of_rows(130)
    cache.keep(at("a/"), of_rows(10))
    cache.show(Screen(large))
    cache.fit()
    assert at("a/") not in cache
    assert len(large.tree.root) == 130


def test_a_larger_one_that_is_left_does_not_push_out_what_fits() -> None:
    cache, large, shown = ListingCache(most_rows=100), of_rows(130), of_rows(1)
    cache.keep(at("a/"), of_rows(10))
    cache.keep(at("large/"), large)
    cache.show(Screen(shown))
    cache.fit()
    assert at("a/") in cache
    assert at("large/") not in cache


def test_what_two_trees_share_counts_once() -> None:
    cache = ListingCache(most_rows=100)
    above = complete({f"p/{number:02}" for number in range(80)}, "p/")
    cache.keep(at(""), above)
    inside = cache.take(at("p/"))
    assert inside is not None
    cache.show(Screen(inside))
    cache.fit()
    assert at("") in cache
    assert cache.weight().rows == 81


def test_what_is_dropped_is_freed_at_once_without_the_collector() -> None:
    cache, listed = ListingCache(most_rows=3), complete(TREE, "a/", "a/b/")
    gone = [weakref.ref(listing) for listing in listed.tree.listings]
    cache.keep(at(""), listed)
    del listed
    gc.disable()
    try:
        cache.fit()
        assert [listing() for listing in gone] == [None] * 3
    finally:
        gc.enable()


def test_what_is_hidden_counts_no_more() -> None:
    cache, screen = ListingCache(most_rows=100), Screen(of_rows(130))
    cache.show(screen)
    assert cache.weight().rows == 130
    cache.hide(screen)
    assert cache.weight() == Weight()


class TestChanges:
    CHANGE = BucketChange("b", gone=frozenset({"c"}), written=(("a/0", 5),))

    def cached(self, location: Location) -> tuple[ListingCache, ListingKey]:
        cache, key = ListingCache(), ListingKey("me", location)
        cache.keep(key, complete(TREE, "a/"))
        return cache, key

    def keys(self, listed: ListedTree | None) -> list[str | None]:
        assert listed is not None
        return [listed.tree.line(number).key for number in range(len(listed.tree))]

    def test_what_is_kept_comes_back_changed(self) -> None:
        cache, key = self.cached(Location("b"))
        cache.change("me", self.CHANGE)
        cache.change("me", BucketChange("b", written=(("d", 1),)))
        assert self.keys(cache.take(key)) == ["a/", "a/0", "a/1", "a/b/", "d"]

    def test_what_is_expanded_in_it_does_so_too(self) -> None:
        cache, _ = self.cached(Location("b"))
        cache.change("me", self.CHANGE)
        assert self.keys(cache.take(at("a/"))) == ["a/0", "a/1", "a/b/"]

    @pytest.mark.parametrize(("account", "bucket"), [("another", "b"), ("me", "another")])
    def test_a_change_elsewhere_changes_nothing(self, account: str, bucket: str) -> None:
        cache, key = self.cached(Location("b"))
        cache.change(account, replace(self.CHANGE, bucket=bucket))
        assert self.keys(cache.take(key)) == ["a/", "a/1", "a/b/", "c"]

    @pytest.mark.parametrize(
        "change",
        [
            BucketChange("b", unclear=frozenset({"c"})),
            BucketChange("b", unclear=frozenset({""})),
            BucketChange("b", gone=frozenset(f"x{number}" for number in range(MOST + 1))),
        ],
    )
    def test_what_cannot_be_told_from_a_change_is_forgotten(self, change: BucketChange) -> None:
        cache, key = self.cached(Location("b"))
        cache.change("me", change)
        assert key not in cache

    def test_many_small_changes_are_forgotten_too(self) -> None:
        cache, key = self.cached(Location("b"))
        for number in range(MOST + 1):
            cache.change("me", BucketChange("b", written=((f"x{number}", 1),)))
        assert key not in cache

    def test_versions_are_forgotten_where_they_changed(self) -> None:
        cache, key = self.cached(Location("b", "a/", source=VERSIONS))
        cache.change("me", BucketChange("b", gone=frozenset({"c"})))
        assert key in cache
        cache.change("me", BucketChange("b", gone=frozenset({"a/1"})))
        assert key not in cache

    def test_who_shows_the_bucket_is_told(self) -> None:
        cache, screen = ListingCache(), Screen(of_rows(1))
        cache.show(screen)
        cache.change("me", self.CHANGE)
        cache.change("another", self.CHANGE)
        assert screen.changes == [self.CHANGE]
