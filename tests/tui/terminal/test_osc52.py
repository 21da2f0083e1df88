from __future__ import annotations

import base64

import pytest

from s3tui.tui.terminal.osc52 import obstacle, sequences


def test_outside_of_tmux_the_request_is_plain() -> None:
    assert sequences("s3://b/k", in_tmux=False) == f"\x1b]52;c;{base64.b64encode(b's3://b/k').decode()}\a"


def test_tmux_is_asked_and_hands_the_same_request_on() -> None:
    plain = sequences("é\udcff", in_tmux=False)
    assert base64.b64decode(plain.removeprefix("\x1b]52;c;").removesuffix("\a")) == b"\xc3\xa9\xff"
    asked = sequences("é\udcff", in_tmux=True)
    direct, _, wrapped = asked.partition("\x1bPtmux;")
    assert direct == plain
    assert wrapped.endswith("\x1b\\")
    assert wrapped.removesuffix("\x1b\\").replace("\x1b\x1b", "\x1b") == plain


@pytest.mark.parametrize("length", [1, 100, 10_000])
def test_gnu_screen_hands_the_same_request_on_in_strings_that_it_takes(length: int) -> None:
    text = "k" * length
    parts = sequences(text, in_tmux=False, in_screen=True).split("\x1bP")[1:]
    assert all(part.endswith("\x1b\\") and len(part) < 256 for part in parts)
    assert "".join(part.removesuffix("\x1b\\") for part in parts) == sequences(text, in_tmux=False)


@pytest.mark.parametrize(
    ("environment", "is_taken"),
    [({"TERM": "xterm"}, True), ({"TERM": "linux"}, False), ({"TERM_PROGRAM": "Apple_Terminal"}, False)],
)
def test_what_no_terminal_can_have_got_is_not_called_copied(
    environment: dict[str, str], is_taken: bool
) -> None:
    assert (obstacle(environment) is None) is is_taken
