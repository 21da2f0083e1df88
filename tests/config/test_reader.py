"""Mistakes in config.toml: each is found, on its line, and leaves out nothing else."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from s3tui.config.options import CONNECTION_OPTIONS, OPTIONS, Option
from s3tui.config.reader import Names, check_config, is_unread, lines_of, read_config
from s3tui.settings import Flags, Settings, load_settings

NAMES: Names = {
    "theme": lambda: ["s3tui-dark", "nord"],
    "connection": lambda: ["work"],
    "keys": lambda: ["app.quit", "objects.delete"],
}
OTHERS: dict[str, bool | float | str] = {
    "theme": "nord",
    "pane": "wide",
    "columns": "time",
    "times": "utc",
    "sizes": "binary",
    "preview": "on demand",
    "connection": "work",
    "download_dir": "/somewhere",
    "read_only": True,
    "checksums": "when_required",
    "bell": True,
    "notices": "osc777",
    "title": True,
    "diff": False,
    "transfer.rate": "1 MB/s",
    "transfer.objects": 3,
    "transfer.parts": 3,
    "transfer.patience": "1 h",
    "prices.writes": 0.01,
    "prices.reads": 0.001,
    "prices.dated": "2026-11",
}
"""Another value than the default of each option."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def said(file: Path, text: str) -> list[str]:
    file.write_text(text)
    return [problem.of("c") for problem in check_config(file, NAMES)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('thme = "nord"', "c:1: there is no setting 'thme': did you mean theme?"),
        ("\n\ntheme = 3", "c:3: theme must be the name of a theme, in quotes, not 3"),
        ('theme = "nrod"', "c:1: there is no theme 'nrod': did you mean nord?"),
        ('connection = "x"', "c:1: there is no connection 'x'; there are work"),
        ('read_only = "yes"', "c:1: read_only must be true or false, not 'yes'"),
        ("bell = 1", "c:1: bell must be true or false, not 1"),
        ('download_dir = "~nobody-of-that-name/x"', "c:1: download_dir is '~nobody-of-that-name/x'. Nobody"),
        ('pane = "huge"', "c:1: pane must be narrow, wide or none, not 'huge'"),
        ('preview = "never"', "c:1: preview must be auto or on demand, not 'never'"),
        ("pane = []", "c:1: pane must be narrow, wide or none, not []"),
        ("[keys]\n'app.quit' = 7", 'c:2: keys.app.quit must be text like "ctrl+q" or "d,delete", not 7'),
        ('[keys]\n# me\n"app.quti" = "q"', "c:3: there is no key 'app.quti': did you mean app.quit?"),
        ('[keys]\n"zzz" = "q"', "c:2: there is no key 'zzz'; s3tui --keys prints them"),
        ("keys = 1", 'c:1: keys must be a table of binding = "key", or "default", "vim" or "mc", not 1'),
        ('keys = "emacs"', "c:1: keys must be default, vim or mc, not 'emacs'"),
        ('[keys]\npreset = "emacs"', "c:2: keys.preset must be default, vim or mc, not 'emacs'"),
        ("connections = 1", "c:1: connections must be a table for each connection, like"),
        ("[connections]\nlab = 1", "c:2: connections.lab must be a table, like [connections.lab]"),
        ('[transfer]\nrate = "fast"', "c:2: transfer.rate is 'fast'. A speed is off, or a number"),
        ("transfer.rate = 20", "c:1: transfer.rate is 20. A speed"),
        ('[transfer]\npatience = "soon"', "c:2: transfer.patience is 'soon'. A time is off, or a number"),
        ("[transfer]\nparts = 0", 'c:2: transfer.parts must be a number from 1 to 1024 or "auto", not 0'),
        ("[transfer]\nparts = true", 'c:2: transfer.parts must be a number from 1 to 1024'),
        ("[transfer]\nobject = 3", "c:2: there is no setting transfer.object: did you mean objects?"),
        ('bell = true\nrate = "1 MB/s"', "c:2: there is no setting 'rate': it stands below [transfer]"),
        ("[transfer]\nbell = true", "c:2: there is no setting transfer.bell: bell stands above all tables"),
        ("transfer = { rate = 'off', \"objects\" = -1 }", "c:1: transfer.objects must be a number from 1"),
        ("theme =\n", "c:1: it is not valid TOML: Invalid value; nothing of it counts"),
        ('\ntheme = """', "c:2: it is not valid TOML: "),
        ("[connections.lab]\nanonymous = true\nregoin = 'x'", "c:3: connections.lab has no setting 'regoin'"),
        ("[connections.lab]\nregion = 'x'", "c:1: connections.lab needs exactly one of access_key, profile,"),
        ("[connections.l]\nanonymous = true\nendpoint_url = 'x'", "c:1: connections.l: the endpoint URL 'x'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(file: Path, text: str, expected: str) -> None:
    (found,) = said(file, text)
    assert found.startswith(expected)


def test_all_mistakes_are_named_in_the_order_of_the_file(file: Path) -> None:
    found = said(file, 'thme = 1\ntheme = "x"\nbell = "no"\n[keys]\n"a" = "b"\n[connections.l]\nx = 1\n')
    assert [each.partition(" ")[0] for each in found] == ["c:1:", "c:2:", "c:3:", "c:5:", "c:7:"]


def test_a_file_that_is_no_text_is_said_and_none_is_empty(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    (problem,) = check_config(file, NAMES)
    assert problem.sentence.startswith("it cannot be read: ")
    assert is_unread(read_config(file))
    assert check_config(file.with_name("none.toml"), NAMES) == []


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_option_of_the_table_changes_the_settings(file: Path, option: Option) -> None:
    """So nothing is read that the table does not have, and nothing in it is read by nobody."""
    table, _, key = option.name.rpartition(".")
    document: dict[str, Any] = {key: OTHERS[option.name]}
    file.write_text(tomlkit.dumps({table: document} if table else document))
    default, changed = load_settings(Flags(), {}, file.with_name("none")), load_settings(Flags(), {}, file)
    assert check_config(file, NAMES) == []
    assert [f.name for f in fields(Settings) if getattr(default, f.name) != getattr(changed, f.name)]


@pytest.mark.parametrize("option", [*OPTIONS, *CONNECTION_OPTIONS], ids=lambda option: option.name)
def test_a_default_is_right_by_its_own_check(option: Option) -> None:
    option.read(option.default)


VALUES = st.one_of(
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12),
    st.lists(st.integers(0, 9), max_size=4),
)
KEY = st.sampled_from(["theme", "a b", "ü", "x.y", "transfer", "#", "[z]", "'"])
TABLE = st.dictionaries(KEY, VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEY, st.one_of(VALUES, TABLE), max_size=5), st.data())
def test_every_key_is_found_on_the_line_that_names_it(document: dict[str, Any], data: st.DataObject) -> None:
    """The file is written line by line here, so that each line is known beforehand."""
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}

    def add(where: tuple[str, ...], value: object) -> None:
        lines.extend(data.draw(st.lists(st.sampled_from(["", "# a = 1", "  # [b]"]), max_size=2)))
        expected[where] = len(lines) + 1
        written = tomlkit.item(value).as_string()
        if isinstance(value, list) and data.draw(st.booleans()):
            written = written.replace("[", "[\n", 1).replace("]", "\n]")
        elif isinstance(value, str) and data.draw(st.booleans()):
            written = f'"""\n{tomlkit.item(value).as_string()[1:-1]}\nb = 1\n[c]"""'
        lines.extend(f"{tomlkit.key(where[-1]).as_string()} = {written}".split("\n"))

    for key, value in document.items():
        if not isinstance(value, dict):
            add((key,), value)
    for key, value in document.items():
        if isinstance(value, dict):
            expected[key,] = len(lines) + 1
            lines.append(f"[{tomlkit.key(key).as_string()}]")
            for below, each in value.items():
                add((key, below), each)
    assert lines_of("\n".join(lines)) == expected


@pytest.mark.parametrize(
    ("text", "preset", "keys"),
    [
        ("", "default", {}),
        ('keys = "vim"', "vim", {}),
        ('[keys]\n"app.quit" = "x"', "default", {"app.quit": "x"}),
        ('[keys]\npreset = "mc"\n"app.quit" = "x"', "mc", {"app.quit": "x"}),
        ('[keys]\npreset = 3\n"app.quit" = "x"', "default", {"app.quit": "x"}),
    ],
)
def test_keys_are_a_preset_or_a_table_on_top_of_one(
    tmp_path: Path, text: str, preset: str, keys: dict[str, str]
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    config = read_config(file)
    assert (config.preset, config.keys) == (preset, keys)
