"""ARCHITECTURE.md is true: it draws every folder, its terms are where it says, and no folder is too wide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DRAWING = TEXT.split("```")[1]
WIDEST = 18
"""Modules in a folder: beyond some fifteen, nobody sees any more which of them belong together."""


def packages() -> Iterator[Path]:
    for file in sorted((ROOT / "s3tui").rglob("__init__.py")):
        yield file.parent


@pytest.mark.parametrize("package", packages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_folder_is_drawn_and_no_wider_than_one_can_see(package: Path) -> None:
    assert package.name in re.findall(r"\w+", DRAWING)
    assert len(list(package.glob("*.py"))) - 1 <= WIDEST, "some of them belong together: give them a folder"


def test_every_term_is_where_it_says() -> None:
    terms = TEXT.partition("## Terms")[2]
    places = re.findall(r"`(\w+(?:/\w+)+)`", terms)
    assert len(places) > 40
    missing = [
        place
        for place in places
        if not any((ROOT / "s3tui" / name).exists() for name in (place, f"{place}.py"))
    ]
    assert missing == []
