"""Place: connection, bucket, prefix and region, as the top bar shows them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tone = Literal["danger", "guard", "way", "time", "kept"]
"""The meaning of a chip's colour: changes are serious, or refused; rows are others, of another time, kept."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A mode in a word or two, in capitals: it is told by its text, and at a glance by its colour."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Place:
    """The contents of the top bar."""

    connection: str = ""
    color: str = ""
    """The colour that the user gave the connection; empty: none."""
    production: bool = False
    read_only: bool = False
    tls_unverified: bool = False
    crumbs: Sequence[str] = ()
    """The bucket, then each part of the prefix; must be printable."""
    is_object: bool = False
    """True if the last crumb is a key, not a prefix."""
    title: str = ""
    """Shown instead of crumbs outside of buckets."""
    region: str = ""
    redirected: bool = False
    keys_left: str = ""
    """How long temporary keys last."""
    keys_end_soon: bool = False
    ways: Sequence[Chip] = ()
    """The ways of looking at the bucket."""

    @property
    def chips(self) -> Sequence[Chip]:
        """All that is told at a glance: of the connection, and of the way of looking."""
        production = [Chip("PRODUCTION", "danger")] * self.production
        return [*production, *[Chip("READ-ONLY", "guard")] * self.read_only, *self.ways]
