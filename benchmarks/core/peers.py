"""One measurement: move all objects once with one client, in a process of its own.

    python -m benchmarks.core.peers CLIENT get|put URL CA_FILE FOLDER KEYS

GET writes each object to a file of FOLDER, PUT reads each from there. Prints the seconds, from the first
request to the last byte: no interpreter start, no import. s5cmd is a program, so its start (a few
milliseconds) counts; what it lists beforehand counts too, for nothing else is so fast.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.core.server import BUCKET, UPLOADS

WAYS = 64
ACCESS_KEY, SECRET_KEY, REGION = (
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "us-east-1",
)

Work = Callable[[str, str, Path, Path, list[str]], float]


def s3tui(operation: str, url: str, ca_file: Path, folder: Path, keys: list[str]) -> float:
    import s3tui.s3.http.pool  # noqa: F401  # so that its import is not timed
    from s3tui.s3 import Credentials, Endpoint, S3Client

    async def run() -> float:
        client = S3Client(
            Endpoint.custom(url), Credentials(ACCESS_KEY, SECRET_KEY), ca_file=ca_file, max_connections=WAYS
        )
        async with client as s3:

            async def one(key: str) -> None:
                if operation == "get":
                    (folder / key).write_bytes(await s3.get_object(BUCKET, key))
                else:
                    await s3.put_object(UPLOADS, key, (folder / key).read_bytes())

            return await _timed(one, keys)

    return asyncio.run(run())


def obstore(operation: str, url: str, ca_file: Path, folder: Path, keys: list[str]) -> float:
    from obstore.store import S3Store

    store = S3Store(
        BUCKET if operation == "get" else UPLOADS,
        endpoint=url,
        region=REGION,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True, "allow_invalid_certificates": True},
    )

    async def one(key: str) -> None:
        if operation == "get":
            answer = await store.get_async(key)
            (folder / key).write_bytes(await answer.bytes_async())
        else:
            await store.put_async(key, (folder / key).read_bytes(), use_multipart=False)

    return asyncio.run(_timed(one, keys))


def boto3(operation: str, url: str, ca_file: Path, folder: Path, keys: list[str]) -> float:
    import boto3 as library
    from botocore.config import Config

    s3 = library.client(
        "s3",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        verify=str(ca_file),
        config=Config(max_pool_connections=WAYS, s3={"addressing_style": "path"}),
    )

    def one(key: str) -> None:
        if operation == "get":
            (folder / key).write_bytes(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
        else:
            s3.put_object(Bucket=UPLOADS, Key=key, Body=(folder / key).read_bytes())

    with ThreadPoolExecutor(WAYS) as pool:
        started = time.perf_counter()
        list(pool.map(one, keys))
        return time.perf_counter() - started


def s5cmd(operation: str, url: str, ca_file: Path, folder: Path, keys: list[str]) -> float:
    """Copy the folder as a whole, its best way: one listing, and no HEAD for each object."""
    source, target = f"s3://{BUCKET}/*", f"{folder}/"
    if operation == "put":
        source, target = f"{folder}/", f"s3://{UPLOADS}/"
    return _s5cmd(["cp", source, target], url)


def s5cmd_run(operation: str, url: str, ca_file: Path, folder: Path, keys: list[str]) -> float:
    """Copy each key by name, as a queue of transfers does: s5cmd sends a HEAD before each GET."""
    commands = folder.parent / "commands.txt"
    lines = (
        f"cp s3://{BUCKET}/{key} {folder}/{key}"
        if operation == "get"
        else f"cp {folder}/{key} s3://{UPLOADS}/{key}"
        for key in keys
    )
    commands.write_text("\n".join(lines))
    return _s5cmd(["run", str(commands)], url)


def _s5cmd(arguments: list[str], url: str) -> float:
    command = [
        "s5cmd",
        "--endpoint-url",
        url,
        "--numworkers",
        str(WAYS),
        "--log",
        "error",
        "--retry-count",
        "0",
    ]
    if url.startswith("https"):
        command.append("--no-verify-ssl")
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "AWS_REGION": REGION}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    started = time.perf_counter()
    subprocess.run([*command, *arguments], env={**os.environ, **keys, "PATH": path}, check=True)
    return time.perf_counter() - started


CLIENTS: dict[str, Work] = {
    "s3tui": s3tui,
    "s5cmd cp": s5cmd,
    "s5cmd run": s5cmd_run,
    "obstore": obstore,
    "boto3": boto3,
}


async def _timed(one: Callable[[str], Awaitable[None]], keys: list[str]) -> float:
    waiting = iter(keys)

    async def worker() -> None:
        for key in waiting:
            await one(key)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(WAYS):
            group.create_task(worker())
    return time.perf_counter() - started


def main() -> None:
    client, operation, url, ca_file, folder, keys = sys.argv[1:]
    names = Path(keys).read_text().split()
    print(CLIENTS[client](operation, url, Path(ca_file), Path(folder), names), flush=True)
    os._exit(0)  # obstore's threads sometimes abort an interpreter that ends in order


if __name__ == "__main__":
    main()
