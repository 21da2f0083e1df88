"""Pickles, by their opcodes: the names that loading would import. Nothing is loaded."""

from __future__ import annotations

import io
import pickletools
from collections import Counter

from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, Source

_MOST_OPCODES = 100_000
_STRINGS = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE"})


def look(source: Source, room: Room) -> Preview:
    head = source.read(0, BLOCK)
    is_whole = source.size is not None and source.size <= len(head)
    names: Counter[str] = Counter()
    strings: list[str] = []
    protocol, number, ends = 0, 0, False
    try:
        for number, (opcode, argument, _) in enumerate(pickletools.genops(io.BytesIO(head))):
            if opcode.name == "PROTO":
                protocol = int(argument or 0)
            elif opcode.name in ("GLOBAL", "INST"):
                names[str(argument).replace(" ", ".")] += 1
            elif opcode.name == "STACK_GLOBAL" and len(strings) >= 2:
                names[".".join(strings[-2:])] += 1
            elif opcode.name in _STRINGS:
                strings.append(str(argument))
            ends = opcode.name == "STOP"
            if number >= _MOST_OPCODES:
                break
    except Exception as error:  # a pickle that is cut, or no pickle
        if is_whole or number < 2:
            raise Mismatch from error
    facts = [f"protocol {protocol}" if protocol else "", "" if ends else "the beginning of it"]
    lines = tuple(f"{count:>7,}  {name}" for name, count in names.most_common(room.lines))
    sentence = "Loading it would import these names; it is not loaded." if lines else "It imports no name."
    return Preview("pickle", tuple(filter(None, facts)), lines, sentence=sentence)
