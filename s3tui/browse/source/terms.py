"""The conditions of a search, each with its test on an object. See `query` for their words.

Regular expressions come from who searches, and globs become some. One that backtracks without end must not
hold up anything: each key has a limit of processor time, and while a pattern works, the interpreter is free
for the screen. A key has at most 1,024 bytes, so honest patterns take microseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from s3tui.format import printable, timestamp
from s3tui.s3.errors import S3Error
from s3tui.s3.models import ObjectSummary

Test = Callable[[str, ObjectSummary], bool]
"""Tells whether an object matches, by its path (the key without the prefix that is searched) and the rest."""

Span = tuple[int, int]
"""Start and end of a match in a text."""

_KEY_LIMIT_S = 0.25
"""Processor time of a pattern on one key; that of all threads, so it may be over too early."""
_LAST_LIMIT_S = 1.0
"""The same, when it was over."""
_PAINT_LIMIT_S = 0.005
"""The same where somebody waits for the screen."""
_SET = re.compile(r"\[(!?+)(\]?+[^\]]*)\]", re.DOTALL)


class PatternTooSlow(S3Error):
    """A pattern takes too long for a key: another one must be found."""


class Term(Protocol):
    """A condition of a query."""

    @property
    def words(self) -> str:
        """The condition in words; not printable yet."""

    @property
    def literal_prefix(self) -> str:
        """The literal prefix of every path that it matches, if that is known."""

    def spans(self, path: str) -> list[Span]:
        """The spans of a path that it matches, where that is a part of it."""

    def test(self, now: datetime) -> Test: ...


class _Condition:
    """Defaults of most conditions: no literal prefix, no spans."""

    __slots__ = ()

    @property
    def literal_prefix(self) -> str:
        return ""

    def spans(self, path: str) -> list[Span]:
        return []


@dataclass(frozen=True, slots=True)
class Holds(_Condition):
    text: str

    @property
    def words(self) -> str:
        return f"with “{self.text}”"

    def test(self, now: datetime) -> Test:
        wanted = _folded(self.text)
        return lambda path, summary: wanted in _folded(path)

    def spans(self, path: str) -> list[Span]:
        wanted, folded = _folded(self.text), _folded(path)
        starts = [found.start() for found in re.finditer(re.escape(wanted), folded)]
        lengths = [len(folded[:start].decode(errors="surrogatepass")) for start in starts]
        return [(length, length + len(self.text)) for length in lengths]


@dataclass(frozen=True, slots=True)
class Like(_Condition):
    """A glob of the last part of a path, or of all of it."""

    glob: str

    @property
    def is_of_path(self) -> bool:
        return "/" in self.glob or "**" in self.glob

    @property
    def words(self) -> str:
        return f"{'path' if self.is_of_path else 'name'} like {self.glob}"

    @property
    def literal_prefix(self) -> str:
        return re.split(r"[*?\[]", self.glob, maxsplit=1)[0] if self.is_of_path else ""

    def test(self, now: datetime) -> Test:
        is_like = _limited(glob_pattern(self.glob), is_whole=True)
        if self.is_of_path:
            return lambda path, summary: is_like(path)
        return lambda path, summary: is_like(path.rpartition("/")[2])


@dataclass(frozen=True, slots=True)
class Matches(_Condition):
    pattern: str

    @property
    def words(self) -> str:
        return f"matching the regular expression {self.pattern}"

    def test(self, now: datetime) -> Test:
        is_found = _limited(self.pattern, is_whole=False)
        return lambda path, summary: is_found(path)

    def spans(self, path: str) -> list[Span]:
        import regex

        try:
            found = regex.compile(self.pattern).search(path, timeout=_PAINT_LIMIT_S)
        except TimeoutError:
            return []
        return [found.span()] if found is not None else []


@dataclass(frozen=True, slots=True)
class Begins(_Condition):
    prefix: str

    @property
    def words(self) -> str:
        return f"path beginning with {self.prefix}"

    @property
    def literal_prefix(self) -> str:
        return self.prefix

    def test(self, now: datetime) -> Test:
        return lambda path, summary: path.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Sized(_Condition):
    """Both bounds are included, in bytes; an object whose size is unknown is in no bounds."""

    least: int
    most: int | None
    words: str

    def test(self, now: datetime) -> Test:
        least, most = self.least, self.most
        if most is None:
            return lambda path, summary: summary.size is not None and summary.size >= least
        return lambda path, summary: summary.size is not None and least <= summary.size <= most


@dataclass(frozen=True, slots=True)
class Aged(_Condition):
    """Modified longer ago than `span`, or less; an object without a time is neither older nor newer."""

    span: timedelta
    said: str
    is_older: bool

    @property
    def words(self) -> str:
        return f"{'older' if self.is_older else 'newer'} than {self.said}"

    def test(self, now: datetime) -> Test:
        return Dated(now - self.span, self.is_older).test(now)


@dataclass(frozen=True, slots=True)
class Dated(_Condition):
    """Modified before a time, or then or later; an object without a time was neither."""

    when: datetime
    is_before: bool

    @property
    def words(self) -> str:
        return f"modified {'before' if self.is_before else 'from'} {timestamp(self.when)}" + (
            "" if self.is_before else " on"
        )

    def test(self, now: datetime) -> Test:
        when, is_before = self.when, self.is_before
        return lambda path, summary: (
            summary.last_modified is not None and (summary.last_modified < when) is is_before
        )


@dataclass(frozen=True, slots=True)
class Stored(_Condition):
    """In one of these storage classes, in capitals; an object whose class is not said is STANDARD."""

    classes: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"of class {' or '.join(self.classes)}"

    def test(self, now: datetime) -> Test:
        classes = frozenset(self.classes)
        return lambda path, summary: (summary.storage_class or "STANDARD").upper() in classes


@dataclass(frozen=True, slots=True)
class Not(_Condition):
    term: Term

    @property
    def words(self) -> str:
        return f"not {self.term.words}"

    def test(self, now: datetime) -> Test:
        test = self.term.test(now)
        return lambda path, summary: not test(path, summary)


def _folded(text: str) -> bytes:
    """Fold ASCII letters for a comparison in either case, as the filter of loaded rows does."""
    return text.encode(errors="surrogatepass").lower()


@lru_cache(maxsize=32)
def _limited(pattern: str, *, is_whole: bool) -> Callable[[str], bool]:
    """Return the function that finds a pattern in a path, or matches the whole path, within a time limit.

    Raises, when that is called: PatternTooSlow.
    """
    import regex  # not before the first paint

    compiled = regex.compile(pattern)
    find = compiled.fullmatch if is_whole else compiled.search

    def is_found(path: str) -> bool:
        try:
            return find(path, timeout=_KEY_LIMIT_S, concurrent=True) is not None
        except TimeoutError:
            return is_found_at_last(path)

    def is_found_at_last(path: str) -> bool:
        try:
            return find(path, timeout=_LAST_LIMIT_S, concurrent=True) is not None
        except TimeoutError:
            raise PatternTooSlow(
                f"The pattern takes too long for the key {printable(path)}: "
                "repetitions within repetitions, like (a+)+, are slow.",
                operation="ListObjectsV2",
            ) from None

    return is_found


def is_glob(word: str) -> bool:
    return "*" in word or "?" in word or _SET.search(word) is not None


def glob_pattern(glob: str) -> str:
    """Return the regular expression of a glob: no slash fits anything but itself and `**`.

    `**/` also is no folder at all: `**/a` fits `a`.
    """
    return f"(?s){''.join(_glob_parts(glob))}"


def _glob_parts(glob: str) -> Iterator[str]:
    place = 0
    while place < len(glob):
        at_part = place == 0 or glob[place - 1] == "/"
        if glob.startswith("**/", place) and at_part:
            yield "(?:.*/)?"
            place += 3
        elif glob.startswith("**", place):
            yield ".*"
            place += 2
        elif found := _SET.match(glob, place):
            yield _set_pattern(found[2], is_negated=bool(found[1]))
            place = found.end()
        else:
            yield {"*": "[^/]*", "?": "[^/]"}.get(glob[place]) or re.escape(glob[place])
            place += 1


def _set_pattern(members: str, *, is_negated: bool) -> str:
    """Return the pattern of `[…]`: characters, and ranges of them; it never fits a slash."""
    ranges = []
    while members:
        first, last = members[0], members[0]
        members = members[1:]
        if len(members) > 1 and members[0] == "-":
            last, members = members[1], members[2:]
        if first <= last:
            ranges.append(f"\\U{ord(first):08x}-\\U{ord(last):08x}")
    if not ranges:
        return "[^/]" if is_negated else "(?!)"
    return f"(?!/)[{'^' if is_negated else ''}{''.join(ranges)}]"
