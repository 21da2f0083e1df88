"""What runs in the demo's child process: MiniStack, and a thread that waits for our parent to go.

Started as `python server_process.py FOLDER`; MiniStack reads its settings from the environment. End of
file on stdin means that the parent closed the pipe or died: the folder is removed and the process ends.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path


def main() -> None:
    folder = Path(sys.argv.pop())  # MiniStack parses what is left of the arguments
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()
    from ministack.app import main as serve  # type: ignore[import-untyped]  # it ships no types

    serve()


def _end_with_parent(folder: Path) -> None:
    sys.stdin.buffer.read()
    for _ in range(10):  # a request that is still being answered may write meanwhile
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    os._exit(0)


if __name__ == "__main__":
    main()
