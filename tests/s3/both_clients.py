"""What our client and botocore's send for the same call, at a frozen time and without a network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl

import botocore.auth
import botocore.crt.auth
import botocore.session
import httpx
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config

from s3tui.s3 import CallDefaults, Credentials, Endpoint, S3Client
from s3tui.s3.checksum import ChecksumMode

AT = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "user/token==")
PLAIN = CallDefaults(checksums=ChecksumMode.NEVER)
LATER = datetime(2099, 1, 1, tzinfo=UTC)
"""An end of a session that botocore, which knows no other clock than the machine's, never meets."""


def session(end: datetime, number: int = 1) -> bytes:
    return (
        '<CreateSessionResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Credentials>'
        f"<SessionToken>token/{number}+=</SessionToken><SecretAccessKey>secret{number}</SecretAccessKey>"
        f"<AccessKeyId>ASIASESSION{number}</AccessKeyId><Expiration>{end:%Y-%m-%dT%H:%M:%SZ}</Expiration>"
        "</Credentials></CreateSessionResult>"
    ).encode()


COPIED = b"<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>"
LISTED = b"<ListBucketResult><KeyCount>0</KeyCount></ListBucketResult>"
OPENED = b"<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>"
NONE = b"<ListAllMyDirectoryBucketsResult><Buckets/></ListAllMyDirectoryBucketsResult>"


def answer_to(method: str, url: str, headers: Any) -> bytes:
    """Return the body of a plausible answer."""
    if "x-amz-copy-source" in headers:
        return COPIED
    if "s3express-control" in url and method == "GET":
        return NONE
    for part, body in (("session", session(LATER)), ("list-type=2", LISTED), ("uploads", OPENED)):
        if part in url:
            return body
    return b""


Headers = dict[str, str]
Wire = tuple[str, str, Headers]


class Recording(httpx.AsyncBaseTransport):
    def __init__(self) -> None:
        self.sent: list[Wire] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = f"{request.url.scheme}://{request.url.netloc.decode()}{request.extensions['target'].decode()}"
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.sent.append((request.method, url, headers))
        body = answer_to(request.method, url, headers)
        return httpx.Response(200, headers={"etag": '"e"', "x-amz-request-id": "1"}, content=body)


@contextmanager
def frozen() -> Iterator[None]:
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", return_value=AT),
        mock.patch.object(botocore.crt.auth, "get_current_datetime", return_value=AT),
    ):
        yield


def theirs(call: Callable[[Any], object], *, keys: Credentials = KEYS, **config: Any) -> list[Wire]:
    """Return what botocore's client sends for `call`."""
    botocore_session = botocore.session.Session()
    token = keys.session_token.reveal() if keys.session_token else None
    botocore_session.set_credentials(keys.access_key, keys.secret_key.reveal(), token)
    quiet = Config(
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        retries={"total_max_attempts": 1},
        **config,
    )
    client = botocore_session.create_client("s3", "us-east-1", config=quiet)
    sent: list[Wire] = []

    def take(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else str(value)
            for name, value in request.headers.items()
        }
        sent.append((request.method, request.url, headers))
        body = answer_to(request.method, request.url, headers)
        raw = mock.Mock(stream=lambda: iter([body]), read=lambda *_: body)
        return AWSResponse(request.url, 200, {"etag": '"e"', "x-amz-request-id": "1"}, raw)

    client.meta.events.register("before-send.s3", take)
    with frozen():
        call(client)
    return sent


async def ours(
    call: Callable[[S3Client], Awaitable[object]],
    endpoint: Endpoint | None = None,
    *,
    keys: Credentials = KEYS,
) -> list[Wire]:
    """Return what our client sends for `call`."""
    transport = Recording()
    async with S3Client(
        endpoint or Endpoint.aws("us-east-1"), keys, defaults=PLAIN, now=lambda: AT, transport=transport
    ) as s3:
        await call(s3)
    return transport.sent


OURS_ALONE = {"content-length", "x-amz-metadata-directive"}
"""botocore lets its HTTP library add the first, and leaves the second to S3's default."""


def comparable(wire: Wire) -> Wire:
    """Return what matters of a request: not who sent it, and its signature only as far as its scope."""
    method, url, headers = wire
    kept = {
        name: value
        for name, value in headers.items()
        if name.startswith(("x-amz-", "content-")) and name not in OURS_ALONE
    }
    scope = headers["authorization"].partition(",")[0]
    path, _, query = url.partition("?")
    pairs = sorted(parse_qsl(query, keep_blank_values=True))
    return method, f"{path}?{pairs}", {**kept, "authorization": scope}
