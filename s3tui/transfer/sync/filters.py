"""Filters of a sync: which paths take part. One rule: included by any pattern, excluded by none. Pure.

A pattern without a `/` matches any segment of a path; one with a `/` matches from the root on. `*` and `?`
stay within a segment, `**` does not; `[abc]` is one of these. What matches a folder is about all below it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime

from s3tui.transfer.sync.models import Entry, SyncOptions

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\[[!^]?\]?[^\]]*\]|.", re.DOTALL)
_MEANING = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _regex(pattern: str) -> str:
    """Return a regular expression of what a pattern matches, and all below that."""
    pattern = unicodedata.normalize("NFC", pattern)
    is_folder, bare = pattern.endswith("/"), pattern.strip("/")
    is_anchored = "/" in pattern.removesuffix("/")
    body = "".join(map(_one, _TOKEN.findall(bare)))
    begin = "" if is_anchored else "(?:.*/)?"
    return f"{begin}{body}{'/.*' if is_folder else '(?:/.*)?'}"


def _one(token: str) -> str:
    if token in _MEANING:
        return _MEANING[token]
    if len(token) > 1:
        inside = token[1:-1].replace("\\", "\\\\").replace("[", "\\[")
        return f"[^/{inside[1:]}]" if inside[0] in "!^" else f"[{inside}]"
    return re.escape(token)


class Filters:
    """The filters of one sync.

    Args:
        ignore_case: a side's disk does not tell `a` from `A`.
    """

    def __init__(self, options: SyncOptions, *, ignore_case: bool = False) -> None:
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        self._include = [(each, _compiled(each, flags)) for each in options.include]
        self._exclude = [(each, _compiled(each, flags)) for each in options.exclude]
        self._options = options
        self._newer_ns = None if options.newer is None else ns_of(options.newer)
        self.has_limits = any(
            each is not None for each in (options.newer, options.min_size, options.max_size)
        )
        self.has_patterns = bool(self._include or self._exclude)

    def excludes(self, path: str) -> str | None:
        """Return the rule by which a path takes no part, in words; `None`: it does."""
        if not self.has_patterns:
            return None
        path = path if path.isascii() else unicodedata.normalize("NFC", path)
        for pattern, regex in self._exclude:
            if regex.fullmatch(path):
                return f"excluded by {pattern}"
        if self._include and not any(regex.fullmatch(path) for _, regex in self._include):
            return "not included"
        return None

    def excludes_below(self, folder: str) -> bool:
        """Say whether all below a folder is excluded; its path ends in `/`."""
        folder = unicodedata.normalize("NFC", folder)
        return any(regex.fullmatch(folder) for _, regex in self._exclude)

    def leaves(self, entry: Entry) -> str | None:
        """Return why the size or the time of an entry leaves it out, in words; `None`: they do not."""
        asked, size = self._options, entry.size
        if asked.min_size is not None and size is not None and size < asked.min_size:
            return "smaller than asked for"
        if asked.max_size is not None and size is not None and size > asked.max_size:
            return "larger than asked for"
        if self._newer_ns is not None and entry.mtime_ns is not None and entry.mtime_ns < self._newer_ns:
            return "older than asked for"
        return None


def check(patterns: Sequence[str]) -> None:
    """Check patterns.

    Raises: ValueError, with a sentence, for one that cannot be understood.
    """
    for pattern in patterns:
        _compiled(pattern, 0)


def ns_of(moment: datetime) -> int:
    """Return a time as whole nanoseconds since 1970, UTC."""
    since = moment - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    if not pattern.strip("/"):
        raise ValueError(f"{pattern!r} is no pattern: write a name, like *.tmp or cache/")
    try:
        return re.compile(_regex(pattern), flags)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no pattern that can be understood: {error}") from error
