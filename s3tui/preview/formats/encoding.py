"""Encodings of text: by a mark at the beginning, as UTF-8, by the pattern of UTF-16, else by frequencies."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from functools import cache

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as that of UTF-16 does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE = 8 * 1024
"""Bytes that frequencies are counted in: more take long and tell nothing else."""
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\b\x1b")
_MOST_CONTROLS = 0.02
"""Share of other control characters in what is taken for text."""
CHOICES = ("utf-8", "latin-1", "cp1252", "utf-16-le", "utf-16-be", "shift_jis", "gb18030", "koi8-r", "cp437")
"""Encodings to choose from, by Python's names."""
_NAMES = {"utf-8": "UTF-8", "ascii": "ASCII", "latin-1": "Latin-1"}


@dataclass(frozen=True, slots=True)
class Encoding:
    codec: str
    """Python's name of it."""
    mark: int = 0
    """Bytes of the mark at the beginning, which is no text."""
    is_sure: bool = True
    """Whether the bytes prove it."""

    @property
    def label(self) -> str:
        name = _NAMES.get(self.codec, self.codec.upper().replace("_", "-"))
        return f"{name} with a BOM" if self.mark else name if self.is_sure else f"{name}?"

    @property
    def unit(self) -> int:
        """Bytes of a code unit."""
        return 4 if "32" in self.codec else 2 if "utf-16" in self.codec else 1


def find_encoding(head: bytes, *, is_whole: bool) -> Encoding | None:
    """Return the encoding of text that begins so; `None` is no text.

    Args:
        is_whole: false where more follows: then its last character may be cut.
    """
    for mark, codec in _BOMS:
        if head.startswith(mark) and _decodes(head[len(mark) :], codec, is_whole):
            return Encoding(codec, len(mark))
    if b"\0" in head:
        return _find_utf_16(head, is_whole)
    if _has_controls(head):
        return None
    if _decodes(head, "utf-8", is_whole):
        return Encoding("utf-8")
    return _find_likeliest(head)


def _decodes(data: bytes, codec: str, is_whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(data, final=is_whole)
    except UnicodeDecodeError:
        return False
    return True


def _has_controls(head: bytes) -> bool:
    controls = sum((byte < 0x20 and byte not in _TEXT_CONTROLS) or byte == 0x7F for byte in head)
    return controls > len(head) * _MOST_CONTROLS


def _find_utf_16(head: bytes, is_whole: bool) -> Encoding | None:
    """Return the order in which zeros stand where letters of Europe have them."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    codec = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) * 20 > max(even, odd) or max(even, odd) * 4 < len(head) or len(head) < 4:
        return None
    if not _decodes(head, codec, is_whole and len(head) % 2 == 0):
        return None
    text = head.decode(codec, "replace")
    return None if _has_controls(text.encode("latin-1", "ignore")) else Encoding(codec, is_sure=False)


def _find_likeliest(head: bytes) -> Encoding | None:
    sample = head[:_SAMPLE]
    cut = sample.rfind(b"\n") + 1
    found = _by_frequency(sample[:cut] if cut > _SAMPLE // 4 else sample)
    return Encoding(found or "latin-1", is_sure=False)


@cache
def _by_frequency(sample: bytes) -> str | None:
    from charset_normalizer import from_bytes  # 20 ms: not before it is needed

    best = from_bytes(sample, steps=4, chunk_size=512).best()
    return None if best is None else codecs.lookup(best.encoding).name
