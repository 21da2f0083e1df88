"""The query language of searches: words in one line, each a condition on an object; all must hold. Pure.

    report              text somewhere in the path, ASCII letters in either case
    "two words"         the same of text with spaces, or that would mean something else: "*" is a star
    *.csv  202?-*       a glob of the last part of the path: * ? [abc] [!abc], case included
    logs/**/*.gz        a glob of the whole path, because it holds a slash: only ** crosses slashes
    /\\d{8}/  re:^tmp    a regular expression, found somewhere in the path
    prefix:2026/        how the path begins: nothing else is listed
    >10M  <=4k  =0      size; k M G T are decimal, Ki Mi Gi Ti binary
    1M..2G              from one size to another, both included
    older:30d           time since it was modified: s min h d w mo y; so newer:2h
    before:2026-01-01   when it was modified; so after:2026-01-01T12:00, here where no zone is given
    class:GLACIER       storage class; several with commas
    !word               not what the word says

The path is the key without the prefix that is searched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import NamedTuple

from s3tui.browse.source import terms
from s3tui.browse.source.pattern_check import needs_process, wrong_pattern
from s3tui.browse.source.terms import Span, Term, Test
from s3tui.format import count, exact_size, printable, zoned

_WORD = re.compile(r'(?:"(?:[^"]|"")*"|[^\s"])+')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_KEYWORD = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)
_COMPARISON = re.compile(r"(<=|>=|<|>|=)(.*)", re.DOTALL)
_SPAN = re.compile(r"(\d[\d.]*[A-Za-z]*?)\.\.(\d[\d.]*[A-Za-z]*)")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)(?:([kmgt])(i?))?b?", re.IGNORECASE)
_AGE = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)")
LONGEST = 1024
"""Characters of a query: as many as a key has bytes at most."""
_MOST_DIGITS = 20
_SECONDS = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "w": 7 * 86_400,
    "mo": 2_630_016,  # of 30.44 days, as ages are shown
    "y": 31_557_600,
}


class QueryError(ValueError):
    """The query cannot be parsed; the message is one sentence for the user."""


@dataclass(frozen=True, slots=True)
class Query:
    """Conditions that must all hold; made by `parse`."""

    text: str
    terms: tuple[Term, ...]

    def test(self, now: datetime) -> Test:
        """Return the predicate that tells whether an object matches, by its path; ages are those at `now`.

        Raises, when it is called: PatternTooSlow.
        """
        tests = [term.test(now) for term in self.terms]
        if len(tests) == 1:
            return tests[0]
        return lambda path, summary: all(test(path, summary) for test in tests)

    @property
    def literal_prefix(self) -> str:
        """The longest literal prefix of every matching path: keys outside of it need not be listed."""
        return max((term.literal_prefix for term in self.terms), key=len, default="")

    def spans(self, path: str) -> list[Span]:
        """The spans of a path that the query's texts and expressions match: in order, none within another."""
        found: list[Span] = []
        for start, end in sorted(span for term in self.terms for span in term.spans(path)):
            if start < end and (not found or start >= found[-1][1]):
                found.append((start, end))
        return found

    @property
    def words(self) -> str:
        """The query as it was understood, in words; printable."""
        return printable(", ".join(term.words for term in self.terms))


def parse(text: str) -> Query:
    """Parse a query. Blocks, where there are `untried` expressions.

    Raises: QueryError, for a word that is no condition, and where there is no word at all.
    """
    if len(text) > LONGEST:
        raise QueryError(f"A search has at most {count(LONGEST)} characters.")
    found = tuple(_term(word) for word in _split(text))
    if not found:
        raise QueryError("Type what to look for: text, *.csv, >10M, older:30d.")
    return Query(text.strip(), found)


def untried(text: str) -> list[str]:
    """Return the regular expressions of a query that `pattern_check.try_out` should see first."""
    try:
        words = [word.text for word in _split(text) if not word.is_literal] if len(text) <= LONGEST else []
    except QueryError:
        return []
    patterns = [pattern for word in words if (pattern := _pattern_of(word))]
    return [pattern for pattern in dict.fromkeys(patterns) if needs_process(pattern)]


class _Word(NamedTuple):
    text: str
    is_literal: bool
    """It began with a quote."""
    is_negated: bool


def _split(text: str) -> Iterator[_Word]:
    if '"' in _WORD.sub("", text):
        raise QueryError('A quote is left open: close it with ", and write "" for a quote between quotes.')
    for found in _WORD.findall(text):
        bare = found.lstrip("!")
        is_negated = (len(found) - len(bare)) % 2 == 1
        word = _QUOTED.sub(lambda quoted: quoted[1].replace('""', '"'), bare)
        if not word:
            raise QueryError(f"{printable(found)} says nothing: a word must follow, like !tmp.")
        yield _Word(word, bare.startswith('"'), is_negated)


def _term(word: _Word) -> Term:
    term = terms.Holds(word.text) if word.is_literal else _condition(word.text)
    return terms.Not(term) if word.is_negated else term


def _condition(word: str) -> Term:
    """Return the condition of a word that is not quoted."""
    if compared := _COMPARISON.fullmatch(word):
        return _comparison(compared[1], compared[2], word)
    if span := _SPAN.fullmatch(word):
        least, most = _size(span[1], word), _size(span[2], word)
        if least > most:
            raise QueryError(f"{printable(word)} is no size: the first is larger than the second.")
        return terms.Sized(least, most, f"of {count(least)} to {exact_size(most)}")
    if keyed := _KEYWORD.fullmatch(word):
        read = _READERS.get(keyed[1].lower())
        if read is not None:
            return read(keyed[2], word)
        _look_for_slip(keyed[1].lower(), word)
    if pattern := _pattern_of(word):
        return _pattern(pattern, word)
    if terms.is_glob(word):
        return terms.Like(word)
    return terms.Holds(word)


def _pattern_of(word: str) -> str | None:
    """Return the regular expression that a word is, if it is one."""
    keyed = _KEYWORD.fullmatch(word)
    if keyed is not None and keyed[1].lower() == "re":
        return keyed[2]
    return word[1:-1] if len(word) > 2 and word[0] == word[-1] == "/" else None


def _look_for_slip(keyword: str, word: str) -> None:
    long = [known for known in _READERS if len(known) > 3]
    if meant := get_close_matches(keyword, long, n=1, cutoff=0.75):
        raise QueryError(f'{printable(word)}: is {meant[0]}: meant? "{printable(word)}" looks for the text.')


def _comparison(sign: str, value: str, word: str) -> Term:
    size = _size(value, word)
    match sign:
        case ">":
            return terms.Sized(size + 1, None, f"over {exact_size(size)}")
        case ">=":
            return terms.Sized(size, None, f"of at least {exact_size(size)}")
        case "<=":
            return terms.Sized(0, size, f"of at most {exact_size(size)}")
        case "=":
            return terms.Sized(size, size, f"of {exact_size(size)}")
    if not size:
        raise QueryError("<0 is no size: nothing is smaller than 0 bytes. =0 finds what is empty.")
    return terms.Sized(0, size - 1, f"under {exact_size(size)}")


def _size(value: str, word: str) -> int:
    match = _SIZE.fullmatch(value)
    if match is None:
        raise QueryError(f"{printable(word)} is no size: write it like >10M, <=4k, =0, >1.5GiB or 1M..2G.")
    if len(match[1]) > _MOST_DIGITS:
        raise QueryError(f"{printable(word)} is no size: nothing is that large.")
    power = " kmgt".index((match[2] or " ").lower())
    size = Decimal(match[1]) * (1024 if match[3] else 1000) ** power
    if size != int(size):
        raise QueryError(f"{printable(word)} is no size: {match[0]} is no whole number of bytes.")
    return int(size)


def _age(value: str, word: str) -> timedelta:
    match = _AGE.fullmatch(value)
    unit = match[2].lower() if match else ""
    if match and unit == "m":
        n = match[1]
        raise QueryError(f"{printable(word)}: m could be minutes or months: write {n}min or {n}mo.")
    if match is None or unit not in _SECONDS:
        raise QueryError(
            f"{printable(word)} is no age: write a number with s, min, h, d, w, mo or y, like 30d."
        )
    try:
        span = timedelta(seconds=float(match[1]) * _SECONDS[unit])
    except OverflowError:
        span = timedelta.max
    if span > timedelta(days=200 * 365):
        raise QueryError(f"{printable(word)} is no age: nothing is older than 200 years.")
    return span


def _date(value: str, word: str) -> datetime:
    try:
        return zoned(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        raise QueryError(
            f"{printable(word)} is no date: write it like 2026-01-31 or 2026-01-31T12:00."
        ) from None


def _pattern(pattern: str, word: str) -> Term:
    if not pattern:
        raise QueryError("re: needs a regular expression behind it, like re:^tmp or /^tmp/.")
    if wrong := wrong_pattern(pattern):
        raise QueryError(f"{printable(word)} is no regular expression: {wrong}. In quotes it is text.")
    return terms.Matches(pattern)


def _class(value: str, word: str) -> Term:
    names = tuple(name.strip().upper() for name in value.split(","))
    if not all(names):
        raise QueryError(f"{printable(word)} names no storage class: write it like class:GLACIER.")
    return terms.Stored(names)


def _prefix(value: str, word: str) -> Term:
    if not value:
        raise QueryError("prefix: needs the beginning of a path behind it, like prefix:2026/.")
    return terms.Begins(value)


_READERS: dict[str, Callable[[str, str], Term]] = {
    "re": _pattern,
    "prefix": _prefix,
    "older": lambda value, word: terms.Aged(_age(value, word), value, is_older=True),
    "newer": lambda value, word: terms.Aged(_age(value, word), value, is_older=False),
    "before": lambda value, word: terms.Dated(_date(value, word), is_before=True),
    "after": lambda value, word: terms.Dated(_date(value, word), is_before=False),
    "class": _class,
}
