"""Delete and rename many objects, beside s5cmd, aws and rclone, by turns on one server.

`python -m benchmarks.change [--delete N] [--rename N] [--rounds N]`. The programs are timed from their start
to their end; s3tui without its start and imports, with its plan, the proof of each copy, and its log.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.listing.clients import KEY, REGION, SECRET

BUCKET = "bench"
_PROGRAMS = ("s5cmd", "aws", "rclone")


@contextmanager
def server(count: int):  # type: ignore[no-untyped-def]  # a generator for the with statement alone
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.change.server", str(count)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def _environment(folder: str) -> dict[str, str]:
    aws_config = Path(folder, "aws.ini")
    aws_config.write_text("[default]\ns3 =\n  max_concurrent_requests = 32\n")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": str(aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        "RCLONE_CONFIG": os.devnull,
    }


def _command(name: str, url: str, task: str) -> list[str] | None:
    there, to = f"s3://{BUCKET}/p/", f"s3://{BUCKET}/q/"
    match name, task:
        case "s5cmd", "delete":
            return ["s5cmd", "--endpoint-url", url, "rm", f"{there}*"]
        case "s5cmd", "rename":
            return ["s5cmd", "--endpoint-url", url, "mv", f"{there}*", to]
        case "aws", "delete":
            return ["aws", "--endpoint-url", url, "s3", "rm", "--recursive", "--quiet", there]
        case "rclone", "rename":
            remote = f":s3,provider=Other,env_auth=true,endpoint='{url}',list_version=2:{BUCKET}"
            return [
                "rclone",
                "move",
                "--fast-list",
                "--transfers",
                "32",
                "--checkers",
                "32",
                f"{remote}/p",
                f"{remote}/q",
            ]
    return None


def run_program(name: str, url: str, task: str) -> float:
    command = _command(name, url, task)
    assert command is not None
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(f"{command[0]} is not installed")
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        subprocess.run(
            [program, *command[1:]], check=True, stdout=subprocess.DEVNULL, env=_environment(folder)
        )
        return time.perf_counter() - started


async def _ours(url: str, task: str) -> float:
    from s3tui.s3.address.endpoint import Endpoint
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials import Credentials
    from s3tui.transfer.changes.change_log import ChangeLog
    from s3tui.transfer.changes.models import ChangeKind, Undo
    from s3tui.transfer.changes.moving import MoveRoot, MoveTotals, plan_move
    from s3tui.transfer.changes.planning import PlanTotals, Root, plan_deletion
    from s3tui.transfer.changes.reading import ReadingClient
    from s3tui.transfer.engine import TransferEngine
    from s3tui.transfer.journal.journal import Journal
    from s3tui.transfer.models import Direction, Transfer, TransferState
    from s3tui.transfer.requests import RunChange

    over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
    with tempfile.TemporaryDirectory() as folder:
        log, journal = ChangeLog.open(Path(folder)), Journal.open(Path(folder, "journal"))
        async with S3Client(Endpoint.custom(url, region=REGION), Credentials(KEY, SECRET)) as client:

            async def client_for(connection: str) -> S3Client:
                return client

            engine = TransferEngine(client_for, journal=journal, changes=log, on_finished=over.set_result)
            started = time.perf_counter()
            reading, root = ReadingClient(client), Root("p/", True)
            options = {"versions": False, "to_bucket": BUCKET, "to_versions": False}
            if task == "delete":
                change = await log.begin(ChangeKind.DELETE, "c", BUCKET, "x", options=options)
                now = datetime.now(UTC)
                async for _ in plan_deletion(reading, log, change, [root], PlanTotals(), now):
                    pass
                direction = Direction.DELETE
            else:
                change = await log.begin(ChangeKind.MOVE, "c", BUCKET, "x", options=options)
                async for _ in plan_move(reading, log, change, [MoveRoot(root, "q/")], MoveTotals()):
                    pass
                direction = Direction.MOVE
            await log.agree(change, title="x", undo=Undo.NO, why="")
            to = f"s3://{BUCKET}/q/"
            await engine.add(RunChange("c", change.id, direction, BUCKET, "objects", "p/", to))
            transfer = await over
            took = time.perf_counter() - started
            await engine.aclose()
    assert transfer.state is TransferState.DONE, transfer.error
    return took


def measure(task: str, count: int, rounds: int, url: str) -> None:
    runs: dict[str, Callable[[], float]] = {"s3tui": lambda: asyncio.run(_ours(url, task))}
    for name in _PROGRAMS:
        if _command(name, url, task) is not None:
            runs[name] = lambda name=name: run_program(name, url, task)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            request = urllib.request.Request(f"{url}/reset?{count}", method="POST")
            urllib.request.urlopen(request).close()
            times[name].append(run())
    ours = statistics.median(times["s3tui"])
    print(f"\n{task} {count:,} objects, medians of {rounds}, load {os.getloadavg()[0]:.0f}", flush=True)
    for name, taken in times.items():
        middle = statistics.median(taken)
        print(f"  {name:8} {middle:8.2f} s   {middle / ours:5.2f} × s3tui's", flush=True)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.change")
    parser.add_argument("--delete", type=int, default=100_000)
    parser.add_argument("--rename", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args(arguments)
    with server(0) as url:
        measure("delete", asked.delete, asked.rounds, url)
        measure("rename", asked.rename, asked.rounds, url)


if __name__ == "__main__":
    main()
