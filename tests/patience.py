"""The patience of tests: of what waits for a condition, and ends as soon as it holds."""

from __future__ import annotations

PATIENCE_S = 60.0
"""Far more than any condition takes, also beside three busy loops: whoever runs into it hangs."""
