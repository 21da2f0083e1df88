"""The query language of searches, against slow and obvious implementations: fnmatch, re, comparisons."""

from __future__ import annotations

import fnmatch
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from s3tui.browse.source.query import QueryError, parse
from s3tui.browse.source.terms import PatternTooSlow
from s3tui.s3.models import ObjectSummary

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PATHS = st.text("abAB./-_é\n\udcff", max_size=12)
UNITS = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "GiB": 2**30,
    "kB": 10**3,
}
AGES = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1, "w": 7, "mo": 30.44, "y": 365.25}


def means(
    query: str,
    path: str,
    *,
    size: int = 1,
    modified: datetime | None = NOW,
    storage_class: str | None = "STANDARD",
) -> bool:
    summary = ObjectSummary(f"in/{path}", size, modified, None, storage_class)
    return parse(query).test(NOW)(path, summary)


def lower_ascii(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


@given(st.text("abAB./-é", min_size=1, max_size=3), PATHS)
def test_text_is_found_anywhere_in_the_path_in_either_case(text: str, path: str) -> None:
    assert means(f'"{text}"', path) == (lower_ascii(text) in lower_ascii(path))


@given(st.text("ab.-!*?[]", min_size=1, max_size=8).filter(lambda glob: "**" not in glob), PATHS)
@example("[]", "[]")
@example("[!]*", "[!]x")
@example("*[]a]*", "]")
@example("*[b-a]", "b")
@example("*[a-b-]", "-")
@example("[!a-b]?*", "/ab")
def test_a_glob_without_a_slash_is_fnmatch_of_the_last_part(glob: str, path: str) -> None:
    assume("*" in glob or "?" in glob)
    assume(not glob.startswith("!"))
    assert means(glob, path) == fnmatch.fnmatchcase(path.split("/")[-1], glob)


def walks(parts: list[str], globs: list[str]) -> bool:
    """Match part by part; `**` stands for any number of parts, at the end for one at least."""
    if not globs:
        return not parts
    if globs[0] == "**":
        fewest = 1 if len(globs) == 1 else 0
        return any(walks(parts[taken:], globs[1:]) for taken in range(fewest, len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], globs[0]) and walks(parts[1:], globs[1:])


@given(
    st.lists(st.sampled_from(["**", "*", "a", "a*", "?", "[ab]", ""]), min_size=2, max_size=4),
    st.lists(st.sampled_from(["a", "b", "ab", "", "c"]), min_size=1, max_size=5),
)
@example(["**", "*"], ["a"])
@example(["a", "**", "b"], ["a", "b"])
def test_a_glob_with_a_slash_is_of_the_whole_path(globs: list[str], parts: list[str]) -> None:
    glob = "/".join(globs)
    assume(any(c in glob for c in "*?["))
    assume(not (glob[0] == glob[-1] == "/"))
    path = "/".join(parts)
    assert means(glob, path) == walks(parts, globs)
    if means(glob, path):
        assert path.startswith(parse(glob).literal_prefix)


@given(st.sampled_from(["a", "^a", "b$", "a.*b", "[ab]{2}", "(?i)AB", r"\.", "a|b", "^$"]), PATHS)
def test_a_regular_expression_is_searched_in_the_path(pattern: str, path: str) -> None:
    expected = re.search(pattern, path) is not None
    assert means(f"/{pattern}/", path) == expected
    assert means(f're:"{pattern}"', path) == expected


@given(
    st.sampled_from(["<", "<=", ">", ">=", "="]),
    st.integers(0, 5000),
    st.sampled_from(list(UNITS)),
    st.data(),
)
def test_sizes_are_compared(sign: str, number: int, unit: str, data: st.DataObject) -> None:
    assume((sign, number) != ("<", 0))
    bound = number * UNITS[unit]
    size = bound + data.draw(st.integers(-1 if bound else 0, 1))
    expected = {
        "<": size < bound,
        "<=": size <= bound,
        ">": size > bound,
        ">=": size >= bound,
        "=": size == bound,
    }
    assert means(f"{sign}{number}{unit}", "x", size=size) == expected[sign]
    assert means(f"{number}{unit}..{number + 1}{unit}", "x", size=size) == (
        bound <= size <= bound + UNITS[unit]
    )


def test_a_size_may_have_a_fraction_as_long_as_it_is_whole_bytes() -> None:
    assert means("=1.1k", "x", size=1100)
    assert means("=0.5Ki", "x", size=512)


@given(st.integers(0, 50), st.sampled_from(list(AGES)), st.floats(0.01, 3))
def test_ages_count_from_the_time_that_is_given(number: int, unit: str, share: float) -> None:
    span = number * AGES[unit] * DAY
    for modified in (NOW - span * share, NOW - span - DAY, NOW - span + DAY):
        assume(abs(NOW - modified - span) > timedelta(milliseconds=1) or not span)
        assert means(f"older:{number}{unit}", "x", modified=modified) == (NOW - modified > span)
        assert means(f"newer:{number}{unit}", "x", modified=modified) == (NOW - modified <= span)


def test_dates_are_those_of_here_unless_a_zone_is_given() -> None:
    midnight = datetime(2026, 1, 1).astimezone()
    just_before = midnight - timedelta(milliseconds=1)
    assert means("before:2026-01-01", "x", modified=just_before)
    assert not means("before:2026-01-01", "x", modified=midnight)
    assert means("after:2026-01-01", "x", modified=midnight)
    assert not means("after:2026-01-01", "x", modified=just_before)
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert means("after:2026-01-01T14:00+02:00", "x", modified=noon)
    assert not means("before:2026-01-01T12:00Z", "x", modified=noon)


def test_what_has_no_time_is_neither_older_nor_newer() -> None:
    for query in ("older:1d", "newer:1d", "before:2026-01-01", "after:2026-01-01"):
        assert not means(query, "x", modified=None)


def test_storage_classes_are_compared_in_either_case_and_none_is_standard() -> None:
    assert means("class:glacier", "x", storage_class="GLACIER")
    assert means("class:GLACIER,DEEP_ARCHIVE", "x", storage_class="DEEP_ARCHIVE")
    assert not means("class:GLACIER", "x", storage_class="GLACIER_IR")
    assert means("class:STANDARD", "x", storage_class=None)


@given(st.lists(st.sampled_from(["a", "!a", "*b", "!*b", ">1", "!>1", "class:GLACIER"]), min_size=1), PATHS)
def test_all_words_must_hold_and_an_exclamation_mark_turns_one(words: list[str], path: str) -> None:
    facts = {"a": "a" in path.lower(), "*b": path.endswith("b"), ">1": True, "class:GLACIER": False}
    expected = all(facts[word.lstrip("!")] is not word.startswith("!") for word in words)
    assert means(" ".join(words), path, size=2) == expected


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('"two words"', "has Two Words in it"),
        ('"*"', "a*b"),
        ('"!x"', "say!x"),
        ('">1M"', "x>1M"),
        ('"say ""hi"""', 'say "hi"'),
        ('prefix:"a b/"', "a b/c"),
        ('*" "*', "a b"),
        ("s3:object", "an s3:object"),
        ("/2026", "logs/2026-01"),
        ("//", "a//b"),
        ("[ab", "x[ab"),
        ("!!x", "x"),
        ("10..foo", "10..foo"),
    ],
)
def test_quotes_make_text_of_anything_and_so_does_what_is_nothing_else(query: str, path: str) -> None:
    assert means(query, path)
    assert not means(query, "qqq")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Type what to look for"),
        ('"open', "A quote is left open"),
        ("!", "! says nothing"),
        ('""', '"" says nothing'),
        (">10X", ">10X is no size: write it like >10M"),
        ("> 10M", "> is no size"),
        ("=1.0001k", "1.0001k is no whole number of bytes"),
        ("<0", "=0 finds what is empty"),
        ("2G..1M", "the first is larger than the second"),
        ("1M..2X", "1M..2X is no size"),
        ("older:3m", "write 3min or 3mo"),
        ("older:soon", "older:soon is no age"),
        ("older:999999999999y", "nothing is older than 200 years"),
        ("odler:3d", "is older: meant?"),
        ("after:2026-13-01", "after:2026-13-01 is no date: write it like 2026-01-31"),
        ("before:yesterday", "before:yesterday is no date"),
        ("class:", "class: names no storage class"),
        ("prefix:", "prefix: needs the beginning of a path"),
        ("re:", "re: needs a regular expression"),
        ("/(/", "/(/ is no regular expression: missing ) at position 1"),
        ("re:a{2,1}", "is no regular expression: min repeat greater than max repeat"),
        ("ok \x1b>", "␛"),
    ],
)
def test_what_cannot_be_meant_is_said(query: str, sentence: str) -> None:
    if "\x1b" in query:
        assert sentence in parse(query).words
        return
    with pytest.raises(QueryError) as raised:
        parse(query)
    assert sentence in str(raised.value)


@given(st.text('ab!"/*[]<>=:.0123456789kM~ \n', max_size=20))
def test_any_text_is_understood_or_refused_with_a_sentence(text: str) -> None:
    try:
        query = parse(text)
    except QueryError as error:
        sentence = str(error)
    else:
        query.test(NOW)("a/b", ObjectSummary("a/b", 1, NOW))
        sentence = f"{query.words}."
    assert len(sentence) > 1
    assert sentence.endswith(".")
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("query", "prefix"),
    [
        ("2026/*.csv", "2026/"),
        ("2026/11/**", "2026/11/"),
        ("a** >1M", "a"),
        ("prefix:2026/ 2026/11/*", "2026/11/"),
        ("*.csv", ""),
        ("**/x", ""),
        ("!2026/*", ""),
        ("!prefix:2026/", ""),
        ("2026", ""),
    ],
)
def test_how_paths_begin_is_read_from_the_words(query: str, prefix: str) -> None:
    assert parse(query).literal_prefix == prefix


@pytest.mark.parametrize("query", ["re:(a|aa)+$", "/(.*a){14}$/"])
def test_a_pattern_that_would_take_for_ever_is_given_up_with_a_sentence(query: str) -> None:
    with pytest.raises(PatternTooSlow, match="takes too long for the key"):
        means(query, "a" * 1000 + "cb")


@given(st.text("abAÉ", min_size=1, max_size=2), st.text("abABÉé/", max_size=10))
def test_what_of_a_path_was_asked_for_is_all_places_of_the_text(text: str, path: str) -> None:
    spans = parse(f'"{text}" !zz *').spans(path)
    starts, place = [], lower_ascii(path).find(lower_ascii(text))
    while place >= 0:
        starts.append(place)
        place = lower_ascii(path).find(lower_ascii(text), place + len(text))
    assert spans == [(start, start + len(text)) for start in starts]


def test_what_of_a_path_a_regular_expression_found_and_nothing_twice() -> None:
    assert parse("/b+/").spans("abbc") == [(1, 3)]
    assert parse("/b+/ bc c").spans("abbc") == [(1, 3), (3, 4)]
    assert parse("re:(a|aa)+$ a").spans("a" * 900 + "b")[0] == (0, 1), "one that is slow is not shown"
    assert parse("*b* >1").spans("abbc") == []
