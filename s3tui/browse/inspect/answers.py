"""Answers of requests that may fail one by one, while the others are shown."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from s3tui.s3.errors import S3Error

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Refused:
    """A question that was not answered: refused, unknown to the server, or without a response."""

    error: S3Error


Answer: TypeAlias = T | Refused


async def answer(call: Awaitable[T]) -> T | Refused:
    """Await a request; an error of S3 becomes a value. Cancellation passes through."""
    try:
        return await call
    except S3Error as error:
        return Refused(error)
