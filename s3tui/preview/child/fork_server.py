"""The fork server: a small process that imports kinds once, and forks a child for each look.

It reads lines of JSON from its control socket: `run` comes with the socket of the child, `end` kills it. When
the socket is closed, however that happens, it kills its children and ends.

    python -m s3tui.preview.child.fork_server FD
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from contextlib import suppress

from s3tui.preview.child import look_main

_REAP_S = 1.0
_MOST_LINE = 4096


class ForkServer:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, int] = {}
        """Process id by number of the look; reaped ones are not there, so no id is another's."""

    def serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._control], [], [], _REAP_S)
            self._reap()
            if ready and not self._receive():
                break
        for pid in self._children.values():
            os.kill(pid, signal.SIGKILL)

    def _receive(self) -> bool:
        """Do what a message says; false when nobody is there any more."""
        data, fds, _, _ = socket.recv_fds(self._control, _MOST_LINE, 8)
        given = [socket.socket(fileno=fd) for fd in fds]
        for line in data.splitlines():
            message = json.loads(line)
            if "run" in message and given:
                self._run(message["run"], message["module"], given.pop(0))
            elif (pid := self._children.get(message.get("end"))) is not None:
                os.kill(pid, signal.SIGKILL)
        return bool(data)

    def _run(self, number: int, module: str, own: socket.socket) -> None:
        with own, suppress(ImportError):  # without it, the other end sees that nobody answers
            look_main.warm(module)
            pid = os.fork()
            if pid == 0:
                self._control.close()
                look_main.run(own)
            self._children[number] = pid

    def _reap(self) -> None:
        for number, pid in list(self._children.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._children[number]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: it is the app's
    ForkServer(socket.socket(fileno=int(sys.argv[1]))).serve()
