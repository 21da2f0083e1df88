"""The debounced notifier: events within a moment are told of once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from textual.app import App

from s3tui.tui.notifier import Notifier
from tests.patience import PATIENCE_S


@pytest.mark.parametrize("waits_for_last", [False, True])
async def test_all_of_a_moment_is_told_of_at_once_and_in_order(*, waits_for_last: bool) -> None:
    told: list[list[int]] = []
    came = asyncio.Event()

    def tell(events: Sequence[int]) -> None:
        told.append(list(events))
        came.set()

    app = App[None]()
    async with app.run_test():
        notifier = Notifier[int](app, 0.05, tell, waits_for_last=waits_for_last)
        assert not notifier.is_pending
        notifier.add(1)
        notifier.add(2, 3)
        assert notifier.is_pending
        assert told == []
        await asyncio.wait_for(came.wait(), PATIENCE_S)
        assert told == [[1, 2, 3]]
        assert not notifier.is_pending
        came.clear()
        notifier.add(4)
        await asyncio.wait_for(came.wait(), PATIENCE_S)
    assert told == [[1, 2, 3], [4]]


async def test_nothing_is_nothing_to_tell_of() -> None:
    app = App[None]()
    async with app.run_test():
        notifier = Notifier[int](app, 0.0, lambda events: pytest.fail(str(events)))
        notifier.add()
        assert not notifier.is_pending
