"""The style of sentences on screen: sentence case, a full stop, one noun for one thing.

Literal strings are read from the code, where they pass to what shows them. A value within a sentence stands
as `{}`. What follows three blanks or ` · ` are hints of keys, as `t shows the queue`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import s3tui.tui
from s3tui.format import counted

ROOT = Path(s3tui.tui.__file__).parent

SENTENCES = {
    **dict.fromkeys(("say", "tell", "_tell", "notify", "say_anywhere", "_say", "connect_or_ask"), 0),
    **dict.fromkeys(("Confirm", "Prompt", "TypedConfirm", "TransferPrompt", "show"), 1),
    **dict.fromkeys(("ValueError", "NotAtHand"), 0),
    "EmptyState": 1,
}
"""What is called with a sentence, and which of its arguments that is."""
TITLES = dict.fromkeys(("Confirm", "Prompt", "TypedConfirm", "TransferPrompt"), 0)
TOOLTIPS = {"_key": 5}
LABELS = dict.fromkeys(("Label", "Button", "Static"), 0)
DIALOGS = frozenset({"Dialog", "Question"})
"""Classes whose subclasses give their title to `super().__init__`."""
SAYING = re.compile(r"(\w+_sentences?|sentence|made_words|_?wrong_\w+|refusal|fate)$")
"""Functions that return sentences."""

WORDS = {
    "item": "object",
    "entry": "object, bucket or row",
    "blob": "object",
    "container": "bucket",
    "directory": "prefix in S3, folder on this machine",
    "job": "transfer",
    "task": "transfer",
    "queue entry": "transfer",
    "login": "connection",
    "log in": "sign in",
    "remote": "connection",
    "multipart": "upload",
    "invalid": "what would be right",
    "unable to": "cannot",
    "failed to": "cannot, and why",
    "please": "nothing",
    "sorry": "nothing",
    "successfully": "nothing",
    "via": "by, through or with",
}
"""Words that are not for the screen, each with what is."""
NAMES = frozenset(
    {"ARN", "AWS", "ETag", "ETags", "HTTPS", "Inventory", "MFA", "S3", "SVG", "TLS", "URI", "URIs", "URL"}
)


class Shown(NamedTuple):
    kind: str
    text: str


def literals(node: ast.expr) -> Iterator[str]:
    """Yield what an expression can come to, as far as it is literal."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in values)
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)
        case ast.Tuple(elts=[first, *_]):
            yield from literals(first)
        case ast.Call(func=ast.Name(id="Content"), args=[argument]):
            yield from literals(argument)


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def titles_of(node: ast.ClassDef) -> Iterator[str]:
    """Yield what a dialog calls itself, and what help calls a screen."""
    bases = {ast.unparse(base).partition("[")[0] for base in node.bases}
    for part in ast.walk(node):
        match part:
            case ast.Call(args=[title, *_]) if called(part) == "__init__" and bases & DIALOGS:
                yield from literals(title)
            case ast.Assign(targets=[ast.Name(id="HELP_TITLE")], value=title):
                yield from literals(title)


def shown(source: str) -> Iterator[Shown]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = called(node)
            for kind, table in (
                ("sentence", SENTENCES),
                ("title", TITLES),
                ("tooltip", TOOLTIPS),
                ("label", LABELS),
            ):
                place = table.get(name)
                if place is not None and place < len(node.args):
                    yield from (Shown(kind, text) for text in literals(node.args[place]))
        elif isinstance(node, ast.ClassDef):
            yield from (Shown("title", text) for text in titles_of(node))
        elif isinstance(node, ast.FunctionDef) and SAYING.fullmatch(node.name):
            for part in ast.walk(node):
                if isinstance(part, ast.Return) and part.value is not None:
                    yield from (Shown("sentence", text) for text in literals(part.value))


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield each text in the code that is no docstring, with `{}` for values."""
    nodes = list(ast.walk(tree))
    formatted = [node for node in nodes if isinstance(node, ast.JoinedStr)]
    beside = {id(part) for node in formatted for part in ast.walk(node) if part is not node}
    beside |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in beside:
            yield from literals(node)


def everything() -> list[tuple[str, Shown]]:
    files = sorted(ROOT.rglob("*.py"))
    found = [(str(file.relative_to(ROOT)), each) for file in files for each in shown(file.read_text("utf-8"))]
    return [(file, each) for file, each in found if each.text.strip("{}✗✓ \n.:")]


def faults(each: Shown) -> list[str]:
    """Return what is wrong with a text."""
    text = re.split(r"   |  ·  ", each.text)[0].strip()
    found = []
    start = text.lstrip("✗✓↑↓ “")
    if each.kind != "label" and start[:1].islower() and not start.startswith(("s3tui", "config.toml")):
        found.append("begins with a small letter")
    if each.kind == "sentence" and text and not text.endswith((".", "?", "…", "{}", ":")):
        found.append("has no full stop")
    if each.kind in ("title", "tooltip") and text.endswith((".", "!")):
        found.append("a sentence only has a full stop")
    if each.kind == "title" and any(
        word[:1].isupper() and word.strip(",?:") not in NAMES for word in text.split()[1:]
    ):
        found.append("is in title case")
    if "..." in text or "!" in text:
        found.append("… for what goes on, and no exclamation mark")
    for word, better in WORDS.items():
        if re.search(rf"\b{word}(s|es)?\b", text.lower()):
            found.append(f"{word}: say {better}")
    return found


def test_sentences_are_found() -> None:
    """The walk sees what it is for."""
    texts = {each.text for _, each in everything()}
    assert "Nothing moves." in texts
    assert "Cancel {}?" in texts
    assert "A file is needed." in texts
    assert len(texts) > 80


CONTINUING = (
    "s3tui ", "p shows", "esc ", "t shows", "open its connection, ^o",
    "sorting {} ⋯", "comparing ⋯", "loading ⋯", "more ⋯", "stopped: more ⋯",
    "another program …", "page {} of …",
    "it is the only one of its key.", "the version of {} is", "below it is a delete marker:",
)  # fmt: skip
"""What texts begin with that stand behind others, begin with a key's name, or are parts of captions."""


def test_whatever_ends_like_a_sentence_begins_like_one() -> None:
    """Also where no call is known to show it."""
    found = {}
    for file in sorted(ROOT.rglob("*.py")):
        for text in texts(ast.parse(file.read_text("utf-8"))):
            first = re.split(r"   |  ·  |\n", text)[0].strip("\n")
            is_sentence = first.rstrip().endswith((".", "…", "⋯", "?")) and " " in first.strip()
            if is_sentence and first[:1].islower() and not first.startswith(CONTINUING):
                found[text] = file.name
    assert found == {}


def counted_nouns(trees: Sequence[ast.AST]) -> set[str]:
    """Return the nouns that are put behind numbers by `format.counted`."""
    return {
        part.args[1].value
        for tree in trees
        for part in ast.walk(tree)
        if isinstance(part, ast.Call) and called(part) == "counted" and len(part.args) == 2
        if isinstance(part.args[1], ast.Constant) and isinstance(part.args[1].value, str)
    }


def uncounted(tree: ast.AST, nouns: set[str]) -> Iterator[str]:
    """Yield each text with a value and a plural behind it, or with a plural's `s` that is a value itself."""
    plurals = re.compile(rf" ({'|'.join(sorted(nouns))})s\b(?!/)")
    for node in ast.walk(tree):
        if not isinstance(node, ast.JoinedStr):
            continue
        for value, text in pairwise(node.values):
            if not isinstance(value, ast.FormattedValue) or not isinstance(text, ast.Constant):
                continue
            is_number = not re.match(r"_?[A-Z_]+$|word$", ast.unparse(value.value))
            if is_number and plurals.match(str(text.value)):
                yield ast.unparse(node)
        yield from (ast.unparse(node) for each in node.values if "'s' *" in ast.unparse(each))


SEEN = [ROOT, *(ROOT.parent / name for name in ("browse", "preview", "transfer", "format.py"))]
"""The packages whose texts are shown."""


def test_a_number_has_its_noun_by_the_one_function_that_knows_of_one() -> None:
    files = [file for path in SEEN for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))]
    trees = {file: ast.parse(file.read_text("utf-8")) for file in files}
    nouns = counted_nouns(list(trees.values()))
    assert {"object", "key", "transfer", "byte"} <= nouns
    internal = {"listing.py", "verify.py", "source.py"}  # errors of the code, which nobody sees
    found = {
        file.name: list(uncounted(tree, nouns)) for file, tree in trees.items() if file.name not in internal
    }
    found.pop("format.py")
    assert {name: texts for name, texts in found.items() if texts} == {}
    for noun in nouns:
        assert [counted(n, noun) for n in (0, 1, 2, 1000)] == [
            f"0 {noun}s", f"1 {noun}", f"2 {noun}s", f"1,000 {noun}s"
        ]  # fmt: skip
        assert not re.search(r"(s|x|ch|sh|[^aeiou]y)$", noun)  # whose plural would be another


def test_what_is_shown_keeps_to_the_style() -> None:
    assert {each.text: faults(each) for _, each in everything() if faults(each)} == {}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sentence", "nothing was moved."),
        ("sentence", "Nothing was moved"),
        ("sentence", "Nothing was moved!"),
        ("sentence", "Loading the objects..."),
        ("sentence", "Three items were moved."),
        ("sentence", "The directory is empty."),
        ("sentence", "The jobs go on."),
        ("title", "Delete This Bucket?"),
        ("title", "Delete this bucket."),
    ],
)
def test_a_fault_is_found(kind: str, text: str) -> None:
    assert faults(Shown(kind, text))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("sentence", "Nothing was moved.   t shows the queue"),
        ("sentence", "{} is read-only: nothing is changed."),
        ("sentence", "The theme is for this run only: {}"),
        ("title", "Copy the URI"),
        ("title", "Delete this bucket?"),
    ],
)
def test_the_style_itself_is_none(kind: str, text: str) -> None:
    assert not faults(Shown(kind, text))
