"""Questions before something is destroyed: a red frame, and never yes by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.color import Color

from s3tui.transfer.models import QueueSnapshot
from s3tui.tui.screens.common.dialog import Dialog
from s3tui.tui.screens.common.question import Confirm
from s3tui.tui.screens.common.typed_confirm import TypedConfirm
from s3tui.tui.screens.transfers.quit import Leave, QuitQuestion
from tests.tui.conftest import Running
from tests.tui.harness import press, until

GRAVE: list[Callable[[], Dialog[Any]]] = [
    lambda: Confirm("Delete it?", "It is gone for good.", yes="Delete"),
    lambda: TypedConfirm("Delete 3?", "They are gone for good.", yes="Delete 3", expected="3"),
    lambda: QuitQuestion(QueueSnapshot(), can_keep=True),
    lambda: QuitQuestion(QueueSnapshot(), can_keep=False),
]


@pytest.mark.parametrize("make", GRAVE)
async def test_a_grave_question_is_framed_in_red_and_enter_destroys_nothing(
    running: Running, make: Callable[[], Dialog[Any]]
) -> None:
    async with running(None) as pilot:
        error = Color.parse(pilot.app.theme_variables["error"])
        answers: list[object] = []
        question = make()
        pilot.app.push_screen(question, answers.append)
        await until(pilot, lambda: question.is_current and question.query(".dialog Button"), "the question")
        assert {color for _, color in question.query_one(".dialog").styles.border} == {error}
        await press(pilot, "enter")
        assert answers in ([], [False], [None], [Leave.KEEP])


async def test_what_can_be_made_up_for_is_framed_like_anything_else(running: Running) -> None:
    async with running(None) as pilot:
        question = Confirm("Bring it back?", "It is there again.", yes="Undelete", grave=False)
        pilot.app.push_screen(question)
        await until(pilot, lambda: question.is_current and question.query(".dialog Button"), "the question")
        accent = Color.parse(pilot.app.theme_variables["accent"])
        assert {color for _, color in question.query_one(".dialog").styles.border} == {accent}
