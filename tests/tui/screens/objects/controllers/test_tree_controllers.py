"""The object tree's controllers without a terminal: marks, order, ways to go, paging back, picks."""

from __future__ import annotations

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.tree import AT_ONCE, Tree
from s3tui.browse.rows.view import Order, SortBy
from s3tui.browse.source.query import parse
from s3tui.browse.source.search import Search
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.messages import ObjectsPicked
from s3tui.tui.screens.objects.controllers.navigation import NavigationController
from s3tui.tui.screens.objects.controllers.picks import PickController
from s3tui.tui.screens.objects.controllers.rows.arranging import ArrangingController
from s3tui.tui.screens.objects.controllers.rows.marks import MarksController
from s3tui.tui.screens.objects.controllers.rows.seek import SeekController
from s3tui.tui.widgets.frame.filter_bar import PatternBar, RowFilterBar
from tests.browse.pages import EPOCH, pages, summary
from tests.tui.screens.objects.controllers.tree_host import Host, Rows

KEYS = ["a/1.log", "a/deep/2.log", "b.csv", "c.log", "d.log"]
TOP = Location("b")


def marked(host: Host) -> list[str]:
    return sorted(row.key for row in host.tree_model.selection.targets())


class TestMarks:
    async def test_a_pattern_is_counted_while_it_is_typed_and_marks_when_it_is_submitted(self) -> None:
        host = Host(KEYS, TOP)
        marks = MarksController(host.as_host, lambda: None)
        marks.open(marks=True)
        host.query_one(PatternBar).value = "*.log"
        marks.typed("*.log")
        await host.work()
        assert host.said == ["2 of 4 loaded are like “*.log”: ↵ marks them."]
        assert marked(host) == []
        marks.submitted("*.log")
        await host.work()
        assert host.said == ["2 of 4 loaded are like “*.log”: marked."]
        assert marked(host) == ["c.log", "d.log"]
        assert marks.clear()
        assert not marks.clear()

    async def test_rows_that_a_filter_hides_are_not_marked(self) -> None:
        host = Host(KEYS, TOP)
        host.tree_model.arrange(order=Order(), needle="c")
        marks = MarksController(host.as_host, lambda: None)
        marks.submitted("*.log")
        await host.work()
        assert marked(host) == ["c.log"]

    async def test_what_was_matched_in_another_listing_is_dropped(self) -> None:
        host = Host(KEYS, TOP)
        marks = MarksController(host.as_host, lambda: None)
        marks.submitted("*.log")
        host.tree_model = Tree(Listing(""))
        await host.work()
        assert (host.said, marked(host)) == ([], [])

    def test_a_pattern_is_left_once(self) -> None:
        marks = MarksController(Host(KEYS, TOP).as_host, lambda: None)
        assert not marks.close()
        marks.open(marks=False)
        assert marks.close()


class TestArranging:
    def test_the_orders_go_round(self) -> None:
        host = Host(KEYS, TOP)
        arranging = ArrangingController(host.as_host, lambda: None)
        seen = []
        for _ in range(5):
            arranging.sort_next()
            seen.append((host.tree_model.order.by, host.tree_model.order.descending))
        assert seen[0] == (Order().by, True)
        assert seen[1:] == [
            (SortBy.SIZE, True), (SortBy.MODIFIED, True), (SortBy.MODIFIED, False), (Order().by, False)
        ]  # fmt: skip

    async def test_of_many_rows_what_was_asked_last_wins(self) -> None:
        host = Host((f"{number:05}" for number in range(AT_ONCE + 1)), TOP)
        arranging = ArrangingController(host.as_host, lambda: None)
        arranging.arrange(needle="00001")
        assert arranging.caption().endswith("filtering ⋯")
        arranging.arrange(needle="00002")
        assert (arranging.needle, host.tree_model.needle) == ("00002", "")
        await host.work()
        assert host.tree_model.needle == "00002"
        assert len(host.tree_model) == 1

    def test_a_filter_is_cleared_once(self) -> None:
        host = Host(KEYS, TOP)
        arranging = ArrangingController(host.as_host, lambda: None)
        arranging.open_filter()
        arranging.typed("c")
        assert host.query_one(RowFilterBar).is_open
        assert arranging.clear_filter()
        assert host.tree_model.needle == ""
        assert not arranging.clear_filter()


def going(host: Host, rows: Rows) -> NavigationController:
    """Return who navigates; the screen's location follows."""

    def arrived() -> None:
        host.location = navigation.location

    navigation = NavigationController(host.as_host, rows.as_controller, host.location, arrived)
    navigation.start()
    return navigation


class TestNavigation:
    def test_up_stands_on_what_was_left_and_leaves_the_bucket_at_the_top(self) -> None:
        host, rows = Host(KEYS, TOP.at("a/deep/")), Rows()
        navigation = going(host, rows)
        navigation.go_up()
        assert (host.location, rows.wanted) == (TOP.at("a/"), ("a/deep/", False))
        navigation.go_up()
        assert (host.location, rows.wanted) == (TOP, ("a/", False))
        assert host.pops == 0
        navigation.go_up()
        assert host.pops == 1
        assert host.session.left_bucket == "b"

    def test_up_from_a_result_goes_to_where_it_lies(self) -> None:
        found = Location("b", "a/", source=Search(parse("log"), lambda: EPOCH))
        host, rows = Host(["a/deep/2.log"], found), Rows()
        root = Listing("a/")
        root.append(ListObjectsPage((summary("a/deep/2.log"),)))
        host.tree_model = Tree(root)
        going(host, rows).go_up()
        assert host.location.prefix == "a/deep/"
        assert rows.wanted is not None
        assert rows.wanted[0] == "a/deep/2.log"

    def test_where_one_is_already_only_the_cursor_moves(self) -> None:
        host, rows = Host(KEYS, TOP), Rows()
        navigation = going(host, rows)
        navigation.go(TOP, key="c.log", seek=True)
        assert (rows.wanted, rows.moves) == (("c.log", True), 1)

    def test_back_and_forward_stand_where_the_cursor_was_left(self) -> None:
        host, rows = Host(KEYS, TOP), Rows()
        navigation = going(host, rows)
        host.tree_model.cursor = 2
        navigation.go_in("a/")
        navigation.step(-1)
        assert (host.location, rows.wanted) == (TOP, ("c.log", False))
        navigation.step(-1)
        assert host.location == TOP
        navigation.step(1)
        assert host.location == TOP.at("a/")

    def test_flat_and_back_keeps_the_cursor_on_its_key(self) -> None:
        host, rows = Host(KEYS, TOP), Rows()
        navigation = going(host, rows)
        navigation.toggle_flat()
        assert host.location.is_flat
        assert rows.wanted == ("a/", False)
        root = Listing("")
        root.append(ListObjectsPage((summary("a/deep/2.log"),)))
        host.tree_model = Tree(root)
        navigation.toggle_flat()
        assert not host.location.is_flat
        assert rows.wanted == ("a/", False), "the row that stands for it"


class TestSeek:
    def test_nothing_is_read_before_the_first_key(self) -> None:
        host, rows = Host(KEYS, TOP), Rows()
        seek = SeekController(host.as_host, rows.as_controller)
        seek.read_from_beginning()
        assert rows.starts == 0
        host.tree_model.root.begins_at = "c.log"
        seek.read_from_beginning()
        assert rows.starts == 1

    def test_a_page_before_is_put_in_front_unless_it_is_for_another_listing(self) -> None:
        host, rows = Host([], TOP), Rows()
        root = Listing("")
        root.append(next(pages(["c.log", "d.log"])))
        root.begins_at = "c.log"
        host.tree_model = Tree(root)
        seek = SeekController(host.as_host, rows.as_controller)
        page = next(pages(["a.log", "b.log"]))
        seek._take_page_before(Listing(""), page)
        assert (rows.roots, host.said) == ([], [])
        seek._take_page_before(root, page)
        assert [both.key(row) for both in rows.roots for row in range(len(both))] == [
            "a.log", "b.log", "c.log", "d.log"
        ]  # fmt: skip
        assert rows.roots[0].begins_at is None
        assert rows.roots[0].state is State.COMPLETE
        assert host.said == ["2 rows before: the beginning."]


class TestPicks:
    async def test_what_is_marked_is_picked_else_what_the_cursor_is_on(self) -> None:
        host = Host(KEYS, TOP)
        picks = PickController(host.as_host)
        picks.start()
        await host.work()
        host.tree_model.selection.mark(host.tree_model.root, [2, 3])
        picks.start()
        await host.work()
        assert [type(message) for message in host.posted] == [ObjectsPicked] * 2
        assert [[one.key for one in message.picked] for message in host.posted] == [
            ["a/"],
            ["c.log", "d.log"],
        ]

    async def test_where_there_is_nothing_nothing_is_picked(self) -> None:
        host = Host([], TOP)
        PickController(host.as_host).start()
        await host.work()
        assert host.posted == []
