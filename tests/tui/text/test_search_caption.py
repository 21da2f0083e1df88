"""The caption of a search: what it says in each state, and what it leaves out where there is little room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from s3tui.browse.rows.listing import Listing, State
from s3tui.browse.rows.search_progress import SearchProgress
from s3tui.browse.rows.tree import Tree
from s3tui.s3.errors import AccessDenied, TransportError
from s3tui.s3.models import ListObjectsPage
from s3tui.tui.text.search_caption import search_caption
from tests.browse.pages import summary

FAR = SearchProgress(48_211, "logs/2026/11/20/08/part-0.json", 5.0)


def a_listing(state: State, progress: SearchProgress | None = FAR, error: type | None = None) -> Listing:
    listing = Listing("logs/")
    listing.append(ListObjectsPage((summary("logs/a"), summary("logs/b")), next_continuation_token="on"))
    listing.state, listing.progress = state, progress
    if error is not None:
        listing.fail(error("no", code="AccessDenied", status=403) if error is AccessDenied else error("no"))
    return listing


def caption(listing: Listing, *, room: int = 120, counted: int | None = None, order: str = "") -> str:
    return search_caption("search *.csv", Tree(listing), listing, counted=counted, order=order, room=room)


@pytest.mark.parametrize(
    ("listing", "counted", "said"),
    [
        (a_listing(State.LOADING, None), None, "searching ⋯"),
        (
            a_listing(State.LOADING),
            None,
            "2 of 48,211 looked at · 9,642/s · at 2026/11/20/08/part-0.json · esc stops",
        ),
        (
            a_listing(State.LOADING),
            130_000,
            "2 of 48,211 looked at · 37 % of 130,000 counted · 9,642/s · esc stops",
        ),
        (
            a_listing(State.LOADING),
            40_000,
            "2 of 48,211 looked at · 9,642/s · at 2026/11/20/08/part-0.json · esc stops",
        ),
        (a_listing(State.STOPPED), 130_000, "2 of 48,211 looked at · stopped at 2026/11/20/08/part-0.json"),
        (
            a_listing(State.FAILED, error=AccessDenied),
            None,
            "2 of 48,211 looked at · refused after 2026/11/20/08/part-0.json",
        ),
        (
            a_listing(State.FAILED, error=TransportError),
            None,
            "2 of 48,211 looked at · failed after 2026/11/20/08/part-0.json",
        ),
        (a_listing(State.COMPLETE), 130_000, "2 of 48,211 match"),
    ],
)
def test_each_state_is_said(listing: Listing, counted: int | None, said: str) -> None:
    assert caption(listing, counted=counted) == f"search *.csv · {said}"


def test_a_filter_and_an_order_are_said_too() -> None:
    listing = a_listing(State.COMPLETE)
    tree = Tree(listing)
    tree.arrange(needle="b")
    said = search_caption("search x", tree, listing, counted=None, order="by size ↓", room=120)
    assert said == "search x · 1 of 2 hold “b” · 2 of 48,211 match · by size ↓"


def test_one_that_is_repeated_says_so_as_long_as_its_rows_are_not_shown() -> None:
    fresh = a_listing(State.LOADING, SearchProgress(1000, "logs/a", 1.0))
    said = search_caption("search x", Tree(a_listing(State.COMPLETE)), fresh, counted=None, room=120)
    assert said == "search x · again: 2 of 1,000 looked at · 1,000/s · at a · esc stops"


@given(
    st.sampled_from(State),
    st.integers(74, 200),
    st.text("q", max_size=120),
    st.text("k\U0001f600", min_size=1),
)
def test_it_fits_and_the_key_gives_way_before_the_numbers(
    state: State, room: int, query: str, key: str
) -> None:
    listing = a_listing(state, SearchProgress(48_211, f"logs/{key}", 5.0))
    said = search_caption(f"search {query}", Tree(listing), listing, counted=None, room=room)
    assert cell_len(said) <= room
    assert "2 of 48,211" in said
    assert said.endswith("esc stops") == (state is State.LOADING)
