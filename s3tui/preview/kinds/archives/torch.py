"""PyTorch: the pickle in its zip archive by its opcodes, and the storages beside it. Nothing is loaded."""

from __future__ import annotations

from dataclasses import replace

from s3tui.format import counted
from s3tui.format import size as size_of
from s3tui.preview.kinds.archives import zip as zip_
from s3tui.preview.kinds.archives.zip_members import heads, members
from s3tui.preview.kinds.data import pickled
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import BLOCK, BeyondBound, Memory, Source

_MOST = 100_000
_PICKLE = "/data.pkl"


def look(source: Source, room: Room) -> Preview:
    if source.size is None or source.read(0, 4) != b"PK\x03\x04":
        return _old(source, room)
    if room.members:
        return zip_.look(source, room)
    try:
        _, found = members(source, _MOST)
    except BeyondBound:
        return zip_.look(source, room)
    pickle = next((each for each in found if each.name.endswith(_PICKLE)), None)
    if pickle is None:
        return zip_.look(source, room)
    (data,) = heads(source, [pickle], BLOCK)
    inside = pickled.look(Memory("data.pkl", data, is_cut=len(data) < pickle.size), room)
    folder = pickle.name.removesuffix(_PICKLE) + "/data/"
    storages = [each.size for each in found if each.name.startswith(folder)]
    facts = (counted(len(storages), "storage"), size_of(sum(storages)).replace("  ", " "), *inside.facts)
    return replace(inside, kind="PyTorch", facts=facts)


def _old(source: Source, room: Room) -> Preview:
    """Look into a file of before version 1.6: pickles one behind the other."""
    inside = pickled.look(source, room)
    if not any(name.split()[-1].startswith(("torch.", "collections.")) for name in inside.lines):
        raise Mismatch
    return replace(inside, kind="PyTorch")
