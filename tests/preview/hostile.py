"""A kind that does what none should, by the name of the object; it runs in a child."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

from s3tui.preview.preview import Preview, Room
from s3tui.preview.source import Source


def look(source: Source, room: Room) -> Preview:
    match source.name:
        case "spin":
            while True:
                pass
        case "memory":
            return Preview("x", lines=(str(len(bytes(2**31))),))
        case "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "connect":
            with socket.create_connection(("127.0.0.1", source.size or 0), timeout=5):
                pass
        case "write":
            Path("/tmp/written-by-a-preview").write_text("x")
        case "spawn":
            os.system("true")
        case "environment":
            return Preview("environment", lines=tuple(os.environ))
        case "large":
            return Preview("large", lines=tuple("\x1b[31m" + "x" * 4_000 for _ in range(5_000)))
        case "read":
            return Preview("read", lines=(source.read(0, 10**9).hex(),))
        case "damaged":
            raise IndexError
    return Preview("none")
