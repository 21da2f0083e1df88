from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.browse.rows.listing import Kind, Listing, State
from s3tui.browse.rows.tree import Tree
from s3tui.browse.rows.view import Order, SortBy
from s3tui.s3.errors import AccessDenied
from s3tui.s3.models import ListObjectsPage
from tests.browse.pages import entries, listed, pages, summary
from tests.long import share

KEYS = {"a/1", "a/2", "a/deep/x", "a/deep/y", "b", "c/1", "d"}


def tree_of(keys: set[str], *expanded: str, prefix: str = "") -> Tree:
    tree = Tree(listed(keys, prefix))
    for below in expanded:
        open_prefix(tree, keys, below)
    return tree


def open_prefix(tree: Tree, keys: set[str], prefix: str) -> None:
    if tree.expand(prefix):
        for page in pages(keys, prefix):
            tree.append(prefix, page)


def text(tree: Tree) -> list[str]:
    lines = [tree.line(number) for number in range(len(tree))]
    return [
        "  " * x.depth + (f"<{x.listing.state.value}>" if x.row is None else x.listing.name(x.row))
        for x in lines
    ]


def key_at_cursor(tree: Tree) -> str | None:
    return tree.line(tree.cursor).key


class Naive:
    """The tree as a list, flattened anew each time from what was loaded."""

    def __init__(self, tree: Tree, expanded: set[str]) -> None:
        self.tree, self.expanded = tree, expanded

    def flatten(self, prefix: str = "") -> list[tuple[str, str | None]]:
        listing = self.tree.listing(prefix)
        assert listing is not None
        lines: list[tuple[str, str | None]] = []
        for key in self.sorted_keys(listing):
            below = self.flatten(key) if key in self.expanded - {prefix} else []
            if self.tree.needle in key[len(prefix) :] or any(line[1] for line in below):
                lines += [(prefix, key), *below]
        if listing.state is not State.COMPLETE or not lines:
            lines.append((prefix, None))
        return lines

    def sorted_keys(self, listing: Listing) -> list[str]:
        rows = [listing.row(row) for row in range(len(listing))]
        order = self.tree.order
        if order.by is SortBy.NAME:
            rows.sort(key=lambda r: r.key, reverse=order.descending)
        else:
            rows.sort(key=lambda r: r.size or 0, reverse=order.descending)
            rows.sort(key=lambda r: r.kind)
        return [row.key for row in rows]


@settings(max_examples=share(200, 200))
@given(st.sets(st.text("ab/", min_size=1, max_size=6), max_size=25), st.data())
def test_the_row_arithmetic_equals_a_naive_flatten(keys: set[str], data: st.DataObject) -> None:
    # Without room for anything at once, sorts and filters are finished later, as those of many rows are.
    tree, expanded = Tree(Listing(), at_once=data.draw(st.sampled_from([0, 1000]))), set[str]()
    naive = Naive(tree, expanded)
    waiting = {"": list(pages(keys, "", per_page=3))}
    for _ in range(data.draw(st.integers(1, 15), "steps")):
        do = data.draw(
            st.sampled_from(["page", "page", "expand", "expand", "collapse", "order", "filter", "move"])
        )
        tree.cursor = tree.cursor  # on the row that is seen, should a filter have hidden its own
        before = key_at_cursor(tree)
        if do == "page" and (prefixes := [prefix for prefix in waiting if waiting[prefix]]):
            prefix = data.draw(st.sampled_from(prefixes))
            tree.append(prefix, waiting[prefix].pop(0))
        elif do == "expand" and (rows := [k for p, k in naive.flatten() if k and k != p and k.endswith("/")]):
            prefix = data.draw(st.sampled_from(rows))
            if tree.expand(prefix) and prefix not in waiting:
                waiting[prefix] = list(pages(keys, prefix, per_page=3))
            expanded.add(prefix)
        elif do == "collapse" and expanded:
            prefix = data.draw(st.sampled_from(sorted(expanded)))
            tree.collapse(prefix)
            expanded.discard(prefix)
        elif do == "order":
            tree.arrange(
                order=Order(data.draw(st.sampled_from([SortBy.NAME, SortBy.SIZE])), data.draw(st.booleans()))
            )
        elif do == "filter":
            # A prefix shown for the sake of its rows stays when they go, until the next arrangement.
            tree.arrange(needle=data.draw(st.sampled_from(["", "a", "ab"])))
        elif do == "move":
            tree.cursor = data.draw(st.integers(0, len(tree) - 1))
            before = key_at_cursor(tree)
        if do == "collapse" and tree.needle:
            tree.arrange()
        assert catch_up(tree)
        check(tree, naive.flatten(), before if do in ("page", "expand", "order", "move") else None)


def catch_up(tree: Tree) -> bool:
    """Arrange what is behind, as the screen does in a thread; say whether that was enough."""
    if tree.is_behind:
        arrangement = tree.plan()
        arrangement.run()
        tree.take(arrangement)
    return not tree.is_behind


def check(tree: Tree, expected: list[tuple[str, str | None]], cursor_key: str | None) -> None:
    lines = [tree.line(number) for number in range(len(tree))]
    assert [(line.listing.prefix, line.key) for line in lines] == expected
    assert [tree.number(line.listing.prefix, line.row) for line in lines] == list(range(len(tree)))
    rows = [(listing.prefix, row) for listing, some in tree.between(0, len(lines) - 1) for row in some]
    assert rows == [(line.listing.prefix, line.row) for line in lines if line.row is not None]
    below = {line.listing.prefix for line in lines}
    assert [line.is_expanded for line in lines] == [
        line.is_prefix and line.key in below - {line.listing.prefix} for line in lines
    ]
    for line in lines:
        is_row = line.row is not None
        assert line.is_prefix is (is_row and line.listing.row(line.row or 0).kind is Kind.PREFIX)
        assert line.read() == (line.listing.row(line.row) if line.row is not None else None)
    for number, line in enumerate(lines):
        parent = tree.parent(number)
        assert (None if parent is None else lines[parent].key) == (line.listing.prefix or None)
    if cursor_key is not None:
        assert key_at_cursor(tree) == cursor_key


def test_an_expanded_prefix_shows_its_rows_in_place() -> None:
    assert text(tree_of(KEYS, "a/", "a/deep/")) == [
        "a/",
        "  1",
        "  2",
        "  deep/",
        "    x",
        "    y",
        "b",
        "c/",
        "d",
    ]


def test_expanding_says_whether_the_listing_must_be_asked_for() -> None:
    tree = tree_of(KEYS)
    assert tree.expand("a/")
    assert not tree.expand("a/")  # under way
    tree.append("a/", next(pages(KEYS, "a/")))
    tree.collapse("a/")
    assert not tree.expand("a/")  # complete, and kept
    assert tree.expand("c/")
    tree.fail("c/", AccessDenied("No.", code="AccessDenied", status=403))
    assert tree.expand("c/")


def test_what_is_no_prefix_of_the_tree_cannot_be_expanded() -> None:
    tree = tree_of(KEYS)
    for prefix in ("b", "nowhere/", "a/deep/"):
        with pytest.raises(KeyError):
            tree.expand(prefix)


def test_a_listing_says_how_it_stands_below_its_rows() -> None:
    tree = Tree(Listing())
    assert text(tree) == ["<loading>"]
    tree.append("", ListObjectsPage((summary("x"),), ("a/",), "token"))
    tree.expand("a/")
    assert text(tree) == ["a/", "  <loading>", "x", "<loading>"]
    tree.stop("", by_user=True)
    tree.append("a/", ListObjectsPage(()))
    assert text(tree) == ["a/", "  <complete>", "x", "<stopped>"]


def test_a_page_that_arrives_above_the_cursor_moves_the_line_not_the_key() -> None:
    tree = tree_of(KEYS)
    tree.cursor = len(tree) - 1
    tree.expand("a/")
    tree.append("a/", next(pages(KEYS, "a/")))
    assert key_at_cursor(tree) == "d"


def test_who_waits_on_a_loading_line_gets_the_first_row() -> None:
    tree = tree_of(KEYS)
    tree.expand("a/")
    tree.cursor = 1
    tree.append("a/", next(pages(KEYS, "a/")))
    assert key_at_cursor(tree) == "a/1"


def test_collapsing_takes_the_cursor_out_onto_the_prefix() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/")
    assert tree.move_to("a/deep/x")
    tree.collapse("a/")
    assert key_at_cursor(tree) == "a/"


def test_a_filtered_out_cursor_comes_back_with_its_row() -> None:
    tree = tree_of(KEYS)
    assert tree.move_to("c/")
    tree.arrange(needle="d")
    assert key_at_cursor(tree) == "d"
    tree.arrange(needle="")
    assert key_at_cursor(tree) == "c/"


def test_a_filter_keeps_the_prefixes_that_lead_to_a_match() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/")
    tree.arrange(needle="x")
    assert text(tree) == ["a/", "  deep/", "    x"]
    assert (tree.shown, tree.loaded) == (3, 9)


def test_a_match_that_arrives_later_brings_its_prefix_back() -> None:
    tree = tree_of(KEYS)
    tree.expand("a/")
    tree.arrange(needle="2")
    assert text(tree) == ["<complete>"]
    tree.append("a/", next(pages(KEYS, "a/")))
    assert text(tree) == ["a/", "  2"]


def test_a_refresh_keeps_cursor_marks_and_expanded_prefixes_by_key() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/")
    assert tree.move_to("b")
    tree.selection.mark(tree.root, [1, 3])
    tree.replace(listed(KEYS - {"d", "c/1"} | {"0", "aa/new"}))
    assert text(tree) == ["0", "a/", "  1", "  2", "  deep/", "    x", "    y", "aa/", "b"]
    assert key_at_cursor(tree) == "b"
    assert [row.key for row in tree.selection.rows()] == ["b"]


def test_a_refresh_without_the_expanded_prefix_drops_all_below_it() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/")
    below = tree.listing("a/deep/")
    assert below is not None
    tree.selection.mark(below, [0])
    assert tree.move_to("a/deep/x")
    tree.replace(listed({"b", "d"}))
    assert (text(tree), key_at_cursor(tree)) == (["b", "d"], "b")
    assert tree.listing("a/deep/") is None
    assert tree.selection.count == 0


def test_the_marker_of_a_prefix_is_a_row_of_its_own_listing() -> None:
    tree = tree_of({"a/", "a/1"}, "a/")
    assert text(tree) == ["a/", "  ", "  1"]
    marker = tree.line(1).read()
    assert marker is not None
    assert (marker.kind, marker.key) == (Kind.MARKER, "a/")


def test_a_tree_may_start_at_any_prefix() -> None:
    tree = tree_of(KEYS, "a/deep/", prefix="a/")
    assert text(tree) == ["1", "2", "deep/", "  x", "  y"]
    assert entries(KEYS, "a/") == ["a/1", "a/2", "a/deep/"]


def test_an_arrangement_shows_nothing_of_itself_before_it_is_taken() -> None:
    tree = Tree(listed(KEYS), at_once=0)
    arrangement = tree.plan(order=Order(descending=True))
    arrangement.run()
    assert text(tree) == ["a/", "b", "c/", "d"]
    tree.take(arrangement)
    assert text(tree) == ["d", "c/", "b", "a/"]


def test_an_arrangement_of_a_listing_that_was_replaced_meanwhile_is_made_again() -> None:
    tree = Tree(listed(KEYS), at_once=0)
    arrangement = tree.plan(order=Order(descending=True))
    arrangement.run()
    tree.replace(listed(KEYS | {"e"}))
    tree.take(arrangement)
    assert tree.is_behind
    assert catch_up(tree)
    assert text(tree) == ["e", "d", "c/", "b", "a/"]


def test_an_arrangement_that_is_ended_at_a_checkpoint_changes_nothing() -> None:
    class Ended(Exception):
        pass

    def end() -> None:
        raise Ended

    tree = Tree(listed(KEYS), at_once=0)
    arrangement = tree.plan(needle="b")
    with pytest.raises(Ended):
        arrangement.run(end)
    assert text(tree) == ["a/", "b", "c/", "d"]
    assert not tree.is_behind


@pytest.mark.parametrize("number", [-1, 4])
def test_a_line_that_is_not_there_is_an_error(number: int) -> None:
    tree = tree_of(KEYS)
    with pytest.raises(IndexError):
        tree.line(number)


def test_the_cursor_goes_no_further_than_the_last_line_and_rests_at_the_top_of_none() -> None:
    tree = tree_of(KEYS)
    for number, expected in ((-5, 0), (2, 2), (99, 3)):
        tree.cursor = number
        assert tree.cursor == expected
    empty = Tree(Listing())
    assert len(empty) == 1  # what the listing's state is
    empty.cursor = 7
    assert empty.cursor == 0


def test_the_tree_knows_what_was_asked_for_and_what_is_expanded() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/", "c/")
    tree.collapse("a/")
    assert tree.opened == ["a/", "a/deep/", "c/"]
    assert [listing.prefix for listing in tree.expanded_listings] == ["", "c/"]
    assert (tree.loaded, tree.shown) == (5, 5)
    assert tree.listing("a/") is not None
    assert (tree.listing("b"), tree.number("b/", 0)) == (None, None)
    listing, rows = tree.siblings(2)
    assert (listing.prefix, list(rows)) == ("", [0, 1, 2, 3])
    tree.collapse("")
    tree.collapse("nowhere/")
    assert text(tree) == ["a/", "b", "c/", "  1", "d"]


def test_the_cursor_of_a_collapsed_prefix_stays_where_it_is_elsewhere() -> None:
    tree = tree_of(KEYS, "a/", "a/deep/", "c/")
    assert tree.move_to("c/1")
    tree.collapse("a/")
    assert key_at_cursor(tree) == "c/1"
    tree.expand("a/")
    assert key_at_cursor(tree) == "c/1"
    assert text(tree)[:4] == ["a/", "  1", "  2", "  deep/"]


def test_moving_to_a_key_needs_a_line_that_shows_it() -> None:
    tree = tree_of(KEYS, "a/")
    assert not tree.move_to("a/deep/x")
    assert not tree.move_to("nowhere")
    assert tree.move_to("a/2")
    tree.collapse("a/")
    assert not tree.move_to("a/2")
    marked = tree_of({"a/", "a/1"}, "a/")
    assert marked.move_to("a/")
    assert marked.cursor == 1  # the object of that name, in the listing below


def test_a_stopped_listing_is_asked_for_again_and_a_complete_one_is_not() -> None:
    tree = tree_of(KEYS)
    tree.expand("a/")
    tree.append("a/", ListObjectsPage((summary("a/1"),), (), "token"))
    tree.stop("a/")
    assert text(tree)[:3] == ["a/", "  1", "  <more>"]
    assert tree.expand("a/")
    tree.load("a/")
    assert text(tree)[:3] == ["a/", "  1", "  <loading>"]
    assert not tree.expand("a/")
    error = AccessDenied("No.", code="AccessDenied", status=403)
    tree.fail("a/", error)
    assert text(tree)[2] == "  <failed>"
    below = tree.listing("a/")
    assert below is not None
    assert below.error is error


def test_a_refresh_gives_rows_other_numbers() -> None:
    tree = tree_of(KEYS, "a/")
    before = tree.revision
    tree.append("a/", ListObjectsPage((summary("a/z"),)))
    assert tree.revision == before
    tree.replace(listed(KEYS))
    assert tree.revision != before
    assert tree.root.key(0) == "a/"


def test_a_refresh_moves_the_cursor_of_a_key_that_is_gone_to_the_next_one() -> None:
    tree = tree_of(KEYS)
    assert tree.move_to("b")
    tree.replace(listed(KEYS - {"b"}))
    assert key_at_cursor(tree) == "c/"
    tree.replace(listed({"a/1"}))
    assert key_at_cursor(tree) == "a/"


def test_a_filter_and_a_sort_stay_through_a_refresh_and_an_expansion() -> None:
    tree = tree_of(KEYS | {"a/12", "1"})
    tree.arrange(order=Order(descending=True), needle="1")
    open_prefix(tree, KEYS | {"a/12"}, "a/")
    assert text(tree) == ["a/", "  12", "  1", "1"]
    tree.replace(listed(KEYS | {"a/12", "1", "11"}))
    assert text(tree) == ["a/", "  12", "  1", "11", "1"]
    assert not tree.is_behind
    assert (tree.order, tree.needle) == (Order(descending=True), "1")


def test_rows_of_a_large_listing_are_shown_as_they_came_until_they_are_arranged() -> None:
    tree = Tree(listed({"a", "b"}), at_once=2)
    tree.arrange(order=Order(descending=True))
    assert text(tree) == ["b", "a"]
    tree.replace(listed({"a", "b", "c"}))
    assert (text(tree), tree.is_behind) == (["a", "b", "c"], True)
    assert catch_up(tree)
    assert text(tree) == ["c", "b", "a"]
    tree.append("", ListObjectsPage((summary("d"), summary("e"))))
    assert (text(tree), tree.is_behind) == (["e", "d", "c", "b", "a"], False)
    tree.append("", ListObjectsPage((summary("f"), summary("g"), summary("h"))))
    assert (text(tree), tree.is_behind) == (["e", "d", "c", "b", "a"], True)


def test_an_arrangement_extends_what_is_arranged_so_already() -> None:
    tree = Tree(listed({"a", "ab", "b"}), at_once=0)
    arrangement = tree.plan(needle="b")
    arrangement.run()
    tree.take(arrangement)
    assert text(tree) == ["ab", "b"]
    tree.append("", ListObjectsPage((summary("bb"), summary("c"))))
    again = tree.plan()
    assert [view.seen for view in again.views] == [3]
    assert [view.seen for view in tree.plan(anew=True).views] == [0]
    again.run()
    tree.take(again)
    assert text(tree) == ["ab", "b", "bb"]


def test_a_status_has_a_line_only_where_it_is_shown() -> None:
    tree = tree_of(KEYS)
    assert (tree.number("", None), tree.number("", 3)) == (None, 3)
    tree.expand("c/")
    assert (text(tree), tree.number("c/", None)) == (["a/", "b", "c/", "  <loading>", "d"], 3)
    tree.collapse("c/")
    assert tree.number("c/", None) is None
