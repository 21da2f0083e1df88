"""Every way of looking at a bucket: what it refuses, what it says, where esc leads. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from s3tui.browse.inventory.inventory import Inventory
from s3tui.browse.place.location import Location
from s3tui.browse.place.openings import Opening
from s3tui.browse.rows.listing import Kind, Listing, Row, State
from s3tui.browse.rows.tree import Tree
from s3tui.browse.snapshot.comparison import ChangeCounts, Comparison
from s3tui.browse.snapshot.snapshot import Snapshot, SnapshotHeader
from s3tui.browse.source.as_of import AsOf
from s3tui.browse.source.query import parse
from s3tui.browse.source.search import Search
from s3tui.browse.source.source import LIVE, Source
from s3tui.browse.source.versions import VERSIONS
from s3tui.s3.errors import AccessDenied
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.keymap.screens import OBJECT_KEYS
from s3tui.tui.screens.objects.view_mode import OFFLINE_REFUSALS, REFUSALS, Mode, Shown, ViewMode
from tests.browse.pages import summary

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
TAKEN = SnapshotHeader("test", "b", "", NOW, NOW, objects=2, size=3, last_key=None)
SNAPSHOT = Snapshot(Path("monday.s3tui.db"), TAKEN)
SOURCES: Mapping[Mode, Source] = {
    Mode.LIVE: LIVE,
    Mode.VERSIONS: VERSIONS,
    Mode.AS_OF: AsOf(NOW),
    Mode.SNAPSHOT: SNAPSHOT,
    Mode.INVENTORY: Inventory(Path("report.db"), "b", NOW, 2, 3),
    Mode.COMPARISON: Comparison(SNAPSHOT, LIVE),
}
ACTIONS = sorted({binding.action.partition("(")[0] for binding in OBJECT_KEYS})
MODES = sorted(Mode, key=lambda mode: mode.name)
KEPT = (Mode.SNAPSHOT, Mode.INVENTORY, Mode.COMPARISON)

REFUSED: Mapping[Mode, str] = {
    Mode.LIVE: "inventory",
    Mode.VERSIONS: "compare move new pick rename seek sizes sizes_here upload",
    Mode.AS_OF: "attributes compare delete edit move new pick rename seek sizes sizes_here upload watch",
    **dict.fromkeys(
        KEPT,
        "as_of attributes compare copy_to delete download edit inventory move new pick presign rename "
        "restore seek sizes sizes_here upload versions watch",
    ),
}
"""What is not possible where."""
REFUSED_IN_SEARCHES = "watch"
"""Besides."""

OBJECT = Row(Kind.OBJECT, "a/deep/1.log", "deep/1.log", 3, NOW, None)
PREFIX = Row(Kind.PREFIX, "a/deep/", "deep/", None, None, None)
MANIFEST = Row(Kind.OBJECT, "daily/2026-11-01T00-00Z/manifest.json", "manifest.json", 3, NOW, None)


def looking(mode: Mode, *, search: str = "", is_offline: bool = False, prefix: str = "a/") -> ViewMode:
    source = SOURCES[mode]
    if search:
        source = Search(parse(search), lambda: NOW, source)
    return ViewMode(Location("b", prefix, source=source), is_offline)


def test_what_a_directory_bucket_lacks_is_refused_and_shown() -> None:
    plain, directory = ViewMode(Location("b")), ViewMode(Location("b--use1-az4--x-s3"), is_directory=True)
    for action in ("seek", "versions", "as_of", "restore"):
        assert plain.refusal(action, OBJECT) is None
        assert "directory bucket" in (directory.refusal(action, OBJECT) or "")
        assert not directory.offers(action, OBJECT, has_rows=True, picks=False)
    assert directory.refusal("download", OBJECT) is None
    assert [chip.text for chip in directory.chips(NOW)] == ["DIRECTORY BUCKET"]


def shown(tree: Tree, *, order: str = "by name ↑", room: int = 120) -> Shown:
    return Shown(
        tree,
        order,
        is_default_order=True,
        is_filtered=bool(tree.needle),
        running=tree.root,
        counted=None,
        room=room,
    )


def listed(state: State) -> Tree:
    root = Listing("a/")
    if state is State.COMPLETE:
        root.append(ListObjectsPage(()))
    root.state = state
    return Tree(root)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_refused_with_a_sentence_or_offered(mode: Mode, action: str) -> None:
    in_searches = f"{REFUSED[mode]} {REFUSED_IN_SEARCHES}"
    for way, refused in ((looking(mode), REFUSED[mode]), (looking(mode, search="log"), in_searches)):
        sentence = way.refusal(action, OBJECT)
        assert way.mode is mode
        assert (sentence is not None) == (action in refused.split())
        assert sentence is None or (sentence.endswith(".") and "{" not in sentence)
        offers = way.offers(action, OBJECT, has_rows=True, picks=True)
        assert offers == (sentence is None and (action != "promote" or mode in (Mode.VERSIONS, Mode.AS_OF)))


@pytest.mark.parametrize("mode", KEPT)
@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_connection_the_way_back_is_to_open_it(mode: Mode, action: str) -> None:
    sentence = looking(mode, is_offline=True).refusal(action, OBJECT)
    assert (sentence is not None) == (action in [*REFUSED[mode].split(), "bookmark"])
    assert sentence is None or sentence.endswith("open its connection, ^o lists them.")


def test_the_table_names_every_mode_and_no_action_that_has_no_key() -> None:
    assert set(REFUSALS) == set(Mode)
    named = {action for table in (*REFUSALS.values(), OFFLINE_REFUSALS) for action in table}
    assert named <= set(ACTIONS)


def test_a_report_opens_on_the_row_of_its_manifest_and_on_no_other() -> None:
    assert looking(Mode.LIVE).refusal("inventory", MANIFEST) is None
    for row in (None, PREFIX, OBJECT):
        assert looking(Mode.LIVE).refusal("inventory", row) is not None
    assert looking(Mode.SNAPSHOT).refusal("inventory", MANIFEST) is not None


@pytest.mark.parametrize("action", ["download", "delete", "copy", "filter", "sort", "info", "mark_like"])
def test_what_needs_rows_is_offered_only_where_there_are_some(action: str) -> None:
    assert not looking(Mode.LIVE).offers(action, None, has_rows=False, picks=False)
    assert looking(Mode.LIVE).offers(action, OBJECT, has_rows=True, picks=False)


def test_picking_is_offered_only_where_it_was_asked_for() -> None:
    assert not looking(Mode.LIVE).offers("pick", OBJECT, has_rows=True, picks=False)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("search", ["", "log"])
def test_a_kept_listing_changes_nothing(mode: Mode, search: str) -> None:
    way = looking(mode, search=search)
    assert way.may_write == (mode not in KEPT)
    assert way.write_refusal == ("Nothing is changed from here: esc goes there." if mode in KEPT else None)


@pytest.mark.parametrize("mode", MODES)
def test_only_the_past_has_an_instant_and_only_versions_keep_prefixes_in_place(mode: Mode) -> None:
    way = looking(mode, search="log")
    assert way.instant == (NOW if mode is Mode.AS_OF else None)
    assert (way.prefix_refusal is not None) == (mode is Mode.VERSIONS)
    assert way.has_versions == (mode in (Mode.VERSIONS, Mode.AS_OF))


@pytest.mark.parametrize("mode", MODES)
def test_a_row_is_about_what_is_there_now_or_about_its_version(mode: Mode) -> None:
    assert looking(mode).is_of_now(OBJECT) == (mode is Mode.LIVE)
    assert looking(mode).is_of_now(replace(OBJECT, version_id="1"))


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode is not Mode.LIVE])
def test_esc_leads_from_a_way_of_looking_to_what_was_looked_at_before(mode: Mode) -> None:
    before = Location("b", "was/")
    there = looking(mode).leave_to(Opening(before, "was/here"), OBJECT)
    assert there == ((before, "was/here") if mode in KEPT else (Location("b", "a/deep/"), "a/deep/1.log"))


@pytest.mark.parametrize("mode", MODES)
def test_esc_leads_from_a_search_to_where_the_result_is(mode: Mode) -> None:
    way = looking(mode)
    opened = Opening(way.location)
    assert looking(mode, search="log").leave_to(opened, OBJECT) == (way.location, "a/deep/")
    assert looking(mode, search="log").leave_to(opened, None) == (way.location, None)


@pytest.mark.parametrize("mode", MODES)
def test_esc_leads_from_a_flat_list_to_the_row_that_stands_for_the_key(mode: Mode) -> None:
    way = looking(mode)
    flat = ViewMode(replace(way.location, is_flat=True))
    assert flat.leave_to(Opening(way.location), OBJECT) == (way.location, "a/deep/")


def test_a_flat_search_is_left_for_the_same_key() -> None:
    flat = replace(looking(Mode.LIVE, search="log").location, is_flat=True)
    there = Location("b", "a/", is_flat=True)
    assert ViewMode(flat).leave_to(Opening(there), OBJECT) == (there, "a/deep/1.log")


@pytest.mark.parametrize(
    ("mode", "caption"),
    [
        (Mode.LIVE, "0 loaded · by name ↑"),
        (Mode.VERSIONS, "versions · 0 objects · no older versions · by name ↑"),
        (Mode.AS_OF, "as of 2026-11-21 08:00 UTC · 0 loaded · by name ↑"),
        (Mode.SNAPSHOT, "snapshot monday · 2026-11-21 08:00 · 0 loaded · by name ↑"),
        (Mode.INVENTORY, "inventory of 2026-11-21 · 0 loaded · by name ↑"),
        (Mode.COMPARISON, "monday → now · by name ↑"),
    ],
)
def test_a_caption_says_what_the_rows_are(mode: Mode, caption: str) -> None:
    assert looking(mode).caption(shown(listed(State.COMPLETE))) == caption


@pytest.mark.parametrize(("room", "says_folders"), [(60, True), (40, False)])
def test_a_flat_caption_says_what_all_rows_begin_with_where_that_fits(room: int, says_folders: bool) -> None:
    root = Listing("a/")
    root.append(ListObjectsPage((summary("a/b/2026/x/1"), summary("a/b/2026/y/1"))))
    rows = shown(Tree(root), room=room)
    flat = ViewMode(replace(looking(Mode.LIVE).location, is_flat=True))
    folders = " · all below b/2026/" * says_folders
    assert flat.caption(rows) == f"flat · 2 loaded · by name ↑{folders}"
    assert looking(Mode.LIVE).caption(rows) == "2 loaded · by name ↑"
    assert "all below b/2026/" in looking(Mode.LIVE, search="1").caption(shown(Tree(root)))


def test_a_caption_of_a_search_names_it() -> None:
    said = looking(Mode.SNAPSHOT, search="log").caption(shown(listed(State.COMPLETE)))
    assert said.startswith("snapshot monday · 2026-11-21 08:00 · search log · 0 of 0 match")


def test_a_comparison_says_how_it_stands_and_then_what_differs() -> None:
    comparison = Comparison(SNAPSHOT, LIVE)
    way = ViewMode(Location("b", "a/", source=comparison))
    assert way.caption(shown(listed(State.LOADING))) == "comparing ⋯ · monday → now · by name ↑"
    comparison.tallies["a/", "/"] = ChangeCounts(same=2)
    tally = str(comparison.tallies["a/", "/"])
    assert way.caption(shown(listed(State.COMPLETE))).startswith(f"{tally} · monday → now")
    assert way.empty_state(listed(State.COMPLETE).root).sentence == (
        f"Nothing differs under this prefix. {tally}."
    )


@pytest.mark.parametrize(
    ("mode", "sentence", "key"),
    [
        (Mode.LIVE, "Nothing under this prefix.", "u uploads here"),
        (Mode.VERSIONS, "Nothing under this prefix: versions.", "esc leads back to now"),
        (Mode.AS_OF, "Nothing under this prefix: as of 2026-11-21 08:00 UTC.", "esc leads back to now"),
        (Mode.SNAPSHOT, "Nothing was under this prefix.", "esc leaves"),
        (Mode.INVENTORY, "Nothing was under this prefix.", "esc leaves"),
        (Mode.COMPARISON, "Nothing differs under this prefix.", "esc leaves"),
    ],
)
def test_an_empty_prefix_says_in_which_way_it_is_empty(mode: Mode, sentence: str, key: str) -> None:
    state = looking(mode).empty_state(listed(State.COMPLETE).root)
    assert (state.condition, state.sentence) == ("empty", sentence)
    assert key in state.keys


@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_there_yet_is_loading_and_what_failed_says_why(mode: Mode) -> None:
    loading = looking(mode).empty_state(listed(State.LOADING).root)
    verb = "Listing" if mode is Mode.LIVE else "Reading"
    assert (loading.condition, loading.sentence) == ("loading", f"{verb} s3://b/a/ …")
    tree = listed(State.FAILED)
    tree.root.error = AccessDenied("no", code="AccessDenied", status=403)
    for search in ("", "log"):
        failed = looking(mode, search=search).empty_state(tree.root)
        assert failed.error is tree.root.error
        assert bool(failed.keys) == bool(search), "a search can be changed"


def test_a_search_that_found_nothing_says_below_what() -> None:
    way = looking(Mode.LIVE, search="log")
    done = way.empty_state(listed(State.COMPLETE).root)
    assert done.sentence == "Nothing below s3://b/a/ matches log; looked at 0 keys."
    assert way.empty_state(listed(State.LOADING).root).sentence == "Searching …: log below s3://b/a/"


@pytest.mark.parametrize(
    ("mode", "chip"),
    [
        (Mode.LIVE, []),
        (Mode.VERSIONS, ["VERSIONS"]),
        (Mode.AS_OF, ["AS OF 3 d"]),
        (Mode.SNAPSHOT, ["SNAPSHOT"]),
        (Mode.INVENTORY, ["INVENTORY"]),
        (Mode.COMPARISON, ["COMPARISON"]),
    ],
)
def test_each_way_of_looking_is_told_by_a_chip(mode: Mode, chip: list[str]) -> None:
    later = NOW + timedelta(days=3)
    assert [each.text for each in looking(mode).chips(later)] == chip
    flat = ViewMode(replace(looking(mode, search="log").location, is_flat=True))
    assert [each.text for each in flat.chips(later)] == [*chip, "FLAT", "SEARCH"]
