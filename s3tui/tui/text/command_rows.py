"""Rows of help and of the command palette, and which of them match what was typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class CommandRow:
    """A command, or the heading of a group of them."""

    id: str
    """As config.toml names it; empty for a heading."""
    name: str
    about: str = ""
    keys: str = ""
    """As they are shown."""
    group: str = ""
    refusal: str = ""
    """A sentence on why it cannot be run now; empty where it can."""

    @property
    def is_heading(self) -> bool:
        return not self.id

    @property
    def words(self) -> str:
        return f"{self.keys} {self.name} {self.about} {self.id} {self.group}".casefold()


def matching(rows: Sequence[CommandRow], typed: str) -> list[CommandRow]:
    """Return the rows in which all words occur, in their order; of none, those with its letters in a row."""
    words = typed.casefold().split()
    found = [row for row in rows if all(word in row.words for word in words)]
    return found or [row for row in rows if _has_letters(row.name.casefold(), "".join(words))]


def best_first(rows: Iterable[CommandRow], typed: str) -> list[CommandRow]:
    """Return the rows, those first whose key was typed or whose name begins so, then those that have it."""
    word = typed.casefold().strip()
    if not word:
        return list(rows)

    def rank(row: CommandRow) -> int:
        name = row.name.casefold()
        return 0 if name.startswith(word) or typed == row.keys else 1 if word in name else 2

    return sorted(rows, key=rank)


def with_headings(rows: Iterable[CommandRow]) -> Iterator[CommandRow]:
    """Yield the rows, each group below its heading."""
    for group, members in groupby(rows, key=lambda row: row.group):
        yield CommandRow("", group)
        yield from members


def _has_letters(name: str, letters: str) -> bool:
    rest = iter(name)
    return all(letter in rest for letter in letters)
