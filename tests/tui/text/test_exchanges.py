"""Rows of the request log: the newest first, filtered by words, each exchange looked at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from s3tui.prices import DATED
from s3tui.s3.sending.request_log import Exchange, RequestLog
from s3tui.tui.text.exchanges import LoggedRows, list_prices, totals_line, totals_sections

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def exchange(number: int, error: str | None = None, attempt: int = 1) -> Exchange:
    at = NOW + timedelta(seconds=number)
    status = 403 if error else 200
    return Exchange(
        *("GetObject", "GET", "b", f"{number}", "eu-west-1", status, at, 0.1, 0, 1000, attempt, error),
        target=f"/b/{number}.txt".encode(),
    )


def test_new_exchanges_come_on_top_and_old_ones_leave() -> None:
    log = RequestLog(capacity=3)
    rows = LoggedRows(log)
    assert rows.newest_first() == []
    for number in range(2):
        log.add(exchange(number), "work")
    assert [row.number for row in rows.newest_first()] == [1, 0]
    for number in range(2, 5):
        log.add(exchange(number), "work")
    assert [row.number for row in rows.newest_first()][:3] == [4, 3, 2]
    log.clear()
    assert rows.newest_first() == []
    log.add(exchange(9), "home")
    assert [(row.number, row.connection) for row in rows.newest_first()] == [(0, "home")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("2.TXT", [2]),
        ("failed", [1]),
        ("retried", [2]),
        ("403 denied", [1]),
        ("home", [0]),
        ("getobject", [2, 1, 0]),
    ],
)
def test_words_filter(words: str, found: list[int]) -> None:
    log = RequestLog()
    log.add(exchange(0), "home")
    log.add(exchange(1, "AccessDenied"), "work")
    log.add(exchange(2, attempt=2), "work")
    assert [row.number for row in LoggedRows(log, words).newest_first()] == found


def test_an_estimate_names_its_prices_and_their_date() -> None:
    log = RequestLog()
    for number in range(100):
        log.add(exchange(number))
    listed, own = list_prices(None, None, ""), list_prices(1.0, 2.0, "2026-11")
    assert "100 requests" in totals_line(log, None)
    assert "USD" not in totals_line(log, None)
    assert totals_line(log, own).endswith("about 0.20 USD")
    assert totals_line(log, listed).endswith("less than 0.01 USD")
    said = {
        prices: "\n".join(f.value for s in totals_sections(log, prices) for f in s.fields)
        for prices in (listed, own)
    }
    assert DATED in said[listed]
    assert "your prices of 2026-11" in said[own]
