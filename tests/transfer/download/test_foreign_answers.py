"""Foreign responses: a 200 that is not S3's (a portal's page, a proxy's word) moves and stores nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from s3tui.s3.client import S3Client
from s3tui.s3.errors import TransportError
from s3tui.s3.retries import RetryPolicy
from s3tui.transfer.engine import TransferEngine
from s3tui.transfer.models import Conflict, Limits, TransferState
from s3tui.transfer.requests import CopyObject, DownloadObject, DownloadPrefix, UploadFile, UploadFolder
from tests.fault_proxy import Answer, FaultProxy, Request
from tests.servers import S3Server
from tests.transfer.conftest import Rig

PAGE = b"<html><body>Log in to this network</body></html>"
FOREIGN = {
    "a web page": Answer(200, headers={"content-type": "text/html; charset=utf-8"}, body=PAGE),
    "nothing": Answer(200),
    "some text": Answer(200, headers={"content-type": "text/plain"}, body=b"ok"),
}
BODY = b"what was really there" * 50


@pytest.fixture
async def s3(ministack: S3Server, proxy: FaultProxy) -> AsyncIterator[S3Client]:
    policy = RetryPolicy(attempts=2, base_s=0.01, cap_s=0.02)
    async with S3Client(proxy.endpoint, ministack.credentials, retry=policy) as client:
        yield client


@pytest.fixture
async def rig(
    make_rig: Callable[..., Rig], ministack: S3Server, proxy: FaultProxy, s3: S3Client
) -> AsyncIterator[Rig]:
    rig = make_rig(ministack, proxy.endpoint)

    async def client_for(connection: str) -> S3Client:
        return s3

    rig.engine = TransferEngine(client_for, limits=Limits(objects=4, parts=2), patience_s=600)
    yield rig
    await rig.engine.aclose()


def about_objects(method: str) -> Callable[[Request], bool]:
    return lambda request: request.method == method and request.target.count("/") > 1


@pytest.mark.parametrize("method", ["get", "head", "put"])
async def test_a_web_page_is_no_answer_about_an_object(
    rig: Rig, proxy: FaultProxy, s3: S3Client, method: str
) -> None:
    rig.put("k", BODY)
    proxy.add(FOREIGN["a web page"], when=about_objects(method.upper()), times=None)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "get": lambda: s3.get_object(rig.bucket, "k"),
        "head": lambda: s3.head_object(rig.bucket, "k"),
        "put": lambda: s3.put_object(rig.bucket, "k", b"new"),
    }
    with pytest.raises(TransportError, match="on the way"):
        await calls[method]()


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize("answer", FOREIGN)
async def test_what_somebody_else_took_is_not_uploaded(
    rig: Rig, proxy: FaultProxy, answer: str, many: bool
) -> None:
    proxy.add(FOREIGN[answer], when=about_objects("PUT"), times=None)
    folder = rig.folder / "up"
    folder.mkdir(parents=True)
    for name in "abc":
        (folder / name).write_bytes(BODY)
    if many:
        id = await rig.engine.add(UploadFolder("c", folder, rig.bucket, "", conflict=Conflict.OVERWRITE))
    else:
        id = await rig.engine.add(UploadFile("c", folder / "a", rig.bucket, "a", conflict=Conflict.OVERWRITE))
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state is not TransferState.DONE
    proxy.clear()
    await rig.engine.retry(id)
    await rig.done(id)
    assert rig.keys() == ({"a", "b", "c"} if many else {"a"})


@pytest.mark.parametrize("job", ["a listing", "a copy"])
async def test_a_transfer_waits_where_a_web_page_stands_for_a_document(
    rig: Rig, proxy: FaultProxy, job: str
) -> None:
    rig.put("p/k", BODY)
    is_due: Callable[[Request], bool] = {
        "a listing": lambda request: "list-type" in request.target,
        "a copy": about_objects("PUT"),
    }[job]
    proxy.add(Answer(200, headers={"content-type": "text/html"}, body=PAGE), when=is_due, times=None)
    if job == "a listing":
        id = await rig.engine.add(DownloadPrefix("c", rig.bucket, "p/", rig.folder))
    else:
        id = await rig.engine.add(CopyObject("c", rig.bucket, "p/k", rig.bucket, "p/k2"))
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state is TransferState.WAITING, row.error
    proxy.clear()
    await rig.engine.retry(id)
    await rig.done(id)
    assert (rig.folder / "k").read_bytes() == BODY if job == "a listing" else rig.get("p/k2") == BODY


async def test_a_length_that_cannot_be_fails_at_once(rig: Rig, proxy: FaultProxy) -> None:
    rig.put("k", BODY)
    proxy.add(
        Answer(200, headers={"etag": '"e"', "content-length": "9" * 20}),
        when=about_objects("GET"),
        times=None,
    )
    id = await rig.engine.add(DownloadObject("c", rig.bucket, "k", rig.folder / "k"))
    row = await rig.until(id, lambda row: row.state is TransferState.WAITING or row.state.is_final)
    assert row.state is TransferState.FAILED
    assert "a length that no body has" in str(row.error)
    assert "k" not in rig.files()
