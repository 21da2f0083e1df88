"""Time from the command to its first paint: `s3tui` beside an empty Textual app, run in turn.

Both run under a pseudo-terminal of 120 x 40 with an empty home, and count as painted when a known
text has come out. s3tui is pointed at a port where nobody listens: what it waits for is only itself.

    python -m benchmarks.startup [RUNS]
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Sequence
from pathlib import Path

_EMPTY_APP = """
from textual.app import App
from textual.widgets import Footer, Header, Static

class Empty(App):
    TITLE = "painted"
    def compose(self):
        yield Header()
        yield Static()
        yield Footer()

Empty().run()
"""
_PATIENCE_S = 15.0


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    command = shutil.which("s3tui", path=str(Path(sys.executable).parent))
    if command is None:
        sys.exit("there is no s3tui beside this Python: install it first (make bench does)")
    nowhere = "http://127.0.0.1:9"
    ours = [command, "--endpoint-url", nowhere, "--no-sign-request"]
    empty = [sys.executable, "-c", _EMPTY_APP]
    first_paint(ours, b"127.0.0.1")  # compiles the modules, fills the page cache
    first_paint(empty, b"painted")
    pairs = [(first_paint(ours, b"127.0.0.1"), first_paint(empty, b"painted")) for _ in range(runs)]
    ours_s, empty_s = zip(*pairs, strict=True)
    print(f"command to first paint, {runs} runs in turn, Python {sys.version.split()[0]}")
    for name, times in (("s3tui", ours_s), ("empty Textual app", empty_s)):
        print(f"  {name:18} median {statistics.median(times) * 1000:4.0f} ms"
              f"   {min(times) * 1000:4.0f} to {max(times) * 1000:4.0f} ms")  # fmt: skip
    print(f"  ratio              {statistics.median(a / b for a, b in pairs):.2f}")


def first_paint(command: Sequence[str], text: bytes) -> float:
    """Run `command` until `text` is in what it prints, end it, and return the seconds that took."""
    terminal, program_side = pty.openpty()
    termios.tcsetwinsize(program_side, (40, 120))
    try:
        with tempfile.TemporaryDirectory() as home:
            started = time.monotonic()
            process = subprocess.Popen(
                command,
                stdin=program_side,
                stdout=program_side,
                stderr=program_side,
                env=_environment(home),
                start_new_session=True,
            )
            os.close(program_side)
            try:
                return _await_text(terminal, text, started)
            finally:
                process.kill()
                process.wait()
    finally:
        os.close(terminal)


def _await_text(terminal: int, text: bytes, started: float) -> float:
    printed = b""
    while text not in printed:
        ready, _, _ = select.select([terminal], [], [], started + _PATIENCE_S - time.monotonic())
        try:
            chunk = os.read(terminal, 65_536) if ready else b""
        except OSError:  # Linux says so when the other side is gone
            chunk = b""
        if not chunk:
            sys.exit(f"{text.decode()!r} was never painted; the last that came: {printed[-500:]!r}")
        printed += chunk
    return time.monotonic() - started


def _environment(home: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


if __name__ == "__main__":
    main()
