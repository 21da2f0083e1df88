"""Keys and what they call, and that each means one thing: all bindings are held against one table."""

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
from s3tui.tui.keymap.binding import is_key, is_sequence
from s3tui.tui.keymap.presets import PRESETS as KEYMAPS
from s3tui.tui.keymap.presets import keymap_of
from s3tui.tui.keymap.table import all_bindings
from tests.tui.key_table import EXCEPTIONS, PRESETS, QUESTIONS, RESERVED, TABLE


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


ALL = list(all_bindings())
OF_SCREENS = [binding for binding in ALL if str(binding.id).partition(".")[0] not in QUESTIONS]


def test_each_key_of_the_table_means_one_thing() -> None:
    keys = [key for meaning in TABLE.values() for key in meaning.keys.split()]
    assert sorted(set(keys)) == sorted(keys)
    assert not RESERVED & set(keys)


@pytest.mark.parametrize("preset", PRESETS)
def test_each_key_of_a_screen_means_what_the_table_says(preset: str) -> None:
    """A preset takes keys for what it knows them for; all others mean the same as by default."""
    changed, own = keymap_of(preset, {}), PRESETS[preset].values()
    taken = {key for keys, _ in own for key in keys.split()}
    meanings = [*TABLE.values(), *EXCEPTIONS.values()]
    for binding in OF_SCREENS:
        by_default = {key for keys, ids in meanings if binding.id in ids.split() for key in keys.split()}
        by_preset = {key for keys, ids in own if binding.id in ids.split() for key in keys.split()}
        keys = set(filter(is_key, changed.get(str(binding.id), binding.key).split(",")))
        assert keys <= (by_default - taken) | by_preset, binding.id
        assert by_preset <= keys, binding.id


@pytest.mark.parametrize("preset", PRESETS)
def test_no_key_is_one_of_two_bindings_of_the_same_class(preset: str) -> None:
    changed = keymap_of(preset, {})
    for owner in {owner for owner, _ in bound()}:
        keys = [
            key
            for each, binding in bound()
            if each is owner
            for key in changed.get(str(binding.id), binding.key).split(",")
        ]
        assert sorted(set(keys)) == sorted(keys), owner


def test_the_users_own_keys_come_before_those_of_a_preset_and_none_takes_them_away() -> None:
    changed = keymap_of("vim", {"tree.first": "home", "objects.delete": "none"})
    assert changed["tree.first"] == "home"
    assert changed["list.top"] == "home,gg"
    assert not is_key(changed["objects.delete"])
    assert keymap_of("default", {}) == {}
    assert set().union(*KEYMAPS.values()) <= {binding.id for binding in ALL}


def test_two_letters_are_a_sequence_unless_they_are_the_name_of_a_key() -> None:
    keys = ["gg", "dd", "g", "up", "f1", "f12", "ctrl+a", "<>", "g "]
    assert [key for key in keys if is_sequence(key)] == ["gg", "dd", "<>"]


def test_each_id_of_the_table_is_that_of_a_binding_with_such_a_key() -> None:
    keys = {binding.id: set(binding.key.split(",")) for binding in ALL}
    for meaning in (*TABLE.values(), *EXCEPTIONS.values()):
        for id in meaning.ids.split():
            assert keys[id] & set(meaning.keys.split()), id


def test_each_binding_is_in_the_table_of_the_keymap_by_an_id_of_its_own() -> None:
    ids = [binding.id for binding in ALL]
    assert sorted(set(map(str, ids))) == sorted(map(str, ids))
    assert [owner.__name__ for owner, binding in bound() if binding not in ALL] == []
    assert [binding.id for binding in ALL if binding not in [each for _, each in bound()]] == []


def test_each_binding_says_what_it_does_and_belongs_to_a_group() -> None:
    assert [binding.id for binding in ALL if not binding.description or binding.group is None] == []
