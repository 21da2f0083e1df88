"""One library, one task, in a process of its own; prints the seconds.

python -m benchmarks.transfer.worker CLIENT down|up large|small URL CA_FILE FOLDER
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.core.peers import ACCESS_KEY, REGION, SECRET_KEY
from benchmarks.core.server import BUCKET, UPLOADS
from benchmarks.transfer.clients import WAYS, Task


def s3tui(task: Task) -> float:
    from s3tui.background import collect_rarely
    from s3tui.s3 import Credentials, Endpoint, S3Client
    from s3tui.transfer.engine import TransferEngine
    from s3tui.transfer.models import Conflict, Limits, Transfer, TransferState
    from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile, UploadFolder

    async def run() -> float:
        over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
        async with S3Client(
            Endpoint.custom(task.url), Credentials(ACCESS_KEY, SECRET_KEY), ca_file=task.ca_file
        ) as s3:

            async def client_for(_: str) -> S3Client:
                return s3

            engine = TransferEngine(
                client_for, limits=Limits(objects=WAYS, parts=8), on_finished=over.set_result
            )
            if not task.is_large:
                await engine.prepare()  # as the app does while it asks where to
            started = time.perf_counter()
            match task.direction, task.is_large:
                case "down", True:
                    await engine.add(
                        DownloadObject("c", BUCKET, task.key, task.file, conflict=Conflict.OVERWRITE)
                    )
                case "down", False:
                    await engine.add(DownloadPrefix("c", BUCKET, "", task.local))
                case "up", True:
                    await engine.add(
                        UploadFile("c", task.file, UPLOADS, task.key, conflict=Conflict.OVERWRITE)
                    )
                case _:
                    await engine.add(UploadFolder("c", task.local, UPLOADS, "", conflict=Conflict.OVERWRITE))
            transfer = await over
            seconds = time.perf_counter() - started
            await engine.aclose()
        if transfer.state is not TransferState.DONE:
            raise RuntimeError(transfer.error)
        return seconds

    collect_rarely()  # as the app does
    return asyncio.run(run())


def boto3(task: Task) -> float:
    import boto3 as library
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config

    s3 = library.client(
        "s3",
        endpoint_url=task.url,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        verify=str(task.ca_file),
        config=Config(
            max_pool_connections=WAYS,
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
        ),
    )
    config = TransferConfig(max_concurrency=8, use_threads=task.is_large)

    def one(key: str) -> None:
        if task.direction == "down":
            s3.download_file(BUCKET, key, str(task.local / key), Config=config)
        else:
            s3.upload_file(str(task.local / key), UPLOADS, key, Config=config)

    started = time.perf_counter()
    if task.is_large:
        one(task.key)
    else:
        with ThreadPoolExecutor(WAYS) as pool:
            list(pool.map(one, _keys(task, s3)))
    return time.perf_counter() - started


def _keys(task: Task, s3: object) -> list[str]:
    if task.direction == "up":
        return os.listdir(task.local)
    return [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]  # type: ignore[attr-defined]


def obstore(task: Task) -> float:
    import obstore as library
    from obstore.store import S3Store

    store = S3Store(
        BUCKET if task.direction == "down" else UPLOADS,
        endpoint=task.url,
        region=REGION,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        virtual_hosted_style_request=False,
        client_options={"allow_http": True, "allow_invalid_certificates": True},  # it knows no CA file
    )

    async def one(key: str) -> None:
        file = task.local / key
        if task.direction == "up":
            await library.put_async(store, key, file, use_multipart=task.is_large, max_concurrency=8)
            return
        answer = await library.get_async(store, key)
        with file.open("wb") as sink:
            async for chunk in answer.stream(min_chunk_size=8 * 1024 * 1024):
                sink.write(chunk)

    async def run() -> float:
        started = time.perf_counter()
        if task.is_large:
            await one(task.key)
        else:
            if task.direction == "up":
                keys = os.listdir(task.local)
            else:
                keys = [found["path"] async for page in library.list(store) for found in page]
            left = iter(keys)

            async def some() -> None:
                for key in left:
                    await one(key)

            await asyncio.gather(*(some() for _ in range(WAYS)))
        return time.perf_counter() - started

    return asyncio.run(run())


def main() -> None:
    client, direction, size, url, ca_file, local = sys.argv[1:]
    task = Task(direction, size == "large", url, Path(ca_file), Path(local), ())
    print({"s3tui": s3tui, "boto3": boto3, "obstore": obstore}[client](task))


if __name__ == "__main__":
    main()
