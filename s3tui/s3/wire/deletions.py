"""The outcome of DeleteObjects for each key, as far as its responses tell. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from s3tui.s3.models import DeletedObject, DeleteError, DeleteResult

_ELSEWHERE = frozenset({"AuthorizationHeaderMalformed", "PermanentRedirect", "TemporaryRedirect"})
Pair = tuple[str, str | None]
"""A key, and the version of it that is meant."""


@dataclass(slots=True)
class Deletions:
    """Collects the outcome of each key, batch by batch."""

    left: dict[Pair, None]
    """Keys to be deleted, whose outcome is unknown yet."""
    deleted: list[DeletedObject] = field(default_factory=list)
    errors: list[DeleteError] = field(default_factory=list)

    def take(self, asked: Sequence[Pair], answer: DeleteResult, unnamed: int) -> list[Pair]:
        """Record a response, and return the keys that it does not mention.

        Args:
            unnamed: how many keys the response calls deleted without naming them: with as many left, these.
        """
        silent = dict.fromkeys(asked)
        for error in answer.errors:
            if _strike(silent, (error.key, error.version_id)):
                self.errors.append(error)
        for deleted in answer.deleted:
            if _strike(silent, (deleted.key, deleted.version_id)):
                self.deleted.append(deleted)
        for pair in asked:
            if pair not in silent:
                self.left.pop(pair, None)
        if len(silent) > unnamed:
            return list(silent)
        for pair in silent:
            self.is_gone(pair)
        return []

    def is_gone(self, pair: Pair, gone: DeletedObject | None = None) -> None:
        self.deleted.append(gone or DeletedObject(*pair))
        self.left.pop(pair, None)

    def failed(self, pair: Pair, code: str, message: str) -> None:
        key, version_id = pair
        self.errors.append(DeleteError(key, code, message, version_id))
        self.left.pop(pair, None)

    def result(self) -> DeleteResult:
        return DeleteResult(tuple(self.deleted), tuple(self.errors), tuple(self.left))


def _strike(left: dict[Pair, None], named: Pair) -> bool:
    """Strike a key off those that were asked for; some servers do not repeat the version."""
    if named not in left:
        found = next((pair for pair in left if pair[0] == named[0]), None)
        if found is None:
            return False
        named = found
    del left[named]
    return True


def is_of_another_region(answer: DeleteResult) -> bool:
    """Say whether each key was refused since the bucket is in another region: some servers do so with 200."""
    errors: Sequence[DeleteError] = answer.errors
    return bool(errors) and not answer.deleted and all(error.code in _ELSEWHERE for error in errors)
