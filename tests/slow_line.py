"""A slow line between a terminal and its program, as SSH has it: latency, a rate, a buffer."""

from __future__ import annotations

import os
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def slow_line(
    terminal: int, *, latency_s: float = 0.1, rate_bps: int = 125_000, buffered: int = 16 * 1024
) -> Iterator[int]:
    """Relay a pseudo-terminal; the descriptor that is yielded stands for it, behind the line.

    Args:
        latency_s: of one direction.
        buffered: bytes that the line takes before they are sent; then the program has to wait.
    """
    near, far = socket.socketpair()
    line = threading.Thread(target=_relay, args=(terminal, near, latency_s, rate_bps, buffered), daemon=True)
    line.start()
    try:
        yield far.fileno()
    finally:
        far.close()
        line.join(10)
        near.close()


def _relay(terminal: int, near: socket.socket, latency_s: float, rate_bps: int, buffered: int) -> None:
    waiting = bytearray()
    """Taken from the program, not sent yet."""
    sent, typed = deque[tuple[float, bytes]](), deque[tuple[float, bytes]]()
    """On their way, with the time at which they arrive."""
    last = time.monotonic()
    with suppress(OSError):  # one of both ends is closed
        while True:
            wanted: list[int] = [near.fileno(), *[terminal] * (len(waiting) < buffered)]
            ready, _, _ = select.select(wanted, [], [], 0.005)
            now = time.monotonic()
            if near.fileno() in ready:
                keys = near.recv(65_536)
                if not keys:
                    return
                typed.append((now + latency_s, keys))
            if terminal in ready:
                waiting += os.read(terminal, buffered - len(waiting))
            may_go, last = int((now - last) * rate_bps), now
            if waiting:
                sent.append((now + latency_s, bytes(waiting[:may_go])))
                del waiting[:may_go]
            while sent and sent[0][0] <= now:
                near.sendall(sent.popleft()[1])
            while typed and typed[0][0] <= now:
                os.write(terminal, typed.popleft()[1])
