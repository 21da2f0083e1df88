"""The config.toml that is printed: whole, right, and nothing but defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from s3tui.config.options import CONNECTION_OPTIONS, OPTIONS
from s3tui.config.reader import check_config
from s3tui.config.sync_options import SYNC_OPTIONS
from s3tui.config.template import KeyLine, config_text, keys_text
from s3tui.connect.store import ConnectionStore
from s3tui.settings import Flags, Settings, load_settings


@pytest.mark.parametrize("uncomments", [False, True])
def test_it_is_right_and_changes_nothing_with_every_line_taken_in(tmp_path: Path, uncomments: bool) -> None:
    text = config_text()
    file = tmp_path / "config.toml"
    file.write_text(re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE) if uncomments else text)
    assert check_config(file, {}) == []
    assert load_settings(Flags(), {}, file) == Settings()
    assert len(ConnectionStore(file).connections()) == uncomments


def test_every_option_is_in_it() -> None:
    table = tomllib.loads(re.sub(r"^#(?=\S)", "", config_text(), flags=re.MULTILINE))
    (connection,) = table.pop("connections").values()
    assert table.pop("keys") == {}
    (sync,) = table.pop("syncs").values()
    assert list(sync) == [option.key for option in SYNC_OPTIONS]
    found = {**table.pop("transfer"), **table.pop("prices"), **table}
    assert list(found) == [
        *(o.key for o in OPTIONS if "." in o.name),
        *(o.key for o in OPTIONS if "." not in o.name),
    ]
    assert list(connection) == [option.key for option in CONNECTION_OPTIONS]


def test_keys_are_a_table_by_group() -> None:
    text = keys_text([KeyLine("a", "a.b", "x,y", "Say 'b'"), KeyLine("c", "c.d", '"', "")])
    assert tomllib.loads(text) == {"keys": {"a.b": "x,y", "c.d": '"'}}
    assert text.endswith('\n# a\n"a.b" = "x,y"  # Say \'b\'\n\n# c\n"c.d" = "\\""\n')
