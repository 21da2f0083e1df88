"""Run every benchmark: `python -m benchmarks`."""

from benchmarks import responsiveness, startup, transfer
from benchmarks.core import __main__ as core
from benchmarks.listing import __main__ as listing

startup.main()
core.main()
listing.main()
transfer.main()
responsiveness.main()
