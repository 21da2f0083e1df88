"""A log of changes for syncs."""

from __future__ import annotations

from tests.transfer.changes.conftest import log, versioned

__all__ = ["log", "versioned"]
