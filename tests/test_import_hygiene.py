"""The layers at run time: a static graph cannot see deferred imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.patience import PATIENCE_S

EVERYTHING_OF_THE_CORE = """
import importlib, pkgutil, sys
sys.modules["click"] = None  # where it is installed, httpx loads its own command line, and rich with it
import s3tui.s3
for name in s3tui.s3.__all__:
    getattr(s3tui.s3, name)
for module in pkgutil.walk_packages(s3tui.s3.__path__, "s3tui.s3."):
    importlib.import_module(module.name)
"""


def imported(script: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{script}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_S,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "script", ["import s3tui.s3", EVERYTHING_OF_THE_CORE], ids=["package", "every module"]
)
def test_the_core_loads_no_terminal_no_keyring_no_database(script: str) -> None:
    assert not {"textual", "rich", "keyring", "sqlite3"} & imported(script)


def test_connections_load_neither_keyring_nor_toml_writer_until_used() -> None:
    loaded = imported("import s3tui.connect.store, s3tui.connect.discover, s3tui.connect.presets")
    assert not {"textual", "rich", "keyring", "tomlkit", "httpx", "httptools"} & loaded


def test_the_app_loads_what_its_first_paint_needs_and_no_more() -> None:
    loaded = imported("import s3tui.cli, s3tui.tui.app")
    assert not {"httpx", "httptools", "keyring", "sqlite3", "tomlkit", "awscrt"} & loaded
    assert (
        not {"s3tui.s3.client", "s3tui.s3.sending.sender", "s3tui.transfer.engine", "s3tui.connect.store"}
        & loaded
    )
    models = {"s3tui.s3.models", "s3tui.s3.retries", "s3tui.transfer.models", "s3tui.browse.place.location"}
    assert not models & loaded
    later = ("s3tui.browse.rows.", "s3tui.browse.source.", "s3tui.tui.text.preview.")
    assert not {name for name in loaded if name.startswith(later)}
    assert not {"hashlib", "configparser", "s3tui.tui.commands"} & loaded


def test_the_app_loads_no_decoder() -> None:
    loaded = imported("import s3tui.cli, s3tui.tui.app")
    kinds = {name for name in loaded if name.startswith(("s3tui.preview.kinds.", "s3tui.preview.formats."))}
    assert not {"charset_normalizer", "csv", "backports.zstd", "compression.zstd", "gzip", "tarfile"} & loaded
    assert kinds <= {"s3tui.preview.kinds.table"}
