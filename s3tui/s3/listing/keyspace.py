"""Split points for unread key ranges, by arithmetic on keys. Pure: no I/O, no clock.

Keys are taken for numbers: each position of a key is a digit of the alphabet that the keys seen so far
showed at that position, so that `part-00017` lies where it should between `part-00000` and `part-1`,
and a hash between two hashes. How densely keys lie is taken from the page read last. Both are guesses:
a bad one costs a request, never a key.

Strings are compared by code point, which is UTF-8's byte order and S3's.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

_RESOLUTION = 3
"""Digits below the one in which the first and the last key of a page differ."""
_DEEPEST = 200
EVEN_PAGES = 1000
"""Up to so many pages density is believed, and cuts lie evenly; beyond, each lies a factor further."""
_KNOWN = 6
"""A position's characters are known once they were seen behind so many different beginnings."""
_UNEVEN = 0.3
"""Pages that a key may lie away from where it would if all lay evenly."""
_FINE = 1 << 16
_ENDLESS = 1e300


@dataclass(frozen=True, slots=True)
class Ruler:
    """Measures keys that begin alike as whole numbers, a digit a character."""

    common: str
    alphabets: tuple[str, ...]
    """Of each position behind `common`, in order."""

    def measure(self, key: str | None) -> int:
        """Return the number of `key`; `None` is behind all keys."""
        value = 0
        start = len(self.common)
        for place, alphabet in enumerate(self.alphabets, start):
            base = len(alphabet) + 1
            if key is None:
                value = value * base + base - 1
                continue
            if place >= len(key):
                value *= base
                continue
            digit = bisect_right(alphabet, key[place])
            value = value * base + digit
            if digit == 0 or alphabet[digit - 1] != key[place]:
                key = None  # a strange character: behind all keys that go on with the one before it
        return value

    def key_at(self, value: int) -> str:
        """Return the key whose number is `value`."""
        found = []
        for alphabet in reversed(self.alphabets):
            value, digit = divmod(value, len(alphabet) + 1)
            found.append(digit)
        characters = []
        for alphabet, digit in zip(self.alphabets, reversed(found), strict=True):
            if digit == 0:
                break
            characters.append(alphabet[digit - 1])
        return self.common + "".join(characters)


@dataclass(frozen=True, slots=True)
class KeyGap:
    """A key gap: unread keys behind `low`, up to `high` (`None`: to the end), and the page before them."""

    low: str
    high: str | None
    sample: tuple[str, ...]
    """Some keys of that page, ascending: its first, its last, and some evenly between."""


@dataclass(slots=True)
class _Place:
    """The characters seen at one position of the keys."""

    seen: set[str] = field(default_factory=set)
    befores: set[str] = field(default_factory=set)
    """The beginnings of keys that were seen before it."""
    alphabet: str = ""
    is_known: bool = False

    def complete(self, mixed: set[str]) -> None:
        """Add what is likely to follow, as long as little was seen: where there is a 3, there will be a 7."""
        found = set(self.seen)
        if not self.is_known:
            # A page of hashes shows digits only at their beginning: the letters come in later pages.
            found |= mixed if not found.isdisjoint(mixed) else set()
            _complete(found)
        self.alphabet = "".join(sorted(found))


class KeySpace:
    """Learns from keys which characters to expect at which position behind the prefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._places: list[_Place] = []
        self._mixed: set[str] = set()
        """Characters of positions that hold letters and digits: hashes, mostly."""

    def learn(self, keys: Iterable[str]) -> None:
        start = len(self._prefix)
        for key in keys:
            for depth, character in enumerate(key[start : start + _DEEPEST]):
                if depth == len(self._places):
                    self._places.append(_Place())
                place = self._places[depth]
                if not place.is_known:
                    place.befores.add(key[start : start + depth])
                    place.is_known = len(place.befores) >= _KNOWN
                    if place.is_known:
                        place.alphabet = "".join(sorted(place.seen))
                if character not in place.seen and not "\ud800" <= character <= "\udfff":
                    self._extend(place, character)

    def _extend(self, place: _Place, character: str) -> None:
        place.seen.add(character)
        place.complete(self._mixed)
        if _is_mixed(place.seen) and not place.seen <= self._mixed:
            self._mixed |= place.seen
            for each in self._places:
                each.complete(self._mixed)

    def pages(self, gap: KeyGap) -> float:
        """Return how many pages the gap would hold, were it as dense as the page before it."""
        ruler = self._ruler(gap)
        return _ratio(self._top(ruler, gap) - ruler.measure(gap.low), _width(ruler, gap))

    def is_even(self, gap: KeyGap) -> bool:
        """Say whether the page before the gap is spread as evenly as numbers and hashes are."""
        ruler = self._ruler(gap)
        first, width = ruler.measure(gap.sample[0]), _width(ruler, gap)
        steps = max(1, len(gap.sample) - 1)
        return all(
            abs(_ratio(ruler.measure(key) - first, width) - i / steps) < _UNEVEN
            for i, key in enumerate(gap.sample)
        )

    def cuts(self, gap: KeyGap, count: int, *, longest: float) -> list[str]:
        """Return up to `count` keys, ascending, that split the gap into ranges worth a request.

        The first page of the gap is left alone: it is being read already.

        Args:
            longest: how many pages a range may hold, apart from the last one.
        """
        ruler = self._ruler(gap)
        low, width = ruler.measure(gap.low), _width(ruler, gap)
        pages = _ratio(self._top(ruler, gap) - low, width)
        if pages <= 1:
            return []
        if pages <= EVEN_PAGES:
            step = min((pages - 1) / (count + 1), longest)
            offsets = [1 + step * i for i in range(1, count + 1)]
        else:
            step = math.log(pages) / (count + 1)
            offsets = [math.exp(step * i) for i in range(1, count + 1)]
        cuts = [gap.low]
        for offset in offsets:
            key = ruler.key_at(low + (width * int(offset * _FINE)) // _FINE)
            if cuts[-1] < key and (gap.high is None or key < gap.high):
                cuts.append(key)
        return cuts[1:]

    def _ruler(self, gap: KeyGap) -> Ruler:
        high = gap.high if gap.high is not None and gap.high.startswith(self._prefix) else self._prefix
        common = _common(gap.sample[0], gap.low, high)
        # Down to where the keys of a page differ, or the ends of the gap.
        finest = max(len(_common(gap.sample[0], gap.sample[-1])), len(_common(gap.low, high)))
        start, end = (max(0, length - len(self._prefix)) for length in (len(common), finest + _RESOLUTION))
        return Ruler(
            common, tuple(place.alphabet for place in self._places[start : min(end, start + _DEEPEST)])
        )

    def _top(self, ruler: Ruler, gap: KeyGap) -> int:
        is_inside = gap.high is not None and gap.high.startswith(self._prefix)
        return ruler.measure(gap.high if is_inside else None)


def _width(ruler: Ruler, gap: KeyGap) -> int:
    return max(1, ruler.measure(gap.sample[-1]) - ruler.measure(gap.sample[0]))


def _common(*keys: str) -> str:
    """Return the longest common beginning of the keys."""
    low, high = min(keys), max(keys)
    return next((low[:i] for i, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), low)


def _ratio(number: int, divisor: int) -> float:
    try:
        return number / divisor
    except OverflowError:
        return _ENDLESS


def _is_mixed(characters: set[str]) -> bool:
    return any(c in digits for c in characters) and any(c in ascii_letters for c in characters)


def _complete(found: set[str]) -> None:
    is_hash = not found.isdisjoint(digits)
    if is_hash:
        found.update(digits)
    for letters, hexadecimal in ((ascii_lowercase, "abcdef"), (ascii_uppercase, "ABCDEF")):
        shown = found.intersection(letters)
        if shown:
            found.update(hexadecimal if is_hash and shown.issubset(hexadecimal) else letters)
