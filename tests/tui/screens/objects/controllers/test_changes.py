"""What becomes of an answered question, and the parts of a key that a rename is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from s3tui.browse.rows.listing import Kind, Row
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.models import ChangeKind
from s3tui.transfer.errors import TransferError
from s3tui.tui.screens.objects.controllers.moves import above_and_name, trimmed
from s3tui.tui.screens.objects.plans.steps import left, started
from s3tui.tui.screens.objects.plans.undo import UndoPlan


class Unwritable:
    """A plan in a log that cannot be written."""

    async def start(self) -> str:
        raise TransferError("the disk is full", "ChangeLogFailed")

    async def discard(self) -> None:
        raise TransferError("the disk is full", "ChangeLogFailed")


class Told:
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, sentence: str, kind: str) -> None:
        self.sentences.append(sentence)


async def test_a_plan_that_cannot_be_written_is_told_of() -> None:
    host: Any = Told()
    assert await started(host, Unwritable()) is None
    assert host.sentences == ["Nothing was begun: the disk is full."]
    await left(Unwritable())


@pytest.mark.parametrize(
    ("kind", "key", "above", "name"),
    [
        (Kind.OBJECT, "a", "", "a"),
        (Kind.OBJECT, "/a", "/", "a"),
        (Kind.OBJECT, "p//a", "p//", "a"),
        (Kind.PREFIX, "p/", "", "p"),
        (Kind.PREFIX, "/", "", ""),
        (Kind.PREFIX, "//", "/", ""),
        (Kind.PREFIX, "p//", "p/", ""),
        (Kind.MARKER, "p/", "p/", ""),
    ],
)
def test_a_name_is_what_follows_the_prefix_that_a_row_is_in(
    kind: Kind, key: str, above: str, name: str
) -> None:
    assert above_and_name(Row(kind, key, key, None, None, None)) == (above, name)


@pytest.mark.parametrize(("key", "kept"), [("a", "s3://b/a"), ("a ", "s3://b/a ")])
def test_a_key_that_ends_with_a_space_is_not_moved_by_saying_where_it_is(key: str, kept: str) -> None:
    assert trimmed(" s3://b/a ", [Row(Kind.OBJECT, key, key, None, None, None)]) == kept


class Own:
    """A session whose connection made every change, and transfers with one log."""

    def __init__(self, log: ChangeLog) -> None:
        self._log = log

    def is_called(self, handle: str) -> bool:
        return True

    async def changes(self) -> ChangeLog:
        return self._log


async def test_an_edit_that_was_never_answered_stands_in_the_way_of_no_undo(tmp_path: Path) -> None:
    log = ChangeLog.open(tmp_path)
    try:
        for kind in (ChangeKind.DELETE, ChangeKind.WRITE):
            change = await log.begin(kind, "here", "bucket", kind.value)
            await log.start(change)
            if kind is ChangeKind.DELETE:
                await log.over(change)
        own: Any = Own(log)
        plan = UndoPlan(own, own)
        assert await plan.find() is None
        assert plan._undone is not None
        assert plan._undone.kind is ChangeKind.DELETE
    finally:
        log.close()
