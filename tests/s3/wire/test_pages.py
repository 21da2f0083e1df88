"""Pages of a listing against the plain sorted list of the names on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.errors import ProtocolError
from s3tui.s3.models import ListObjectsPage, ObjectSummary
from s3tui.s3.wire import pages
from s3tui.s3.wire.paging import key_of_token, token_behind

NAME = st.text("ab/é", min_size=1, max_size=4)
NAMES = st.lists(NAME, max_size=30, unique=True).map(sorted)


def page_of(names: Iterable[str], token: str | None = "server's") -> ListObjectsPage:
    """A page with these names in their order: what ends in a slash is a common prefix."""
    names = list(names)
    objects = tuple(ObjectSummary(name, len(name)) for name in names if not name.endswith("/"))
    return ListObjectsPage(objects, tuple(name for name in names if name.endswith("/")), token)


@given(NAMES)
def test_a_page_ends_with_its_least_and_its_greatest_name(names: list[str]) -> None:
    page = page_of(names)
    ends = (names[0], names[-1]) if names else None
    assert pages.ends(page) == ends
    assert pages.identity(page) == (*(ends or (None, None)), len(names))
    assert sorted(pages.entries(page)) == names


@given(NAMES, st.none() | NAME)
def test_the_first_name_behind_a_key(names: list[str], key: str | None) -> None:
    behind = [name for name in names if key is None or name > key]
    assert pages.first_after(page_of(names), key) == min(behind, default=None)


@given(NAMES, NAME)
def test_a_page_reaches_what_one_of_its_names_lies_behind(names: list[str], key: str) -> None:
    assert pages.reaches(page_of(names), key) == any(name > key for name in names)


@given(st.lists(NAME, max_size=6))
def test_a_page_ascends_where_objects_and_prefixes_each_do(names: list[str]) -> None:
    page = page_of(names)
    keys = [one.key for one in page.objects]
    expected = keys == sorted(set(keys)) and list(page.common_prefixes) == sorted(set(page.common_prefixes))
    assert pages.is_ascending(page) is expected


@given(NAMES)
def test_a_sample_is_spread_evenly_from_the_first_to_the_last(names: list[str]) -> None:
    sampled = pages.sample(page_of(names))
    places = [names.index(name) for name in sampled]
    assert len(places) == min(9, len(names))
    assert places[:1] + places[-1:] == ([0, len(names) - 1] if names else [])
    steps = {after - before for before, after in pairwise(places)}
    assert not steps or max(steps) - min(steps) <= 1 <= min(steps)


@given(NAMES, st.just("") | NAME, st.none() | NAME)
def test_a_part_is_what_lies_between(names: list[str], after: str, before: str | None) -> None:
    between = [name for name in names if after < name and (before is None or name < before)]
    assert pages.part(page_of(names), after=after, before=before) == page_of(between)
    assert pages.part(page_of(names)) == page_of(names)


@given(st.lists(NAME, max_size=12), st.just("") | NAME)
def test_a_page_under_a_prefix_has_each_common_prefix_below_it_once(names: list[str], prefix: str) -> None:
    page = page_of(names)
    under = pages.under(page, prefix)
    assert under.objects == tuple(one for one in page.objects if one.key.startswith(prefix))
    below = [name for name in page.common_prefixes if name.startswith(prefix) and name != prefix]
    assert list(under.common_prefixes) == list(dict.fromkeys(below))
    assert under.next_continuation_token == "server's"


@given(NAMES, NAMES, NAMES)
def test_common_prefixes_besides_others(names: list[str], others: list[str], prefix: list[str]) -> None:
    root = "".join(prefix[:1])
    found = pages.names_under(names, root, others)
    assert list(found) == [n for n in names if n.startswith(root) and n != root and n not in others]


@given(NAMES, NAMES)
def test_what_a_page_repeats_of_the_one_before_comes_once(names: list[str], others: list[str]) -> None:
    page, following = page_of(names, "first"), page_of(others, "second")
    left = [name for name in others if not (name.endswith("/") and name in names)]
    assert pages.without_prefixes(following, page.common_prefixes) == page_of(left, "second")
    both = pages.joined(page, following)
    assert both.objects == page.objects + following.objects
    assert both.common_prefixes == page.common_prefixes + page_of(left).common_prefixes
    assert both.next_continuation_token == "second"
    assert pages.without(page, others) == page_of([n for n in names if n not in others], "first")


@given(st.lists(NAME, min_size=1, max_size=6, unique=True).map(sorted))
def test_where_a_page_leads_to_itself_its_last_name_leads_on(names: list[str]) -> None:
    page = page_of(names, "token")
    for asked in (None, "another"):
        assert pages.getting_on(page, asked) == page
    following = pages.getting_on(page, "token")
    assert key_of_token(following.next_continuation_token) == names[-1]
    assert replace(following, next_continuation_token="token") == page


@pytest.mark.parametrize(
    ("page", "token"),
    [
        (page_of([], "token"), "token"),
        (page_of(["b", "a"], "token"), "token"),
        (page_of(["a", "b"], token_behind("b")), token_behind("b")),
    ],
    ids=["empty", "in no order", "asked behind its end"],
)
def test_a_page_that_leads_to_itself_and_does_not_tell_its_end_is_refused(
    page: ListObjectsPage, token: str
) -> None:
    with pytest.raises(ProtocolError, match=r"goes on, and sends the same again: it is not complete$"):
        pages.getting_on(page, token)
