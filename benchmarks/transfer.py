"""One large object: our engine beside s5cmd and curl, on one server, in turns.

python -m benchmarks.transfer [--mib 1024] [--rounds 3]

Down is GET into a file, up is PUT from one; both files and the server's are in memory. The seconds are those
from the first request to the file's final name; the start of s5cmd and curl (milliseconds) counts.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.core.peers import ACCESS_KEY, REGION, SECRET_KEY
from benchmarks.core.server import BUCKET, UPLOADS, Server, nginx

DIRECTIONS = ("down", "up")
MIB = 1024 * 1024

Results = dict[tuple[str, str], list[tuple[float, float]]]
"""Seconds, and seconds of CPU, by direction and client."""


def main() -> None:
    parser = argparse.ArgumentParser(description="MB/s with one large object")
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ours", nargs=3, metavar=("DIRECTION", "URL", "FILE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.ours:
        print(asyncio.run(move(*asked.ours)))
        return
    in_memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(prefix="s3tui-bench-", dir=in_memory if in_memory.is_dir() else None))
    try:
        with nginx(home, count=1, size=asked.mib * MIB, workers=2) as server:
            report(measure(server, home, asked.rounds), asked.mib, asked.rounds)
    finally:
        shutil.rmtree(home)


async def move(direction: str, url: str, file: str) -> float:
    """Move the object with the engine; return the seconds."""
    from s3tui.s3 import Credentials, Endpoint, S3Client
    from s3tui.transfer.engine import TransferEngine
    from s3tui.transfer.models import Conflict, State, Transfer

    over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
    async with S3Client(Endpoint.custom(url), Credentials(ACCESS_KEY, SECRET_KEY)) as s3:

        async def client_for(_: str) -> S3Client:
            return s3

        engine = TransferEngine(client_for, on_finished=over.set_result)
        started = time.perf_counter()
        if direction == "down":
            await engine.download("c", BUCKET, "k00000", Path(file), conflict=Conflict.OVERWRITE)
        else:
            await engine.upload("c", Path(file), UPLOADS, "k", conflict=Conflict.OVERWRITE)
        transfer = await over
        seconds = time.perf_counter() - started
        await engine.aclose()
    assert transfer.state is State.DONE, transfer.error
    return seconds


def measure(server: Server, home: Path, rounds: int) -> Results:
    """Let each client do everything once a round, so that a noisy minute hits them all."""
    source, target = home / "objects" / BUCKET / "k00000", home / "target"
    results: Results = {}
    for _ in range(rounds):
        for direction in DIRECTIONS:
            file = target if direction == "down" else source
            for client, command in _commands(direction, server.http_url, file).items():
                target.unlink(missing_ok=True)
                results.setdefault((direction, client), []).append(_run(client, command))
                if direction == "down":
                    assert subprocess.run(["cmp", source, target]).returncode == 0, client
                shutil.rmtree(home / "objects" / UPLOADS)
                (home / "objects" / UPLOADS).mkdir(mode=0o777)
    return results


def _commands(direction: str, url: str, file: Path) -> dict[str, Sequence[str | Path]]:
    down = direction == "down"
    remote = f"s3://{BUCKET}/k00000" if down else f"s3://{UPLOADS}/k"
    plain = f"{url}/{BUCKET}/k00000" if down else f"{url}/{UPLOADS}/k"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    s5cmd, curl = shutil.which("s5cmd", path=path), shutil.which("curl")
    commands: dict[str, Sequence[str | Path]] = {
        "s3tui": [sys.executable, "-m", "benchmarks.transfer", "--ours", direction, url, file]
    }
    if s5cmd:
        commands["s5cmd cp"] = [
            s5cmd, "--endpoint-url", url, "cp", *((remote, file) if down else (file, remote))
        ]  # fmt: skip
    if curl:
        # No Expect: it would wait a second for nothing.
        commands["curl, one stream"] = [
            curl, "-sSf", "-H", "Expect:", *(("-o", file) if down else ("-T", file)), plain
        ]  # fmt: skip
    return commands


def _run(client: str, command: Sequence[str | Path]) -> tuple[float, float]:
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return (float(done.stdout) if client == "s3tui" else seconds), cpu


def report(results: Results, mib: int, rounds: int) -> None:
    print(f"\n{mib} MiB over http, MB/s, median of {rounds} (seconds of CPU, interpreter start included):\n")
    print("| client | down | up |\n|---|---|---|")
    clients = list(dict.fromkeys(client for _, client in results))
    speed = {key: mib * MIB / 1e6 / statistics.median(s for s, _ in runs) for key, runs in results.items()}
    for client in clients:
        cells = [
            f"{speed[way, client]:,.0f} ({statistics.median(cpu for _, cpu in results[way, client]):.1f} s)"
            for way in DIRECTIONS
        ]
        print(f"| {client} | {' | '.join(cells)} |")
    for client in clients[1:]:
        ratios = [f"{speed[way, 's3tui'] / speed[way, client]:.2f} ×" for way in DIRECTIONS]
        print(f"| s3tui is, of {client} | {' | '.join(ratios)} |")


if __name__ == "__main__":
    main()
