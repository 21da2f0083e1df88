"""Kinds of conflicts, and the words for them: what is not known is not guessed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from s3tui.transfer.models import Direction, Side, Transfer, TransferState
from s3tui.transfer.target.conflict_kind import kind_of
from s3tui.tui.text.transfers.conflict import kind_sentence, place_words

THEN, NOW = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("there", "coming", "words"),
    [
        (Side("a", 3, NOW, "x"), Side("b", 3, THEN, "x"), "the same size and checksum, and is newer"),
        (Side("a", 3, THEN, "x"), Side("b", 3, NOW, "y"), "the same size, another checksum, and is older"),
        (Side("a", 3, THEN, "x"), Side("b", 3, THEN), "the same size"),
        (Side("a", 3), Side("b", 4, NOW), "another size"),
        (Side("a", 3, NOW, "x"), Side("b", 4, THEN, "x"), "another size, and is newer"),
        (Side("a", None, NOW, "x"), Side("b", 4, THEN, "x"), "an unknown size, and is newer"),
        (Side("a"), Side("b"), "an unknown size"),
    ],
)
def test_a_kind_is_what_is_known_of_both(there: Side, coming: Side, words: str) -> None:
    assert kind_sentence(kind_of(there, coming)) == f"What is there has {words}."


def row(**facts: int | bool) -> Transfer:
    return Transfer(
        1, "c", Direction.DOWNLOAD, "p/", "s3://b/p/", "/x", TransferState.RUNNING, **facts  # type: ignore[arg-type]  # fields of Transfer
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"objects_total": 642, "objects_done": 2, "questions": 640, "answered": 2}, "3 of 642"),
        ({"objects_total": 642, "objects_done": 10, "questions": 10, "answered": 2}, "3 of 12 so far"),
        ({"objects_total": 12, "questions": 12, "listing_done": False}, "1 of 12 so far"),
        ({"objects_total": 1, "questions": 1}, ""),
        ({"objects_total": 9, "objects_done": 8, "questions": 1}, ""),
        ({"objects_total": 9, "objects_done": 5, "questions": 1, "answered": 3}, "4 of 4 so far"),
        (
            {"objects_total": 9, "objects_done": 5, "failed_objects": 3, "questions": 1, "answered": 3},
            "4 of 4",
        ),
    ],
)
def test_a_question_says_which_of_how_many_it_is(facts: dict[str, int | bool], words: str) -> None:
    assert place_words(row(**facts)) == words
