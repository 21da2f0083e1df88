"""Lines with levels: XML by its elements, and lines that are folded by levels."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.preview.formats.encoding import Encoding
from s3tui.preview.formats.folded import Folded
from s3tui.preview.formats.json_lines import JsonLines
from s3tui.preview.formats.line_format import LineFormat
from s3tui.preview.formats.text_lines import LONGEST, Line, TextLines
from s3tui.preview.formats.xml_lines import XmlLines, tag_start
from tests.preview.served import preview_of

XML = (
    b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r a="1>2" b=\'/\'><p><b>bold</b>text &a;</p>'
    b"<e/><!-- one\n two --><![CDATA[<x>]]><deep><deeper><deepest>1</deepest></deeper></deep></r>"
)
LINES = [
    '<?xml version="1.0"?>',
    "<!DOCTYPE r [",
    '<!ENTITY a "b">',
    "]>",
    "<r a=\"1>2\" b='/'>",
    "  <p>",
    "    <b>bold</b>",
    "    text &a;",
    "  </p>",
    "  <e/>",
    "  <!-- one",
    "  two -->",
    "  <![CDATA[<x>]]>",
    "  <deep>",
    "    <deeper>",
    "      <deepest>1</deepest>",
    "    </deeper>",
    "  </deep>",
    "</r>",
]


def fed(format: LineFormat, data: bytes, sizes: list[int]) -> list[Line]:
    lines, at, turn = list[Line](), 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        lines += format.feed(data[at : at + size])
        at, turn = at + size, turn + 1
    return lines + format.feed(b"", final=True)


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


@given(st.lists(st.integers(1, 99), min_size=1, max_size=6))
def test_elements_are_lines_whatever_the_portions(sizes: list[int]) -> None:
    lines = fed(XmlLines(), XML, sizes)
    assert texts(lines) == LINES
    assert all(XML[line.offset :].lstrip().startswith(line.text.split()[0].encode()) for line in lines)


NAMES = st.sampled_from(["a", "b", "long-name"])
TREES = st.recursive(
    st.builds(lambda name, text: (name, text), NAMES, st.text("xyz &<>\n", max_size=9)),
    lambda inner: st.builds(lambda name, children: (name, children), NAMES, st.lists(inner, max_size=4)),
    max_leaves=20,
)


def element(tree: tuple[str, object]) -> ElementTree.Element:
    made = ElementTree.Element(tree[0], {"k": 'v "<>'})
    if isinstance(tree[1], str):
        made.text = tree[1]
    else:
        made.extend(element(each) for each in tree[1])  # type: ignore[attr-defined]
    return made


@given(TREES, st.lists(st.integers(1, 400), min_size=1, max_size=4))
def test_nothing_but_white_space_is_lost(tree: tuple[str, object], sizes: list[int]) -> None:
    data = ElementTree.tostring(element(tree))
    lines = fed(XmlLines(), data, sizes)
    assert b"".join("".join(line.text.split()).encode() for line in lines) == b"".join(data.split())
    assert len(lines[-1].text) == len(lines[-1].text.lstrip())


@given(st.binary(max_size=400), st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_any_bytes_are_lines(data: bytes, sizes: list[int]) -> None:
    assert texts(fed(XmlLines(), data, sizes)) == texts(fed(XmlLines(), data, [10**6]))


@pytest.mark.parametrize("piece", [b"<a>", b"<a ", b"x", b"<!--", b"<", b"\xe4\xb8\x80", b"</a>", b'<a b="'])
def test_a_line_that_never_ends_takes_linear_time(piece: bytes) -> None:
    lines = fed(XmlLines(), piece * (300_000 // len(piece)), [65_536])
    assert max(len(line.text.lstrip()) for line in lines) <= LONGEST + 200


def test_the_middle_of_one_line_begins_at_a_tag() -> None:
    before = XML[: XML.index(b"bold")]
    start = tag_start(before, len(before))
    assert XML[start:].startswith(b"<b>")
    assert texts(XmlLines(start).feed(XML[start:], final=True))[0] == "<b>bold</b>"


YAML = b"a: 1\nb:\n    c: 2\n    d:\n        - x\n        - y\n\n# why\ne:\n- 1\n- 2\nf: 3\n"


@pytest.mark.parametrize(
    ("data", "language", "level", "expected"),
    [
        (YAML, "yaml", 1, ["a: 1", "b: ⋯ 4", "# why", "e: ⋯ 2", "f: 3"]),
        (YAML, "yaml", 2, ["a: 1", "b:", "    c: 2", "    d: ⋯ 2", "# why", "e:", "- 1", "- 2", "f: 3"]),
        (b"t = 1\n[a]\nx = 1\n[a.b]\ny = 2\n[[c]]\n", "toml", 1, ["t = 1", "[a] ⋯ 3", "[[c]]"]),
        (
            b"t = 1\n[a]\nx = 1\n[a.b]\ny = 2\n[[c]]\n",
            "toml",
            2,
            ["t = 1", "[a]", "x = 1", "[a.b] ⋯ 1", "[[c]]"],
        ),
        (b"# T\ntext\n## U\nmore\n# V\n", "markdown", 1, ["# T ⋯ 3", "# V"]),
    ],
)
def test_lines_below_a_level_are_counted(data: bytes, language: str, level: int, expected: list[str]) -> None:
    assert texts(fed(Folded(TextLines(Encoding("utf-8")), level, language), data, [3])) == expected


def test_json_and_xml_fold_between_their_brackets() -> None:
    data = b'{"a": [[1, [2]], [3]], "b": {"c": {"d": [1, {"e": [2]}]}}, "f": 1}'
    folded = texts(fed(Folded(JsonLines(width=20), 2, "json"), data, [7]))
    assert [folded[0], *folded[3:]] == ["{", '  "f": 1', "}"]
    assert [re.sub(r"\d+", "n", line) for line in folded[1:3]] == ['  "a": [ ⋯ n ],', '  "b": { ⋯ n },']
    folded = texts(fed(Folded(XmlLines(), 2, "xml"), XML, [9]))
    assert folded[-3:] == ["  <![CDATA[<x>]]>", "  <deep> ⋯ 3 </deep>", "</r>"]


@pytest.mark.parametrize(
    ("name", "data", "kind", "language"),
    [
        ("a.yaml", b"a: 1\n", "YAML", "yaml"),
        ("a.yml", b"{}", "YAML", "yaml"),
        ("a.toml", b"[a]\n", "TOML", "toml"),
        ("a.ini", b"[a]\n", "text", "toml"),
        ("a.xml", XML, "XML", "xml"),
        ("a", XML, "XML", "xml"),
        ("a.svg", b"<svg/>", "SVG", "xml"),
        ("a.html", b"<p>x", "HTML", "xml"),
        ("a.md", b"# x\n", "Markdown", "markdown"),
        ("a.py", b"x = 1\n", "text", "hash"),
        ("Makefile", b"x:\n", "text", "hash"),
        ("a.sql", b"SELECT 1\n", "text", "dash"),
        ("a", b"x\n", "text", ""),
        ("a.json", b"{}", "JSON", "json"),
    ],
)
def test_names_tell_languages(name: str, data: bytes, kind: str, language: str) -> None:
    preview = preview_of(data, name)
    assert (preview.kind, preview.language) == (kind, language)
