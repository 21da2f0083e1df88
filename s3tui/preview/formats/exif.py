"""EXIF: what a camera wrote about a picture; where it stood is told only to who asks. Pure.

Source: CIPA DC-008, Exif 2.32; TIFF 6.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_ENTRIES = 200
_LONGEST = 200
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8}
_FORMS = {3: "H", 4: "I", 8: "h", 9: "i"}
_EXIF, _GPS = 0x8769, 0x8825
_ORIENTATIONS = {3: "turned by 180°", 6: "turned by 90°", 8: "turned by 270°"}
_TEXTS = {
    0x010E: "description",
    0x010F: "make",
    0x0110: "camera",
    0x0131: "software",
    0x013B: "artist",
    0x8298: "copyright",
    0x9003: "taken",
    0xA434: "lens",
}
_EXPOSURE, _APERTURE, _ISO, _FOCAL, _ORIENTATION = 0x829A, 0x829D, 0x8827, 0x920A, 0x0112


@dataclass(frozen=True, slots=True)
class Exif:
    lines: tuple[str, ...]
    """`camera: X100`, one a line."""
    has_location: bool


def read_exif(data: bytes) -> Exif | None:
    """Read the directories of EXIF, from its byte order on; `None` for what is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[:4])
    if order is None:
        return None
    try:
        found = dict(_entries(data, order, struct.unpack_from(f"{order}I", data, 4)[0]))
        if isinstance(inner := found.get(_EXIF), int):
            found |= dict(_entries(data, order, inner))
    except struct.error:
        return None
    lines = [f"{label}: {found[tag]}" for tag, label in _TEXTS.items() if isinstance(found.get(tag), str)]
    if exposed := ", ".join(_exposure(found)):
        lines.append(f"exposure: {exposed}")
    if (turned := _ORIENTATIONS.get(_number(found.get(_ORIENTATION)))) is not None:
        lines.append(f"orientation: {turned}")
    return Exif(tuple(lines), _GPS in found)


Value = str | int | tuple[int, int]


def _entries(data: bytes, order: str, at: int) -> Iterator[tuple[int, Value]]:
    (number,) = struct.unpack_from(f"{order}H", data, at)
    for index in range(min(number, _MOST_ENTRIES)):
        tag, type_, count = struct.unpack_from(f"{order}HHI", data, at + 2 + 12 * index)
        size = _SIZES.get(type_, 0) * count
        place = at + 10 + 12 * index
        if size > 4:
            (place,) = struct.unpack_from(f"{order}I", data, place)
        if not size or place + min(size, _LONGEST) > len(data):
            continue
        if type_ == 2:
            text = data[place : place + min(size, _LONGEST)].split(b"\0", 1)[0]
            yield tag, text.decode("utf-8", "backslashreplace").strip()
        elif type_ in (5, 10):
            yield tag, struct.unpack_from(f"{order}{'II' if type_ == 5 else 'ii'}", data, place)
        elif type_ in _FORMS:
            yield tag, struct.unpack_from(f"{order}{_FORMS[type_]}", data, place)[0]


def _exposure(found: dict[int, Value]) -> Iterator[str]:
    match found.get(_EXPOSURE):
        case (int(above), int(below)) if above > 0 and below > 0:
            yield f"1/{below / above:.0f} s" if above < below else f"{above / below:g} s"
    match found.get(_APERTURE):
        case (int(above), int(below)) if below > 0:
            yield f"f/{above / below:.2g}"
    if iso := _number(found.get(_ISO)):
        yield f"ISO {iso}"
    match found.get(_FOCAL):
        case (int(above), int(below)) if below > 0:
            yield f"{above / below:g} mm"


def _number(value: Value | None) -> int:
    return value if isinstance(value, int) else 0
