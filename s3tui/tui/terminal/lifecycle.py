"""TerminalDriver: a POSIX terminal driver that handles hang-up, termination and job control.

It adds to Textual's driver: a closed terminal, SIGTERM and SIGHUP end the app in order, ^Z stops the whole
process group, and neither input nor output need stdin or stderr to be the terminal.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

from s3tui.tty import TTY
from s3tui.tui.terminal.columns import with_fixed_columns
from s3tui.tui.terminal.notices import KEEP_TITLE, RESTORE_TITLE, window_title
from s3tui.tui.terminal.signs import ascii_signs, is_utf8

if TYPE_CHECKING:
    from textual.app import App

_STOPS_S = 0.05
"""Longer than a signal to this process takes to arrive."""


class TerminalDriver(LinuxDriver):
    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        for number in (signal.SIGTSTP, signal.SIGCONT):
            signal.signal(number, signal.SIG_DFL)  # Textual's handlers interrupt whatever is under way
        if not (sys.__stdin__ and sys.__stdin__.isatty()):
            self.fileno = os.open(TTY, os.O_RDWR | os.O_NOCTTY)
            self.input_tty = True
        if not (sys.__stderr__ and sys.__stderr__.isatty()):
            self._file = open(TTY, "w", encoding="utf-8", errors="surrogateescape")  # noqa: SIM115 - until the end
        assert self._file is not None
        self._paint = _Paint(self._file)
        self._file = self._paint  # type: ignore[assignment]  # as much of a file as the writer thread uses
        if size is None:
            self._size = self._get_terminal_size()  # else it is taken for stdout's
        self._is_ascii = not is_utf8(os.environ)
        self._has_title = False
        self._watching: threading.Thread | None = None

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return the size of the terminal itself: stdout may be a file or a pipe."""
        try:
            width, height = os.get_terminal_size(self.fileno)
        except OSError:
            return super()._get_terminal_size()
        return width or 80, height or 24

    def write(self, data: str) -> None:
        super().write(ascii_signs(data) if self._is_ascii else with_fixed_columns(data))
        self._paint.given += 1

    def calls_when_taken(self, call: Callable[[], object]) -> bool:
        """Tell whether the terminal has yet to take what was written; if so, `call` is called when it has."""
        loop = asyncio.get_running_loop()
        self._paint.taken_all = lambda: loop.call_soon_threadsafe(call)
        if self._paint.is_taken:
            self._paint.taken_all = None
            return False
        return True

    def set_title(self, text: str | None) -> None:
        """Set the title of the terminal's window; without one, put back what it was before."""
        if text is not None:
            self.write(("" if self._has_title else KEEP_TITLE) + window_title(text))
        elif self._has_title:
            self.write(RESTORE_TITLE)
        self._has_title = text is not None

    def stop_application_mode(self) -> None:
        self.set_title(None)
        super().stop_application_mode()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual gives it no types
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._end, 128 + number)
        loop.add_signal_handler(signal.SIGTSTP, self._stop, loop)
        loop.add_signal_handler(signal.SIGCONT, self._go_on)
        if self._watching is None:
            self._watching = threading.Thread(target=self._watch, args=(loop,), name="terminal", daemon=True)
            self._watching.start()

    def _end(self, return_code: int) -> None:
        """End the app as `q` does if all transfers are kept."""
        self._app.exit(return_code=return_code)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait in a thread for the terminal to be closed, which may come without a signal."""
        poll = select.poll()
        poll.register(self.fileno, 0)
        if any(state & (select.POLLHUP | select.POLLERR) for _, state in poll.poll()):
            self.exit_event.set()  # else the input thread would read nothing in a busy loop
            loop.call_soon_threadsafe(self._end, 128 + signal.SIGHUP)

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            return  # the terminal is gone: `_watch` ends the app

    def _stop(self, loop: asyncio.AbstractEventLoop) -> None:
        """Stop the whole process group, a pipeline too; restore the terminal when it is continued."""
        self.suspend_application_mode()
        self._must_signal_resume = True
        for number in (signal.SIGTSTP, signal.SIGCONT):
            loop.remove_signal_handler(number)  # it stops; what continues it is not one from outside
        # The kernel drops it for an orphaned process group, which no shell could continue.
        os.kill(0, signal.SIGTSTP)
        time.sleep(_STOPS_S)
        self.resume_application_mode()

    def _go_on(self) -> None:
        """Restore the terminal after a stop that came from outside, as a shell has used it since.

        The kernel continues whose terminal was closed, too: there is nothing to restore.
        """
        if os.isatty(self.fileno):
            self.suspend_application_mode()
            self._must_signal_resume = True
            self.resume_application_mode()


class _Paint:
    """Output stream to the terminal; output to a closed terminal is discarded."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.given = 0
        """Texts that the writer thread was given; it writes and flushes them, in order."""
        self._written = self._flushed = 0
        self.taken_all: Callable[[], object] | None = None
        """Called, once and in the writer thread, when all that was given is flushed."""

    @property
    def is_taken(self) -> bool:
        """True if the terminal has taken all that was given."""
        return self._flushed >= self.given

    def fileno(self) -> int:
        return self._file.fileno()

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError:
            self._let_go()
        self._written += 1

    def flush(self) -> None:
        try:
            self._file.flush()
        except OSError:
            self._let_go()
        self._flushed = self._written
        if self.is_taken and (call := self.taken_all) is not None:
            self.taken_all = None
            with suppress(RuntimeError):  # the loop has ended
                call()

    def _let_go(self) -> None:
        """Redirect the rest to the null device: Python would fail once more when it flushes at exit."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
