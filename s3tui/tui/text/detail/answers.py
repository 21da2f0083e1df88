"""Fields of answers, or of the reasons that there are none. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from s3tui.browse.inspect.answers import Answer, Refused
from s3tui.s3.errors import AccessDenied
from s3tui.tui.text.fields import Field
from s3tui.tui.text.sentences import explain

T = TypeVar("T")


def field_of(label: str, answer: Answer[T], words: Callable[[T], str]) -> Field:
    """Return one field with the words for an answer, or the reason that there is none."""
    return Field(label, words(answer)) if not isinstance(answer, Refused) else refusal_field(label, answer)


def fields_of(label: str, answer: Answer[T], fields: Callable[[T], Sequence[Field]]) -> Sequence[Field]:
    """Return the fields of an answer, or one with the reason that there is none."""
    return fields(answer) if not isinstance(answer, Refused) else [refusal_field(label, answer)]


def refusal_field(label: str, refused: Refused) -> Field:
    return Field(label, refusal_words(refused), "warn" if isinstance(refused.error, AccessDenied) else "dim")


def refusal_words(refused: Refused) -> str:
    """Return why something is not known: the endpoint lacks it, or refused to tell, in its own words."""
    return "not on this endpoint" if refused.is_lacking else f"not known: {explain(refused.error)}"
