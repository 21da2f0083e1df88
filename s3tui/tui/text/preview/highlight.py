"""Highlighting of one line of text by a language, from any line on: no line knows of another. Pure.

Patterns take time linear in the line: nothing in them is tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from s3tui.tui.text.cells import StyledLine, Tone

_STRING = r'(?P<string>"(?:[^"\\]|\\.)*+"?|\'(?:[^\'\\]|\\.)*+\'?)'
_YAML_STRING = r'(?P<string>"(?:[^"\\]|\\.)*+"?|\'(?:[^\']|\'\')*+\'?)'
_NUMBER = (
    r"(?P<number>(?<![\w.])[-+]?(?:0[xXbBoO][0-9a-fA-F_]++"
    r"|[0-9][0-9_]*+(?:\.[0-9_]++)?+(?:[eE][-+]?[0-9]++)?+)(?![\w.]))"
)
_WORD = r"(?P<constant>(?<![\w.])(?:true|false|null|none|nil|yes|no|True|False|None|NaN|inf)(?![\w.]))"
_STARTS = r"(?:(?<![^\s{\[,]))"
"""Where a value of YAML may begin."""
_KEYWORDS = (
    "abstract and as async await begin break case catch class const continue create def default defer del do "
    "elif else end enum except export extends final finally fn for from func function go if impl implements "
    "import in insert interface into is join lambda let loop match mod module mut namespace new not or order "
    "package pass pub public private protected raise return select self set static struct super switch "
    "table template then this throw trait try type typedef union update use using val values var void "
    "where while with yield"
)
_KEYWORD = rf"(?P<keyword>\b(?i:{'|'.join(_KEYWORDS.split())})\b)"


def _code(comment: str) -> re.Pattern[str]:
    return re.compile(rf"(?P<comment>{comment})|{_STRING}|{_NUMBER}|{_WORD}|{_KEYWORD}|(?P<skip>\w++)")


_PATTERNS: Mapping[str, re.Pattern[str]] = {
    "json": re.compile(rf'(?P<key>"(?:[^"\\]|\\.)*+"(?=\s*+:))|{_STRING}|{_NUMBER}|{_WORD}|(?P<skip>\w++)'),
    "yaml": re.compile(
        r"(?P<comment>(?:^|(?<=\s))#.*+)|(?P<keyword>^(?:---|\.\.\.)(?=\s|$))"
        rf"|(?P<key>{_STARTS}(?!-\s)[^\s#:{{}}\[\],&*!|>'\"%@`][^\s#:{{}}\[\],]*+"
        r"(?:\ [^\s#:{}\[\],]++){0,6}+(?=\s*+:(?:\s|$)))"
        rf"|{_STARTS}{_YAML_STRING}|(?P<tag>{_STARTS}[&*!][^\s,\]}}]++)|{_NUMBER}|{_WORD}|(?P<skip>[\w./:-]++)"
    ),
    "toml": re.compile(
        rf"(?P<comment>[#;].*+)|(?P<section>^\s*+\[.*\]\s*+$)|(?P<key>^\s*+[\w.\"'-]++(?=\s*+=))"
        rf"|{_STRING}|{_NUMBER}|{_WORD}|(?P<skip>[\w.:-]++)"
    ),
    "xml": re.compile(
        r"(?P<comment><!--.*?(?:-->|$)|<[!?][^>]*+>?+)|(?P<tag></?+[\w:.-]++|/?>)"
        r"|(?P<key>(?<=\s)[\w:.-]++(?=\s*+=\s*+[\"']))|(?P<string>(?<==)\s*+(?:\"[^\"]*+\"?+|'[^']*+'?+))"
        r"|(?P<number>&[\w#]++;)|(?P<skip>\w++)"
    ),
    "log": re.compile(
        r"(?P<bad>\b(?:FATAL|CRITICAL|ERROR|ERR|SEVERE|PANIC)\b)|(?P<number>\b(?:WARN|WARNING)\b)"
        r"|(?P<comment>\b(?:DEBUG|TRACE)\b|^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*+)"
        r"|(?P<string>\b(?:INFO|NOTICE)\b)|(?P<skip>[\w-]++)"
    ),
    "hash": _code(r"#.*+"),
    "slash": _code(r"//.*+|/\*.*?(?:\*/|$)|^\s*\*\s.*+"),
    "dash": _code(r"--.*+|/\*.*?(?:\*/|$)"),
    "diff": re.compile(r"(?P<section>^@@.*+)|(?P<bad>^-.*+)|(?P<string>^\+.*+)|(?P<skip>.++)"),
    "markdown": re.compile(
        r"(?P<section>^\s{0,3}\#{1,6}\s.*+)|(?P<comment>^\s{0,3}>.*+|^\s*+(?:```|~~~).*+)"
        r"|(?P<string>`[^`]++`)|(?P<key>\[[^\]\[]*+\](?=\())|(?P<number>^\s*+(?:[-*+]|\d++[.)])(?=\s))"
        r"|(?P<skip>\w++)"
    ),
}
_TONES: Mapping[str, Tone] = {
    "key": "accent",
    "tag": "accent",
    "section": "accent",
    "keyword": "strong",
    "string": "good",
    "number": "warn",
    "constant": "warn",
    "comment": "dim",
    "bad": "bad",
}
_LONGEST = 4_096
"""Characters of a line that are looked at: more stand on no screen."""


def highlight(text: str, language: str) -> StyledLine:
    """Return a line in runs, each in a tone; in one run, where the language is not known."""
    pattern = _PATTERNS.get(language)
    if pattern is None:
        return [(text, "")]
    runs: list[tuple[str, Tone]] = []
    at = 0
    for match in pattern.finditer(text, 0, _LONGEST):
        tone = _TONES.get(match.lastgroup or "")
        if tone is None or match.start() == match.end():
            continue
        if match.start() > at:
            runs.append((text[at : match.start()], ""))
        runs.append((match[0], tone))
        at = match.end()
    return [*runs, (text[at:], "")] if at < len(text) or not runs else runs


def cut(line: StyledLine, first: int, end: int | None = None) -> StyledLine:
    """Return the runs of some characters of a line."""
    runs: list[tuple[str, Tone]] = []
    at = 0
    for text, tone in line:
        part = text[max(0, first - at) : None if end is None else max(0, end - at)]
        if part:
            runs.append((part, tone))
        at += len(text)
    return runs
