"""Checks that a regular expression that somebody typed can be compiled, in bounded time and memory.

A short one can make the compiler take gigabytes (`a{1000000000}`) or its stack (thousands of groups). What is
not obviously simple is first compiled in a process that has limits and can be ended. That takes a moment:
`try_out` waits for it without holding up anybody, and `wrong_pattern` knows it from then on.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys

from s3tui.format import printable

_TRY_S = 10.0
"""Of a machine that is busy; the process itself takes at most two seconds of a processor."""
_MOST_TIMES = 1024
"""A key has at most so many bytes: nothing in it is there more often."""
_MOST_GROUPS = 100
_SIMPLE_LENGTH, _SIMPLE_GROUPS, _SIMPLE_TIMES, _SIMPLE_COUNTS = 200, 10, 100, 2
_TIMES = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)\s*\}")
_RECURSION = re.compile(r"\(\?(?:R|&|P>|[+-]?\d)")
_PLAIN_GROUP = re.compile(r"\(\?(?::|i\))")
_TOO_MUCH = "to compile it takes too much time or memory"
_PROBE = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (512 * 1024 * 1024,) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
import regex
pattern = sys.stdin.buffer.read().decode("utf-8", "surrogatepass")
try:
    compiled = regex.compile(pattern)
    for text in ("a" * 1024, "a/b-1." * 170):
        try:
            compiled.search(text, timeout=0.25)
        except TimeoutError:
            pass
except regex.error as error:
    sys.stdout.buffer.write(str(error).encode("utf-8", "backslashreplace"))
    sys.exit(3)
"""


_MOST_KNOWN = 256
_known: dict[str, str | None] = {}
"""The process's verdicts on the expressions that were tried last."""


def wrong_pattern(pattern: str) -> str | None:
    """Say what is wrong with a regular expression, if anything; a part of a sentence, printable.

    Blocks, where it `needs_process`.
    """
    times = _times(pattern)
    if (refused := _refused(pattern, times)) is not None:
        return refused
    if _is_simple(pattern, times):
        return _compiled_here(pattern)
    if pattern not in _known:
        _learn(pattern, _compiled_elsewhere(pattern))
    return _known[pattern]


def needs_process(pattern: str) -> bool:
    """Say whether a process has to be started to know what is wrong with an expression."""
    times = _times(pattern)
    is_odd = _refused(pattern, times) is None and not _is_simple(pattern, times)
    return is_odd and pattern not in _known


async def try_out(pattern: str) -> None:
    """Have a process find out what is wrong with an expression; cancelled, it ends."""
    probe = await asyncio.create_subprocess_exec(
        *_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_TRY_S):
            said, _ = await probe.communicate(_encoded(pattern))
    except TimeoutError:
        _learn(pattern, _TOO_MUCH)
    else:
        _learn(pattern, _verdict(probe.returncode, said))
    finally:
        if probe.returncode is None:
            probe.kill()
            await probe.wait()


def _times(pattern: str) -> list[int]:
    return [_number(digits) for found in _TIMES.finditer(pattern) for digits in found.groups()]


def _refused(pattern: str, times: list[int]) -> str | None:
    if _RECURSION.search(pattern):
        return "an expression cannot call itself here"
    if pattern.count("(") > _MOST_GROUPS:
        return f"it has more than {_MOST_GROUPS} groups"
    if max(times, default=0) > _MOST_TIMES:
        return f"nothing is there more than {_MOST_TIMES:,} times in a key"
    return None


def _learn(pattern: str, wrong: str | None) -> None:
    if len(_known) >= _MOST_KNOWN:
        del _known[next(iter(_known))]
    _known[pattern] = wrong


def _number(digits: str) -> int:
    return int(digits[:9] or 0)


def _is_simple(pattern: str, times: list[int]) -> bool:
    special = _PLAIN_GROUP.sub("", pattern)
    return (
        len(pattern) <= _SIMPLE_LENGTH
        and "(?" not in special
        and pattern.count("(") <= _SIMPLE_GROUPS
        and pattern.count("{") <= _SIMPLE_COUNTS
        and max(times, default=0) <= _SIMPLE_TIMES
    )


def _compiled_here(pattern: str) -> str | None:
    import regex  # not before the first paint

    try:
        regex.compile(pattern)
    except regex.error as error:
        return printable(str(error))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        return "it cannot be compiled"
    return None


def _compiled_elsewhere(pattern: str) -> str | None:
    try:
        probe = subprocess.run(
            _command(),
            input=_encoded(pattern),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_TRY_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return _TOO_MUCH
    return _verdict(probe.returncode, probe.stdout)


def _command() -> tuple[str, ...]:
    return sys.executable, "-c", _PROBE


def _encoded(pattern: str) -> bytes:
    return pattern.encode("utf-8", "surrogatepass")


def _verdict(code: int | None, said: bytes) -> str | None:
    if code == 3:
        return printable(said.decode("utf-8", "replace"))
    return None if code == 0 else _TOO_MUCH
