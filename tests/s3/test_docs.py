"""The examples of docs/s3-core.md run, in order, against a real server."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import s3tui.s3 as core
from tests.servers import S3Server

GUIDE = Path(__file__).parents[2] / "docs" / "s3-core.md"


async def test_the_examples_of_the_guide_run(ministack: S3Server) -> None:
    text = GUIDE.read_text()
    names: dict[str, object] = {"endpoint": ministack.endpoint, "credentials": ministack.credentials}
    for found in re.finditer(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        line = text[: found.start(1)].count("\n")
        code = compile(
            "\n" * line + found[1],
            str(GUIDE),
            "exec",
            flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
        running = eval(code, names)
        if inspect.isawaitable(running):
            await running


def test_every_operation_and_error_is_in_the_guide() -> None:
    text = GUIDE.read_text()
    operations = {
        name
        for name in dir(core.S3Client)
        if name.startswith(("get_", "put_", "list_", "delete_", "restore_"))
    }
    assert {name for name in operations if name not in text} <= {"delete_bucket", "list_parts"}
    kinds = {
        name for name, kind in vars(core.errors).items() if inspect.isclass(kind) and name != "annotations"
    }
    assert {name for name in kinds if name not in text} == set()
