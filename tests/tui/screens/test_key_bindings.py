"""Every key of every screen, dialog and widget leads to an action that is there. Pure."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from textual.binding import Binding
from textual.dom import DOMNode

from s3tui.tui import screens, widgets
from s3tui.tui.app import S3TuiApp


def nodes() -> Iterator[type[DOMNode]]:
    """Yield the classes of ours that have keys."""
    yield S3TuiApp
    for package in (screens, widgets):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for each in vars(module).values():
                if isinstance(each, type) and issubclass(each, DOMNode) and each.__module__ == found.name:
                    yield each


@pytest.mark.parametrize("node", sorted(nodes(), key=str))
def test_every_key_leads_to_an_action(node: type[DOMNode]) -> None:
    for binding in node.BINDINGS:
        action = (binding.action if isinstance(binding, Binding) else binding[1]).partition("(")[0]
        if "." not in action:
            found = [name for name in (f"action_{action}", f"_action_{action}") if hasattr(node, name)]
            assert found, f"{binding}: there is no {action}"
