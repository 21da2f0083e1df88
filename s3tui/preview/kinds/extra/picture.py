"""Images, decoded small, for a terminal of half blocks."""

from __future__ import annotations

import base64
import warnings

from PIL import Image, ImageFile

from s3tui.preview.kinds import image
from s3tui.preview.kinds.extra.reading import Reading
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Picture, Preview, Room
from s3tui.preview.source import BeyondBound, Source

_MOST_PIXELS = 40_000_000
"""Of an image that is decoded: 160 MB at four bytes each."""
_TOO_MANY = "It has too many pixels to be drawn here."
_MOST_BYTES = 8 * 1024 * 1024
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "TIFF", "BMP")

Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = True
Image.init()


def look(source: Source, room: Room) -> Preview:
    known = image.look(source, room)
    assert source.size is not None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = _decoded(source, room)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return Preview(known.kind, known.facts, known.lines, sentence=_TOO_MANY)
    except (OSError, SyntaxError, ValueError) as error:
        raise Mismatch from error
    return Preview(known.kind, known.facts, known.lines, picture=picture)


def _decoded(source: Source, room: Room) -> Picture:
    assert source.size is not None
    if source.size > _MOST_BYTES:
        raise BeyondBound(source.size)
    with Image.open(Reading(source), formats=_FORMATS) as opened:
        opened.draft("RGB", (room.width, room.lines * 2))
        opened.thumbnail((max(1, room.width), max(2, room.lines * 2)))
        small = opened.convert("RGBA")
    ground = Image.new("RGBA", small.size, (0, 0, 0, 255))
    ground.alpha_composite(small)
    pixels = ground.convert("RGB")
    return Picture(pixels.width, pixels.height, base64.b64encode(pixels.tobytes()).decode())
