"""The words of the code: what docstrings begin with, and names that the field has better ones for.

ARCHITECTURE.md lists the terms.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

import s3tui

ROOT = Path(s3tui.__file__).parent

CLEAN = [
    "__init__.py",
    "__main__.py",
    "arguments.py",
    "background.py",
    "browse",
    "cli.py",
    "completion.py",
    "config",
    "connect",
    "crash_report.py",
    "demo",
    "doctor_command.py",
    "diagnosis",
    "format.py",
    "man_page.py",
    "paths.py",
    "preview",
    "s3",
    "settings.py",
    "state.py",
    "transfer",
    "tty.py",
    "tui",
]
"""What is held to it: packages and modules of `s3tui`, one a line."""

_RIDDLE = re.compile(r"(What|Who|Whom|Whose|How|Where|Which|Whether)\b")
"""First words of a docstring that name neither a thing nor what it does."""

_OUTDATED_WORD = re.compile(
    r"\b(crews?|detours?|errands?|hush(ed|es)?|lanes?|ledgers?|pieces?|recipes?|sifted|strays?|stranded"
    r"|walkers?|(?<!round )(?<!round-)trips?)\b"
)
"""Words that were given up for those of ARCHITECTURE.md, in prose and as parts of names."""

_OUTDATED_NAMES = frozenset(
    {
        *("BulkTransport", "MessageTransport", "RangeBook", "Gap", "Looked", "SiftedPage"),
        *("ManyObjects", "ToTarget", "Coming", "Together", "Gate", "Meter", "Pace", "Lease", "Link"),
        *("EndedNews", "RegionNews", "is_meant", "is_stray", "front_of", "side_process", "copy_menu"),
    }
)
"""Whole names that were given up; each may be a part of another name."""

_OUTDATED_MODULES = frozenset(
    {
        *("answers", "bulk", "detour", "dialing", "explain", "ledger", "recipe", "routing", "seek"),
        *("facts", "flow", "lease", "memory", "news", "spans", "taking", "together", "words"),
    }
)
"""Former names of modules, which no import calls one."""

_BEFORE_STATEMENT = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})


def modules() -> list[Path]:
    return sorted(files(CLEAN))


def files(names: Iterable[str]) -> Iterator[Path]:
    for path in (ROOT / name for name in names):
        yield from path.rglob("*.py") if path.is_dir() else [path]


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text is not None:
                yield node.body[0].lineno, text


def riddles(source: str) -> list[str]:
    found = docstrings(ast.parse(source))
    return [f"{line}: {text.splitlines()[0]}" for line, text in found if _RIDDLE.match(text)]


def outdated(source: str) -> list[str]:
    """Return each name and each text, docstrings of fields and comments included, with an outdated word."""
    found = [
        f"{node.lineno}: {alias.name} as {alias.asname}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if alias.asname in _OUTDATED_MODULES
    ]
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        is_docstring = token.string.startswith('"""') and before in _BEFORE_STATEMENT  # not SQL or the like
        is_prose = token.type == tokenize.COMMENT or is_docstring
        before = before if token.type in (tokenize.COMMENT, tokenize.NL) else token.type
        if token.type == tokenize.NAME:
            words = " ".join(re.findall(r"[A-Z]?[a-z]+|[A-Z]+", token.string))
        elif is_prose:
            words = token.string
        else:
            continue
        match = _OUTDATED_WORD.search(words.lower())
        if match is not None:
            found.append(f"{token.start[0]}: {match[0]} ({token.string.splitlines()[0]})")
        elif not is_prose and token.string.strip("_") in _OUTDATED_NAMES:
            found.append(f"{token.start[0]}: {token.string}")
    return found


@pytest.mark.parametrize("name", CLEAN)
def test_what_is_held_to_it_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_a_docstring_begins_with_what_a_thing_is_or_does() -> None:
    found = {str(path.relative_to(ROOT)): riddles(path.read_text("utf-8")) for path in modules()}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_names_and_prose_keep_to_the_terms() -> None:
    found = {str(path.relative_to(ROOT)): outdated(path.read_text("utf-8")) for path in modules()}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        '"""Whom we believe, and why."""',
        'class A:\n    """Where one is."""',
        'async def f() -> None:\n    """Whether it is."""',
    ],
)
def test_a_riddle_is_found(source: str) -> None:
    assert riddles(source)


@pytest.mark.parametrize(
    "source",
    [
        "lane_count = 1",
        "class ToTarget: ...",
        "from a import headers as answers",
        "# a trip to a thread",
        'size: int\n"""Of a piece."""',
        "def walkers(): ...",
    ],
)
def test_an_outdated_word_is_found(source: str) -> None:
    assert outdated(source)


@pytest.mark.parametrize(
    "source",
    [
        "plane = 1",
        "# a chain of round trips",
        '"""The server answers."""',
        "round_trip_s = 1.0",
        'create = """CREATE TABLE piece"""',
    ],
)
def test_the_words_of_the_field_are_not(source: str) -> None:
    assert not outdated(source)
    assert not riddles(source)
