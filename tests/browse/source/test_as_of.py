"""Parsing of instants, as people write them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from s3tui.browse.source.as_of import AsOf, instant_words, parse_instant

NOW = datetime(2026, 11, 20, 12, 30, 15, 250, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-01", "2026-11-01 00:00 UTC"),
        (" 2026-11-01 12:00 ", "2026-11-01 12:00 UTC"),
        ("2026-11-01T12:00:30", "2026-11-01 12:00:30 UTC"),
        ("2026-11-01 12:00 utc", "2026-11-01 12:00 UTC"),
        ("2026-11-01T12:00:00.250Z", "2026-11-01 12:00:00.25 UTC"),
        ("2026-11-01T12:00+02:00", "2026-11-01 10:00 UTC"),
        ("3d", "2026-11-17 12:30:15 UTC"),
        ("2h ago", "2026-11-20 10:30:15 UTC"),
        ("1.5 hours ago", "2026-11-20 11:00:15 UTC"),
        ("90 min", "2026-11-20 11:00:15 UTC"),
        ("1 week ago", "2026-11-13 12:30:15 UTC"),
        ("0 seconds", "2026-11-20 12:30:15 UTC"),
        ("1y", "2025-11-20 06:30:15 UTC"),
    ],
)
def test_an_instant_is_shown_back_exactly(text: str, expected: str) -> None:
    at = parse_instant(text, NOW)
    assert instant_words(at) == expected
    assert parse_instant(instant_words(at), NOW) == at
    assert AsOf(at).title == f"as of {expected}"


def test_a_time_without_a_zone_is_this_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    assert instant_words(parse_instant("2026-07-01 12:00", NOW)) == "2026-07-01 12:00 +02:00"
    assert instant_words(parse_instant("2026-11-01 12:00", NOW)) == "2026-11-01 12:00 +01:00"
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "A time is like"),
        ("yesterday-ish", "A time is like"),
        ("2026-13-01", "A time is like"),
        ("3 parsecs", "A time is like"),
        ("-3d", "A time is like"),
        ("1969-12-31", "from 1970 on"),
        ("0001-01-01", "from 1970 on"),
        ("0001-01-01T00:00+14:00", "from 1970 on"),
        ("999999 y", "from 1970 on"),
        ("2026-11-20 12:31", "2026-11-20 12:31 UTC is still to come: it is 2026-11-20 12:30 UTC now"),
        ("9999-12-31T23:59-12:00", "still to come|A time is like"),
    ],
)
def test_what_is_no_instant_is_answered_by_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as error:
        parse_instant(text, NOW)
    assert str(error.value).endswith(".")


def test_an_age_never_lies_ahead() -> None:
    assert parse_instant("0s", NOW) <= NOW
    assert NOW - parse_instant("1m", NOW) < timedelta(minutes=1, seconds=1)
