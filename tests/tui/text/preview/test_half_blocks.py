"""Pictures as half blocks."""

from __future__ import annotations

from base64 import b64encode

from hypothesis import given
from hypothesis import strategies as st

from s3tui.preview.preview import Picture
from s3tui.tui.text.preview.half_blocks import half_blocks


def picture(width: int, height: int, pixels: bytes) -> Picture:
    return Picture(width, height, b64encode(pixels).decode())


def test_two_pixels_are_a_cell_and_equal_cells_a_run() -> None:
    red, blue = bytes([248, 0, 0]), bytes([0, 0, 248])
    drawn = picture(3, 3, red * 3 + blue * 2 + red + blue * 3)
    assert list(half_blocks(drawn, 0)) == [((248, 0, 0), (0, 0, 248), 2), ((248, 0, 0), (248, 0, 0), 1)]
    assert list(half_blocks(drawn, 1)) == [((0, 0, 248), (0, 0, 248), 3)]
    assert not list(half_blocks(drawn, 2))


@given(st.integers(1, 9), st.integers(1, 9), st.data())
def test_each_line_has_all_cells(width: int, height: int, data: st.DataObject) -> None:
    size = 3 * width * height
    drawn = picture(width, height, data.draw(st.binary(min_size=size, max_size=size)))
    lines = [list(half_blocks(drawn, line)) for line in range((height + 1) // 2)]
    assert all(sum(cells for _, _, cells in line) == width for line in lines)
