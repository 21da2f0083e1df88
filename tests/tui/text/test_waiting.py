from __future__ import annotations

import pytest

from s3tui.tui.text.waiting import SIGNS, STILL, TURN_S, Wait


@pytest.mark.parametrize(
    ("pages", "is_connecting", "seconds", "expected"),
    [
        (0, True, 1.9, ""),
        (0, True, 2.0, "connecting, 2 s"),
        (0, False, 61.4, "first answer, 61 s"),
        (11, False, 4.0, "page 12 of …, 4 s"),
        (11, True, 4.0, "page 12 of …, 4 s"),
        (1999, False, 4.0, "page 2,000 of …, 4 s"),
    ],
)
def test_what_is_awaited_is_told_from_two_seconds_on(
    pages: int, is_connecting: bool, seconds: float, expected: str
) -> None:
    assert Wait(100.0, 200.0, pages, is_connecting).words(200.0 + seconds) == expected


def test_a_sign_turns_from_a_third_of_a_second_on_however_often_answers_come() -> None:
    wait = Wait(100.0, 100.25, 3)
    assert (wait.is_shown(100.29), wait.sign(100.29)) == (False, "")
    assert wait.is_shown(100.31)
    assert {wait.sign(100.31 + turn * TURN_S) for turn in range(10)} == set(SIGNS)
    assert wait.sign(100.31, moves=False) == STILL
    assert wait.words(101.0) == ""
