"""Many small objects: us beside boto3, obstore and s5cmd, on one server, in turns.

python -m benchmarks.core [--count 2000] [--size 16384] [--rounds 5]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.core.peers import CLIENTS, WAYS
from benchmarks.core.server import UPLOADS, Server, nginx

Results = dict[tuple[str, str, str], list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description="operations per second with many small objects")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--size", type=int, default=16 * 1024)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    in_memory = Path("/dev/shm")
    home = Path(tempfile.mkdtemp(prefix="s3tui-bench-", dir=in_memory if in_memory.is_dir() else None))
    try:
        with nginx(home, count=asked.count, size=asked.size) as server:
            report(measure(server, home, asked.rounds), asked.count, asked.size, asked.rounds)
    finally:
        shutil.rmtree(home)


def measure(server: Server, home: Path, rounds: int) -> Results:
    """Let each client do everything once a round, so that a noisy minute hits them all."""
    keys = home / "keys"
    keys.write_text("\n".join(server.keys))
    results: Results = {}
    for _ in range(rounds):
        for scheme, url in (("http", server.http_url), ("https", server.https_url)):
            for client in CLIENTS:
                folder = home / "local"
                folder.mkdir()
                for operation in ("get", "put"):
                    seconds = _once(client, operation, url, server.ca_file, folder, keys)
                    results.setdefault((scheme, operation, client), []).append(seconds)
                    _check(
                        client,
                        operation,
                        folder if operation == "get" else home / "objects" / UPLOADS,
                        server,
                    )
                shutil.rmtree(folder)
                shutil.rmtree(home / "objects" / UPLOADS)
                (home / "objects" / UPLOADS).mkdir()
    return results


def _once(client: str, operation: str, url: str, ca_file: Path, folder: Path, keys: Path) -> float:
    paths = map(str, (ca_file, folder, keys))
    command = [sys.executable, "-m", "benchmarks.core.peers", client, operation, url, *paths]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return float(done.stdout)


def _check(client: str, operation: str, folder: Path, server: Server) -> None:
    there = sum(1 for _ in folder.iterdir())
    if there != len(server.keys):
        raise RuntimeError(f"{client} {operation}: {there} of {len(server.keys)} objects arrived")


def report(results: Results, count: int, size: int, rounds: int) -> None:
    print(f"{count} objects of {size} bytes, {WAYS} at a time; operations per second, median of {rounds}\n")
    columns = [(scheme, operation) for scheme in ("http", "https") for operation in ("get", "put")]
    print("| client | " + " | ".join(f"{scheme} {operation}" for scheme, operation in columns) + " |")
    print("|---|" + "---|" * len(columns))
    speed = {name: count / statistics.median(seconds) for name, seconds in results.items()}
    for client in CLIENTS:
        cells = (f"{speed[*column, client]:,.0f}" for column in columns)
        print(f"| {client} | " + " | ".join(cells) + " |")
    for client in list(CLIENTS)[1:]:
        cells = (f"{speed[*column, 's3tui'] / speed[*column, client]:.2f} ×" for column in columns)
        print(f"| s3tui is, of {client} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
