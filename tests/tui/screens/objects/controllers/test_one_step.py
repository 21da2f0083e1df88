"""Esc is one step back, and never leaves the bucket; the way up leads to what was left."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations
from types import SimpleNamespace
from typing import NamedTuple, cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection
from s3tui.tui.screens.buckets.bucket_list import BucketListScreen
from s3tui.tui.screens.objects.controllers.step_back import Steps, step_back, steps_back
from s3tui.tui.screens.objects.screen import ObjectTreeScreen
from s3tui.tui.widgets.frame.filter_bar import RowFilterBar
from s3tui.tui.widgets.lists.bucket_table import BucketTable
from tests.long import rng, share
from tests.servers import S3Server
from tests.tui.conftest import Running
from tests.tui.harness import press, settle, type_text, until

KEYS = ["a/1.log", "a/2.log", "a/deep/1.log", "b/1.csv", "c.txt"]
STEPS = [
    "search.close", "marks.close", "arranging.leave_line", "watch.stop", "sizes.stop",
    "listing.stop", "arranging.clear_filter", "marks.clear", "navigation.leave",
]  # fmt: skip


def controllers(to_do: set[str], done: list[str]) -> Steps:
    """Return controllers of which each has something to take back until it did."""

    def step(name: str) -> Callable[[], bool]:
        def take() -> bool:
            if name not in to_do:
                return False
            to_do.remove(name)
            done.append(name)
            return True

        return take

    owners: dict[str, SimpleNamespace] = {}
    for name in STEPS:
        owner, _, method = name.partition(".")
        setattr(owners.setdefault(owner, SimpleNamespace()), method, step(name))
    return cast(Steps, SimpleNamespace(**owners))


@pytest.mark.parametrize("number", range(len(STEPS) + 1))
def test_each_time_the_first_step_that_there_is_is_taken_back_and_no_other(number: int) -> None:
    for chosen in combinations(STEPS, number):
        done: list[str] = []
        own = controllers(set(chosen), done)
        for taken in range(1, number + 1):
            assert step_back(own)
            assert done == list(chosen[:taken])
        assert not step_back(own)
    assert len(steps_back(controllers(set(), []))) == len(STEPS)


class Seen(NamedTuple):
    """What one may take back, as it is on the screen."""

    screens: int
    is_typing: bool
    is_filtered: bool
    is_marked: bool
    way: str


def seen(pilot: Pilot[None], tree: ObjectTreeScreen) -> Seen:
    where, line = tree.location, tree.focused
    is_filter = isinstance(line, RowFilterBar)
    return Seen(
        len(pilot.app.screen_stack),
        isinstance(line, Input) and not is_filter,
        is_filter or bool(tree.controllers.arranging.needle),
        tree.tree_model.selection.count > 0,
        repr((where.is_flat, where.source)),
    )


async def open_search(pilot: Pilot[None]) -> None:
    await press(pilot, "f")
    await type_text(pilot, "1")
    await press(pilot, "enter")


async def open_as_of(pilot: Pilot[None]) -> None:
    await press(pilot, "T")
    await type_text(pilot, "1s ago")
    await press(pilot, "enter")


async def open_filter(pilot: Pilot[None]) -> None:
    await press(pilot, "slash")
    await type_text(pilot, "1")
    await press(pilot, "enter")


WAYS: list[Callable[[Pilot[None]], object]] = [
    lambda pilot: press(pilot, "F"),
    lambda pilot: press(pilot, "v"),
    open_as_of,
    open_search,
]
IN_PLACE: list[Callable[[Pilot[None]], object]] = [open_filter, lambda pilot: press(pilot, "space")]
OVER_IT = ["question_mark", "t", "t H", "S", "y", "ctrl+l", "slash", "f", "plus", "colon"]


@pytest.fixture
def bucket(ministack: S3Server) -> str:
    name = ministack.make_bucket("steps")
    client = ministack.boto3()
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for key in KEYS:
        client.put_object(Bucket=name, Key=key, Body=key.encode())
    return name


@pytest.mark.parametrize("seed", map(str, range(share(3, 100))))
async def test_each_esc_takes_back_just_one_of_what_was_opened_in_any_order(
    running: Running, connection: Connection, bucket: str, seed: str
) -> None:
    draw: random.Random = rng(seed)
    ways = draw.choices(WAYS, k=3)
    openings = [*ways, *draw.sample(IN_PLACE, k=2)]
    async with running(connection, f"s3://{bucket}/a/") as pilot:
        there = pilot.app.screen
        assert isinstance(there, ObjectTreeScreen)
        tree: ObjectTreeScreen = there
        trail = [seen(pilot, tree)]
        for opening in openings:
            await opening(pilot)  # type: ignore[misc]  # each is a coroutine function
            await settle(pilot)
            now = seen(pilot, tree)
            before = next((place for place in trail if place.way == now.way), None)
            if opening in ways and before is not None:  # its key closes it, too
                del trail[trail.index(before) + 1 :]
            elif opening in ways:
                trail.append(now._replace(is_filtered=False, is_marked=False))
        for key in draw.choice(OVER_IT).split():
            await press(pilot, key)
        ways_back = [place.way for place in trail]
        while (now := seen(pilot, tree)) != trail[0]:
            await press(pilot, "escape")
            after = seen(pilot, tree)
            pairs = zip(Seen._fields, now, after, strict=True)
            changed = [field for field, one, other in pairs if one != other]
            assert len(changed) == 1, (now, after)
            assert after.screens == now.screens - (changed == ["screens"])
            if changed == ["way"]:
                assert after.way == ways_back[ways_back.index(now.way) - 1]
        await press(pilot, "escape", "escape")
        assert pilot.app.screen is there
        assert seen(pilot, tree) == trail[0]


async def test_esc_on_the_bucket_list_does_nothing_but_clear_its_filter(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection) as pilot:
        await press(pilot, "slash", "x", "escape", "escape", "escape")
        assert isinstance(pilot.app.screen, BucketListScreen)
        assert pilot.app.is_running


async def test_up_from_where_one_began_stands_on_what_was_left(
    running: Running, connection: Connection, bucket: str
) -> None:
    async with running(connection, f"s3://{bucket}/a/deep/") as pilot:
        tree = pilot.app.screen
        assert isinstance(tree, ObjectTreeScreen)
        for above, left in (("a/", "a/deep/"), ("", "a/")):
            await press(pilot, "left" if above else "backspace")
            assert tree.location.prefix == above
            assert tree.current is not None
            assert tree.current.key == left
        await press(pilot, "h")
        await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "the buckets")
        await settle(pilot)
        row = pilot.app.screen.query_one(BucketTable).current
        assert row is not None
        assert row.name == bucket


async def test_the_buckets_are_one_key_away_from_an_object(
    running: Running, connection: Connection, bucket: str
) -> None:
    for key in ("tilde", "alt+up"):
        async with running(connection, f"s3://{bucket}/c.txt") as pilot:
            await press(pilot, "i", key)
            await until(pilot, lambda: isinstance(pilot.app.screen, BucketListScreen), "the buckets")
