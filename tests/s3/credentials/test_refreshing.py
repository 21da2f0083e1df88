from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.refreshing import Refreshing
from s3tui.s3.errors import CredentialsError

START = datetime(2026, 11, 20, tzinfo=UTC)


class Source:
    """Gives keys that last an hour, or fails; counts how often it is asked, and can be held up."""

    def __init__(self) -> None:
        self.now = START
        self.asked = 0
        self.failure: str | None = None
        self.lasts: timedelta | None = timedelta(hours=1)
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def __call__(self) -> Credentials:
        self.asked += 1
        number = self.asked
        await self.may_answer.wait()
        if self.failure is not None:
            raise CredentialsError(self.failure)
        end = None if self.lasts is None else self.now + self.lasts
        return Credentials(f"AK{number}", "SK", expires_at=end)

    def refreshing(self) -> Refreshing:
        return Refreshing(self, now=lambda: self.now)


async def test_keys_are_fetched_once_and_again_shortly_before_they_end() -> None:
    source = Source()
    provider = source.refreshing()
    assert [(await provider()).access_key for _ in range(3)] == ["AK1"] * 3
    source.now += timedelta(minutes=54)
    assert (await provider()).access_key == "AK1"
    source.now += timedelta(minutes=2)
    assert (await provider()).access_key == "AK2"


async def test_keys_without_an_end_are_fetched_once() -> None:
    source = Source()
    source.lasts = None
    provider = source.refreshing()
    await provider()
    source.now += timedelta(days=365)
    await provider()
    assert source.asked == 1


async def test_all_who_come_together_wait_for_one_answer() -> None:
    source = Source()
    source.may_answer.clear()
    provider = source.refreshing()
    waiting = [asyncio.create_task(provider()) for _ in range(50)]
    await asyncio.sleep(0)
    source.may_answer.set()
    assert {keys.access_key for keys in await asyncio.gather(*waiting)} == {"AK1"}
    assert source.asked == 1


async def test_a_bad_answer_is_for_all_who_waited_and_the_next_one_asks_again() -> None:
    source = Source()
    source.failure = "not today"
    source.may_answer.clear()
    provider = source.refreshing()
    waiting = [asyncio.create_task(provider()) for _ in range(50)]
    await asyncio.sleep(0)
    source.may_answer.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {str(answer) for answer in answers} == {"not today"}
    assert source.asked == 1
    source.failure = None
    assert (await provider()).access_key == "AK2"


async def test_cancelling_the_one_who_asks_lets_the_next_one_ask() -> None:
    source = Source()
    source.may_answer.clear()
    provider = source.refreshing()
    first, second = asyncio.create_task(provider()), asyncio.create_task(provider())
    await asyncio.sleep(0)
    first.cancel()
    source.may_answer.set()
    assert (await second).access_key == "AK2"
    assert first.cancelled()


async def test_keys_that_are_still_good_are_used_when_there_are_no_new_ones() -> None:
    source = Source()
    provider = source.refreshing()
    await provider()
    source.failure = "not today"
    source.now += timedelta(minutes=56)
    assert [(await provider()).access_key for _ in range(3)] == ["AK1"] * 3
    assert source.asked == 2  # and not at every call
    source.now += timedelta(seconds=31)
    await provider()
    assert source.asked == 3
    source.now += timedelta(minutes=5)
    with pytest.raises(CredentialsError, match="not today"):
        await provider()


async def test_keys_that_have_ended_already_are_refused_with_the_reason() -> None:
    source = Source()
    source.lasts = timedelta(minutes=-1)
    with pytest.raises(
        CredentialsError, match=r"keys from given ended at 2026-11-19 23:59 UTC: sign in again"
    ):
        await source.refreshing()()


async def test_keys_that_the_server_calls_ended_are_forgotten() -> None:
    source = Source()
    provider = source.refreshing()
    old = await provider()
    provider.forget(old)
    new = await provider()
    assert new.access_key == "AK2"
    provider.forget(old)  # somebody's late complaint
    assert await provider() is new
