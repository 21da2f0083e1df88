"""Amounts of generated tests: a share with a fixed seed in CI, all of them by `make long`.

`S3TUI_LONG=1` asks for the long numbers; `S3TUI_SEED` gives another seed than the fixed one, and every
test that draws says which one it drew from.
"""

from __future__ import annotations

import os
import random

IS_LONG = os.environ.get("S3TUI_LONG") == "1"
SEED = int(os.environ.get("S3TUI_SEED", "20261128"))


def share(short: int, long: int) -> int:
    """Return how many cases to run: `short` in CI, `long` by `make long`."""
    return long if IS_LONG else short


def rng(name: str) -> random.Random:
    """Return a generator of random numbers of its own for the test `name`, drawn from the seed."""
    return random.Random(f"{SEED}/{name}")
