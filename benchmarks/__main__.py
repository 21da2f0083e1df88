"""Run every benchmark: `python -m benchmarks`."""

from benchmarks import startup, transfer
from benchmarks.core import __main__ as core

startup.main()
core.main()
transfer.main()
