"""A log of changes, and a bucket that keeps versions behind the fault proxy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3tui.transfer.changes.change_log import ChangeLog
from tests.fault_proxy import FaultProxy
from tests.servers import S3Server
from tests.transfer.conftest import Rig

MakeRig = Callable[..., Rig]


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ChangeLog]:
    opened = ChangeLog.open(tmp_path / "state")
    yield opened
    opened.close()


@pytest.fixture
def versioned(make_rig: MakeRig, ministack: S3Server, proxy: FaultProxy, log: ChangeLog) -> Rig:
    """A bucket that keeps versions, on MiniStack through the proxy."""
    rig = make_rig(ministack, proxy.endpoint, changes=log)
    rig.oracle.put_bucket_versioning(Bucket=rig.bucket, VersioningConfiguration={"Status": "Enabled"})
    return rig
