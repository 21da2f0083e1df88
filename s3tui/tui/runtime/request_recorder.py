"""RequestRecorder: keeps every exchange of a run in the request log, and writes the log file, if any."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from s3tui.diagnosis.log_file import LogFile
    from s3tui.s3.sending.request_log import RequestLog
    from s3tui.s3.sending.sender import Fact
    from s3tui.settings import Settings
    from s3tui.tui.runtime.session import Session


class RequestRecorder:
    """Observes the facts of all sessions; passes on those that are no exchange.

    Args:
        others: told of all other facts.
    """

    def __init__(self, settings: Settings, others: Callable[[Session, Fact], None]) -> None:
        self._settings = settings
        self._others = others

    @cached_property
    def log(self) -> RequestLog:
        """The request log of this run; the first exchange makes it, as the core is loaded by then."""
        from s3tui.s3.sending.request_log import RequestLog

        return RequestLog()

    @cached_property
    def file(self) -> LogFile | None:
        """The log file that the command line asks for; `None` without one, or where it cannot be opened."""
        if self._settings.log_file is None:
            return None
        from s3tui.diagnosis.log_file import LogFile

        try:
            return LogFile(self._settings.log_file, details=self._settings.debug)
        except OSError:
            return None  # the command line checked it: it went away since

    def observe(self, session: Session, fact: Fact) -> None:
        """Take a fact of the S3 core; called in the S3 thread."""
        if not isinstance(fact, tuple):  # an exchange is one
            self._others(session, fact)
            return
        self.log.add(fact, session.connection.name)
        if self.file is not None:
            self.file.write(session.connection.name, fact)

    def close(self) -> None:
        """Write the rest of the log file. Blocks."""
        if self.file is not None:
            self.file.close()
