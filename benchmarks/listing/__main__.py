"""`python -m benchmarks.listing`: s3tui's parallel listing and its peers beside it, in one run.

Prints a markdown table of medians. Each run of each client is compared with the truth: every key, once,
in order.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.listing.clients import Run, digest, measure
from benchmarks.listing.shapes import SHAPES

_PEERS = ("s5cmd", "obstore", "boto3", "rclone", "aws", "s3tui, 1 worker")


@contextmanager
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.listing.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def main() -> None:
    arguments = _arguments()
    names = ["s3tui", *arguments.peers]
    print(f"| keys | shape | ms a page | {' | '.join(f'{name} s' for name in names)} | ", end="")
    print(" | ".join(f"× {name}" for name in arguments.peers), "|")
    print("|" + "---|" * (2 + len(names) * 2))
    with server() as url:
        for shape in arguments.shapes:
            keys = SHAPES[shape](arguments.keys)
            truth = len(keys), digest(keys)
            del keys
            for latency_ms in arguments.latency:
                bucket = f"{shape}-{arguments.keys}-{latency_ms}ms"
                measure("s3tui", url, bucket)  # the server renders the keys when it is first asked
                medians = _medians(names, url, bucket, truth, arguments.rounds)
                print(f"| {truth[0]:,} | {shape} | {latency_ms} | ", end="")
                print(" | ".join(f"{medians[name]:.2f}" for name in names), end=" | ")
                ratios = (f"{medians[name] / medians['s3tui']:.1f}" for name in arguments.peers)
                print(" | ".join(ratios), "|", flush=True)


def _medians(
    names: list[str], url: str, bucket: str, truth: tuple[int, str], rounds: int
) -> dict[str, float]:
    """Take turns, so that what else the machine does meets all of them alike."""
    runs: dict[str, list[Run]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            runs[name].append(_complete(name, url, bucket, truth))
    return {name: statistics.median(run.seconds for run in found) for name, found in runs.items()}


def _complete(name: str, url: str, bucket: str, truth: tuple[int, str]) -> Run:
    """Measure a run that found every key once and in order; a peer that did not gets other tries."""
    for _ in range(3):
        run = measure(name, url, bucket)
        if (run.count, run.digest) == truth:
            return run
        said = f"{name} did not list {bucket} as it is: {run.count} keys of {truth[0]}"
        if name not in _PEERS or "s3tui" in name:
            break
        print(f"{said}; once more", file=sys.stderr)
    sys.exit(said)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.listing", description=__doc__)
    parser.add_argument("--keys", type=int, default=200_000)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 20, 50], metavar="MS")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES))
    parser.add_argument("--peers", nargs="*", choices=_PEERS, default=list(_PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
