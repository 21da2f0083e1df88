"""ARCHITECTURE.md is true: it draws every folder, and its terms are where it says.

No folder is too wide, no screen too long, and no class is made of many.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from textual.screen import Screen

import s3tui

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
DRAWING = TEXT.split("```")[1]
WIDEST = 18
"""Modules in a folder: beyond some fifteen, nobody sees any more which of them belong together."""
LONGEST = 200
"""Lines of a module with a screen: beyond that it does what its controllers should."""
MOST_BASES = 2
"""Classes of ours that one may inherit from: what more would give is for it to have."""


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


def classes() -> Iterator[type]:
    for module in pkgutil.walk_packages(s3tui.__path__, "s3tui."):
        if not module.name.endswith("__main__") and ".kinds.extra" not in module.name:
            found = inspect.getmembers(import_module(module.name), inspect.isclass)
            yield from (each for _, each in found if each.__module__ == module.name)


def test_no_class_has_more_than_two_bases_of_ours() -> None:
    found = list(classes())
    assert len(found) > 500
    made_of_many = [
        each
        for each in found
        if sum(base.__module__.startswith("s3tui") for base in each.__bases__) > MOST_BASES
    ]
    assert made_of_many == []


def test_a_screen_is_short() -> None:
    files = {Path(inspect.getfile(each)) for each in classes() if issubclass(each, Screen)}
    assert len(files) > 30
    too_long = {file.name for file in files if len(file.read_text(encoding="utf-8").splitlines()) > LONGEST}
    assert too_long == set()
