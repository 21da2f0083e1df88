"""The steps that esc takes back, the first of them that there is, one at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Closing(Protocol):
    def close(self) -> bool: ...


class Marks(Closing, Protocol):
    def clear(self) -> bool: ...


class Filter(Protocol):
    def leave_line(self) -> bool: ...

    def clear_filter(self) -> bool: ...


class Work(Protocol):
    def stop(self) -> bool: ...


class Ways(Protocol):
    def leave(self) -> bool: ...


class Steps(Protocol):
    """The controllers that have something to take back; each method says whether it had."""

    @property
    def search(self) -> Closing: ...

    @property
    def marks(self) -> Marks: ...

    @property
    def arranging(self) -> Filter: ...

    @property
    def watch(self) -> Work: ...

    @property
    def sizes(self) -> Work: ...

    @property
    def listing(self) -> Work: ...

    @property
    def navigation(self) -> Ways: ...


def steps_back(own: Steps) -> tuple[Callable[[], bool], ...]:
    """Return the steps in their order: lines to type in, work, filter, marks, ways of looking."""
    return (
        own.search.close,
        own.marks.close,
        own.arranging.leave_line,
        own.watch.stop,
        own.sizes.stop,
        own.listing.stop,
        own.arranging.clear_filter,
        own.marks.clear,
        own.navigation.leave,
    )


def step_back(own: Steps) -> bool:
    """Take one step back; say whether there was one."""
    return any(step() for step in steps_back(own))
