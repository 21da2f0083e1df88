"""Child processes that tests may kill: forked from one that has everything imported, they start at once."""

from __future__ import annotations

import multiprocessing

FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["tests.transfer.one_life"])
