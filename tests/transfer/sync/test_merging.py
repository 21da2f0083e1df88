"""The plan of a sync, against an independent model, over generated pairs of trees and options."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import pytest

from s3tui.transfer.sync.merging import Merge, Unordered
from s3tui.transfer.sync.models import Action, Entry, Found, Known, Line, Listing, SyncOptions
from tests.transfer.sync.model import Asked, File, Side, expected, fold

T = TypeVar("T")

_SEGMENTS = (
    "a", "a-1", "a.txt", "a0", "A", "b", "test", "test-1.txt", "é", "é", "É", "0", "-", ".", "z~",
    "\U0001d11e", "\uffee", "c.tmp",
)  # fmt: skip
_NFD = "e\N{COMBINING ACUTE ACCENT}"
_PATTERNS = ("*.txt", "*.tmp", "a/", "a/*", "test*", "b", "é", "**/b/*", "a-?", "é/a")


def _path(dice: random.Random) -> str:
    names = [dice.choice(_SEGMENTS) for _ in range(dice.choice((1, 1, 2, 2, 3)))]
    return "/".join(_NFD if name == "é" and dice.random() < 0.4 else name for name in names)


def _sides(dice: random.Random, asked: Asked) -> tuple[Side, Side]:
    source, target = Side(), Side()
    for _ in range(dice.randrange(0, 14)):
        file = File(dice.choice(("x", "y", "xx", "xyz")), dice.randrange(100))
        path = _path(dice)
        where = dice.random()
        if where < 0.7:
            source.files[path] = file
        if where > 0.3:
            again = file if dice.random() < 0.6 else File(dice.choice(("x", "y", "zz")), 50)
            spelled = path
            if dice.random() < 0.2:
                spelled = path.replace("é", _NFD) if "é" in path else path.replace(_NFD, "é")
            target.files[spelled] = again
    for side in (source, target):
        folders = sorted({path.rpartition("/")[0] for path in side.files if "/" in path})
        if folders and dice.random() < 0.25:
            side.unreadable.add(dice.choice(folders))
    return source, _on_disk(target, asked) if asked.onto_disk else target


def _on_disk(side: Side, asked: Asked) -> Side:
    """Return what of a side a disk can hold: no file is a folder, none is there by two names."""
    files: dict[str, File] = {}
    for path, file in side.files.items():
        name = fold(path, asked) if asked.ignore_case else path
        others = {fold(other, asked) if asked.ignore_case else other for other in files}
        if not any(f"{name}/".startswith(f"{other}/") or other.startswith(f"{name}/") for other in others):
            files[path] = file
    return Side(files, side.unreadable & {path.rpartition("/")[0] for path in files})


def _asked(dice: random.Random) -> Asked:
    def sometimes(value: T) -> T | None:
        return value if dice.random() < 0.2 else None

    return Asked(
        delete=dice.random() < 0.6,
        include=tuple(dice.sample(_PATTERNS, dice.choice((0, 0, 0, 1, 2)))),
        exclude=tuple(dice.sample(_PATTERNS, dice.choice((0, 0, 1, 2)))),
        newer=sometimes(dice.randrange(100)),
        min_size=sometimes(2),
        max_size=sometimes(2),
        onto_disk=dice.random() < 0.5,
        ignore_case=dice.random() < 0.2,
    )


def options_of(asked: Asked) -> SyncOptions:
    return SyncOptions(
        delete=asked.delete,
        include=tuple(asked.include),
        exclude=tuple(asked.exclude),
        newer=None if asked.newer is None else datetime.fromtimestamp(asked.newer, UTC),
        min_size=asked.min_size,
        max_size=asked.max_size,
    )


def _entries(side: Side, *, folders: bool) -> list[Entry]:
    found = {
        path: Entry(path, file.size, file.changed * 1_000_000_000, file.content)
        for path, file in side.files.items()
        if not side.below_unreadable(path)
    }
    closed = {f for f in side.unreadable if not side.below_unreadable(f)}
    for folder in closed:
        found[f"{folder}/"] = Entry(f"{folder}/", obstacle="it cannot be read", kind=Found.UNREADABLE)
    if folders:
        for path in [*found, *(f"{folder}/?" for folder in closed)]:
            names = path.rstrip("/").split("/")
            for end in range(1, len(names)):
                above = "/".join(names[:end])
                found.setdefault(above, Entry(above, kind=Found.FOLDER, obstacle="a folder has this name"))
    return sorted(found.values(), key=lambda entry: entry.path.encode())


async def _paged(things: Sequence[T], dice: random.Random) -> AsyncGenerator[Sequence[T], None]:
    at = 0
    while at < len(things):
        step = dice.randrange(0, 4)
        yield things[at : at + step]
        at += step


async def planned(
    source: Side, target: Side, asked: Asked, known: Iterable[Known], dice: random.Random
) -> tuple[Merge, list[Line]]:
    merge = Merge(options_of(asked), onto_disk=asked.onto_disk, ignore_case=asked.ignore_case)
    lines: list[Line] = []
    pages = merge.lines(
        _paged(_entries(source, folders=False), dice),
        _paged(_entries(target, folders=asked.onto_disk), dice),
        _paged(sorted(known, key=lambda each: each.path.encode()), dice),
    )
    async for some in pages:
        lines += some
    for unsure in list(merge.unsure):
        is_same = unsure.source.etag == unsure.target.etag
        lines += merge.settle(unsure, is_same=is_same, why="other bytes")
    return merge, lines


def _known(source: Side, target: Side, dice: random.Random) -> list[Known]:
    """Return what an earlier run may have left: some of it true still, some not."""
    states = {
        path: Known(path, f"{file.size}:{file.content}", f"{file.size}:{file.content}")
        for path, file in source.files.items()
        if path in target.files and dice.random() < 0.5
    }
    for path in [_path(dice) for _ in range(3)]:
        states.setdefault(path, Known(path, "1:gone", "1:gone"))
    return list(states.values())


@pytest.mark.sampled(40)
@pytest.mark.parametrize("seed", range(400))
async def test_a_plan_is_that_of_the_model_and_once_it_is_done_nothing_is_left(seed: int) -> None:
    for part in range(4):
        dice = random.Random(f"{seed} {part}")
        asked = _asked(dice)
        source, target = _sides(dice, asked)
        merge, lines = await planned(source, target, asked, _known(source, target, dice), dice)
        wanted, is_blocked = expected(source, target, asked)
        done = {line.path: line.action.value for line in lines if line.action is not Action.SKIP}
        assert done == {path: action for path, action in wanted.items() if action != "unchanged"}
        assert merge.totals[Action.SAME] == list(wanted.values()).count("unchanged")
        assert bool(merge.totals.blocked) is is_blocked
        for line in lines:
            if line.action in (Action.SEND, Action.REPLACE):
                assert line.source is not None
                target.files[line.path] = source.files[line.source.path]
            elif line.action is Action.DELETE and not is_blocked:
                del target.files[line.path]
        again, left = await planned(source, target, asked, (), dice)
        is_work = {line.path for line in left if line.action is not Action.SKIP}
        assert not is_work or (is_blocked and again.totals[Action.DELETE] == len(is_work))


async def test_a_listing_out_of_order_is_refused() -> None:
    dice = random.Random(1)
    # What os.walk and sorted folders give is no order of keys: `test-1.txt` comes before `test/a`.
    listing = _paged([Entry("test/a", 1), Entry("test-1.txt", 1)], dice)
    merge = Merge(SyncOptions(delete=True))
    with pytest.raises(Unordered):
        async for _ in merge.lines(listing, _paged([], dice), _paged([], dice)):
            pass


@pytest.mark.parametrize("fails", ["source", "target"])
async def test_what_ends_in_an_error_is_no_plan(fails: str) -> None:
    async def failing() -> Listing:
        yield [Entry("a", 1)]
        raise ConnectionError

    async def whole() -> Listing:
        yield [Entry("a", 1, etag="x"), Entry("b", 1, etag="y")]

    sides = (failing(), whole()) if fails == "source" else (whole(), failing())
    merge = Merge(SyncOptions(delete=True))
    with pytest.raises(ConnectionError):
        async for _ in merge.lines(*sides, _paged([], random.Random(1))):
            pass


async def test_more_than_half_of_the_target_is_told() -> None:
    dice = random.Random(1)
    there = Side({name: File("x") for name in "abcde"})
    few, _ = await planned(Side({name: File("x") for name in "abc"}), there, Asked(delete=True), (), dice)
    most, _ = await planned(Side({name: File("x") for name in "ab"}), there, Asked(delete=True), (), dice)
    assert (few.totals[Action.DELETE], few.totals.deletes_most) == (2, False)
    assert (most.totals[Action.DELETE], most.totals.deletes_most) == (3, True)


async def test_what_the_index_knows_is_not_looked_at() -> None:
    dice = random.Random(1)
    both = Side({"a": File("x"), "b": File("y")})
    merge, lines = await planned(both, both, Asked(), [Known("a", "1:x", "1:x")], dice)
    assert [unsure.path for unsure in merge.unsure] == ["b"]
    assert not lines
    assert merge.learned == [Known("b", "1:y", "1:y")]


async def test_archived_objects_are_left_out_of_a_plan() -> None:
    async def asleep() -> Listing:
        yield [Entry("a", 1, storage_class="GLACIER"), Entry("b", 1, storage_class="GLACIER_IR")]

    merge = Merge(SyncOptions())
    found = merge.lines(asleep(), _paged([], random.Random(1)), _paged([], random.Random(1)))
    lines = [line async for some in found for line in some]
    assert [(line.path, line.action) for line in lines] == [("a", Action.SKIP), ("b", Action.SEND)]


async def test_a_source_of_which_nothing_can_be_read_is_an_empty_one() -> None:
    async def links() -> Listing:
        yield [Entry("a", obstacle="a symbolic link, which is not followed")]

    async def whole() -> Listing:
        yield [Entry(name, 1, etag="x") for name in ("a", "b", "c", "d", "e")]

    merge = Merge(SyncOptions(delete=True))
    async for _ in merge.lines(links(), whole(), _paged([], random.Random(1))):
        pass
    assert (merge.totals.sources, bool(merge.totals.blocked)) == (0, True)


async def test_a_file_that_cannot_be_looked_at_protects_itself_alone() -> None:
    async def source() -> Listing:
        yield [Entry("a", obstacle="it cannot be read", kind=Found.UNREADABLE), Entry("c", 1, 0)]

    async def target() -> Listing:
        yield [Entry(name, 1, etag="x") for name in ("a", "ab", "c")]

    merge = Merge(SyncOptions(delete=True))
    found = merge.lines(source(), target(), _paged([], random.Random(1)))
    lines = [line async for some in found for line in some]
    assert [(line.path, line.action) for line in lines] == [("a", Action.SKIP), ("ab", Action.DELETE)]
    lines = merge.settle(merge.unsure[0], is_same=None, why="it cannot be read")
    assert [(line.path, line.action) for line in lines] == [("c", Action.SKIP)]
    assert (merge.totals.unreadable, merge.totals.work) == (2, 1)
