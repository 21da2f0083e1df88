"""Searching the server: results as rows, what one does with them, how far it has come, stopping, failing."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from s3tui.browse.place.location import Location
from s3tui.browse.rows.listing import State
from s3tui.connect.connection import Anonymous, Connection
from s3tui.tui.screens.objects.detail.object_detail import ObjectDetailScreen
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.screens.transfers.upload_picker import UploadPicker
from s3tui.tui.widgets.frame.filter_bar import FilterBar, SearchBar
from tests.fault_proxy import Answer, FaultProxy, Request, Stall
from tests.s3.listing.listing_server import SyntheticBucket, listing_server
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import files_below, press, screen_text, settle, type_text, until
from tests.tui.screens.objects.test_objects import keys_of, put, shown_keys, tree_screen

KEYS = ["a/1.log", "a/2.log", "a/deep/1.log", "b/1.csv", "b/1.log", "c.txt"]
MANY = [f"p/{number // 1000}/{number:05}.{'csv' if number % 100 == 7 else 'json'}" for number in range(5300)]
CSV = [key for key in MANY if key.endswith("csv")]
DENIED = Answer(403, body=b"<Error><Code>AccessDenied</Code></Error>")


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("search")
    put(ministack, name, KEYS)
    return name


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    async with listing_server(SyntheticBucket(MANY)) as url:
        with FaultProxy(url) as proxy:
            yield proxy


@pytest.fixture
def many(proxy: FaultProxy) -> Connection:
    return Connection("many", proxy.endpoint, Anonymous())


def searches_on(request: Request) -> bool:
    """Say whether this asks for more than the first page of a search."""
    is_later = "start-after" in request.target or "continuation-token" in request.target
    return is_later and "delimiter" not in request.target


async def search(pilot: Pilot[None], query: str) -> ObjectTreeScreen:
    """Type a query and have it searched; it may still run afterwards."""
    screen = tree_screen(pilot.app.screen)
    await press(pilot, "f")
    await type_text(pilot, query)
    await pilot.press("enter")
    await pilot.pause()
    return screen


async def shows(pilot: Pilot[None], keys: list[str]) -> None:
    screen = tree_screen(pilot.app.screen)
    await until(pilot, lambda: shown_keys(screen) == keys, f"the rows {keys}")
    await settle(pilot)


def words(pilot: Pilot[None]) -> str:
    """Return what is on the screen, without frames and line ends."""
    return " ".join(screen_text(pilot).replace("│", " ").split())


async def test_what_a_query_means_below_here_is_listed_by_its_path(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, "1.LOG")
        await shows(pilot, [key for key in keys_of(ministack, bucket) if "1.log" in key])
        assert "search 1.LOG · 3 of 6 match · by name ↑" in screen_text(pilot)
    async with running(connection, f"s3://{bucket}/a/") as pilot:
        screen = await search(pilot, "*.log !deep/*")
        await shows(pilot, ["a/1.log", "a/2.log"])
        assert [screen.tree_model.root.name(row) for row in range(2)] == ["1.log", "2.log"]
        assert "2 of 3 match" in screen_text(pilot)


async def test_sizes_ages_and_classes_are_those_of_the_server(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    ministack.boto3().put_object(Bucket=bucket, Key="large", Body=b"x" * 3000, StorageClass="STANDARD_IA")
    async with running(connection, f"s3://{bucket}/") as pilot:
        for query, expected in {
            ">2k newer:1h": ["large"],
            "class:standard_ia": ["large"],
            "1..7": ["a/1.log", "a/2.log", "b/1.csv", "b/1.log", "c.txt"],
            "older:1d": [],
        }.items():
            screen = await search(pilot, query)
            await settle(pilot)
            assert [key for key in shown_keys(screen) if key] == expected, query
        assert f"Nothing below s3://{bucket}/ matches older:1d; looked at 7 keys." in words(pilot)


async def test_while_one_types_it_is_said_what_was_understood_or_what_is_wrong(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "f")
        await type_text(pilot, "*.log >1k")
        await until(
            pilot, lambda: f"below s3://{bucket}/: name like *.log, over 1,000 bytes." in words(pilot)
        )
        await type_text(pilot, "*.log >1x")
        await until(pilot, lambda: ">1x is no size: write it like >10M" in words(pilot))
        await press(pilot, "enter")
        assert screen.query_one(SearchBar).is_open, "what was typed is not lost"
        assert screen.location == Location(bucket)
        await press(pilot, "escape")
        assert not screen.query_one(SearchBar).is_open
        assert "no size" not in screen_text(pilot)
        assert shown_keys(screen) == ["a/", "b/", "c.txt"]


async def test_an_empty_query_closes_the_line_and_leaves_a_search(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "f", "enter")
        assert not screen.query_one(SearchBar).is_open
        await search(pilot, "log")
        await press(pilot, "f")
        assert screen.query_one(SearchBar).value == "log"
        await type_text(pilot, " ")
        await press(pilot, "enter")
        assert screen.location == Location(bucket)


async def test_where_nothing_is_there_is_nothing_to_find(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    name = ministack.make_bucket("nothing")
    async with running(connection, f"s3://{name}/", size=(80, 24)) as pilot:
        screen = await search(pilot, "*.csv")
        await settle(pilot)
        assert f"Nothing below s3://{name}/ matches *.csv; looked at 0 keys." in words(pilot)
        await press(pilot, "backspace")
        assert screen.location == Location(name)


async def test_f_edits_the_query_and_the_same_query_searches_again(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, "1.log")
        await press(pilot, "f", "space", *"!deep", "enter")
        await shows(pilot, ["a/1.log", "b/1.log"])
        put(ministack, bucket, ["a/11.log"])
        await press(pilot, "f", "enter")
        await shows(pilot, ["a/1.log", "a/11.log", "b/1.log"])
        put(ministack, bucket, ["a/111.log"])
        await press(pilot, "end", "r")
        await shows(pilot, ["a/1.log", "a/11.log", "a/111.log", "b/1.log"])
        assert screen.current is not None
        assert screen.current.key == "b/1.log"


async def test_a_second_slash_searches(running: Running, connection: Connection, bucket: str) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = tree_screen(pilot.app.screen)
        await press(pilot, "slash", "b", "slash")
        assert screen.query_one("#filter", FilterBar).value == "b/"
        await press(pilot, "escape", "slash", "slash")
        assert screen.query_one(SearchBar).is_open
        assert screen.focused is screen.query_one(SearchBar)
        await press(pilot, *"csv", "enter")
        await shows(pilot, ["b/1.csv"])


async def test_escape_leaves_to_the_tree_and_history_leads_back(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, "1.log")
        await settle(pilot)
        await press(pilot, "end", "space", "escape")
        assert screen.location.search is not None, "the marks first"
        await press(pilot, "escape")
        assert screen.location == Location(bucket)
        assert screen.current is not None
        assert screen.current.key == "b/", "where the result is"
        await press(pilot, "alt+left")
        assert shown_keys(screen) == ["a/1.log", "a/deep/1.log", "b/1.log"]
        assert screen.current.key == "b/1.log"


async def test_backspace_goes_to_where_a_result_is(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, "deep")
        await settle(pilot)
        await press(pilot, "backspace")
        assert screen.location == Location(bucket, "a/deep/")
        assert screen.current is not None
        assert screen.current.key == "a/deep/1.log"
        await press(pilot, "alt+left")
        await press(pilot, "f")
        await type_text(pilot, "nothing at all")
        await press(pilot, "enter", "backspace")
        assert screen.location == Location(bucket)


async def test_a_flat_list_is_searched_and_comes_back_flat(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/a/") as pilot:
        await press(pilot, "F")
        screen = await search(pilot, "deep")
        await shows(pilot, ["a/deep/1.log"])
        await press(pilot, "escape")
        assert screen.location == Location(bucket, "a/", is_flat=True)
        assert screen.current is not None
        assert screen.current.key == "a/deep/1.log"
        await press(pilot, "F")
        await search(pilot, "2.log")
        await settle(pilot)
        await press(pilot, "F")
        assert screen.location == Location(bucket, "a/", is_flat=True)
        assert screen.current.key == "a/2.log"


async def test_results_are_filtered_sorted_and_sought_like_any_rows(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await press(pilot, "F")
        screen = await search(pilot, "*.log")
        await settle(pilot)
        await press(pilot, "slash")
        await type_text(pilot, "deep")
        await shows(pilot, ["a/deep/1.log"])
        assert "1 of 4 hold “deep”" in screen_text(pilot)
        await press(pilot, "escape", "o")
        assert shown_keys(screen) == ["b/1.log", "a/deep/1.log", "a/2.log", "a/1.log"]
        await press(pilot, "s")
        await type_text(pilot, "b/1.log")
        await press(pilot, "enter")
        assert screen.location == Location(bucket, "b/"), "what lies around a key is not in the results"
        assert screen.current is not None
        assert screen.current.key == "b/1.log"


async def test_results_are_opened_and_downloaded_below_their_paths(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await search(pilot, "1.log")
        await settle(pilot)
        await press(pilot, "down", "enter")
        assert isinstance(pilot.app.screen, ObjectDetailScreen)
        assert pilot.app.screen.key == "a/deep/1.log"
        await press(pilot, "escape", "ctrl+a", "d")
        await pilot.pause()
        await press(pilot, "enter")
        assert files_below(home / "Downloads") == {key: key for key in KEYS if key.endswith("1.log")}


async def test_marked_results_are_copied_and_deleted_and_nothing_else(
    running: Running, connection: Connection, bucket: str, ministack: S3Server
) -> None:
    other = ministack.make_bucket("found")
    async with running(connection, f"s3://{bucket}/") as pilot:
        await search(pilot, "a/*.log")
        await settle(pilot)
        await press(pilot, "ctrl+a")
        await pilot.press("c")
        await pilot.pause()
        await type_text(pilot, f"s3://{other}/kept/")
        await press(pilot, "enter")
        await until(pilot, lambda: len(keys_of(ministack, other)) == 2, "the copies")
        assert keys_of(ministack, other) == ["kept/a/1.log", "kept/a/2.log"]
        await press(pilot, "escape", "home", "D")
        await pilot.pause()
        await press(pilot, "right", "enter")
        await until(pilot, lambda: keys_of(ministack, bucket) == KEYS[1:], "the deletion")
        await shows(pilot, ["a/2.log"])


async def test_a_search_that_is_stopped_says_where_and_goes_on_from_there(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(Stall(), when=searches_on, times=None)
    async with running(many, "s3://b/", size=(110, 30)) as pilot:
        screen = await search(pilot, "*.csv")
        await until(pilot, lambda: "10 of 1,000 looked at" in screen_text(pilot))
        text = screen_text(pilot)
        assert "/s · at p/0/00999.json · esc stops" in text
        await press(pilot, "escape")
        assert screen.tree_model.root.state is State.STOPPED
        assert "10 of 1,000 looked at · stopped at p/0/00999.json" in screen_text(pilot)
        assert not [worker for worker in pilot.app.workers if worker.is_running]
        proxy.clear()
        asked = len(proxy.requests)
        await press(pilot, "end", "enter")
        await until(pilot, lambda: shown_keys(screen) == CSV, "the rest")
        assert "53 of 5,300 match" in screen_text(pilot)
        assert all(
            "continuation-token" in r.target or "start-after" in r.target for r in proxy.requests[asked:]
        )


async def test_one_that_has_found_nothing_yet_is_stopped_and_goes_on_too(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(Stall(), when=searches_on, times=None)
    async with running(many, "s3://b/", size=(110, 30)) as pilot:
        screen = await search(pilot, "05207")
        await until(pilot, lambda: "1,000 keys looked at, nothing found yet" in screen_text(pilot))
        await press(pilot, "escape")
        assert screen.location.search is not None
        assert "0 of 1,000 looked at · stopped at p/0/00999.json" in screen_text(pilot)
        assert "Stopped: ↵ goes on" in screen_text(pilot)
        proxy.clear()
        await press(pilot, "enter")
        await shows(pilot, ["p/5/05207.csv"])
        assert "1 of 5,300 match" in screen_text(pilot)
        await press(pilot, "escape")
        assert screen.location == Location("b")


async def test_what_share_was_looked_at_is_said_where_all_keys_were_counted(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://b/", size=(110, 30)) as pilot:
        await press(pilot, "Z")
        await until(pilot, lambda: "5,300 objects" in screen_text(pilot))
        proxy.add(Stall(), when=searches_on, times=None)
        await search(pilot, "*.csv")
        await until(pilot, lambda: "18 % of 5,300 counted" in screen_text(pilot))
        assert "at p/" not in screen_text(pilot)
        await press(pilot, "escape", "escape")
        await search(pilot, "p/*.csv")
        await until(pilot, lambda: "0 of 1,000 looked at" in screen_text(pilot))
        assert "18 % of 5,300 counted" in screen_text(pilot), "all are below p/"
        await press(pilot, "escape", "escape")
        await search(pilot, "prefix:p")
        await until(pilot, lambda: "1,000 of 1,000 looked at" in screen_text(pilot))
        assert "%" not in screen_text(pilot), "what begins with p was not counted"


async def test_how_paths_begin_narrows_what_is_listed(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://b/p/") as pilot:
        asked = len(proxy.requests)
        await search(pilot, "3/*7.csv")
        await shows(pilot, [key for key in CSV if key.startswith("p/3/")])
        assert "10 of 1,000 match" in screen_text(pilot)
        targets = [r.target for r in proxy.requests[asked:] if "list-type" in r.target]
        assert targets
        assert all("prefix=p%2F3%2F" in target for target in targets)


async def test_a_refusal_in_the_middle_keeps_what_was_found(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    proxy.add(DENIED, when=searches_on, times=None)
    async with running(many, "s3://b/", size=(110, 30)) as pilot:
        screen = await search(pilot, "*.csv")
        await settle(pilot)
        assert shown_keys(screen)[:-1] == CSV[:10]
        assert screen.tree_model.root.state is State.FAILED
        assert "10 of 1,000 looked at · refused after p/0/00999.json" in screen_text(pilot)
        proxy.clear()
        await press(pilot, "end", "enter")
        await shows(pilot, CSV)


async def test_a_refusal_before_anything_was_read_is_said_and_r_tries_again(
    running: Running, many: Connection, proxy: FaultProxy
) -> None:
    async with running(many, "s3://b/", size=(110, 30)) as pilot:
        proxy.add(DENIED, when=lambda request: "list-type" in request.target, times=None)
        screen = await search(pilot, "*.csv")
        await settle(pilot)
        assert "r tries again" in screen_text(pilot)
        assert "f changes the search" in screen_text(pilot)
        proxy.clear()
        await press(pilot, "r")
        await shows(pilot, CSV)
        proxy.add(DENIED, when=lambda request: "list-type" in request.target, times=None)
        await search(pilot, "x")
        await press(pilot, "escape")
        assert screen.location == Location("b")


async def test_a_pattern_that_takes_for_ever_ends_the_search_with_a_sentence(
    running: Running, connection: Connection, ministack: S3Server
) -> None:
    name = ministack.make_bucket("slow")
    put(ministack, name, ["a" * 900 + "b"])
    async with running(connection, f"s3://{name}/") as pilot:
        await search(pilot, "re:(a|aa)+$")
        await settle(pilot)
        assert "The pattern takes too long for the key" in words(pilot)
        assert "f changes the search" in words(pilot)


async def test_a_search_looks_again_only_when_asked_to_after_something_was_written(
    running: Running, connection: Connection, bucket: str, home: Path
) -> None:
    (home / "new.log").write_text("new")
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, "*.log")
        await settle(pilot)
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, UploadPicker))
        await type_text(pilot, str(home / "new.log"))
        await press(pilot, "enter")
        await until(pilot, lambda: "r searches again" in words(pilot))
        assert "new.log" not in shown_keys(screen)
        await press(pilot, "r")
        assert "new.log" in shown_keys(screen)


ODD = "(?<year>[0-9]{{4}})(?<!{})"
"""What is tried out in a process, once."""


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have expressions tried out by processes that wait until this is called."""
    limiter, program = tmp_path / "gate", tmp_path / "python"
    program.write_text(
        f'#!/bin/sh\nwhile [ ! -e "{limiter}" ]; do sleep 0.01; done\nexec "{sys.executable}" "$@"\n'
    )
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    return limiter.touch


async def test_typing_goes_on_while_an_expression_is_tried_out(
    running: Running, connection: Connection, bucket: str, answer: Callable[[], None]
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        odd = f"/{ODD.format('typed')}/"
        await press(pilot, "f")
        bar = pilot.app.screen.query_one(SearchBar)
        for character in odd:
            await pilot.press(character)
        await until(pilot, lambda: bar.value == odd and "Checking…" in screen_text(pilot), "typed")
        assert "finds everything" not in screen_text(pilot)
        await pilot.press("x")  # what it was is not of interest any more
        await until(pilot, lambda: "path like" in screen_text(pilot), "what it is now")
        answer()
        await settle(pilot)
        assert "path like" in screen_text(pilot)
        await pilot.press("backspace")
        await until(pilot, lambda: "matching the regular" in screen_text(pilot), "what it means")


async def test_an_expression_that_is_submitted_is_searched_when_it_was_tried_out(
    running: Running, connection: Connection, ministack: S3Server, bucket: str, answer: Callable[[], None]
) -> None:
    put(ministack, bucket, ["in/2026.csv"])
    async with running(connection, f"s3://{bucket}/") as pilot:
        screen = await search(pilot, f"/{ODD.format('submitted')}/")
        assert screen.location.search is None
        assert "Checking…" in screen_text(pilot)
        answer()
        await shows(pilot, ["in/2026.csv"])


async def test_leaving_the_line_ends_the_process(
    running: Running, connection: Connection, bucket: str, answer: Callable[[], None]
) -> None:
    async with running(connection, f"s3://{bucket}/") as pilot:
        await search(pilot, f"/{ODD.format('left')}/")
        await press(pilot, "escape")
        assert not pilot.app.screen.query_one(SearchBar).is_open
        assert "checking" not in screen_text(pilot)
        assert tree_screen(pilot.app.screen).location.search is None
