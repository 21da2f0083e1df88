"""The fixtures of changes, for those that are edits."""

from tests.transfer.changes.conftest import log, versioned

__all__ = ["log", "versioned"]
