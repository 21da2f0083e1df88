"""The demo's child process: MiniStack, and a thread that waits for the parent to go.

Started as `python server_process.py FOLDER`; MiniStack reads its settings from the environment. End of
file on stdin means that the parent closed the pipe or died: the folder is removed and the process ends.
"""

from __future__ import annotations

import math
import os
import shutil
import sys
import threading
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

_age: ContextVar[timedelta] = ContextVar("age", default=timedelta(0))


def main() -> None:
    folder = Path(sys.argv.pop())  # MiniStack parses what is left of the arguments
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    from ministack import app as ministack  # type: ignore[import-untyped]  # it ships no types
    from ministack.services import s3  # type: ignore[import-untyped]

    ministack.app = _backdating(ministack.app, os.environ["AWS_ACCESS_KEY_ID"].encode())
    s3.now_iso = _now_less_age
    ministack.main()


def _end_with_parent(folder: Path) -> None:
    sys.stdin.buffer.read()
    if rm := shutil.which("rm"):
        os.execv(rm, ["rm", "-rf", str(folder)])  # the server is gone at once, and thousands of files soon
    for _ in range(10):  # a request that is still being answered may write meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    os._exit(0)


def _backdating(app: AsgiApp, root_access_key: bytes) -> AsgiApp:
    """Wrap an app so that root's writes are backdated: samples of this minute would tell little.

    Writes of the demo's user keep their time.
    """
    seen: Counter[str] = Counter()

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and root_access_key in dict(scope["headers"]).get(b"authorization", b""):
            _age.set(_sample_age(scope["path"], seen[scope["path"]]))
            seen[scope["path"]] += scope["method"] not in ("GET", "HEAD")
        await app(scope, receive, send)

    return serve


def _sample_age(path: str, written_before: int) -> timedelta:
    """Derive an age from the path alone; each further write divides it by three."""
    draw = zlib.crc32(path.encode("utf-8", "surrogateescape")) / 2**32
    is_bucket = path.strip("/").count("/") == 0
    days = (
        300 + 900 * draw if is_bucket else 0.05 * math.pow(4000, draw)
    )  # an hour to 200 days, evenly in magnitude
    return timedelta(days=days) / math.pow(3, written_before)


def _now_less_age() -> str:
    at = datetime.now(UTC) - _age.get()
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    main()
