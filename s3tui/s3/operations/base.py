"""What the operations of every resource stand on."""

from __future__ import annotations

from s3tui.s3.sender import Sender


class Operations:
    """Coroutines named after S3's actions; cancelling one closes its connection."""

    _sender: Sender
