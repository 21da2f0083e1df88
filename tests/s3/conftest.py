"""The servers that the core's operations are tested on, with the known deviations of each.

Set S3TUI_TEST_ENDPOINT, S3TUI_TEST_ACCESS_KEY and S3TUI_TEST_SECRET_KEY (also S3TUI_TEST_REGION,
S3TUI_TEST_CA_FILE) to try them on another product instead.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3 import Credentials, S3Client
from tests.servers import S3Server

# Read at once: the environment is taken from the tests before the first fixture runs.
_GIVEN = {name: value for name, value in os.environ.items() if name.startswith("S3TUI_TEST_")}
_SERVERS = {
    "ministack": "ministack",
    "ministack-tls": "ministack_tls",
    "moto": "moto_server",
    "rclone": "rclone_server",
}

ClientFactory = Callable[..., S3Client]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "deviates(server, reason, raises): S3's behaviour is not this server's"
    )


def deviates(
    server: str, reason: str, raises: type[BaseException] | tuple[type[BaseException], ...] = AssertionError
) -> pytest.MarkDecorator:
    """Expect the test to fail on `server` (both MiniStacks go by one name), and only in this way."""
    return pytest.mark.deviates(server, reason, raises)


@pytest.fixture(params=["given"] if "S3TUI_TEST_ENDPOINT" in _GIVEN else list(_SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[S3Server]:
    """One server after the other, with the test's known deviations applied."""
    found = _given() if request.param == "given" else request.getfixturevalue(_SERVERS[request.param])
    for mark in request.node.iter_markers("deviates"):
        name, reason, raises = mark.args
        if name == found.name:
            request.applymarker(pytest.mark.xfail(reason=f"{name}: {reason}", raises=raises, strict=True))
    yield found
    if isinstance(found, _GivenServer):
        found.sweep()
        found.close()


@dataclass(slots=True)
class _GivenServer(S3Server):
    """Somebody's server: what the tests made there is taken away again."""

    made: list[str] = field(default_factory=list)

    def make_bucket(self, name: str = "bucket", *, region: str | None = None) -> str:
        # Not super(): a dataclass with slots is another class than the one that is written here.
        self.made.append(S3Server.make_bucket(self, name, region=region))
        return self.made[-1]

    def sweep(self) -> None:
        s3 = self.boto3()
        there = [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
        for bucket in (name for name in there if name.endswith(tuple(self.made))):
            for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
                s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                    version = {"Key": entry["Key"], "VersionId": entry["VersionId"]}
                    s3.delete_object(Bucket=bucket, BypassGovernanceRetention=True, **version)
            s3.delete_bucket(Bucket=bucket)


def _given() -> _GivenServer:
    ca_file = _GIVEN.get("S3TUI_TEST_CA_FILE")
    return _GivenServer(
        "given",
        _GIVEN["S3TUI_TEST_ENDPOINT"],
        Credentials(_GIVEN["S3TUI_TEST_ACCESS_KEY"], _GIVEN["S3TUI_TEST_SECRET_KEY"]),
        ca_file=None if ca_file is None else Path(ca_file),
        region=_GIVEN.get("S3TUI_TEST_REGION", "us-east-1"),
    )


def client_of(server: S3Server, credentials: Credentials | None, **options: Any) -> S3Client:
    return S3Client(server.endpoint, credentials, ca_file=server.ca_file, **options)


@pytest.fixture
async def s3(server: S3Server) -> AsyncIterator[S3Client]:
    async with client_of(server, server.credentials) as client:
        yield client


@pytest.fixture
def oracle(server: S3Server) -> Any:
    """boto3's client of the same server."""
    return server.boto3()


@pytest.fixture
def bucket(server: S3Server) -> str:
    """A fresh bucket."""
    return server.make_bucket()
