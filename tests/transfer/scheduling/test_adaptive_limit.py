"""The adaptive limit of concurrency, on synthetic servers."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.transfer.scheduling.adaptive_limit import Adaptive

TICK_S = 0.1


def after(
    seconds: float,
    throughput: Callable[[int], float],
    adaptive: Adaptive,
    *,
    since: float = 0.0,
    is_full: bool = True,
    slow_downs_above: int | None = None,
) -> list[int]:
    """Let a server that gives so much at each level run, and return the levels over time."""
    levels, work = [], 0.0
    for tick in range(round(seconds / TICK_S)):
        now = since + tick * TICK_S
        work += throughput(adaptive.level) * TICK_S
        if slow_downs_above is not None and adaptive.level > slow_downs_above:
            adaptive.slow_down(now)
        adaptive.update(now, work, is_full=is_full)
        levels.append(adaptive.level)
    return levels


def test_it_grows_to_the_ceiling_where_each_more_brings_more() -> None:
    levels = after(4, lambda level: level * 100.0, Adaptive(48, start=16))
    assert levels[0] == 16
    assert levels[-1] == 48


@pytest.mark.parametrize("enough", [4, 16, 30])
def test_it_stays_where_more_brings_nothing(enough: int) -> None:
    levels = after(60, lambda level: min(level, enough) * 100.0, Adaptive(1000, start=4))
    settled = levels[100:]
    assert min(settled) >= enough, "it has all that can be had"
    assert sum(settled) / len(settled) <= enough * 2.3
    assert max(settled) <= enough * 4, "the trials"


def test_it_goes_back_where_more_brings_less() -> None:
    levels = after(30, lambda level: 10_000.0 / level, Adaptive(64, start=16))
    assert sum(levels) / len(levels) < 20


def test_what_is_not_used_is_not_raised() -> None:
    assert set(after(10, lambda _: 100.0, Adaptive(64, start=16), is_full=False)) == {16}


def test_a_rest_is_no_failed_trial() -> None:
    adaptive = Adaptive(64, start=16)
    after(1, lambda level: level * 100.0, adaptive)
    assert adaptive.level == 32
    assert after(2, lambda level: level * 10.0, adaptive, since=1000.0)[-1] == 64


def test_a_slow_down_halves_once_for_all_that_come_together() -> None:
    adaptive = Adaptive(64, start=16)
    for tick in range(5):
        adaptive.slow_down(tick * TICK_S)
    assert adaptive.level == 8
    adaptive.slow_down(2.0)
    assert adaptive.level == 4
    for second in range(3, 20):
        adaptive.slow_down(float(second) * 2)
    assert adaptive.level == 1


def test_after_a_slow_down_it_goes_up_slowly() -> None:
    adaptive = Adaptive(64, start=32)
    adaptive.slow_down(0.0)
    levels = after(10, lambda level: level * 100.0, adaptive, since=0.0)
    assert levels[0] == 16
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert 20 <= levels[-1] <= 27


def test_a_server_that_refuses_beyond_a_level_is_kept_busy_below_it() -> None:
    levels = after(120, lambda level: level * 100.0, Adaptive(64, start=16), slow_downs_above=20)
    settled = levels[100:]
    assert max(settled) <= 21
    assert sum(settled) / len(settled) >= 12


def test_the_ceiling_can_be_moved() -> None:
    adaptive = Adaptive(2, start=8)
    assert adaptive.level == 2
    adaptive.set_ceiling(6)
    assert adaptive.level == 6
    adaptive.set_ceiling(40)
    assert adaptive.level == 8, "the rest has to prove its worth"
    adaptive.set_ceiling(3)
    assert adaptive.level == 3
    adaptive.slow_down(0.0)
    adaptive.set_ceiling(40)
    assert adaptive.level == 1, "the server still wants less"


@given(
    st.integers(1, 50),
    st.lists(st.tuples(st.sampled_from(["work", "slow", "ceiling"]), st.integers(1, 50), st.booleans())),
)
def test_it_is_never_above_the_ceiling_nor_below_one(
    ceiling: int, steps: list[tuple[str, int, bool]]
) -> None:
    adaptive, work = Adaptive(ceiling, start=8), 0.0
    for turn, (what, amount, is_full) in enumerate(steps):
        now = turn * TICK_S * 3
        match what:
            case "work":
                work += amount
                adaptive.update(now, work, is_full=is_full)
            case "slow":
                adaptive.slow_down(now)
            case _:
                ceiling = amount
                adaptive.set_ceiling(ceiling)
        assert 1 <= adaptive.level <= ceiling
