"""Merges of two edits: nothing of either is lost, and what does not fit together is marked."""

from __future__ import annotations

import pytest

from s3tui.transfer.editing.merge import difference, merge
from tests.long import rng, share

BASE = b"one\ntwo\nthree\nfour\nfive\n"


@pytest.mark.parametrize(
    ("mine", "theirs", "merged"),
    [
        (BASE, BASE, BASE),
        (b"ONE\ntwo\nthree\nfour\nfive\n", BASE, b"ONE\ntwo\nthree\nfour\nfive\n"),
        (BASE, b"one\ntwo\nthree\nfour\nFIVE\n", b"one\ntwo\nthree\nfour\nFIVE\n"),
        (
            b"ONE\ntwo\nthree\nfour\nfive\n",
            b"one\ntwo\nthree\nfour\nfive\nsix",
            b"ONE\ntwo\nthree\nfour\nfive\nsix",
        ),
        (b"one\nthree\nfour\nfive\n", b"one\ntwo\nthree\nfour\n", b"one\nthree\nfour\n"),
        (b"new\n" + BASE, b"new\n" + BASE, b"new\n" + BASE),
    ],
)
def test_edits_of_different_lines_come_together(mine: bytes, theirs: bytes, merged: bytes) -> None:
    found = merge(BASE, mine, theirs)
    assert (found.data, found.conflicts) == (merged, 0)


def test_edits_of_the_same_line_are_marked() -> None:
    found = merge(BASE, BASE.replace(b"two", b"mine"), BASE.replace(b"two", b"theirs"))
    assert found.conflicts == 1
    assert found.data == (b"one\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\nthree\nfour\nfive\n")
    assert merge(b"", b"a", b"b").data == b"<<<<<<< mine\na\n=======\nb\n>>>>>>> theirs\n"


@pytest.mark.parametrize("seed", range(share(20, 2000)))
def test_no_line_that_somebody_wrote_is_lost(seed: int) -> None:
    chance = rng(f"merge {seed}")
    base = [b"%d\n" % chance.randrange(6) for _ in range(chance.randrange(8))]

    def edited(name: bytes) -> list[bytes]:
        lines = [line for line in base if chance.random() < 0.8]
        for number in range(chance.randrange(3)):
            lines.insert(chance.randrange(len(lines) + 1), b"%s %d\n" % (name, number))
        return lines

    mine, theirs = edited(b"mine"), edited(b"theirs")
    found = merge(b"".join(base), b"".join(mine), b"".join(theirs))
    lines = found.data.splitlines(keepends=True)
    for line in [*mine, *theirs]:
        assert line in lines or line in base
    if mine == base:
        assert found.data == b"".join(theirs)
    if theirs == base:
        assert found.data == b"".join(mine)


def test_a_difference_is_shown_by_lines_and_bounded() -> None:
    assert difference("a\nb\n", "a\nc\n", ("before", "after"))[3:] == [" a", "-b", "+c"]
    long = "\n".join(map(str, range(9000)))
    assert difference("", long, ("before", "after"))[-1] == "…"


@pytest.mark.timeout(20)
def test_many_lines_alike_are_merged_in_a_moment() -> None:
    base = b"{\n}\n" * 100_000
    assert merge(base, b"mine\n" + base, base + b"theirs\n").data == b"mine\n" + base + b"theirs\n"
    changed = base.replace(b"{", b"[")
    assert merge(base, changed, base).data == changed
    assert difference(base.decode(), changed.decode(), ("a", "b"))[-1] == "…"
