"""Changes whose process is killed at any instant: resumed, then undone, all is as it was before.

The engine lives in a process of its own, before a real server behind a proxy that loses answers. Each life is
ended with SIGKILL at a random instant, until one comes to its end by itself. Small here; S3TUI_LONG has 2 000
objects and more kills.
"""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.changes.moving import MoveRoot
from s3tui.transfer.changes.planning import Root
from s3tui.transfer.editing.attributes import AttributeChange
from s3tui.transfer.models import Limits
from s3tui.transfer.requests import RunChange, to_json
from tests.fault_proxy import Answer, FaultProxy, Lost, Request, Reset
from tests.long import SEED, share
from tests.patience import PATIENCE_S
from tests.processes import FORK
from tests.servers import S3Server
from tests.transfer import one_life
from tests.transfer.changes.rigged import (
    planned_deletion,
    planned_move,
    planned_revert,
    planned_set,
    planned_undo,
    state_of,
)

OBJECTS = share(120, 2000)
WANTED = AttributeChange({"content_type": "text/plain"}, tags={"a": "1"})
KILLS = share(3, 20)
LOST = share(3, 20)
LONGEST_S = share(1, 6) * 0.9
"""A life is killed after so long at the latest."""


def put_all(server: S3Server, bucket: str) -> None:
    oracle = server.boto3()
    oracle.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: oracle.put_object(Bucket=bucket, Key=f"p/{n % 7}/{n:04}", Body=b"%d" % n),
                      range(OBJECTS)))  # fmt: skip


def is_change(request: Request) -> bool:
    return request.method in ("POST", "PUT", "DELETE")


def live_through(
    server: S3Server, proxy: FaultProxy, state: Path, asked: RunChange, seed: random.Random, kills: int
) -> int:
    """Run a change to its end, with kills on the way; return how many lives were ended by one."""
    keys = server.credentials.access_key, server.credentials.secret_key.reveal()
    killed = 0
    while True:
        for _ in range(seed.randrange(LOST)):
            proxy.add(Reset() if seed.random() < 0.5 else Lost(Answer(500)), when=is_change)
        life = FORK.Process(
            target=one_life.live, args=(state, proxy.url, keys, to_json(asked), Limits(objects=8), 0)
        )
        life.start()
        deadline = time.monotonic() + seed.uniform(0.15, LONGEST_S)
        while life.is_alive() and (killed >= kills or time.monotonic() < deadline):
            life.join(0.01)
        if life.is_alive():
            life.kill()
            life.join(PATIENCE_S)
            killed += 1
        else:
            assert life.exitcode == 0
            return killed
        proxy.clear()


@pytest.mark.parametrize("kind", ["delete", "move", "set"])
def test_killed_at_any_instant_then_undone_the_bucket_is_as_before(
    ministack: S3Server, proxy: FaultProxy, tmp_path: Path, kind: str
) -> None:
    seed = random.Random(f"{SEED}/{kind}")
    bucket = ministack.make_bucket()
    put_all(ministack, bucket)
    before = state_of(ministack.boto3(), bucket)

    async def plan(undo: int | None = None) -> RunChange:
        log = ChangeLog.open(tmp_path)
        try:
            async with S3Client(ministack.endpoint, ministack.credentials) as client:
                if undo is not None:
                    change = await log.change(undo)
                    assert change is not None
                    if kind == "set":
                        return (await planned_revert(client, log, change))[0]
                    return (await planned_undo(client, log, change))[0]
                if kind == "delete":
                    return await planned_deletion(client, log, bucket, Root("p/", True))
                if kind == "set":
                    return (await planned_set(client, log, bucket, WANTED, Root("p/", True)))[0]
                return (await planned_move(client, log, bucket, MoveRoot(Root("p/", True), "q/")))[0]
        finally:
            log.close()

    asked = asyncio.run(plan())
    live_through(ministack, proxy, tmp_path / "one", asked, seed, KILLS)
    keys = {key for key, (is_marker, is_latest, _) in (
        ((key, state) for (key, _), state in state_of(ministack.boto3(), bucket).items())
    ) if is_latest and not is_marker}  # fmt: skip
    kept = {key for key, _ in before}
    assert keys == {"delete": set(), "move": {f"q/{key[2:]}" for key in kept}, "set": kept}[kind]
    if kind == "set":
        assert len(state_of(ministack.boto3(), bucket)) == 2 * len(kept)
        oracle = ministack.boto3()
        for key in sorted(kept)[::10]:
            assert oracle.head_object(Bucket=bucket, Key=key)["ContentType"] == "text/plain"
    undo = asyncio.run(plan(asked.change))
    live_through(ministack, proxy, tmp_path / "two", undo, seed, KILLS)
    assert state_of(ministack.boto3(), bucket) == before
