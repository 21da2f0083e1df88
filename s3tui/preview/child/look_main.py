"""One look in a process of its own: limits first, then the kind, which gets bytes over its one socket."""

from __future__ import annotations

import importlib
import os
import resource
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from s3tui.format import Sizes, set_units
from s3tui.preview.child.frames import HEADER, lengths, pack, unpack
from s3tui.preview.kinds.table import Mismatch
from s3tui.preview.preview import Room, shortened, to_json
from s3tui.preview.source import BLOCK, BeyondBound, Span

_MEMORY = 512 * 1024 * 1024
_CPU_S = 5
_FILES = 32
_MOST_DATA = 64 * 1024 * 1024
_FORBIDDEN = ("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system", "ctypes.dl")


class Gone(Exception):
    """Nobody reads the preview any more."""


def warm(module: str) -> None:
    """Import a kind, before it is forked for the first time."""
    importlib.import_module(module)


def run(own: socket.socket) -> None:
    """Look into the object that the other end of `own` serves, and end the process."""
    status = 1
    try:
        _limit()
        with own.makefile("rwb") as stream:
            _answer(cast(BinaryIO, stream))
        status = 0
    except Gone:
        pass
    finally:
        os._exit(status)


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for kind, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what no kind has to do: other sockets, other processes, files that are written."""
    writes = (
        event == "open" and len(arguments) > 1 and isinstance(arguments[1], str) and arguments[1][:1] != "r"
    )
    if writes or event.startswith(_FORBIDDEN):
        raise PermissionError(event)


def _answer(stream: BinaryIO) -> None:
    asked, _ = _receive(stream)
    set_units(sizes=Sizes(asked["sizes"]))
    source = _Served(stream, str(asked["name"]), int(asked["size"]))
    try:
        module = importlib.import_module(str(asked["module"]))
        *numbers, columns = asked["room"]
        lines, members, start, width = (int(each) for each in numbers)
        room = Room(lines, members, start, width, tuple(str(each) for each in columns))
        preview = module.look(source, room)
        stream.write(pack({"told": "preview"}, to_json(shortened(preview))))
    except BeyondBound as beyond:
        stream.write(pack({"told": "beyond", "needed": beyond.needed}))
    except Mismatch:
        stream.write(pack({"told": "mismatch"}))
    except MemoryError:
        stream.write(pack({"told": "memory"}))
    except Gone:
        raise
    except Exception as error:  # damaged bytes may raise anything in a decoder
        stream.write(pack({"told": "damaged", "error": type(error).__name__}))
    stream.flush()


def _receive(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    header = stream.read(HEADER.size)
    if len(header) < HEADER.size:
        raise Gone
    message, data = lengths(header, most_data=_MOST_DATA)
    return unpack(stream.read(message)), stream.read(data)


@dataclass(frozen=True, slots=True)
class _Served:
    """A source whose bytes are asked for over the socket."""

    stream: BinaryIO
    name: str
    size: int

    def read(self, offset: int, length: int, *, ahead: int = BLOCK) -> bytes:
        return self.read_all([(offset, offset + length)], ahead=ahead)[0]

    def read_all(self, spans: Sequence[Span], *, ahead: int = BLOCK) -> list[bytes]:
        within = [(min(max(0, first), self.size), min(max(0, end), self.size)) for first, end in spans]
        self.stream.write(pack({"told": "read", "spans": within, "ahead": ahead}))
        self.stream.flush()
        answer, data = _receive(self.stream)
        if "needed" in answer:
            raise BeyondBound(int(answer["needed"]))
        found, at = [], 0
        for first, end in within:
            found.append(data[at : at + end - first])
            at += end - first
        return found
