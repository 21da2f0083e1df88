"""Syncs from one connection to another: each is read and written with its own client alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from s3tui.s3.client import S3Client
from s3tui.transfer.changes.change_log import ChangeLog
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import TransferState
from s3tui.transfer.sync.ends import Prefix, overlap
from s3tui.transfer.sync.models import Action, SyncOptions
from tests.servers import S3Server
from tests.transfer.changes.conftest import MakeRig
from tests.transfer.conftest import IMPATIENT, Rig
from tests.transfer.sync.rigged import lines, planned, request_of, run

_DELETES = SyncOptions(delete=True)


@dataclass
class Two:
    """A rig whose engine knows two connections, `from` and `to`."""

    rig: Rig
    clients: dict[str, S3Client]
    source: Prefix
    target: Prefix
    oracle: Any
    """Of the target."""

    def puts(self, **files: str) -> None:
        """Put objects; those whose names begin with `to_` into the target."""
        for name, content in files.items():
            oracle, end = (
                (self.oracle, self.target) if name.startswith("to_") else (self.rig.oracle, self.source)
            )
            key = end.prefix + name.removeprefix("to_")
            oracle.put_object(Bucket=end.bucket, Key=key, Body=content.encode())

    def there(self) -> dict[str, str]:
        """Return what the target has."""
        bucket, cut = self.target.bucket, len(self.target.prefix)
        found = self.oracle.list_objects_v2(Bucket=bucket, Prefix=self.target.prefix).get("Contents", [])
        return {
            each["Key"][cut:]: self.oracle.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode()
            for each in found
        }


@pytest.fixture
async def make_two(make_rig: MakeRig, ministack: S3Server, log: ChangeLog) -> AsyncIterator[Any]:
    async with AsyncExitStack() as stack:

        async def make(server: S3Server, *, accounts: tuple[str, str] = ("", ""), **read_only: bool) -> Two:
            rig = make_rig(ministack, changes=log)
            clients = {
                name: await stack.enter_async_context(
                    S3Client(
                        each.endpoint,
                        each.credentials,
                        retry=IMPATIENT,
                        read_only=read_only.get(f"{name}_reads", False),
                    )
                )
                for name, each in (("source", ministack), ("target", server))
            }

            async def client_for(connection: str) -> S3Client:
                return clients[connection]

            rig.engine = TransferEngine(client_for, changes=log, patience_s=0)
            stack.push_async_callback(rig.engine.aclose)
            bucket = rig.bucket if server is ministack else server.make_bucket()
            source = Prefix("source", rig.bucket, "from/", accounts[0])
            return Two(rig, clients, source, Prefix("target", bucket, "to/", accounts[1]), server.boto3())

        yield make


async def test_a_prefix_is_synced_to_another_endpoint_and_then_nothing_is_left(
    make_two: Any, moto_server: S3Server, log: ChangeLog
) -> None:
    two: Two = await make_two(moto_server)
    two.puts(new="x", same="y", changed="zz", to_same="y", to_changed="z", to_extra="e", to_extra2="e")
    to, source = two.clients["target"], two.clients["source"]
    change, totals = await planned(log, to, two.source, two.target, _DELETES, other=source)
    assert await lines(log, change) == {
        "changed": "replace", "extra": "delete", "extra2": "delete", "new": "send",
    }  # fmt: skip
    assert totals[Action.SAME] == 1
    await run(two.rig, change, to_connection="source")
    assert two.there() == {"changed": "zz", "new": "x", "same": "y"}
    _, totals = await planned(log, to, two.source, two.target, _DELETES, other=source)
    assert (totals.work, totals[Action.SAME]) == (0, 3)


async def test_what_may_only_be_read_is_not_written_with_the_keys_of_the_source(
    make_two: Any, ministack: S3Server, log: ChangeLog
) -> None:
    two: Two = await make_two(ministack, target_reads=True)
    two.puts(new="x", changed="zz", to_changed="z")
    change, _ = await planned(log, two.clients["target"], two.source, two.target, other=two.clients["source"])
    id = await two.rig.engine.add(request_of(change, to_connection="source"))
    ended = await two.rig.until(id, lambda row: row.state.is_final or row.state is TransferState.PAUSED)
    assert (ended.state, "may only read" in (ended.error or "")) == (TransferState.PAUSED, True)
    assert two.there() == {"changed": "z"}


@pytest.mark.parametrize("account", ["", "http://here key A"])
async def test_a_source_that_may_only_be_read_is_copied_with_the_keys_of_the_target(
    make_two: Any, ministack: S3Server, log: ChangeLog, account: str
) -> None:
    two: Two = await make_two(ministack, accounts=(account, account), source_reads=True)
    two.puts(new="x", changed="zz", to_changed="z", to_extra="e")
    change, _ = await planned(
        log, two.clients["target"], two.source, two.target, _DELETES, other=two.clients["source"]
    )
    await run(two.rig, change, to_connection="source")
    assert two.there() == {"changed": "zz", "new": "x"}


def test_ends_overlap_at_one_endpoint_whatever_the_region_and_the_keys() -> None:
    amazon = "https://s3.amazonaws.com"
    source = Prefix("eu", "b", "a/", f"{amazon} key A")
    inside = Prefix("us", "b", "a/x/", f"{amazon} key B")
    elsewhere = Prefix("us", "b", "a/x/", "http://127.0.0.1:9000 key A")
    assert "lies inside of the other" in (overlap(source, inside, one_endpoint=False) or "")
    assert overlap(source, elsewhere, one_endpoint=False) is None
