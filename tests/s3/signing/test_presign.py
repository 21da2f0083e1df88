from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import pytest
from botocore.config import Config

from s3tui.s3 import Credentials, Endpoint, PresignedUrl, ResponseOverrides, S3Client
from s3tui.s3.address.endpoint import Addressing
from s3tui.s3.errors import CredentialsError, ReadOnly
from s3tui.s3.request.options import CustomerKey
from s3tui.s3.signing.presign import presign
from tests.patience import PATIENCE_S
from tests.servers import S3Server

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "token+/=")
KEY = "a b/ü//.. %+~'()*!"
OVERRIDES = ResponseOverrides(
    cache_control="no-store",
    content_disposition='attachment; filename="a b.txt"',
    content_encoding="identity",
    content_language="de",
    content_type="text/plain; charset=utf-8",
    expires="Tue, 01 Dec 2026 16:00:00 GMT",
)
THEIR_OVERRIDES = {
    "ResponseCacheControl": "no-store",
    "ResponseContentDisposition": 'attachment; filename="a b.txt"',
    "ResponseContentEncoding": "identity",
    "ResponseContentLanguage": "de",
    "ResponseContentType": "text/plain; charset=utf-8",
    "ResponseExpires": datetime(2026, 12, 1, 16, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("method", "operation", "ours", "theirs"),
    [
        ("GET", "get_object", {}, {}),
        ("GET", "get_object", {"version_id": "v+1/="}, {"VersionId": "v+1/="}),
        ("HEAD", "head_object", {}, {}),
        ("PUT", "put_object", {}, {}),
        ("PUT", "put_object", {"content_type": "image/png"}, {"ContentType": "image/png"}),
        ("DELETE", "delete_object", {"version_id": "v1"}, {"VersionId": "v1"}),
    ],
)
@pytest.mark.parametrize("addressing", [Addressing.AUTO, Addressing.PATH])
def test_a_presigned_url_is_byte_for_byte_botocores(
    method: str, operation: str, ours: Any, theirs: Any, addressing: Addressing
) -> None:
    url = presign(
        method,
        Endpoint.aws("eu-west-1", addressing=addressing),
        "bucket",
        KEY,
        credentials=KEYS,
        at=AT,
        expires_s=600,
        **ours,
    )
    assert url.url == _botocores(operation, addressing, theirs)
    assert (str(url), url.method) == (url.url, method)
    assert url.headers == ({"content-type": ours["content_type"]} if "content_type" in ours else {})


def test_it_lives_an_hour_unless_asked_otherwise_as_botocores() -> None:
    url = presign("GET", Endpoint.aws("eu-west-1"), "bucket", KEY, credentials=KEYS, at=AT)
    assert url.url == _botocores("get_object", Addressing.AUTO, {}, expires_s=3600)


@pytest.mark.parametrize(("method", "operation"), [("GET", "get_object"), ("HEAD", "head_object")])
def test_response_overrides_are_those_that_botocore_signs(method: str, operation: str) -> None:
    ours = presign(
        method,
        Endpoint.aws("eu-west-1"),
        "bucket",
        KEY,
        credentials=KEYS,
        at=AT,
        expires_s=600,
        overrides=OVERRIDES,
    )
    assert ours.url == _botocores(operation, Addressing.AUTO, THEIR_OVERRIDES)


@pytest.mark.parametrize(
    ("method", "operation"), [("GET", "get_object"), ("HEAD", "head_object"), ("PUT", "put_object")]
)
def test_a_customers_key_is_bound_to_the_url_as_botocore_binds_it(method: str, operation: str) -> None:
    key = CustomerKey(bytes(range(32)))
    ours = presign(
        method,
        Endpoint.aws("eu-west-1"),
        "bucket",
        KEY,
        credentials=KEYS,
        at=AT,
        expires_s=600,
        customer_headers=key.headers(),
    )
    theirs = _botocores(
        operation, Addressing.AUTO, {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key.key}
    )
    assert ours.url == theirs
    assert dict(ours.headers) == key.headers()
    assert "AAECAwQF" not in repr(ours)


def _botocores(
    operation: str, addressing: Addressing, parameters: dict[str, Any], expires_s: int = 600
) -> str:
    client = boto3.client(
        "s3",
        "eu-west-1",
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key.reveal(),
        aws_session_token=None if KEYS.session_token is None else KEYS.session_token.reveal(),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if addressing is Addressing.PATH else "virtual"},
        ),
    )
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", return_value=AT),
        # Where awscrt is installed, botocore would let it sign, in another order.
        mock.patch.dict(botocore.auth.AUTH_TYPE_MAPS, {"s3v4-query": botocore.auth.S3SigV4QueryAuth}),
    ):
        url: str = client.generate_presigned_url(
            operation, {"Bucket": "bucket", "Key": KEY, **parameters}, ExpiresIn=expires_s
        )
    client.close()
    return url


@pytest.mark.parametrize(
    ("asked_s", "session_s", "effective_s"),
    [
        (3600, None, 3600),
        (10**9, None, 604_800),
        (3600, 7200, 3600),
        (3600, 900, 900),
        (1, None, 1),
        (3600, 1, 1),
        (604_800, 43_200, 43_200),
    ],
)
def test_it_ends_as_asked_but_within_seven_days_and_the_session(
    asked_s: int, session_s: int | None, effective_s: int
) -> None:
    end = None if session_s is None else AT + timedelta(seconds=session_s)
    url = presign(
        "GET",
        Endpoint.aws(),
        "bucket",
        "k",
        credentials=replace(KEYS, expires_at=end),
        at=AT,
        expires_s=asked_s,
    )
    assert url.expires_at == AT + timedelta(seconds=effective_s)
    assert f"X-Amz-Expires={effective_s}&" in url.url


def test_a_session_that_has_ended_signs_nothing() -> None:
    ended = replace(KEYS, expires_at=AT)
    with pytest.raises(
        CredentialsError, match=r"^the session of these keys has ended: sign in again before signing a URL$"
    ):
        presign("GET", Endpoint.aws(), "bucket", "k", credentials=ended, at=AT)


@pytest.mark.parametrize(
    ("method", "more", "said"),
    [
        ("POST", {}, "a URL can be presigned for DELETE, GET, HEAD, PUT, not for POST"),
        ("GET", {"expires_s": 0}, "a presigned URL lives at least one second"),
        (
            "PUT",
            {"overrides": OVERRIDES},
            "the headers of the answer can be chosen for GET and HEAD, not for PUT",
        ),
        ("GET", {"content_type": "text/plain"}, "a content type is asked of PUT, not of GET"),
    ],
)
def test_what_no_url_can_do_is_refused(method: str, more: Any, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}$"):
        presign(method, Endpoint.aws(), "bucket", "k", credentials=KEYS, at=AT, **more)


def test_the_url_is_shown_only_when_it_is_asked_for() -> None:
    url = presign("GET", Endpoint.aws(), "bucket", "k", credentials=KEYS, at=AT)
    assert str(url) == url.url
    assert "Signature" not in repr(url)
    assert "token" not in repr(url)


async def test_whoever_holds_it_can_put_head_get_and_delete(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        put = await s3.presign("PUT", bucket, KEY, content_type="text/plain")
        head, get, delete = [await s3.presign(method, bucket, KEY) for method in ("HEAD", "GET", "DELETE")]
        shown = await s3.presign("GET", bucket, KEY, overrides=ResponseOverrides(content_type="image/png"))
    assert _do(put, b"hello")[0] == 200
    assert _do(head)[1]["Content-Length"] == "5"
    assert _do(get)[2] == b"hello"
    assert _do(shown)[1]["Content-Type"] == "image/png"
    assert _do(delete)[0] == 204
    assert _do(get)[0] == 404


async def test_a_changed_content_type_or_key_breaks_the_signature(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        put = await s3.presign("PUT", bucket, "k", content_type="text/plain")
        get = await s3.presign("GET", bucket, "k")
    assert _do(replace(put, headers={"content-type": "text/html"}), b"x")[0] == 403
    assert _do(replace(get, url=get.url.replace("/k?", "/other?")))[0] == 403


async def test_a_version_of_an_object_can_be_presigned(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    oracle = ministack.boto3()
    oracle.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = oracle.put_object(Bucket=bucket, Key="k", Body=b"first")["VersionId"]
    oracle.put_object(Bucket=bucket, Key="k", Body=b"second")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        assert _do(await s3.presign("GET", bucket, "k", version_id=first))[2] == b"first"


async def test_a_read_only_client_presigns_no_write() -> None:
    async with S3Client(Endpoint.aws(), KEYS, read_only=True) as s3:
        assert (await s3.presign("GET", "bucket", "k")).method == "GET"
        with pytest.raises(ReadOnly):
            await s3.presign("DELETE", "bucket", "k")


async def test_an_anonymous_client_presigns_nothing() -> None:
    async with S3Client(Endpoint.aws(), None) as s3:
        with pytest.raises(CredentialsError, match="anonymous"):
            await s3.presign("GET", "bucket", "k")


def _do(presigned: PresignedUrl, body: bytes | None = None) -> tuple[int, Any, bytes]:
    request = urllib.request.Request(str(presigned), body, dict(presigned.headers), method=presigned.method)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()
