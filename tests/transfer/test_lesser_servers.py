"""Transfers on servers and policies that allow less than S3's own: what may be moved is moved."""

from __future__ import annotations

import random
from itertools import product

import pytest

from s3tui.transfer.requests import DownloadObject, DownloadPrefix, UploadFile, UploadFolder
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.transfer.conftest import MIB, Rig

LARGE = random.Random(1).randbytes(17 * MIB + 5)
DENIED = Answer(403, {}, b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>")
REFUSED = {
    400: Answer(400, {}, b"<Error><Code>InvalidArgument</Code><Message>Unsupported header</Message></Error>"),
    501: Answer(501, {}, b"<Error><Code>NotImplemented</Code></Error>"),
}


def is_head(request: Request) -> bool:
    return request.method == "HEAD"


def is_listing(request: Request) -> bool:
    return "list-type" in request.target


def has_checksum(request: Request) -> bool:
    return any(name.startswith(("x-amz-checksum", "x-amz-sdk-checksum")) for name in request.headers)


@pytest.mark.parametrize("size", [0, 1, 3000, len(LARGE)])
async def test_what_may_be_read_arrives_where_head_and_listing_are_refused(
    faulty: Rig, proxy: FaultProxy, size: int
) -> None:
    data = faulty.put("home/k", LARGE[:size])
    proxy.add(DENIED, when=is_listing, times=None)
    proxy.add(Answer(403), when=is_head, times=None)
    target = faulty.folder / "k"
    await faulty.done(await faulty.engine.add(DownloadObject("c", faulty.bucket, "home/k", target)))
    assert target.read_bytes() == data
    assert faulty.files() == {"k"}


@pytest.mark.parametrize(("status", "size"), product(REFUSED, [0, 3000, len(LARGE)]))
async def test_a_server_that_refuses_checksums_is_sent_and_asked_everything_without(
    faulty: Rig, proxy: FaultProxy, status: int, size: int
) -> None:
    proxy.add(REFUSED[status], when=has_checksum, times=None)
    source, target = faulty.folder / "source", faulty.folder / "target"
    source.write_bytes(LARGE[:size])
    await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k")))
    assert faulty.get("k") == LARGE[:size]
    await faulty.done(await faulty.engine.add(DownloadObject("c", faulty.bucket, "k", target)))
    assert target.read_bytes() == LARGE[:size]
    first = sum(map(has_checksum, proxy.requests))
    target.unlink()
    await faulty.done(await faulty.engine.add(UploadFile("c", source, faulty.bucket, "k2")))
    await faulty.done(await faulty.engine.add(DownloadObject("c", faulty.bucket, "k2", target)))
    assert sum(map(has_checksum, proxy.requests)) == first  # learnt once


async def test_many_small_files_learn_it_once(faulty: Rig, proxy: FaultProxy) -> None:
    proxy.add(REFUSED[501], when=has_checksum, times=None)
    (faulty.folder / "many").mkdir()
    for number in range(40):
        (faulty.folder / "many" / f"{number}").write_bytes(b"%d" % number)
    await faulty.done(
        await faulty.engine.add(UploadFolder("c", faulty.folder / "many", faulty.bucket, "many/"))
    )
    assert faulty.keys() == {f"many/{number}" for number in range(40)}
    await faulty.done(
        await faulty.engine.add(DownloadPrefix("c", faulty.bucket, "many/", faulty.folder / "back"))
    )
    assert {path.name: path.read_bytes() for path in (faulty.folder / "back").iterdir()} == {
        f"{number}": b"%d" % number for number in range(40)
    }
