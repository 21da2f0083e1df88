"""Text in cells: paths are folded without losing any of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.tui.text.cells import folded_path

KEY = "events/checkout/year=2026/month=08/day=01/hour=00/part-00000.json.gz"


def test_a_path_is_broken_behind_a_slash() -> None:
    assert folded_path(KEY, 66) == [KEY[:50], "part-00000.json.gz"]
    assert folded_path("a" * 10 + "/b", 10) == ["a" * 10, "/b"]
    assert folded_path("a/" + "b" * 12, 10) == ["a/" + "b" * 8, "b" * 4]
    assert folded_path("short", 10) == ["short"]


@given(st.text("ab/日é", max_size=60), st.integers(0, 20))
def test_a_folded_path_is_whole_and_fits(text: str, width: int) -> None:
    lines = folded_path(text, width)
    assert "".join(lines) == text
    assert width < 2 or all(cell_len(line) <= width for line in lines)
