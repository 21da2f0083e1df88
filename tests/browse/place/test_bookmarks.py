from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3tui.browse.place.bookmarks import (
    SCHEMA,
    Whose,
    bookmarks,
    recent,
    settle_owner,
    toggle_bookmark,
    visit,
)
from s3tui.browse.place.history import History, Visit
from s3tui.browse.place.location import Location
from s3tui.browse.sizes.count import Count
from s3tui.browse.sizes.known_sizes import remember, remembered
from s3tui.state import open_database

WORK, OTHER = (
    Whose("https://s3.amazonaws.com key AKIA1", "env"),
    Whose("https://s3.amazonaws.com key AKIA2", "env"),
)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LOGS, ODD = Location("bucket", "logs/"), Location("bucket", "odd\udcff/")


def test_visits_are_remembered_the_latest_first_and_each_place_once(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with closing(open_database(file, SCHEMA)) as database:
        for minute, place in enumerate([LOGS, ODD, LOGS]):
            visit(database, WORK, place, NOON + timedelta(minutes=minute))
        visit(database, OTHER, Location("elsewhere"), NOON)
    with closing(open_database(file, SCHEMA)) as database:
        assert recent(database, WORK) == [LOGS, ODD]
        assert recent(database, OTHER) == [Location("elsewhere")]


def test_only_the_latest_visits_are_kept(tmp_path: Path) -> None:
    with closing(open_database(tmp_path / "state.sqlite", SCHEMA)) as database:
        for number in range(510):
            visit(database, WORK, Location("bucket", f"{number}/"), NOON + timedelta(seconds=number))
        kept = recent(database, WORK)
    assert len(kept) == 500
    assert kept[0] == Location("bucket", "509/")


def test_a_bookmark_is_set_and_taken_back(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with closing(open_database(file, SCHEMA)) as database:
        assert toggle_bookmark(database, WORK, ODD, NOON)
        assert toggle_bookmark(database, WORK, LOGS, NOON)
        assert bookmarks(database, WORK) == [LOGS, ODD]
        assert bookmarks(database, OTHER) == []
        assert not toggle_bookmark(database, WORK, LOGS, NOON)
    with closing(open_database(file, SCHEMA)) as database:
        assert bookmarks(database, WORK) == [ODD]


def test_another_account_behind_one_identity_has_places_and_sizes_of_its_own(tmp_path: Path) -> None:
    sizes = Count("logs/", NOON).sizes()
    with closing(open_database(tmp_path / "state.sqlite", SCHEMA)) as database:
        assert not settle_owner(database, WORK, "first")
        toggle_bookmark(database, WORK, LOGS, NOON)
        visit(database, WORK, LOGS, NOON)
        remember(database, WORK, "bucket", sizes)
        assert settle_owner(database, WORK, "second")
        assert (bookmarks(database, WORK), recent(database, WORK)) == ([], [])
        assert not remembered(database, WORK, "bucket")
        visit(database, WORK, ODD, NOON)
        assert not settle_owner(database, WORK, "second")
        assert settle_owner(database, WORK, "first")
        assert (bookmarks(database, WORK), recent(database, WORK)) == ([LOGS], [LOGS])
        assert remembered(database, WORK, "bucket").get("logs/") == sizes
        assert settle_owner(database, WORK, "second")
        assert recent(database, WORK) == [ODD]


def test_what_was_kept_by_a_name_stays_under_it_and_its_sizes_are_dropped(tmp_path: Path) -> None:
    file = tmp_path / "state.sqlite"
    with closing(open_database(file, SCHEMA[:2])) as database:
        for table in ("visits", "bookmarks"):
            database.execute(f"INSERT INTO {table} VALUES ('env', 'bucket', ?, 1)", (b"logs/",))
        database.execute("INSERT INTO counts VALUES ('env', 'bucket', ?, 1, '{}')", (b"logs/",))
    with closing(open_database(file, SCHEMA)) as database:
        for whose in (WORK, OTHER):
            assert (bookmarks(database, whose), recent(database, whose)) == ([LOGS], [LOGS])
            assert not remembered(database, whose, "bucket")
        assert bookmarks(database, Whose(WORK.identity, "another")) == []
        assert not toggle_bookmark(database, WORK, LOGS, NOON), "it is taken back where it was kept"
        assert bookmarks(database, WORK) == []


def test_history_goes_back_and_forward_and_forgets_what_lay_ahead() -> None:
    history = History()
    assert history.present is None
    assert history.step(-1) is None
    for place in (LOGS, Location("second"), LOGS):
        history.visit(place)
    history.leave("logs/b")
    assert history.step(-1) == Visit(Location("second"))
    assert history.step(1) == Visit(LOGS, "logs/b")
    assert history.step(1) is None
    history.step(-2)
    history.visit(Location("third"))
    assert history.step(1) is None
    assert history.step(-1) == Visit(LOGS)
