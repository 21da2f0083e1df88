"""Generated queries: each parses or is refused with a sentence, in bounded time and memory."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from s3tui.browse.source.pattern_check import wrong_pattern
from s3tui.browse.source.query import LONGEST, QueryError, parse
from s3tui.browse.source.terms import PatternTooSlow
from s3tui.s3.models import ObjectSummary
from tests.long import SEED, rng, share

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PATHS = ("", "a", "logs/2026/x.gz", "a" * 1024, "\udcff\n", "(((" * 300)
PIECES = (
    "re:", "/", "(", ")", "[", "]", "{", "}", "a", "b", ".", "*", "+", "?", "|", "^", "$", "\\", "(?", "(?:",
    "(?i)", "(?R)", "(?1)", "(?P<a>", "(?=", "(?<!", "(?>", "(?|", "{1000}", "{1000000000}", "{,1024}",
    "{e<=3}", "{2,}", "\\p{L}", "\\X", "\\L<x>", "\\b", "\\1", "&&", "--", "[[", "]]", "[^/]", ">",
    "<", "=", "..",
    "1M", "9" * 40, "0.5", "k", "older:", "after:", "class:", "prefix:", "!", '"', " ", "**", "é", "\udcff",
    "\x1b",
    "\0", "д",
)  # fmt: skip
HOSTILE = (
    ">" + "9" * 5000,
    ">" + "9" * 1000,
    f"1..{'9' * 900}",
    "older:" + "9" * 1000 + "d",
    "after:" + "9" * 1000,
    "re:" + "(" * 3000 + ")" * 3000,
    "re:" + "(" * 400 + ")" * 400,
    "re:" + "(?:" * 99 + "a" + ")*" * 99,
    "re:a{1000000000}",
    "re:a{,1000000000}",
    "re:(?R)",
    "re:a(?R)?b",
    "re:(?<x>a(?&x))",
    "re:(a)(?1)",
    "re:(((a{1000}){1000}){1000}){1000}",
    "re:" + "(" * 90 + "a{100}" + "){100}" * 90,
    "re:" + "[" * 1000,
    "re:" + "\\p{L}{1000}" * 80,
    "re:(" + "a|" * 500 + ")",
    "re:(?:a{e<=1000}){1000}",
    "*" * 1024,
    "[a-z]*" * 170,
    '"' * 1023,
    "!" * 1024,
)


def try_out(text: str) -> str:
    """Read a query and use it; return the sentence, or its words."""
    try:
        query = parse(text)
    except QueryError as error:
        return str(error)
    test = query.test(NOW)
    for path in PATHS:
        try:
            test(path, ObjectSummary(f"in/{path}", 7, NOW))
        except PatternTooSlow as slow:
            return str(slow)
        assert all(0 <= start <= end <= len(path) for start, end in query.spans(path))
    assert isinstance(query.literal_prefix, str)
    return query.words


def drawn(number: int) -> list[str]:
    dice = rng("typed")
    begins = dice.choices(("", "", "re:", "/"), k=number)
    return [begin + "".join(dice.choices(PIECES, k=dice.randint(1, 30))) for begin in begins]


_LIMITED = """
import random, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]),) * 2)
from tests.browse.source.test_query_bounds import HOSTILE, drawn, try_out
texts = HOSTILE if sys.argv[2] == "hostile" else drawn(int(sys.argv[2]))
for number, text in enumerate(texts):
    said = try_out(text)
    assert said and said.isprintable() and len(said) < 3000, (text, said)
    print(number, flush=True)
print("all", len(texts))
"""


@pytest.mark.long
@pytest.mark.parametrize("texts", ["hostile", str(share(150, 20_000))])
def test_any_text_is_a_query_or_a_sentence(texts: str) -> None:
    print(f"S3TUI_SEED={SEED}")  # noqa: T201 - to run it again
    cpu_s = 120 if texts == "hostile" else 60 + int(texts)
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(cpu_s), texts], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-200:]


@pytest.mark.parametrize("text", HOSTILE[:2] + HOSTILE[3:7] + HOSTILE[8:14])
def test_what_no_key_can_be_is_refused_at_once(text: str) -> None:
    with pytest.raises(QueryError):
        parse(text)


@pytest.mark.parametrize("pattern", [r"^\d{4}-\d{2}", "(a|b)+$", "(?i)report", r"\.csv$", "(?:x{3})"])
def test_honest_patterns_are_found_good(pattern: str) -> None:
    assert wrong_pattern(pattern) is None
    assert parse(f"re:{pattern}").words


def test_what_is_not_simple_is_compiled_elsewhere_and_judged_the_same() -> None:
    assert wrong_pattern("(?<year>[0-9]{4})(?=-)(?<!x)") is None
    assert "missing )" in str(wrong_pattern("(?<year>[0-9]{4}"))
    assert wrong_pattern("(" * 90 + "a{100}" + "){100}" * 90)


def test_a_line_has_a_longest_length() -> None:
    assert str(parse("a" * LONGEST))
    with pytest.raises(QueryError, match=r"at most 1,024 characters"):
        parse("a" * (LONGEST + 1))
