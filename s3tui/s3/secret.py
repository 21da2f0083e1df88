"""Secret: text that masks itself in every representation.

A report of a crash, a log, an f-string, JSON and pickle all get a mask or a `TypeError`; code that needs the
text itself calls `reveal`: the HMAC, a header to be sent, the keyring, a child process.
"""

from __future__ import annotations

from typing import NoReturn

_MASK = "***"


class Secret:
    """A secret text, which can be compared and passed on, and is never shown."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, text: str | Secret) -> Secret:
        return text if isinstance(text, Secret) else cls(text)

    def reveal(self) -> str:
        """Return the text itself; callers keep it no longer than they must."""
        return self._text

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    def __str__(self) -> str:
        return _MASK

    def __format__(self, spec: str) -> str:
        return _MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not written anywhere by accident: reveal it where that is meant")
