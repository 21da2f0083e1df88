"""Frames between the app and a child: a length, the JSON of a message, and bytes behind it. Pure."""

from __future__ import annotations

import json
import struct
from typing import Any

HEADER = struct.Struct("!II")
MOST_MESSAGE = 300 * 1024
"""Bytes of a message: a preview and what stands around it."""


class BadFrame(Exception):
    """A frame that is larger than any may be, or is none."""


def pack(message: dict[str, Any], data: bytes = b"") -> bytes:
    text = json.dumps(message).encode()
    return HEADER.pack(len(text), len(data)) + text + data


def lengths(header: bytes, *, most_data: int) -> tuple[int, int]:
    """Return the lengths of message and bytes.

    Raises: BadFrame.
    """
    message, data = HEADER.unpack(header)
    if message > MOST_MESSAGE or data > most_data:
        raise BadFrame
    return message, data


def unpack(text: bytes) -> dict[str, Any]:
    """Return a message.

    Raises: BadFrame.
    """
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFrame from error
    if not isinstance(message, dict):
        raise BadFrame
    return message
