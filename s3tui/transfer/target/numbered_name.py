"""Another name beside one that is taken: `report (1).csv`. Pure."""

from __future__ import annotations

import re

MAX_SEGMENT = 255
"""Bytes in one name, on every common file system."""


MAX_KEY = 1024
"""Bytes in one key, at S3 and most that speak its protocol."""


EXTENSION = re.compile(r"(?<=.)(?:\.tar)?\.[^. ]{1,16}$")


def numbered(name: str, number: int, *, longest: int = MAX_SEGMENT) -> str:
    """Return `name (1).ext` for `name.ext`, shortened before the number to at most `longest` bytes.

    `name` may be a key, then its last segment counts; what leads to that is never shortened.
    """
    folder, slash, last = name.rpartition("/")
    match = EXTENSION.search(last)
    end = match.start() if match else len(last)
    stem, tail = last[:end], f" ({number}){last[end:]}"
    room = longest - byte_length(folder + slash)
    if match and byte_length(tail) >= room:  # the number matters more than the extension
        stem, tail = last, f" ({number})"
    return f"{folder}{slash}{cut_to(stem, room - byte_length(tail))}{tail}"


def cut_to(text: str, longest: int) -> str:
    """Return the beginning of `text` that has at most `longest` bytes, no character of it cut."""
    if byte_length(text) <= longest:
        return text
    text = text[: max(0, longest)]
    while byte_length(text) > max(0, longest):
        text = text[:-1]
    return text


def byte_length(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))
