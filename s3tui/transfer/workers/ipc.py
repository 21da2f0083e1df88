"""The channel between the engine and a worker process: messages over a pair of sockets.

Those of one turn of the event loop go in one frame. They are pickled: both ends are this program, and nobody
else can write to the pair.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from s3tui.s3.sending.client_config import ClientConfig
from s3tui.s3.sending.sender import Fact
from s3tui.transfer.workers.work_items import Outcome, WorkItem

_LENGTH = 4


class Ready(NamedTuple):
    """The worker can be given work items; its first message."""


class UseClient(NamedTuple):
    """Work items for client `id` use one of this configuration from now on."""

    id: int
    config: ClientConfig


class Do(NamedTuple):
    id: int
    client: int
    work_items: Sequence[WorkItem]
    """To be done one at a time, until one fails as all others would."""


class Cancel(NamedTuple):
    """Drop what is not done of batch `id`; its end is told as ever."""

    id: int


class Ended(NamedTuple):
    """The work item at this place of batch `id` is over."""

    id: int
    place: int
    outcome: Outcome


class BatchEnded(NamedTuple):
    """Nothing of batch `id` is moving any more; what was not done left nothing behind."""

    id: int


class Heard(NamedTuple):
    client: int
    fact: Fact


ToProcess = UseClient | Do | Cancel
FromProcess = Ready | Ended | BatchEnded | Heard


class Channel(asyncio.Protocol):
    """One end of the channel.

    Args:
        on_message: called in the event loop with each message of the other end.
        on_lost: called once, when the other end is gone.
    """

    def __init__(self, on_message: Callable[[Any], None], on_lost: Callable[[], None]) -> None:
        self._on_message = on_message
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._is_closed = False
        self._incoming = bytearray()
        self._outgoing: list[ToProcess | FromProcess] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No check of its class: the transports of other event loops are not asyncio's.
        self._transport = cast(asyncio.Transport, transport)
        if self._is_closed:
            transport.close()

    def data_received(self, data: bytes) -> None:
        incoming, start = self._incoming, 0
        incoming += data
        while len(incoming) - start >= _LENGTH:
            end = start + _LENGTH + int.from_bytes(incoming[start : start + _LENGTH], "big")
            if len(incoming) < end:
                break
            messages = pickle.loads(memoryview(incoming)[start + _LENGTH : end].tobytes())
            start = end
            for message in messages:
                self._on_message(message)
        del incoming[:start]

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        self._on_lost()

    def send(self, message: ToProcess | FromProcess) -> None:
        """Send a message, in one frame with others of this loop turn; dropped when the other end is gone."""
        if not self._outgoing:
            asyncio.get_running_loop().call_soon(self._flush)
        self._outgoing.append(message)

    def close(self) -> None:
        self._is_closed = True
        if self._transport is not None:
            self._transport.close()

    def _flush(self) -> None:
        messages, self._outgoing = self._outgoing, []
        if self._transport is not None:
            frame = pickle.dumps(messages, pickle.HIGHEST_PROTOCOL)
            self._transport.writelines((len(frame).to_bytes(_LENGTH, "big"), frame))
