"""Amounts of generated tests: a share with a fixed seed in CI, all of them by `make long`.

`S3TUI_LONG=1` asks for the long numbers, `S3TUI_QUICK=1` (`make quick`) for a quarter of CI's;
`S3TUI_SEED` gives another seed than the fixed one, and every test that draws says which one it drew from.
"""

from __future__ import annotations

import os
import random

IS_LONG = os.environ.get("S3TUI_LONG") == "1"
IS_QUICK = os.environ.get("S3TUI_QUICK") == "1"
SEED = int(os.environ.get("S3TUI_SEED", "20261128"))


def share(short: int, long: int) -> int:
    """Return how many cases to run: `short` in CI, `long` by `make long`, fewer by `make quick`."""
    if IS_QUICK:
        return max(short // 4, 1)
    return long if IS_LONG else short


def rng(name: str) -> random.Random:
    """Return a generator of random numbers of its own for the test `name`, drawn from the seed."""
    return random.Random(f"{SEED}/{name}")
