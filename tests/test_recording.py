"""The animation: each frame is seen for its time, one at a time, and nothing else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

from tests.recording import animated

FRAME = '<svg viewBox="0 0 100 50" xmlns="http://www.w3.org/2000/svg"><text>{}</text></svg>'


def test_frames_follow_each_other_without_a_gap() -> None:
    svg = animated([(FRAME.format(number), seconds) for number, seconds in enumerate([1.0, 2.0, 1.0])])
    root = ElementTree.fromstring(svg)
    assert [element.text for element in root.iter() if element.tag.endswith("text")] == ["0", "1", "2"]
    begins = re.findall(r"([\d.]+)% { visibility: visible; }", svg)
    ends = re.findall(r"visible; } ([\d.]+)% { visibility: hidden; }", svg)
    assert (begins, ends) == (["0.000", "25.000", "75.000"], ["25.000", "75.000", "100.000"])
