"""A listing that makes no progress is told from one that does."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.errors import ProtocolError
from s3tui.s3.wire import paging
from s3tui.s3.wire.paging import PageProgress, key_of_token, token_behind
from s3tui.s3.wire.xml import is_xml_safe

Page = tuple[str | None, str | None, int]
EMPTY: Page = (None, None, 0)
PAGE = st.just(EMPTY) | st.tuples(st.sampled_from("ab"), st.sampled_from("abcdef"), st.integers(1, 2))


@given(st.text(max_size=5))
def test_a_token_of_ours_names_its_key_and_is_none_of_a_servers(key: str) -> None:
    assert key_of_token(token_behind(key)) == key
    assert not is_xml_safe(token_behind(key))
    assert key_of_token(key.lstrip("\0")) is key_of_token(None) is None


def stale(seen: list[Page]) -> int:
    """How many of the last pages brought nothing, by all of them.

    A page brings nothing if it is empty, the one before it, or the latest of pages 1, 3, 7, … before it.
    """
    count = 0
    for place, page in enumerate(seen):
        before = seen[:place]
        remembered = [seen[2**n - 2] for n in range(1, 20) if 2**n - 2 < place][-1:]
        highest = max((last for _, last, _ in before if last is not None), default=None)
        if page[1] is None or page in (*before[-1:], *remembered):
            count += 1
        elif highest is None or page[1] > highest:
            count = 0
    return count


@given(st.lists(PAGE, max_size=30))
def test_pages_that_bring_nothing_are_counted(seen: list[Page]) -> None:
    progress = PageProgress()
    for page in seen:
        progress.take(*page)
    assert progress.stale == stale(seen)


def pages_until_refused(pages: Iterable[Page], most_stale: int) -> int | None:
    progress = PageProgress()
    for number, page in enumerate(pages, 1):
        try:
            progress.take(*page, most_stale=most_stale)
        except ProtocolError:
            return number
    return None


@given(st.integers(1, 40), st.integers(0, 40))
def test_a_circle_of_any_length_is_found(length: int, before: int) -> None:
    led_in = [(f"a{n:02}", f"a{n:02}", 1) for n in range(before)]
    circle = [(f"b{n:02}", f"b{n:02}", 1) for n in range(length)]
    found = pages_until_refused(led_in + circle * 200, most_stale=1)
    assert found is not None
    assert before + length < found <= 4 * (before + length) + 2


def test_a_thousand_pages_in_a_row_may_not_bring_nothing() -> None:
    assert paging.MOST_STALE == 1000
    progress = PageProgress()
    for name in ("a", "b"):
        for _ in range(999):
            progress.take(*EMPTY)
        progress.take(name, name, 1)
    for _ in range(999):
        progress.take(*EMPTY)
    with pytest.raises(ProtocolError, match=r"^the server says that the listing goes on, and sends the same"):
        progress.take(*EMPTY)


def test_a_page_of_markers_is_told_by_its_ends_and_its_number_of_entries() -> None:
    progress = PageProgress()
    entries = [("k", "1"), ("k", "2"), ("m", "1")]
    progress.take_marked("1", "2", entries, ["b/", "c/", "n/"])
    assert progress.stale == 0
    progress.take_marked("2", "3", entries, ["b/", "x/", "n/"])  # the same ends, and as many
    assert progress.stale == 1
    progress.take_marked("3", "4", entries[::2], ["b/", "n/"])
    progress.take_marked("4", "5", [("k", "1"), ("z", "1")], [])  # gets on
    assert progress.stale == 0
    for place, (ours, prefixes) in enumerate(
        [([("z", "2")], []), ([("z", "2")], ["z0/"]), ([("z0/", "1")], ["z1/"]), ([], ["z2/"])], 10
    ):
        progress.take_marked(str(place), str(place + 1), ours, prefixes)
        assert progress.stale == 0
    progress.take_marked("20", "21", [], [])
    assert progress.stale == 1


def test_a_marker_that_names_itself_is_refused() -> None:
    with pytest.raises(ProtocolError, match="sends the same again"):
        PageProgress().take_marked(("k", "1"), ("k", "1"), [("k", "2")], [])


def test_a_listing_that_does_not_say_where_it_goes_on_is_refused_by_the_name_of_the_marker() -> None:
    assert str(paging.names_no_place("NextKeyMarker")) == (
        "the server says that the listing goes on, but not where (NextKeyMarker)"
    )
