"""Crash reports: writes unexpected errors to files, and never with a secret.

A report has the frames of the traceback (file, line, function) and what each exception says of itself, but
no local variable: those hold keys. What an exception says is cut short, and what looks like a key or like the
user and password of a URL is masked. The file is the user's own (0600), and only the newest are kept.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from s3tui import __version__, paths

KEPT = 20
"""Reports that are kept; the oldest are deleted first."""
_LONGEST = 500
_USERINFO = re.compile(r"(?<=://)[^/\s@]*(?:/[^\s@]*)?@")
_OPAQUE = re.compile(r"(?<![\w+/=%-])(?!/)(?=[^\s'\"]*[0-9])(?=[^\s'\"]*[A-Za-z])[\w+/=%-]{20,}", re.ASCII)
"""The shape of a secret key, a token, a signature: long, unbroken, letters and digits, no path."""


def folder() -> Path:
    return paths.state_dir() / "crashes"


def masked(text: str) -> str:
    """Return `text` with what looks like a secret in it masked, and cut to a length that can be read."""
    text = _USERINFO.sub("***@", text[: 4 * _LONGEST])
    text = _OPAQUE.sub("***", text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def name_of(error: BaseException) -> str:
    """Return an error's type and message in one line; of one whose message fails, the type alone."""
    try:
        said = masked(str(error)).strip()
    except Exception:  # an error whose own words fail
        said = ""
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def render(error: BaseException, where: str) -> str:
    """Return the report of `error`, met in `where`: frames and names, no locals, no source's values."""
    head = [
        f"s3tui {__version__} met an unexpected error in {where}.",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, Python {platform.python_version()}, {platform.system()}",
        "",
    ]
    return "\n".join([*head, *_frames(error, set()), ""])


def _frames(error: BaseException, seen: set[int]) -> Iterator[str]:
    """Yield the lines of an exception after those of its causes."""
    if id(error) in seen:
        return
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _frames(cause, seen)
        yield "which led to:"
    for frame in traceback.extract_tb(error.__traceback__, limit=-40):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield name_of(error)
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions[:5]:
            yield "of which one:"
            yield from _frames(inner, seen)


def save(error: BaseException, where: str) -> Path | None:
    """Write the report of `error` and return its path; `None` where nothing can be written."""
    try:
        there = folder()
        there.mkdir(mode=0o700, parents=True, exist_ok=True)
        old = sorted(there.glob("*.txt"))
        for file in old[: max(0, len(old) + 1 - KEPT)]:
            file.unlink(missing_ok=True)
        file = there / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.txt"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(render(error, where).encode("utf-8", "backslashreplace").decode("utf-8"))
        return file
    except Exception:  # the net must not fall itself: a full disk, no home, a path that cannot be
        return None


def catch_what_nobody_awaits() -> None:
    """Install hooks that save unhandled errors of threads, tasks and finalizers, and print nothing.

    Python would print it over the screen, and loggers too: asyncio's say what tasks raised unheard.
    """
    threading.excepthook = lambda args: _quietly(
        args.exc_value, f"thread {getattr(args.thread, 'name', '?')}"
    )
    sys.unraisablehook = lambda args: _quietly(args.exc_value, "a finalizer")
    root = logging.getLogger()
    if not root.handlers:
        root.addHandler(_Saved(logging.ERROR))


def _quietly(error: BaseException | None, where: str) -> None:
    if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt):
        save(error, where)


class _Saved(logging.Handler):
    """A log handler that saves records with an exception; the rest of the log is for developers."""

    def emit(self, record: logging.LogRecord) -> None:
        match record.exc_info:
            case (_, BaseException() as error, TracebackType() | None):
                with suppress(Exception):
                    _quietly(error, record.name)
            case _:
                pass
