"""Isolation: runs a kind in a child of the fork server, serves it bytes, and ends it with the look."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import astuple
from importlib.util import find_spec
from itertools import count
from typing import Any

from s3tui.format import size_units
from s3tui.preview.child.frames import HEADER, BadFrame, lengths, pack, unpack
from s3tui.preview.kinds.table import Kind, Mismatch
from s3tui.preview.preview import MOST_BYTES, Preview, Room, from_json
from s3tui.preview.ranged_file import RangedFile
from s3tui.preview.source import BeyondBound

TURN_S = 3.0
"""Seconds that a kind may compute in all; waiting for S3 does not count."""
_START_S = 10.0
"""Seconds for the server's start and the first import of a kind, which come once."""
_NEEDS_EXTRA = "To look into it takes an extra package: pip install 's3tui-browser[preview]'."
_KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH")


class Isolation:
    """The fork server of one app, started by the first look, and ended by `close`."""

    def __init__(self, *, turn_s: float = TURN_S) -> None:
        self._turn_s = turn_s
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count()
        self._warm: set[str] = set()

    async def look(self, kind: Kind, file: RangedFile, name: str, room: Room) -> Preview:
        """Run a kind in a process of its own. What kills it, or takes too long, is a sentence.

        Cancelling it kills the process.

        Raises: Mismatch, BeyondBound, S3Error.
        """
        if kind.needs and find_spec(kind.needs) is None:
            return Preview(kind.name, sentence=_NEEDS_EXTRA)
        own, childs = socket.socketpair()
        number = next(self._numbers)
        try:
            with childs:
                self._send({"run": number, "module": kind.module}, childs)
            own.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=own)
        except OSError as error:
            own.close()
            self.close()
            return Preview(kind.name, sentence=f"Nothing can look into it here: {error.strerror}.")
        try:
            is_warm = kind.module in self._warm
            talk = _Talk(reader, writer, file, self._turn_s if is_warm else self._turn_s + _START_S)
            preview = await talk.run(kind, name, room)
            self._warm.add(kind.module)
            return preview
        except TimeoutError:
            return Preview(kind.name, sentence=f"To look into it takes longer than {self._turn_s:g} seconds.")
        except (BadFrame, ValueError):
            return Preview(kind.name, sentence="What it was found to hold cannot be shown.")
        except (asyncio.IncompleteReadError, ConnectionError):
            return Preview(
                kind.name, sentence="To look into it takes more memory or time than a preview may."
            )
        finally:
            writer.close()
            self._end(number)

    def _send(self, message: dict[str, Any], given: socket.socket | None = None) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._control is not None
        line = json.dumps(message).encode() + b"\n"
        socket.send_fds(self._control, [line], [given.fileno()] if given is not None else [])

    def _start(self) -> None:
        self.close()
        self._control, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "s3tui.preview.child.fork_server", str(theirs.fileno())],
                env=environment | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                process_group=0,  # Ctrl-C is for us
            )

    def _end(self, number: int) -> None:
        try:
            self._send({"end": number})
        except OSError:
            self.close()

    def close(self) -> None:
        """End the server and all its children."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._warm.clear()


class _Talk:
    """The exchange with one child."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, file: RangedFile, left_s: float
    ) -> None:
        self._reader, self._writer, self._file, self._left_s = reader, writer, file, left_s

    async def run(self, kind: Kind, name: str, room: Room) -> Preview:
        asked = {
            "module": kind.module,
            "name": name,
            "size": self._file.size,
            "room": list(astuple(room)),
            "sizes": size_units().value,
        }
        self._writer.write(pack(asked))
        while True:
            message, data = await self._receive()
            match message.get("told"):
                case "read":
                    await self._serve(message)
                case "preview":
                    return from_json(data)
                case "beyond":
                    raise BeyondBound(int(message["needed"]))
                case "mismatch":
                    raise Mismatch
                case "memory":
                    sentence = "To look into it takes more memory than a preview may."
                    return Preview(kind.name, sentence=sentence)
                case "damaged":
                    return Preview(kind.name, sentence="It is damaged, or no such thing inside.")
                case _:
                    raise BadFrame

    async def _serve(self, message: dict[str, Any]) -> None:
        try:
            spans = [(int(first), int(end)) for first, end in message["spans"]]
            ahead = int(message["ahead"])
        except (KeyError, TypeError, ValueError) as error:
            raise BadFrame from error
        try:
            found = await self._file.read_all(spans, ahead=ahead)
        except BeyondBound as beyond:
            self._writer.write(pack({"needed": beyond.needed}))
        else:
            self._writer.write(pack({"served": len(found)}, b"".join(found)))
        await self._writer.drain()

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        began = time.monotonic()
        async with asyncio.timeout(max(0.0, self._left_s)):
            header = await self._reader.readexactly(HEADER.size)
            message, data = lengths(header, most_data=MOST_BYTES)
            received = unpack(await self._reader.readexactly(message)), await self._reader.readexactly(data)
        self._left_s -= time.monotonic() - began
        return received
