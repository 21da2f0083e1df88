"""The servers that the core's operations are tried on, and what each is known to do otherwise.

Set S3TUI_TEST_ENDPOINT, S3TUI_TEST_ACCESS_KEY and S3TUI_TEST_SECRET_KEY (also S3TUI_TEST_REGION,
S3TUI_TEST_CA_FILE) to try them on another product instead.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from s3tui.s3 import Credentials, S3Client
from s3tui.s3.errors import S3Error
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
def server(request: pytest.FixtureRequest) -> S3Server:
    """One server after the other, with the test's known deviations applied."""
    found = _given() if request.param == "given" else request.getfixturevalue(_SERVERS[request.param])
    for mark in request.node.iter_markers("deviates"):
        name, reason, raises = mark.args
        if name == found.name:
            request.applymarker(pytest.mark.xfail(reason=f"{name}: {reason}", raises=raises, strict=True))
    return found


def _given() -> S3Server:
    ca_file = _GIVEN.get("S3TUI_TEST_CA_FILE")
    return S3Server(
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
def bucket(server: S3Server) -> Iterator[str]:
    """A fresh bucket; emptied and deleted again where it is not our own server."""
    name = server.make_bucket()
    yield name
    if server.name == "given":
        oracle = server.boto3()
        for page in oracle.get_paginator("list_object_versions").paginate(Bucket=name):
            for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
                oracle.delete_object(Bucket=name, Key=entry["Key"], VersionId=entry["VersionId"])
        oracle.delete_bucket(Bucket=name)


async def code_of(awaitable: Any) -> str:
    """Return the code of the error that must come."""
    with pytest.raises(S3Error) as caught:
        await awaitable
    code: str = getattr(caught.value, "code", type(caught.value).__name__)
    return code
