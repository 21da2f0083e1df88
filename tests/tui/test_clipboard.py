from __future__ import annotations

import base64

from s3tui.tui.clipboard import sequences


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
