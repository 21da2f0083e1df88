"""What comes of requests: in any order, late or never, for trees that are left, kept and come back to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.rows.listed_tree import Effect, ListedTree, ListingRequest
from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.browse.rows.row_builder import Rows
from s3tui.browse.rows.tree import Tree
from s3tui.s3.errors import TransportError
from tests.browse.pages import entries, pages

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
LATER = datetime(2026, 11, 21, 9, tzinfo=UTC)


@dataclass
class Flight:
    """A request that a server answers, page by page, from the keys that it had when it was asked."""

    request: ListingRequest
    waiting: Iterator[Rows]

    @classmethod
    def begin(cls, listed: ListedTree, listing: Listing, keys: set[str], now: datetime = NOW) -> Flight:
        before, builder = len(listing), listing.builder()

        def rows() -> Iterator[Rows]:
            for number, page in enumerate(pages(keys, listing.prefix, per_page=2)):
                if number >= before / 2:
                    builder.add(page)
                    yield builder.take()

        return cls(listed.open(listing, now), rows())

    def land(self, listed: ListedTree) -> Effect:
        """Hand over the next page, or the end."""
        rows = next(self.waiting, None)
        return listed.end(self.request) if rows is None else listed.take(self.request, rows)


def land_all(listed: ListedTree, *flights: Flight) -> None:
    for flight in flights:
        while listed.is_open(flight.request):
            flight.land(listed)


def shown(listed: ListedTree) -> list[tuple[str | None, int, str]]:
    lines = [listed.tree.line(number) for number in range(len(listed.tree))]
    return [(line.key, line.depth, "" if line.key else line.listing.state.value) for line in lines]


def keys_of(listing: Listing) -> list[str]:
    return [listing.key(row) for row in range(len(listing))]


def complete(keys: set[str], *expanded: str) -> ListedTree:
    listed = ListedTree(Tree(Listing()))
    land_all(listed, Flight.begin(listed, listed.tree.root, keys))
    for prefix in expanded:
        listed.tree.expand(prefix)
        listing = listed.tree.listing(prefix)
        assert listing is not None
        land_all(listed, Flight.begin(listed, listing, keys))
    return listed


@settings(max_examples=200)
@given(st.sets(st.text("ab/", min_size=1, max_size=4), max_size=12), st.data())
def test_nothing_that_is_late_lands_whatever_becomes_of_the_tree(keys: set[str], data: st.DataObject) -> None:
    truths = [keys]
    listed = ListedTree(Tree(Listing()))
    away: list[ListedTree] = []
    flights = [Flight.begin(listed, listed.tree.root, keys)]
    asked: dict[Listing, set[str]] = {listed.tree.root: keys}
    """The keys that the server had when a listing was begun."""

    def list_again(prefixes: list[str]) -> None:
        for listing in listed.refresh(prefixes):
            asked[listing] = truths[-1]
            flights.append(Flight.begin(listed, listing, truths[-1], LATER))

    for _ in range(data.draw(st.integers(1, 25), "steps")):
        steps = [
            "land",
            "land",
            "land",
            "fail",
            "leave",
            "back",
            "stop",
            "go on",
            "refresh",
            "expand",
            "change",
        ]
        match data.draw(st.sampled_from(steps)):
            case "land":
                flight = data.draw(st.sampled_from(flights))
                before, was_open = shown(listed), listed.is_open(flight.request)
                effect = flight.land(listed)
                assert was_open or effect is Effect.NONE
                assert effect is Effect.SHOWN or shown(listed) == before
            case "fail":
                request = data.draw(st.sampled_from(flights)).request
                before, was_open = shown(listed), listed.is_open(request)
                effect = listed.fail(request, TransportError("gone"))
                assert was_open or (effect, shown(listed)) == (Effect.NONE, before)
            case "leave":
                listed.leave()
                away.append(listed)
                root = Listing()
                listed, asked[root] = ListedTree(Tree(root)), truths[-1]
                flights.append(Flight.begin(listed, root, truths[-1]))
            case "back" if away:
                there = away.pop(data.draw(st.integers(0, len(away) - 1)))
                before = shown(there)
                listed.leave()
                listed = there
                prefixes = listed.come_back()
                assert shown(listed) == before, "as it was left"
                list_again(prefixes)
            case "stop":
                listed.stop()
                assert not listed.is_running
            case "go on":
                root = listed.tree.root
                if root.state in (State.STOPPED, State.MORE, State.FAILED) and root.continuation_token:
                    listed.tree.load("")
                    flights.append(Flight.begin(listed, root, asked[root]))
            case "refresh":
                list_again([listing.prefix for listing in listed.tree.expanded_listings])
            case "expand":
                root = listed.tree.root
                rows = [root.key(row) for row in range(len(root)) if root.kinds[row] == Kind.PREFIX]
                if rows and listed.tree.expand(prefix := data.draw(st.sampled_from(rows))):
                    listing = listed.tree.listing(prefix)
                    assert listing is not None
                    if not len(listing) and listing.state is State.LOADING and listing not in asked:
                        asked[listing] = truths[-1]
                        flights.append(Flight.begin(listed, listing, truths[-1]))
            case "change":
                truths.append(data.draw(st.sets(st.text("ab/", min_size=1, max_size=4), max_size=12)))
        for listing in listed.tree.listings:
            if listing in asked:
                assert keys_of(listing) == entries(asked[listing], listing.prefix)[: len(listing)]
    list_again([""])
    land_all(listed, *flights)
    assert keys_of(listed.tree.root) == entries(truths[-1], "")


def test_an_expanded_prefix_is_a_tree_of_its_own_and_both_see_what_comes() -> None:
    keys = {"a/1", "a/b/1", "a/b/2", "a/c/1", "d"}
    listed = complete(keys, "a/", "a/b/")
    below = listed.tree.below("a/")
    assert below is not None
    inside = ListedTree(below)
    assert shown(inside) == [
        ("a/1", 0, ""),
        ("a/b/", 0, ""),
        ("a/b/1", 1, ""),
        ("a/b/2", 1, ""),
        ("a/c/", 0, ""),
    ]
    assert listed.tree.below("a/c/") is None
    assert listed.tree.below("") is None
    fresh = inside.refresh(inside.come_back())
    land_all(inside, *(Flight.begin(inside, listing, keys - {"a/b/1"}) for listing in fresh))
    assert ("a/b/1", 1, "") not in shown(inside)
    assert ("a/b/1", 2, "") in shown(listed), "until it is listed again itself"


def test_a_listing_that_goes_on_elsewhere_is_caught_up_with() -> None:
    keys = {"a/1", "a/2", "a/3", "a/4", "a/5", "b"}
    listed = ListedTree(Tree(Listing()))
    land_all(listed, Flight.begin(listed, listed.tree.root, keys))
    listed.tree.expand("a/")
    listing = listed.tree.listing("a/")
    assert listing is not None
    first = Flight.begin(listed, listing, keys)
    first.land(listed)
    listed.leave()
    below = listed.tree.below("a/")
    assert below is not None
    inside = ListedTree(below)
    inside.tree.load("a/")
    land_all(inside, Flight.begin(inside, listing, keys))
    assert len(shown(listed)) < 7
    listed.come_back()
    assert [key for key, _, _ in shown(listed)] == ["a/", "a/1", "a/2", "a/3", "a/4", "a/5", "b"]


def test_what_was_stopped_is_not_listed_again_by_itself() -> None:
    keys = {"a/1", "a/2", "a/3", "b", "c", "d"}
    listed = ListedTree(Tree(Listing()))
    flight = Flight.begin(listed, listed.tree.root, keys)
    flight.land(listed)
    listed.tree.expand("a/")
    listing = listed.tree.listing("a/")
    assert listing is not None
    land_all(listed, Flight.begin(listed, listing, keys))
    listed.stop()
    assert listed.tree.root.state is State.STOPPED
    assert flight.land(listed) is Effect.NONE
    listed.leave()
    assert listed.tree.root.state is State.STOPPED
    assert listed.come_back() == ["a/"]


def test_what_is_listed_again_is_as_of_then_until_it_is_replaced() -> None:
    keys = {"a", "b", "c"}
    listed = complete(keys)
    listed.leave()
    fresh = listed.refresh(listed.come_back())
    assert (listed.tree.root.is_old, listed.tree.root.listed_at) == (True, NOW)
    land_all(listed, Flight.begin(listed, fresh[0], keys, LATER))
    assert (listed.tree.root.is_old, listed.tree.root.listed_at) == (False, LATER)


def test_an_error_leaves_what_is_known() -> None:
    listed = complete({"a", "b"})
    flight = Flight.begin(listed, listed.refresh([""])[0], {"c"})
    assert listed.fail(flight.request, TransportError("gone")) is Effect.SHOWN
    assert [key for key, _, _ in shown(listed)] == ["a", "b", None]
    assert (listed.tree.root.state, listed.tree.root.is_old) == (State.FAILED, True)
