"""Rows of the queue and the history: neighbours read differently, whatever is long in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import PurePosixPath

import pytest
from rich.cells import cell_len

from s3tui.transfer.models import Direction, Transfer, TransferState
from s3tui.tui.widgets.details.part_map import way
from s3tui.tui.widgets.lists.history_table import HistoryTable
from s3tui.tui.widgets.lists.row_list import RowList
from s3tui.tui.widgets.lists.transfer_table import TransferTable

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOURS = [f"events/checkout/year=2026/month=01/day=01/hour={hour:02}/part-00000.json.gz" for hour in range(12)]
HEX = "8a7f22de111142228333123456789abc"


def transfer(id: int, key: str, target: str, **facts: object) -> Transfer:
    state = TransferState.FAILED if "error" in facts else TransferState.DONE
    name, source = PurePosixPath(key).name, f"s3://analytics-raw/{key}"
    return Transfer(id, "c", Direction.DOWNLOAD, name, source, target, state, **facts)  # type: ignore[arg-type]


def lines(table: RowList[Transfer], rows: list[Transfer], width: int) -> list[str]:
    table.rows = rows
    shown = ["".join(text for text, _ in table.line_at(index, width)) for index in range(len(rows))]
    assert max(map(cell_len, shown)) <= width
    return shown


@pytest.mark.parametrize("width", [58, 78, 138])
@pytest.mark.parametrize("error", [{}, {"error": "s3:GetObject is needed; the key AKIA…7Q may not. " * 3}])
def test_neighbours_in_the_queue_and_the_history_differ(width: int, error: dict[str, object]) -> None:
    same_name = [transfer(n, key, f"/data/{n}/part-00000.json.gz", **error) for n, key in enumerate(HOURS)]
    long_name = [transfer(n, f"part-{n:05}-{HEX}-{HEX}.snappy.parquet", "/data", **error) for n in range(12)]
    for rows in (same_name, long_name):
        for table in (TransferTable(), HistoryTable(lambda: NOW)):
            shown = lines(table, rows, width)
            assert all(above != below for above, below in pairwise(shown))


def test_an_error_of_another_day_has_its_age() -> None:
    facts = {"error": "There is no such key.", "attempts": 1}
    old = transfer(1, HOURS[0], "/data/a", **facts, finished_at=NOW - timedelta(days=3))
    new = transfer(2, HOURS[1], "/data/b", **facts, finished_at=NOW - timedelta(minutes=3))
    first, second = lines(TransferTable(lambda: NOW), [old, new], 100)
    assert "3 d ago: There is no such key." in first
    assert "ago" not in second


def test_transfers_of_one_object_differ_by_where_they_go() -> None:
    rows = [transfer(n, HOURS[0], f"/data/{name}") for n, name in enumerate(("one.gz", "two.gz"))]
    one, two = lines(TransferTable(), rows, 78)
    assert "/data/one.gz" in one
    assert "/data/two.gz" in two


def test_the_way_of_a_deletion_leads_nowhere() -> None:
    assert way(transfer(1, "k", ""), 40) == "s3://analytics-raw/k"
    assert way(transfer(1, "k", "/d/k"), 40) == "s3://analytics-raw/k → /d/k"
    for target in ("", "/d/" + "y" * 60):
        assert cell_len(way(transfer(1, "x" * 60, target), 40)) <= 40
