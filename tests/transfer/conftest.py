"""An engine on real servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.client import S3Client
from s3tui.s3.request.options import CallDefaults
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.copy import route as copy_route
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.integrity.part_plan import COPY_IN_PARTS_FROM
from s3tui.transfer.models import Transfer, TransferState
from tests.fault_proxy import FaultProxy
from tests.patience import PATIENCE_S
from tests.servers import S3Server

MIB = 1024 * 1024
IMPATIENT = RetryPolicy(attempts=3, base_s=0.01, cap_s=0.05)


@dataclass
class Rig:
    """An engine, the server it talks to, a bucket, a folder, and boto3 as the oracle."""

    engine: TransferEngine
    oracle: Any
    bucket: str
    folder: Path
    server: str = ""
    finished: list[Transfer] = field(default_factory=list)
    client: S3Client = field(init=False)

    def transfer(self, id: int) -> Transfer:
        return next(transfer for transfer in self.engine.snapshot().transfers if transfer.id == id)

    async def until(self, id: int, condition: Callable[[Transfer], bool]) -> Transfer:
        async with asyncio.timeout(PATIENCE_S):
            while not condition(self.transfer(id)):  # noqa: ASYNC110 - snapshots are polled, as the UI does
                await asyncio.sleep(0.01)
        return self.transfer(id)

    async def end(self, id: int) -> Transfer:
        return await self.until(id, lambda transfer: transfer.state.is_final)

    async def done(self, id: int) -> Transfer:
        transfer = await self.end(id)
        assert (transfer.state, transfer.error) == (TransferState.DONE, None)
        return transfer

    def put(self, key: str, data: bytes = b"data", **options: object) -> bytes:
        self.oracle.put_object(Bucket=self.bucket, Key=key, Body=data, **options)
        return data

    def get(self, key: str) -> bytes:
        body: bytes = self.oracle.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body

    def keys(self) -> set[str]:
        return {found["Key"] for found in self.oracle.list_objects_v2(Bucket=self.bucket).get("Contents", [])}

    def open_uploads(self) -> list[object]:
        found: list[object] = self.oracle.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return found

    def files(self) -> set[str]:
        """Return the files below a folder, part files too."""
        return {
            path.relative_to(self.folder).as_posix()
            for path in self.folder.rglob("*")
            if path.is_symlink() or not path.is_dir()
        }


@pytest.fixture(autouse=True)
def copies_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy in parts from the size on that AWS is asked for it: else no object here were large enough."""
    monkeypatch.setattr(copy_route, "MAX_COPY", COPY_IN_PARTS_FROM - 1)


@pytest.fixture
async def make_rig(tmp_path: Path) -> AsyncIterator[Callable[..., Rig]]:
    async with AsyncExitStack() as stack:

        def make(server: S3Server, endpoint: Endpoint | None = None, **options: Any) -> Rig:
            client = S3Client(
                endpoint or server.endpoint,
                server.credentials,
                retry=IMPATIENT,
                read_timeout_s=options.pop("read_timeout_s", 4 * PATIENCE_S),
                defaults=options.pop("defaults", CallDefaults()),
                transport=options.pop("transport", None),
            )
            stack.push_async_callback(client.aclose)

            async def client_for(connection: str) -> S3Client:
                return client

            finished: list[Transfer] = []
            options.setdefault("patience_s", 0)
            engine = TransferEngine(client_for, on_finished=finished.append, **options)
            stack.push_async_callback(engine.aclose)
            folder = tmp_path / "files"
            folder.mkdir()
            rig = Rig(engine, server.boto3(), server.make_bucket(), folder, server.name, finished)
            rig.client = client
            return rig

        yield make


@pytest.fixture(params=["ministack", "moto_server"])
def rig(make_rig: Callable[..., Rig], request: pytest.FixtureRequest) -> Rig:
    """Each test on two servers that were not written by the same people."""
    return make_rig(request.getfixturevalue(request.param))


@pytest.fixture
def faulty(make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy) -> Rig:
    """On MiniStack through `proxy`; the oracle goes past it."""
    return make_rig(ministack, proxy.endpoint)
