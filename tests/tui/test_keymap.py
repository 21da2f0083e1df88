"""Keys and what they call: a binding whose action nobody has does nothing, without a word."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen

import s3tui.tui
from s3tui.tui.app import S3TuiApp


def bound() -> Iterator[tuple[type[DOMNode], Binding]]:
    """Yield each binding that a class of ours declares, with that class."""
    for module in pkgutil.walk_packages(s3tui.tui.__path__, "s3tui.tui."):
        for _, owner in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if owner.__module__ == module.name and issubclass(owner, DOMNode):
                for declared in vars(owner).get("BINDINGS", ()):
                    yield owner, declared if isinstance(declared, Binding) else Binding(*declared)


@pytest.mark.parametrize(
    ("owner", "binding"), [pytest.param(*each, id=f"{each[0].__name__}-{each[1].key}") for each in bound()]
)
def test_every_key_calls_an_action_that_is_there(owner: type[DOMNode], binding: Binding) -> None:
    target, _, name = binding.action.partition("(")[0].rpartition(".")
    match target:
        case "app":
            assert hasattr(S3TuiApp, f"action_{name}")
        case "screen":  # any screen that the widget stands on
            screens = [cls for cls, _ in bound() if issubclass(cls, Screen)]
            assert any(hasattr(screen, f"action_{name}") for screen in screens)
        case _:
            assert hasattr(owner, f"action_{name}")
