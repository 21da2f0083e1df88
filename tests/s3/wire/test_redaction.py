"""Redaction: nothing that proves who one is passes; all else does."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3tui.s3 import S3Client
from s3tui.s3.wire.redaction import REDACTED, kept_details, redacted_headers, redacted_url, sent_request
from tests.servers import S3Server

SECRETS = [
    "Authorization",
    "X-Amz-Security-Token",
    "x-amz-s3session-token",
    "X-Amz-Server-Side-Encryption-Customer-Key",
    "x-amz-server-side-encryption-customer-key-MD5",
    "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key",
    "DPoP",
    "x-amz-sso_bearer_token",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
]
QUERY = ["X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-S3session-Token", "Signature"]


@given(st.sampled_from(SECRETS), st.text("abcXYZ019+/=", min_size=8, max_size=40))
def test_secret_headers_are_named_alone(name: str, value: str) -> None:
    assert redacted_headers([(name.encode(), value.encode())]) == ((name.lower(), REDACTED),)


def test_other_headers_stay() -> None:
    pairs = [(b"Range", b"bytes=0-1"), (b"x-amz-server-side-encryption-customer-algorithm", b"AES256")]
    assert redacted_headers(pairs) == (
        ("range", "bytes=0-1"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
    )


@pytest.mark.parametrize("name", QUERY)
def test_secrets_of_signed_links_are_named_alone(name: str) -> None:
    url = f"https://b.s3.amazonaws.com/a%20b+c?versionId=x%2Fy&{name.upper()}=s3cret&X-Amz-Date=2026&flag"
    shown = redacted_url(url)
    assert "s3cret" not in shown
    assert shown == url.replace("s3cret", REDACTED)


@pytest.mark.parametrize("name", ["Location", "Content-Location", "Link", "Refresh"])
def test_a_signed_link_in_an_answers_header_is_without_its_signature(name: str) -> None:
    link = "https://[h/a?X-Amz-Credential=s3cret%2F1&X-Amz-Date=2026&x-amz-signature=s3cret"
    [(_, shown)] = redacted_headers([(name.encode(), f"<{link}>; 0".encode())])
    assert shown == f"<{link.replace('s3cret%2F1', REDACTED).replace('s3cret', REDACTED)}>; 0"
    [(_, stays)] = redacted_headers([(b"Location", b"/b/a?prefix=signature=1")])
    assert stays == "/b/a?prefix=signature=1"


def test_what_an_error_repeats_of_a_requests_secrets_is_not_kept() -> None:
    for name in ("Authorization", "x-amz-server-side-encryption-customer-key", "X-Amz-Signature"):
        said = {"Code": "InvalidArgument", "ArgumentName": name, "ArgumentValue": "s3cret"}
        assert kept_details(said) == {**said, "ArgumentValue": REDACTED}
    said = {"ArgumentName": "max-keys", "ArgumentValue": "-1"}
    assert kept_details(said) == said
    query = "X-Amz-Security-Token=s3cret&x-id=1"
    assert "s3cret" not in str(kept_details({"CanonicalRequest": f"GET\n/b\n{query}\nhost:h\n"}))


def test_a_url_without_secrets_stays_as_it_was() -> None:
    url = "http://127.0.0.1:9000/b/%E2%82%AC?list-type=2&prefix=a%2Bb&empty="
    assert redacted_url(url) == url
    assert redacted_url("http://user:pass@h:1/x") == "http://h:1/x"


async def test_the_request_of_a_head_is_what_was_sent(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    ministack.boto3().put_object(Bucket=bucket, Key="a b", Body=b"x")
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        head = await s3.head_object(bucket, "a b")
    assert head.request is not None
    headers = dict(head.request.headers)
    assert (head.request.method, head.request.url) == ("HEAD", f"{ministack.endpoint_url}/{bucket}/a%20b")
    assert headers["authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={REDACTED}/20")
    assert headers["authorization"].endswith(f"Signature={REDACTED}")
    assert "SignedHeaders=host;" in headers["authorization"]
    assert ministack.credentials.access_key not in str(head.request)


def test_an_authorization_of_another_form_is_hidden() -> None:
    for value in ("AWS AKIA:sig", "Bearer x", "AWS4-HMAC-SHA256 Credential=a b, Signature=c"):
        request = httpx.Request("GET", "http://h/", headers={"authorization": value})
        assert dict(sent_request(request).headers)["authorization"] == REDACTED
