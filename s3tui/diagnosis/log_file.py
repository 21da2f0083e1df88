"""Log file: the records of the request log as JSON, a line each, in files that rotate.

A thread of its own writes them, so that no request waits for the disk. What cannot be written is dropped.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

from s3tui.diagnosis.signed_text import canonical_request, string_to_sign
from s3tui.s3.sending.request_log import Exchange
from s3tui.s3.wire.redaction import redacted_headers, redacted_url

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""
OLDER = 3
"""Files that are kept beside it, as FILE.1 and on."""
_ONLY_OURS = 0o600
_PATIENCE_S = 5.0


class LogFile:
    """A file that exchanges are written to, until it is closed.

    Args:
        details: write headers, canonical request and string to sign, too.

    Raises: OSError, where the file cannot be opened.
    """

    def __init__(self, file: Path, *, details: bool = False, largest: int = LARGEST) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _ONLY_OURS))
        self.failure: OSError | None = None
        """Why the last record was not written."""
        self._details = details
        self._handler = _Handler(self, file, largest)
        self._queue: SimpleQueue[tuple[str, Exchange] | None] = SimpleQueue()
        self._thread = Thread(target=self._write_all, name="log file", daemon=True)
        self._thread.start()

    def write(self, connection: str, exchange: Exchange) -> None:
        """Have a record written soon; returns at once."""
        self._queue.put((connection, exchange))

    def close(self) -> None:
        """Write what is left, and close the file; one that takes nothing more is left after a while."""
        self._queue.put(None)
        self._thread.join(_PATIENCE_S)

    def _write_all(self) -> None:
        while (entry := self._queue.get()) is not None:
            self._handler.emit(_record(line(*entry, details=self._details)))
        with suppress(Empty):
            while True:
                self._queue.get_nowait()
        with suppress(OSError):  # as of a pipe that nobody reads any more
            self._handler.close()


class _Handler(RotatingFileHandler):
    def __init__(self, owner: LogFile, file: Path, largest: int) -> None:
        super().__init__(
            file, maxBytes=largest, backupCount=OLDER, encoding="utf-8", errors="backslashreplace"
        )
        self._owner = owner

    def _open(self):  # type: ignore[no-untyped-def]  # as the base has it
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _ONLY_OURS))
        return super()._open()

    def handleError(self, record: logging.LogRecord) -> None:
        import sys

        error = sys.exc_info()[1]
        self._owner.failure = error if isinstance(error, OSError) else OSError(str(error))


def _record(text: str) -> logging.LogRecord:
    return logging.LogRecord("s3tui", logging.INFO, "", 0, text, None, None)


def line(connection: str, exchange: Exchange, *, details: bool = False) -> str:
    """Return the record of an exchange as one line of JSON, without secrets."""
    record: dict[str, object] = {
        "at": exchange.started_at.isoformat(timespec="milliseconds"),
        "connection": connection,
        "operation": exchange.operation,
        "method": exchange.method,
        "url": redacted_url(exchange.origin + exchange.target.decode("latin-1")),
        "status": exchange.status,
        "error": exchange.error,
        "head_ms": None if exchange.head_s is None else round(exchange.head_s * 1000, 1),
        "ms": round(exchange.elapsed_s * 1000, 1),
        "sent": exchange.bytes_sent,
        "received": exchange.bytes_received,
        "try": exchange.attempt,
        "region": exchange.region,
        "is_region_hop": exchange.is_region_hop,
        "request_id": exchange.request_id,
    }
    if details:
        sent = ((name.encode(), value.encode()) for name, value in exchange.sent.items())
        record["request_headers"] = dict(redacted_headers(sent))
        record["response_headers"] = dict(redacted_headers(exchange.response_headers))
        record["canonical_request"] = canonical_request(exchange)
        record["string_to_sign"] = string_to_sign(exchange)
        if exchange.details:
            record["refusal"] = dict(exchange.details)
    return json.dumps(record, ensure_ascii=True)
