"""EXIF as Pillow writes it; what it says of the place is not shown."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.preview.formats.exif import read_exif
from tests.preview.served import preview_of


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_what_the_camera_wrote_is_lines(format: str) -> None:
    image = pytest.importorskip("PIL.Image")
    rational = pytest.importorskip("PIL.TiffImagePlugin").IFDRational
    exif = image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "X100", 6
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x829A], inner[0x829D] = "2026:11:29 08:00:00", rational(1, 250), rational(28, 10)
    inner[0x8827], inner[0x920A] = 400, rational(35, 1)
    place = exif.get_ifd(0x8825)
    place[1], place[2] = "N", (rational(52, 1), rational(31, 1), rational(12, 1))
    out = io.BytesIO()
    image.new("RGB", (640, 480)).save(out, format, exif=exif)
    found = preview_of(out.getvalue(), f"a.{format.lower()}")
    assert found.facts[0] == "640 × 480"
    assert found.lines == (
        "make: Maker",
        "camera: X100",
        "taken: 2026:11:29 08:00:00",
        "exposure: 1/250 s, f/2.8, ISO 400, 35 mm",
        "orientation: turned by 90°",
        "location: in it, not shown",
    )
    assert "52" not in " ".join(found.lines[:2])


@given(st.binary(max_size=300), st.sampled_from([b"II*\0", b"MM\0*"]))
def test_any_bytes_are_exif_or_none(data: bytes, order: bytes) -> None:
    found = read_exif(order + data)
    assert found is None or all(len(line) < 900 for line in found.lines)
