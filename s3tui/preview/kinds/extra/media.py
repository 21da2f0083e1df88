"""Audio and video by their tags: length, bit rate, title and artist. Nothing is decoded."""

from __future__ import annotations

from pathlib import PurePath

import tinytag

from s3tui.format import duration
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source

_FIELDS = ("title", "artist", "album", "albumartist", "track", "genre", "year", "composer", "comment")


def look(source: Source, room: Room) -> Preview:
    try:
        tag = tinytag.TinyTag.get(filename=source.name, file_obj=Reading(source))
    except (tinytag.UnsupportedFormatError, tinytag.ParseError) as error:
        raise Mismatch from error
    if not tag.duration and not tag.samplerate:
        raise Mismatch
    facts = [
        "" if not tag.duration else duration(tag.duration),
        "" if not tag.bitrate else f"{tag.bitrate:.0f} kbit/s",
        "" if not tag.samplerate else f"{tag.samplerate:,} Hz",
        "" if not tag.channels else {1: "mono", 2: "stereo"}.get(tag.channels, f"{tag.channels} channels"),
        "" if not tag.bitdepth else f"{tag.bitdepth} bits",
    ]
    told = ((name, getattr(tag, name, None)) for name in _FIELDS)
    lines = tuple(f"{name}: {value}" for name, value in told if value not in (None, ""))
    kind = PurePath(source.name).suffix.lstrip(".").upper() or "audio"
    return Preview(kind, tuple(filter(None, facts)), lines[: room.lines])
