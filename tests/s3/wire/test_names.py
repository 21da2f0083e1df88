"""The public names of `s3tui.s3`: their modules and docstrings."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import s3tui.s3 as core


def test_the_lazy_table_says_what_type_checkers_read() -> None:
    tree = ast.parse(Path(core.__file__).read_text())
    imported = {
        alias.name: node.module.removeprefix("s3tui.s3.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("s3tui.s3.")
        for alias in node.names
    }
    assert imported == core._MODULE_OF
    assert sorted(core.__all__) == sorted(imported)


@pytest.mark.parametrize("name", core.__all__)
def test_a_public_name_is_found_and_documented(name: str) -> None:
    value = getattr(core, name)
    assert value is getattr(importlib.import_module(f"s3tui.s3.{core._MODULE_OF[name]}"), name)
    written = inspect.getdoc(value) or ""
    assert written
    assert not written.startswith(f"{name}("), "the signature is no documentation"


def test_every_method_of_the_client_is_documented_with_its_source() -> None:
    for name, method in inspect.getmembers(core.S3Client, inspect.isfunction):
        if name.startswith("_"):
            continue
        assert method.__doc__, name
        is_action = name.split("_")[0] in ("get", "put", "head", "list", "delete", "create")
        if is_action and name != "head_of":
            assert "Raises:" in method.__doc__, name
            assert "Source:" in method.__doc__, name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="Unicorn"):
        core.Unicorn  # noqa: B018  # reading it is the point


def test_importing_the_core_and_its_values_loads_no_network_library() -> None:
    script = (
        "import sys, s3tui.s3\n"
        "from s3tui.s3 import Endpoint, Bucket, ByteRange, Checksum, RetryPolicy\n"
        "heavy = {'httptools', 'httpx', 'awscrt', 'textual', 'rich', 'keyring', 'sqlite3'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_using_the_client_loads_no_checksum_library_until_it_is_needed() -> None:
    script = "import sys\nfrom s3tui.s3 import S3Client\nprint('awscrt' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"
