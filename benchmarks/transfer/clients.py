"""How each client is told to move the same bytes.

The programs (s5cmd, rclone, aws, curl) are timed from their start to their end; the libraries (s3tui,
boto3, obstore) by themselves, from the first request to the last file in place, in `worker`. So the
programs' start counts: milliseconds, but of aws, which is written in Python.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.core.peers import ACCESS_KEY, REGION, SECRET_KEY
from benchmarks.core.server import BUCKET, UPLOADS

WAYS = 64
LIBRARIES = ("s3tui", "boto3", "obstore")
PROGRAMS = ("s5cmd", "s5cmd by name", "rclone", "aws", "curl")


@dataclass(frozen=True, slots=True)
class Task:
    direction: str
    """`down` or `up`."""
    is_large: bool
    """One object of that folder, else all of them."""
    url: str
    ca_file: Path
    local: Path
    """The folder whose files are read, or written."""
    names: Sequence[str]
    """Of everything that there is to move."""
    key: str = "k00000"

    @property
    def remote(self) -> str:
        bucket = BUCKET if self.direction == "down" else UPLOADS
        return f"{bucket}/{self.key}" if self.is_large else f"{bucket}/"

    @property
    def file(self) -> Path:
        return self.local / self.key


def command(client: str, task: Task) -> Sequence[str | Path] | None:
    """Return the command; `None`, where the client is not here or cannot do that."""
    if client in LIBRARIES:
        size = "large" if task.is_large else "small"
        return [
            sys.executable, "-m", "benchmarks.transfer.worker",
            client, task.direction, size, task.url, task.ca_file, task.local,
        ]  # fmt: skip
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    executable = shutil.which(client.partition(" ")[0], path=path)
    arguments = _ARGUMENTS[client](task)
    return None if executable is None or arguments is None else [executable, *arguments]


def environment(task: Task, home: Path) -> Mapping[str, str]:
    config = home / "aws-config"
    config.write_text(f"[default]\ns3 =\n  max_concurrent_requests = {WAYS}\n  addressing_style = path\n")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": str(config),
        "AWS_CA_BUNDLE": str(task.ca_file),
        # As everybody else here, and as for every endpoint but AWS's own.
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "RCLONE_CONFIG": "",
        "RCLONE_CA_CERT": str(task.ca_file),
        "RCLONE_S3_PROVIDER": "Other",
        "RCLONE_S3_ENDPOINT": task.url,
        "RCLONE_S3_ACCESS_KEY_ID": ACCESS_KEY,
        "RCLONE_S3_SECRET_ACCESS_KEY": SECRET_KEY,
        "RCLONE_S3_REGION": REGION,
        "RCLONE_S3_NO_CHECK_BUCKET": "true",
    }


def _s5cmd(task: Task) -> list[str | Path]:
    remote = f"s3://{task.remote}" + ("*" if task.direction == "down" and not task.is_large else "")
    local = task.file if task.is_large else f"{task.local}/"
    way = (remote, local) if task.direction == "down" else (local, remote)
    # It knows no CA file, so it believes anybody.
    return ["--endpoint-url", task.url, "--no-verify-ssl", "cp", *way]


def _s5cmd_by_name(task: Task) -> list[str | Path] | None:
    """Each object named, as one who has a list of them does: `s5cmd run` asks for the head of each first."""
    if task.is_large:
        return None
    ways = (
        (f"s3://{task.remote}{name}", task.local / name)
        if task.direction == "down"
        else (task.local / name, f"s3://{task.remote}{name}")
        for name in task.names
    )
    commands = task.local.parent / "s5cmd-commands"
    commands.write_text("".join(f"cp {source} {target}\n" for source, target in ways))
    return ["--endpoint-url", task.url, "--no-verify-ssl", "run", commands]


def _rclone(task: Task) -> list[str | Path]:
    local = task.file if task.is_large else task.local
    remote = f":s3:{task.remote}"
    way = (remote, local) if task.direction == "down" else (local, remote)
    verb = "copyto" if task.is_large else "copy"
    # The server joins no parts, so that there is nothing to compare with.
    unseen = ["--ignore-size", "--ignore-checksum"] if task.is_large and task.direction == "up" else []
    return [verb, *way, "--transfers", str(WAYS), "--s3-upload-concurrency", "8", *unseen]


def _aws(task: Task) -> list[str | Path]:
    local = task.file if task.is_large else task.local
    remote = f"s3://{task.remote}"
    way = (remote, local) if task.direction == "down" else (local, remote)
    many = [] if task.is_large else ["--recursive"]
    return ["s3", "cp", *way, *many, "--endpoint-url", task.url, "--quiet"]


def _curl(task: Task) -> list[str | Path] | None:
    if not task.is_large:
        return None
    url = f"{task.url}/{task.remote}"
    way = ("-o", task.file) if task.direction == "down" else ("-T", task.file)
    return ["-sSf", "--cacert", task.ca_file, "-H", "Expect:", *way, url]  # Expect would wait for nothing


_ARGUMENTS = {"s5cmd": _s5cmd, "s5cmd by name": _s5cmd_by_name, "rclone": _rclone, "aws": _aws, "curl": _curl}
