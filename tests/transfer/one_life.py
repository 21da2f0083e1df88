"""Runs an engine in a process of its own until its queue is empty; it resumes what another left."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.credentials import Credentials
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.copy import route as copy_route
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.integrity.part_plan import COPY_IN_PARTS_FROM
from s3tui.transfer.journal.journal import Journal
from s3tui.transfer.models import Limits, Transfer, TransferState
from s3tui.transfer.requests import from_json

gc.freeze()  # what is imported here is not looked at again in every process that is forked


def live(
    state: Path,
    endpoint_url: str,
    keys: tuple[str, str],
    request: str,
    limits: Limits,
    processes: int,
    read_timeout_s: float = 60.0,
) -> None:
    """Bring `request` to its end; exits with 1 where it failed, having printed why.

    Args:
        keys: the access key and its secret; a `Secret` goes to no other process by itself.
        processes: how many others move the small objects.
        read_timeout_s: how long the server may be silent.
    """
    # Else no object here were large enough for parts.
    copy_route.MAX_COPY = COPY_IN_PARTS_FROM - 1  # type: ignore[attr-defined]  # a name that it imports
    living = _live(state, endpoint_url, keys, request, limits, processes, read_timeout_s)
    transfer = asyncio.run(living)
    if transfer.state is not TransferState.DONE:
        print(transfer)  # noqa: T201 - the test that runs this shows it
        raise SystemExit(1)


async def _live(
    state: Path,
    endpoint_url: str,
    keys: tuple[str, str],
    request: str,
    limits: Limits,
    processes: int,
    read_timeout_s: float,
) -> Transfer:
    over: asyncio.Future[Transfer] = asyncio.get_running_loop().create_future()
    endpoint = Endpoint.custom(endpoint_url, region="us-east-1")
    async with S3Client(endpoint, Credentials(*keys), read_timeout_s=read_timeout_s) as client:

        async def client_for(connection: str) -> S3Client:
            return client

        engine = TransferEngine(
            client_for,
            journal=Journal.open(state),
            limits=limits,
            on_finished=over.set_result,
            processes=processes,
            changes=ChangeLog.open(state.parent),
        )
        await engine.prepare()
        left = await engine.start()
        finished = await engine.history(1)
        if left:
            await engine.resume(*left)
        elif finished:
            over.set_result(finished[0])
        else:
            await engine.add(from_json(request))
        transfer = await over
        await engine.aclose(keep=True)
        return transfer
