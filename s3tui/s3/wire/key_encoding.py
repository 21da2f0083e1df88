"""Decodes the percent-encoding of keys in listings, as servers really write it. Pure.

`encoding-type=url` asks for encoded keys, and `<EncodingType>` says that they are. Some servers say so and
write keys as they are, or encode keys and not the markers beside them; some write a blank as `+`, others as
`%20` and then a plus as itself. So each field is looked at: text that no encoder writes is not encoded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from urllib.parse import unquote, unquote_plus

Decode = Callable[[str], str]

_WRITTEN = bytes(range(0x21, 0x7F)) + b"\n"
"""Bytes that encoders may write; a line break stands between keys."""
_NO_CODE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DIGITS = "0123456789abcdefABCDEF"
_CODES = {(high + low).encode(): bytes.fromhex(high + low) for high in _DIGITS for low in _DIGITS}


def decoder(keys: str, *, is_said: bool) -> Decode:
    """Return the decoder for the keys of one field of one document.

    Args:
        keys: all of them, a line each.
        is_said: whether the document says that they are encoded.
    """
    if not is_said or not ("%" in keys or "+" in keys) or is_plain(keys):
        return str
    return _unquote if "%20" in keys else _unquote_plus


def decode_all(keys: list[str]) -> list[str]:
    """Decode all keys of one field that the document calls encoded, at the cost of one."""
    text = "\n".join(keys)
    if "%" not in text:  # a plus alone is rare
        return keys if "+" not in text else list(map(decoder(text, is_said=True), keys))
    raw = text.encode("ascii", "replace")
    if not text.isascii() or raw.translate(None, _WRITTEN):
        return keys
    first, *rest = (raw if b"%20" in raw else raw.replace(b"+", b" ")).split(b"%")
    try:
        found = [_CODES[escaped[:2]] + escaped[2:] for escaped in rest]
    except KeyError:
        return keys
    decoded = (first + b"".join(found)).decode("utf-8", "surrogateescape").split("\n")
    return decoded if len(decoded) == len(keys) else list(map(decoder(text, is_said=True), keys))


def is_plain(text: str) -> bool:
    """Say whether no encoder wrote the text, in which a line break may stand between keys."""
    if not text.isascii() or text.encode("ascii").translate(None, _WRITTEN):
        return True
    return _NO_CODE.search(text) is not None


def is_decodable(text: str) -> bool:
    """Say whether an encoder may have written the text, and it stands for another one."""
    return "%" in text and not is_plain(text)


def marker(text: str, last: Collection[str], entries: Collection[str], *, is_said: bool) -> str:
    """Return the key that a marker names: it is encoded or not, whatever the keys beside it are.

    Args:
        last: the last entries of the page, one of which most servers name.
        entries: all of them.
        is_said: whether the document says that its keys are encoded.
    """
    if is_plain(text):
        return text
    decoded = decoder(text, is_said=True)(text)
    for known in (last, entries):
        if (decoded in known) is not (text in known):
            return decoded if decoded in known else text
    return decoded if is_said else text


def _unquote(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%" in text else text


def _unquote_plus(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape") if "%" in text or "+" in text else text
