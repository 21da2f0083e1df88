"""Run every benchmark: `python -m benchmarks`."""

from benchmarks import back, memory, output, preview, request_log, responsiveness, startup
from benchmarks.change import __main__ as change
from benchmarks.core import __main__ as core
from benchmarks.listing import __main__ as listing
from benchmarks.transfer import __main__ as transfer

startup.main()
output.main()
core.main()
request_log.main()
listing.main()
transfer.main()
memory.main()
responsiveness.main()
back.main([])
preview.main()
change.main([])
