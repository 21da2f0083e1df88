"""The table of kinds: by which names and which first bytes each is known, and what is read of it first."""

from __future__ import annotations

from dataclasses import dataclass

from s3tui.preview.ranged_file import First


class Mismatch(Exception):
    """The bytes are of another kind than was thought."""


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    module: str
    """In this package; imported only when it is needed."""
    suffixes: frozenset[str] = frozenset()
    """Of names, in lower case, without the dot."""
    signatures: tuple[tuple[int, bytes], ...] = ()
    """Offsets and what stands there, of which one is enough."""
    first: First = First.HEAD
    is_text: bool = False
    """Whether it is known by name alone, once its bytes are text."""
    is_isolated: bool = True
    """Whether it runs in a process of its own."""


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(text.split())


TEXT = Kind("text", "text", is_text=True, is_isolated=False)
LOG = Kind("log", "log", _suffixes("log out err"), first=First.TAIL, is_text=True, is_isolated=False)
JSON = Kind("JSON", "json", _suffixes("json geojson ipynb webmanifest"), is_text=True, is_isolated=False)
JSON_LINES = Kind("JSON Lines", "json_rows", _suffixes("jsonl ndjson"), is_text=True, is_isolated=False)
CSV = Kind("CSV", "delimited", _suffixes("csv tsv tab psv"), is_text=True, is_isolated=False)
HEX = Kind("bytes", "hexdump", is_isolated=False)

KINDS: tuple[Kind, ...] = (TEXT, LOG, JSON, JSON_LINES, CSV, HEX)
