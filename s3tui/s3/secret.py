"""Secret: text that nothing shows by accident.

A report of a crash, a log, an f-string, JSON and pickle all get a mask or a `TypeError`; whoever needs the
text itself says so with `reveal`: the HMAC, a header on its way out, the keyring, a child of ours.
"""

from __future__ import annotations

from typing import NoReturn

_MASK = "***"


class Secret:
    """A text that is compared and handed on, and shown to nobody."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    @classmethod
    def of(cls, text: str | Secret) -> Secret:
        return text if isinstance(text, Secret) else cls(text)

    def reveal(self) -> str:
        """Return the text itself; nothing keeps what it returns longer than it must."""
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
