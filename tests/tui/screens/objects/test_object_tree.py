from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from textual import on
from textual.app import App, ComposeResult
from textual.color import Color
from textual.message import Message
from textual.pilot import Pilot

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.tree import Tree
from s3tui.browse.rows.view import Order, SortBy
from s3tui.browse.sizes.count import Sizes, SizeTotal
from s3tui.browse.sizes.known_sizes import Counts
from s3tui.s3.errors import AccessDenied, TransportError
from s3tui.s3.models import ListObjectsPage, ObjectSummary, RestoreStatus
from s3tui.settings import Column
from s3tui.tui.themes import THEMES, kind_colors
from s3tui.tui.widgets.tree.columns import Columns
from s3tui.tui.widgets.tree.object_tree import ObjectTree

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def an_object(key: str, size: int = 1, *, hours: int = 3, storage_class: str = "STANDARD") -> ObjectSummary:
    return ObjectSummary(key, size, NOW - timedelta(hours=hours), None, storage_class)


def a_tree() -> Tree:
    """a/ (not asked for yet), b.txt, c.tar asleep, d/ (x and y inside, collapsed)."""
    tree = Tree(Listing())
    objects = (an_object("b.txt", 12), an_object("c.tar", 412 * 10**9, hours=9000, storage_class="GLACIER"))
    tree.append("", ListObjectsPage(objects, ("a/", "d/")))
    tree.expand("d/")
    tree.append("d/", ListObjectsPage((an_object("d/x", 1000), an_object("d/y", 2000))))
    tree.collapse("d/")
    return tree


def many(rows: int) -> Tree:
    tree = Tree(Listing())
    tree.append("", ListObjectsPage(tuple(an_object(f"{row:06}") for row in range(rows))))
    return tree


class TreeApp(App[None]):
    CSS = "ObjectTree { border: round $primary; }"

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self.widget = ObjectTree(tree, clock=lambda: NOW)
        self.posted: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.widget

    @on(ObjectTree.PrefixExpanded)
    @on(ObjectTree.PrefixCollapsed)
    @on(ObjectTree.PrefixOpened)
    @on(ObjectTree.ObjectOpened)
    @on(ObjectTree.MoreRequested)
    @on(ObjectTree.OrderRequested)
    @on(ObjectTree.UpRequested)
    @on(ObjectTree.CursorMoved)
    @on(ObjectTree.MarksChanged)
    def keep(self, message: Message) -> None:
        self.posted.append(message)

    def of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.posted if type(message) is kind]

    def painted(self) -> list[str]:
        return [self.widget.render_line(y).text.rstrip() for y in range(self.widget.size.height)]


@asynccontextmanager
async def running(tree: Tree, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[TreeApp, Pilot[None]]]:
    app = TreeApp(tree)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def test_each_row_shows_name_size_age_and_class() -> None:
    async with running(a_tree()) as (app, _):
        assert app.painted()[:5] == [
            "    Name ↑                                     Size  Modified  Class",
            "  ▸ a/                                            –",
            "  ≡ b.txt                                     12  B     3 h    STANDARD",
            "  ▣ c.tar                                    412 GB     1 y    GLACIER      z",
            "  ▸ d/                                            –",
        ]
        assert app.widget.border_title == "4 loaded"


async def test_the_kind_of_a_row_has_a_sign_and_its_colour() -> None:
    tree = Tree(Listing("p/"))
    keys = ("a.zip", "b.png", "c.csv", "d.txt", "e.py", "f")
    tree.append("p/", ListObjectsPage((an_object("p/"), *(an_object(f"p/{key}") for key in keys)), ("p/z/",)))
    async with running(tree) as (app, pilot):
        assert "".join(line[2] for line in app.painted()[1:9]) == "○▣◪▦≡{·▸"
        for theme in THEMES:
            app.register_theme(theme)
            app.theme = theme.name
            await pilot.pause()
            signs = [next(s for s in app.widget.render_line(y) if s.text.strip()) for y in range(2, 8)]
            colors = kind_colors(theme).values()
            assert [s.style.color for s in signs if s.style] == [
                Color.parse(color).rich_color for color in colors
            ]


async def test_a_line_for_each_level_leads_to_what_is_in_a_prefix() -> None:
    tree = Tree(Listing())
    tree.append("", ListObjectsPage((), ("a/",)))
    tree.expand("a/")
    tree.append("a/", ListObjectsPage((), ("a/b/",)))
    tree.expand("a/b/")
    tree.append("a/b/", ListObjectsPage((an_object("a/b/c.csv"),)))
    async with running(tree) as (app, _):
        assert [line.split("  ")[1] for line in app.painted()[1:4]] == ["▾ a/", "│ ▾ b/", "│ │ ▦ c.csv"]


async def test_an_archived_row_says_whether_it_sleeps() -> None:
    restores = {
        "asleep": None,
        "coming": RestoreStatus(True),
        "here": RestoreStatus(False, NOW + timedelta(days=1)),
        "over": RestoreStatus(False, NOW - timedelta(days=1)),
    }
    objects = tuple(
        ObjectSummary(key, 1, NOW, None, "DEEP_ARCHIVE", restore) for key, restore in restores.items()
    )
    tree = Tree(Listing())
    tree.append("", ListObjectsPage((*objects, an_object("plain", storage_class="GLACIER_IR"))))
    for width in (80, 50):
        async with running(tree, (width, 24)) as (app, _):
            ends = [line.split()[-1] for line in app.painted()[1:6]]
            assert ends[:4] == ["z", "↻", "✓", "z"]
            assert ends[4] not in {"z", "↻", "✓"}


async def test_expanding_shows_the_rows_in_place_and_says_what_is_needed() -> None:
    async with running(a_tree()) as (app, pilot):
        await pilot.press("right")
        assert [line.strip(" │") for line in app.painted()[2:3]] == ["Loading …"]
        await pilot.press("end", "right")
        assert app.of(ObjectTree.PrefixExpanded) == [
            ObjectTree.PrefixExpanded("a/", True),
            ObjectTree.PrefixExpanded("d/", False),
        ]
        assert app.painted()[6].startswith("  │ · x ")
        await pilot.press("right", "left", "left")
        assert app.of(ObjectTree.PrefixCollapsed) == [ObjectTree.PrefixCollapsed("d/")]
        assert app.painted()[5].startswith("  ▸ d/")


async def test_enter_opens_prefixes_and_objects() -> None:
    async with running(a_tree()) as (app, pilot):
        await pilot.press("enter", "j", "l")
        assert app.of(ObjectTree.PrefixOpened) == [ObjectTree.PrefixOpened("a/")]
        assert app.of(ObjectTree.ObjectOpened) == [ObjectTree.ObjectOpened("b.txt")]


async def test_left_at_the_top_level_asks_for_what_is_above() -> None:
    async with running(a_tree()) as (app, pilot):
        await pilot.press("left", "h")
        assert len(app.of(ObjectTree.UpRequested)) == 2


async def test_keys_move_the_cursor_and_keep_it_in_sight() -> None:
    async with running(many(1000)) as (app, pilot):
        page = app.widget.size.height - 1
        for keys, expected in [
            (("down", "j", "k"), 1),
            (("pagedown",), page),
            (("ctrl+f",), 2 * page - 1),
            (("G",), 999),
            (("down",), 999),
            (("pageup", "ctrl+b"), 999 - 2 * (page - 1)),
            (("g", "up"), 0),
            (("end",), 999),
            (("home",), 0),
        ]:
            await pilot.press(*keys)
            assert app.widget.model.cursor == expected
            assert any(f"{expected:06}" in line for line in app.painted())
        moved = app.of(ObjectTree.CursorMoved)[-1]
        assert isinstance(moved, ObjectTree.CursorMoved)
        assert moved.row is not None
        assert moved.row.key == "000000"


async def test_a_page_that_arrives_above_leaves_the_screen_where_it_was() -> None:
    tree = a_tree()
    tree.expand("a/")
    async with running(tree, (80, 8)) as (app, pilot):
        await pilot.press("end")
        where = [line[:6] for line in app.painted()].index("  ▸ d/")
        tree.append("a/", ListObjectsPage(tuple(an_object(f"a/{n:03}") for n in range(500))))
        app.widget.refresh_rows()
        await pilot.pause()
        assert app.painted()[where].startswith("  ▸ d/")
        assert tree.line(tree.cursor).key == "d/"


async def test_marks_are_shown_counted_and_told() -> None:
    async with running(a_tree()) as (app, pilot):
        await pilot.press("space", "space")
        assert [line[0] for line in app.painted()[1:5]] == ["●", "●", " ", " "]
        assert app.of(ObjectTree.MarksChanged) == [
            ObjectTree.MarksChanged(1, 0),
            ObjectTree.MarksChanged(2, 12),
        ]
        assert app.widget.border_subtitle == "1 marked · 12 B · 1 prefix marked"
        await pilot.press("a")
        assert [line[0] for line in app.painted()[1:5]] == [" ", " ", "●", "●"]
        await pilot.press("ctrl+a")
        assert app.widget.model.selection.count == 4
        assert app.widget.border_subtitle == "2 marked · 412 GB · 2 prefixes marked"


async def test_shift_marks_a_range() -> None:
    async with running(many(10)) as (app, pilot):
        await pilot.press("down", "shift+down", "shift+down")
        assert [row.key for row in app.widget.model.selection.rows()] == ["000001", "000002", "000003"]
        await pilot.click(ObjectTree, offset=(10, 2 + 7), shift=True)
        assert app.widget.model.selection.count == 7


async def test_the_mouse_moves_toggles_marks_opens_and_sorts() -> None:
    async with running(a_tree()) as (app, pilot):
        left, top = 1, 2  # the border, and the header below it
        await pilot.click(ObjectTree, offset=(left + 6, top + 1))
        assert app.widget.model.cursor == 1
        await pilot.click(ObjectTree, offset=(left, top + 2))
        assert [row.key for row in app.widget.model.selection.rows()] == ["c.tar"]
        await pilot.click(ObjectTree, offset=(left + 2, top + 3))
        assert app.of(ObjectTree.PrefixExpanded) == [ObjectTree.PrefixExpanded("d/", False)]
        await pilot.click(ObjectTree, offset=(left + 2, top + 3))
        assert app.of(ObjectTree.PrefixCollapsed) == [ObjectTree.PrefixCollapsed("d/")]
        await pilot.double_click(ObjectTree, offset=(left + 6, top + 3))
        assert app.of(ObjectTree.PrefixOpened) == [ObjectTree.PrefixOpened("d/")]
        for x in (6, 50, 60):
            await pilot.click(ObjectTree, offset=(left + x, 1))
        assert app.of(ObjectTree.OrderRequested) == [
            ObjectTree.OrderRequested(Order(SortBy.NAME, True)),
            ObjectTree.OrderRequested(Order(SortBy.SIZE, True)),
            ObjectTree.OrderRequested(Order(SortBy.MODIFIED, True)),
        ]


async def test_the_wheel_scrolls_and_leaves_the_cursor() -> None:
    async with running(many(1000)) as (app, pilot):
        app.widget.scroll_to(y=500, animate=False)
        await pilot.pause()
        assert "000500" in app.painted()[1]
        assert app.widget.model.cursor == 0
        await pilot.press("down")
        assert "000001" in app.painted()[1]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (State.LOADING, "Loading …"),
        (State.MORE, "More ⋯"),
        (State.STOPPED, "Stopped: ↵ goes on"),
        (State.FAILED, "Refused: You may not␛[2J."),
        (State.COMPLETE, "Empty"),
    ],
)
async def test_an_expanded_prefix_says_how_its_listing_stands(state: State, shown: str) -> None:
    tree = a_tree()
    tree.expand("a/")
    if state in (State.MORE, State.STOPPED):
        tree.stop("a/", by_user=state is State.STOPPED)
    elif state is State.FAILED:
        tree.fail("a/", AccessDenied("You may not\x1b[2J.", code="AccessDenied", status=403))
    elif state is State.COMPLETE:
        tree.append("a/", ListObjectsPage(()))
    async with running(tree) as (app, pilot):
        assert app.painted()[2] == "  │   " + shown
        await pilot.press("down", "enter")
        goes_on = state in (State.MORE, State.STOPPED, State.FAILED)
        assert app.of(ObjectTree.MoreRequested) == ([ObjectTree.MoreRequested("a/")] if goes_on else [])


async def test_what_failed_otherwise_is_not_called_refused() -> None:
    tree = Tree(Listing())
    tree.fail("", TransportError("The connection was reset."))
    async with running(tree) as (app, _):
        assert app.painted()[1] == "    Failed: The connection was reset."
        assert app.widget.border_title == "Failed"


async def test_filter_and_sort_say_that_they_act_on_what_is_loaded() -> None:
    tree = many(1000)
    async with running(tree) as (app, pilot):
        tree.arrange(needle="99", order=Order(SortBy.NAME, True))
        app.widget.refresh_rows()
        await pilot.pause()
        assert app.widget.border_title == "19 of 1,000 loaded hold “99”"
        assert app.painted()[0].strip().startswith("Name ↓")
        assert app.painted()[1].startswith("  · 000999")
        tree.arrange(needle="[nothing]")
        app.widget.refresh_rows()
        await pilot.pause()
        assert app.painted()[1] == "    Nothing loaded here matches [nothing]."


async def test_odd_names_are_shown_so_that_one_sees_what_is_odd() -> None:
    tree = Tree(Listing("p/"))
    objects = (an_object("p/"), an_object("p/a\x1b[31m b"), an_object("p/ x  "))
    tree.append("p/", ListObjectsPage(objects, ("p//",)))
    async with running(tree) as (app, _):
        names = [line[4:].split("     ")[0] for line in app.painted()[1:5]]
        assert names == ["(folder marker)", "␠x␠␠", "⟨empty⟩/", "a␛[31m b"]


async def test_a_refreshed_listing_is_painted_anew() -> None:
    tree = many(10)
    async with running(tree) as (app, pilot):
        fresh = Listing()
        fresh.append(ListObjectsPage((an_object("new"),)))
        tree.replace(fresh)
        app.widget.refresh_rows()
        await pilot.pause()
        assert app.painted()[1].startswith("  · new ")
        assert app.painted()[2] == ""


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_no_line_is_wider_or_narrower_than_the_widget(theme: str) -> None:
    tree = Tree(Listing())
    names = ["日本語" * 30, "x" * 300 + ".parquet", "\u202e\x00" * 40, "e\u0301" * 90, "🚀" * 60]
    objects = tuple(an_object(name, storage_class="A_CLASS_NOBODY_KNOWS\n") for name in sorted(names))
    tree.append("", ListObjectsPage(objects, ("deep/",)))
    prefix = "deep/"
    for _ in range(40):
        tree.expand(prefix)
        tree.append(prefix, ListObjectsPage((), (f"{prefix}s/",)))
        prefix += "s/"
    for size in ((80, 60), (140, 40), (30, 10), (12, 5)):
        async with running(tree, size) as (app, pilot):
            app.theme = theme
            await pilot.press("end", "home")
            width = app.widget.scrollable_content_region.width
            assert {app.widget.render_line(y).cell_length for y in range(size[1])} == {width}


def test_a_narrow_tree_keeps_the_name_and_drops_the_rest_column_by_column() -> None:
    assert Columns.fit(78) == Columns(43, 9, 10, 16)
    assert Columns.fit(50) == Columns(29, 9, 10, 2)
    assert Columns.fit(40) == Columns(29, 9, 0, 2)
    assert Columns.fit(30) == Columns(30, 0, 0, 0)


def test_columns_are_those_that_were_chosen_as_far_as_there_is_room() -> None:
    every = frozenset(Column)
    assert Columns.fit(100, every) == Columns(47, 9, 10, 16, time=18)
    assert Columns.fit(60, every) == Columns(39, 9, 10, 2)
    assert Columns.fit(78, {Column.TIME}, with_class=False) == Columns(60, 0, 0, 0, time=18)
    assert Columns.fit(78, (), with_bars=True) == Columns(76, 0, 0, 2), "the sign of what is archived"
    fitted = Columns.fit(100, every)
    assert [fitted.at(x) for x in (46, 47, 56, 66, 83)] == [
        SortBy.NAME,
        *[SortBy.SIZE, SortBy.MODIFIED, SortBy.MODIFIED],
        SortBy.MODIFIED,
    ]
    assert fitted.at(84) is None


async def test_flat_rows_differ_by_what_their_neighbours_have_not_in_common() -> None:
    head = "checkout/year=2026/month=01"
    keys = [f"{head}/day={day:02}/hour={hour:02}/part-00000.json.gz" for day in (1, 2) for hour in range(9)]
    tree = Tree(Listing())
    tree.append("", ListObjectsPage(tuple(map(an_object, keys))))
    async with running(tree, (60, 24)) as (app, _):
        rows = [line.split()[1] for line in app.painted()[1:19]]
        assert rows[:2] == ["…/hour=00/part-00000.json.gz", "…/hour=01/part-00000.json.gz"]
        assert all(above != below for above, below in pairwise(rows))


async def test_the_class_has_a_column_once_a_row_has_another_than_the_usual_one() -> None:
    tree = Tree(Listing())
    tree.append("", ListObjectsPage((an_object("a"), an_object("b")), next_continuation_token="b"))
    async with running(tree) as (app, pilot):
        assert app.painted()[0].split() == ["Name", "↑", "Size", "Modified"]
        assert Columns.fit(78, with_class=False) == Columns(59, 9, 10, 0)
        for key, storage_class in (("c", "STANDARD_IA"), ("d", "STANDARD")):
            tree.append("", ListObjectsPage((an_object(key, storage_class=storage_class),)))
            app.widget.refresh_rows()
            await pilot.pause()
            assert app.painted()[0].split()[-1] == "Class", "and keeps it"
        assert [line.split()[-1] for line in app.painted()[1:5]] == ["STANDARD"] * 2 + [
            "STANDARD_IA",
            "STANDARD",
        ]


async def test_numbers_and_units_of_ages_are_aligned() -> None:
    hours = {"a": 0, "b": 14, "c": 24 * 90}
    tree = Tree(Listing())
    tree.append("", ListObjectsPage(tuple(an_object(key, hours=number) for key, number in hours.items())))
    async with running(tree, (60, 10)) as (app, _):
        assert [line[-6:] for line in app.painted()[1:4]] == ["   now", "  14 h", "  2 mo"]
        width = len(app.painted()[1])
        assert [line[: width - 3].split()[-1] for line in app.painted()[2:4]] == ["14", "2"]


async def test_a_size_that_was_counted_before_has_the_age_of_the_count() -> None:
    counts = Counts([Sizes("a/", NOW - timedelta(days=3), True, None, SizeTotal(2, 4000))])
    async with running(a_tree()) as (app, pilot):
        app.widget.show_sizes(counts)
        await pilot.pause()
        assert app.painted()[1].split()[-4:] == ["kB", "Σ", "3", "d"]
        app.widget.show_sizes(Counts([Sizes("a/", NOW, True, None, SizeTotal(2, 4000))]))
        assert "Σ" not in app.painted()[1]


async def test_folders_that_the_row_above_has_too_are_muted() -> None:
    tree = Tree(Listing())
    tree.append("", ListObjectsPage(tuple(map(an_object, ("a/b/c/one.csv", "a/b/d/two.csv")))))
    async with running(tree) as (app, pilot):
        muted = app.widget.get_component_rich_style("tree-pane--muted").color
        lines = [app.widget.render_line(y) for y in (1, 2)]
        shown = [
            [s.text for s in line if s.style and s.style.color == muted and "/" in s.text] for line in lines
        ]
        assert shown == [[], ["a/b/"]]
        await pilot.press("down")
        assert not [s for s in app.widget.render_line(2) if s.text == "a/b/"], "the cursor's row is legible"
