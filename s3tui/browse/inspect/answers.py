"""Answers of requests that may fail one by one, while the others are shown."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from s3tui.s3.errors import NotSupported, ProtocolError, S3Error, ServiceError

T = TypeVar("T")
_LACKING = frozenset({"NotImplemented", "MethodNotAllowed", "NotSupported", "UnsupportedOperation"})


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that was not answered: refused, unknown to the server, or without a response."""

    error: S3Error

    @property
    def is_lacking(self) -> bool:
        """True where the endpoint does not know the question: it says so, or answers another one."""
        error = self.error
        if isinstance(error, ServiceError):
            return error.code in _LACKING
        return isinstance(error, ProtocolError | NotSupported)


Answer: TypeAlias = T | Refused


async def answer(call: Awaitable[T]) -> T | Refused:
    """Await a request; an error of S3 becomes a value. Cancellation passes through."""
    try:
        return await call
    except S3Error as error:
        return Refused(error)
