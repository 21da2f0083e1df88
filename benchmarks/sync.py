"""A sync of which nothing changed: a folder of 200 000 files and a bucket of the same, 20 ms a page.

`python -m benchmarks.sync [--objects N] [--rounds N]`. Every client runs as a command, in turn, from its
start to its end, and compares size and time: what each flag does stands beside its command. The server only
lists; a HEAD for each key would be told of by the time it takes. s3tui's index is that of a first run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.listing.clients import KEY, REGION, SECRET
from benchmarks.listing.server import rendered

_SHAPE = "tree"
_OLD = 1_600_000_000
"""Before any LastModified of the server, which is what the AWS CLI asks of files to leave alone."""
_COMMANDS: Mapping[str, list[str]] = {
    "s3tui": [sys.executable, "-m", "s3tui", "sync", "bench", "--yes"],
    # Size, and whether the file is newer than LastModified: its default.
    "aws s3 sync": ["aws", "s3", "sync", "{folder}", "s3://{bucket}", "--endpoint-url", "{url}"],
    # The same without a HEAD for each object, which its own record of times would take.
    "rclone sync": [
        "rclone", "sync", "{folder}", ":s3:{bucket}", "--update", "--use-server-modtime", "--fast-list",
        "--s3-provider", "Other", "--s3-list-version", "2", "--s3-env-auth", "--s3-force-path-style",
        "--s3-endpoint", "{url}",
    ],
}  # fmt: skip


def main() -> None:
    """Print the seconds of each client, and how many times s3tui's they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="s3tui-sync-") as scratch, _server() as url:
        home, bucket = Path(scratch), f"{_SHAPE}-{asked.objects}-20ms"
        _make_files(home / "files", asked.objects)
        environ = _environment(home, url)
        _save(home, bucket)
        _first_run(environ)
        found: dict[str, list[float]] = {}
        clients = [name for name, words in _COMMANDS.items() if shutil.which(words[0], path=environ["PATH"])]
        for _ in range(asked.rounds):
            for name in clients:
                words = [
                    word.format(folder=home / "files", bucket=bucket, url=url) for word in _COMMANDS[name]
                ]
                began = time.perf_counter()
                done = subprocess.run(words, env=environ, capture_output=True, text=True, check=True)
                found.setdefault(name, []).append(time.perf_counter() - began)
                if name == "s3tui":
                    assert f"{asked.objects:,} unchanged" in done.stdout, done.stdout
        ours = statistics.median(found["s3tui"])
        for name, times in found.items():
            median = statistics.median(times)
            spread = f"{min(times):.1f} to {max(times):.1f}"
            print(f"{name:12} {median:6.1f} s ({spread})  {median / ours:5.1f} x")


def _make_files(folder: Path, count: int) -> None:
    made: set[str] = set()
    for i, key in enumerate(rendered(_SHAPE, count).keys):
        above = os.path.dirname(key)
        if above not in made:
            (folder / above).mkdir(parents=True, exist_ok=True)
            made.add(above)
        with open(folder / key, "wb") as file:
            file.truncate(i * 37 % 1_000_003)  # as large as the server says, without taking the room
        os.utime(folder / key, (_OLD, _OLD))


def _save(home: Path, bucket: str) -> None:
    config = home / "config" / "s3tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(f'[syncs.bench]\nsource = "{home / "files"}"\ntarget = "s3://{bucket}/"\n')


def _first_run(environ: Mapping[str, str]) -> None:
    """Have the index know what a first run finds: that all is the same."""
    script = (
        "import sys\n"
        "from s3tui.syncs.command import main\n"
        "from s3tui.transfer.sync.proof import Prover\n"
        "async def is_same(prover, unsure): return True, ''\n"
        "Prover.is_same = is_same\n"
        "sys.exit(main(['bench', '--yes']))\n"
    )
    subprocess.run([sys.executable, "-c", script], env=environ, check=True, stdout=subprocess.DEVNULL)


def _environment(home: Path, url: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **kept,
        "HOME": str(home),
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RCLONE_CONFIG": os.devnull,
    }


@contextlib.contextmanager
def _server() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.listing.server"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
