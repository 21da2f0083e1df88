"""The transfer engine beside its peers, on one server, in turns.

python -m benchmarks.transfer [--mib 1024] [--count 2000] [--rounds 5] [--clients s3tui …] [--schemes http]

One object of a GiB and 2 000 of 16 KiB, down and up, http and https, from memory into memory. Every client
does everything once a round; what arrived is compared with what was sent.
"""

from __future__ import annotations

import argparse
import filecmp
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks.core.server import BUCKET, UPLOADS, Server, nginx
from benchmarks.transfer.clients import LIBRARIES, PROGRAMS, Task, command, environment

MIB = 1024 * 1024
SMALL = 16 * 1024
CLIENTS = ("s3tui", "s5cmd", "s5cmd by name", "rclone", "aws", "boto3", "obstore", "curl")
assert set(CLIENTS) == {*LIBRARIES, *PROGRAMS}

Results = dict[tuple[str, str, str, str], list[tuple[float, float]]]
"""Seconds, and seconds of CPU, by size, scheme, direction and client."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="one large object and many small ones, down and up")
    parser.add_argument("--mib", type=int, default=1024, help="size of the large object; 0 leaves it out")
    parser.add_argument("--count", type=int, default=2000, help="number of small objects; 0 leaves them out")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=CLIENTS)
    parser.add_argument("--schemes", nargs="+", choices=("http", "https"), default=("http", "https"))
    asked = parser.parse_args(argv)
    in_memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(prefix="s3tui-bench-", dir=in_memory if in_memory.is_dir() else None))
    results: Results = {}
    try:
        with ExitStack() as stack:
            servers = {}
            for name, count, size in (
                ("large", int(asked.mib > 0), asked.mib * MIB),
                ("small", asked.count, SMALL),
            ):
                if count:
                    (home / name).mkdir()
                    servers[name] = stack.enter_context(nginx(home / name, count=count, size=size, workers=2))
            for _ in range(asked.rounds):
                for name, server in servers.items():
                    for scheme in asked.schemes:
                        measure(results, name, scheme, server, home / name, asked.clients)
    finally:
        shutil.rmtree(home)
    report(results, asked.mib, asked.count, asked.rounds)


def measure(
    results: Results, size: str, scheme: str, server: Server, home: Path, clients: Sequence[str]
) -> None:
    """Let each client move everything down and up once."""
    source, target, stored = home / "objects" / BUCKET, home / "target", home / "objects" / UPLOADS
    url = server.http_url if scheme == "http" else server.https_url
    for client in clients:
        for direction in ("down", "up"):
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir()
            task = Task(
                direction,
                size == "large",
                url,
                server.ca_file,
                target if direction == "down" else source,
                [path.name for path in source.iterdir()],
            )
            asked = command(client, task)
            try:
                if asked is not None:
                    run = _run(client, asked, task, home)
                    _check(client, task, source, target if direction == "down" else stored)
                    results.setdefault((size, scheme, direction, client), []).append(run)
            except RuntimeError as failure:  # a peer that fails once is measured by its other runs
                if client == "s3tui":
                    raise
                print(f"not counted: {failure}", file=sys.stderr)
            shutil.rmtree(stored)
            stored.mkdir(mode=0o777)


def _run(client: str, asked: Sequence[str | Path], task: Task, home: Path) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(asked, env=environment(task, home), capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{client} {task.direction}: exit {done.returncode} {done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (float(done.stdout) if client in LIBRARIES else seconds), cpu


def _check(client: str, task: Task, source: Path, found: Path) -> None:
    """Compare every byte, but of a large upload: its parts are not joined by this server."""
    names = [path.name for path in source.iterdir()]
    if task.is_large and task.direction == "up":
        return
    _, different, missing = filecmp.cmpfiles(source, found, names, shallow=False)
    if different or missing:
        raise RuntimeError(
            f"{client} {task.direction}: {len(missing)} of {len(names)} missing, {len(different)} different"
        )


def report(results: Results, mib: int, count: int, rounds: int) -> None:
    columns = list(dict.fromkeys((size, scheme, way) for size, scheme, way, _ in results))
    clients = list(dict.fromkeys(client for *_, client in results))
    work = {"large": mib * MIB / 1e6, "small": count}
    speed = {
        case: work[case[0]] / statistics.median(seconds for seconds, _ in runs)
        for case, runs in results.items()
    }
    for size in dict.fromkeys(size for size, *_ in columns):
        unit = (
            f"one object of {mib} MiB, MB/s" if size == "large" else f"{count} objects of 16 KiB, objects/s"
        )
        ours = [column for column in columns if column[0] == size]
        print(f"\n{unit}, median of {rounds} (seconds of CPU, start included):\n")
        print("| client | " + " | ".join(f"{scheme} {way}" for _, scheme, way in ours) + " |")
        print("|---|" + "---|" * len(ours))
        for client in clients:
            cells = [_cell(results, speed, (*column, client)) for column in ours]
            print(f"| {client} | {' | '.join(cells)} |")
        for client in clients:
            if client != "s3tui" and "s3tui" in clients:
                cells = [_ratio(speed, (*column, "s3tui"), (*column, client)) for column in ours]
                print(f"| s3tui is, of {client} | {' | '.join(cells)} |")


def _cell(
    results: Results, speed: dict[tuple[str, str, str, str], float], case: tuple[str, str, str, str]
) -> str:
    if case not in speed:
        return "–"
    return f"{speed[case]:,.0f} ({statistics.median(cpu for _, cpu in results[case]):.1f} s)"


def _ratio(
    speed: dict[tuple[str, str, str, str], float],
    ours: tuple[str, str, str, str],
    theirs: tuple[str, str, str, str],
) -> str:
    return f"{speed[ours] / speed[theirs]:.2f} ×" if theirs in speed else "–"


if __name__ == "__main__":
    main()
