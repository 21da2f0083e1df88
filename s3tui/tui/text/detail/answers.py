"""Fields of answers, or of the reasons that there are none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.s3.errors import AccessDenied, NotSupported, ProtocolError, S3Error
from s3tui.tui.text.fields import Field
from s3tui.tui.text.sentences import explain

T = TypeVar("T")
_UNKNOWN_TO_SERVER = frozenset({"NotImplemented", "MethodNotAllowed", "NotSupported", "UnsupportedOperation"})


def field_of(label: str, answer: Answer[T], words: Callable[[T], str]) -> Field:
    """Return one field with the words for an answer, or the reason that there is none."""
    return Field(label, words(answer)) if not isinstance(answer, Refused) else refusal_field(label, answer)


def fields_of(label: str, answer: Answer[T], fields: Callable[[T], Sequence[Field]]) -> Sequence[Field]:
    """Return the fields of an answer, or one with the reason that there is none."""
    return fields(answer) if not isinstance(answer, Refused) else [refusal_field(label, answer)]


def refusal_field(label: str, refused: Refused) -> Field:
    return Field(
        label, refusal_words(refused.error), "warn" if isinstance(refused.error, AccessDenied) else "dim"
    )


def refusal_words(error: S3Error) -> str:
    """Return why something is not known: the endpoint lacks it, or refused to tell, in its own words."""
    code = getattr(error, "code", "")
    if isinstance(error, ProtocolError | NotSupported) or code in _UNKNOWN_TO_SERVER:
        return "not on this endpoint"
    return f"not known: {explain(error)}"
