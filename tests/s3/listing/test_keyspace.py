"""Splits of the key space lie inside the gap that they split, whatever the keys are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3.listing.keyspace import KeyGap, KeySpace, Ruler

_keys = st.text(st.sampled_from("abz/019-é猫\U0001f600"), max_size=8)


@st.composite
def _spaces(draw: st.DrawFn) -> tuple[KeySpace, list[str]]:
    prefix = draw(st.sampled_from(["", "a/", "猫"]))
    keys = sorted(prefix + key for key in draw(st.sets(_keys, min_size=2, max_size=30)))
    space = KeySpace(prefix)
    space.learn(keys)
    return space, keys


@given(_spaces(), st.data(), st.integers(1, 16), st.sampled_from([3.0, 8.0, 1000.0]))
def test_cuts_are_ascending_and_inside_of_the_gap(
    found: tuple[KeySpace, list[str]], data: st.DataObject, count: int, longest: float
) -> None:
    space, keys = found
    last = data.draw(st.integers(1, len(keys) - 1))
    high = data.draw(st.sampled_from([None, *keys[last + 1 :]]))
    gap = KeyGap(keys[last], high, tuple(keys[: last + 1]))
    cuts = space.cuts(gap, count, longest=longest)
    assert len(cuts) <= count
    assert cuts == sorted(set(cuts))
    assert all(gap.low < cut and (high is None or cut < high) for cut in cuts)
    assert all(cut.encode() for cut in cuts)


@given(st.lists(st.text(st.sampled_from("acegikz"), max_size=6), min_size=2), st.text("bdfh", max_size=4))
def test_a_ruler_keeps_the_order_of_keys_also_of_characters_it_does_not_know(
    keys: list[str], common: str
) -> None:
    ruler = Ruler(common, ("ace", "gik", "ace", "z"))
    ordered = sorted(common + key for key in keys)
    lengths = [ruler.measure(key) for key in ordered]
    assert lengths == sorted(lengths)
    assert ruler.measure(None) >= lengths[-1]


@given(st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_what_lies_at_a_length_has_that_length(digits: list[int]) -> None:
    ruler = Ruler("p", ("abc", "def", "abc", "def"))
    key = "p" + "".join(a[d - 1] for a, d in zip(ruler.alphabets, digits, strict=True) if d)
    if all(digits):
        assert ruler.key_at(ruler.measure(key)) == key


def test_numbers_are_cut_evenly() -> None:
    space = KeySpace("data/")
    keys = [f"data/part-{i:05d}" for i in range(100)]
    space.learn(keys)
    gap = KeyGap(keys[-1], "data/part-01000", tuple(keys[::11]))
    assert space.is_even(gap)
    assert 8 < space.pages(gap) < 12
    first, second = (int(cut[10:].ljust(5, "0")) for cut in space.cuts(gap, 2, longest=100.0))
    assert 350 < first < 500 < 650 < second < 850


def test_the_reach_of_an_open_end_is_tried_in_growing_steps() -> None:
    space = KeySpace("")
    keys = [f"{i:012d}" for i in range(1000)]
    space.learn(keys)
    cuts = space.cuts(KeyGap(keys[-1], None, tuple(keys[::111])), 3, longest=8.0)
    reached = [int(cut.ljust(12, "0")) for cut in cuts]
    assert reached[0] * 50 < reached[1] < reached[2] / 50


def test_hashes_are_expected_to_go_on_to_f() -> None:
    space = KeySpace("")
    keys = sorted(f"0{i * 7919 % 65536:04x}" for i in range(0, 4000, 7))
    space.learn(keys)
    sample = tuple(keys[:: len(keys) // 8])
    assert 14 < space.pages(KeyGap(keys[-1], None, sample)) < 18


def test_words_are_not_taken_for_even() -> None:
    space = KeySpace("")
    keys = [f"alpha/{i:04d}" for i in range(990)] + [f"zulu/{i:04d}" for i in range(10)]
    space.learn(keys)
    assert not space.is_even(KeyGap(keys[-1], None, tuple(keys[::111])))
