"""Signatures as AWS published them; those that botocore makes are in test_sigv4_botocore."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest

from s3tui.s3.credentials import Credentials
from s3tui.s3.signing import sigv4

# All of AWS's examples for S3 share these: *Signature Calculations for the Authorization Header*.
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
AT = datetime(2013, 5, 24, tzinfo=UTC)
HOST = "examplebucket.s3.amazonaws.com"
SCOPE = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"


def authorization(
    method: str, path: str, query: str, headers: dict[str, str], payload_hash: str = sigv4.EMPTY_PAYLOAD
) -> str:
    return sigv4.authorization(
        method, path, query, headers, credentials=KEYS, region="us-east-1", at=AT, payload_hash=payload_hash
    )["authorization"]


def test_get_object_with_a_range_is_signed_as_aws_documents_it() -> None:
    assert authorization("GET", "/test.txt", "", {"host": HOST, "range": "bytes=0-9"}) == (
        f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def test_put_object_with_a_date_header_is_signed_as_aws_documents_it() -> None:
    headers = {
        "host": HOST,
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    body_hash = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
    assert authorization("PUT", "/test%24file.text", "", headers, body_hash) == (
        f"AWS4-HMAC-SHA256 Credential={SCOPE}, "
        "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class, "
        "Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    )


@pytest.mark.parametrize(
    ("pairs", "signature"),
    [
        ([("lifecycle", "")], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        (
            [("prefix", "J"), ("max-keys", "2")],
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["get bucket lifecycle", "list objects"],
)
def test_a_query_is_signed_as_aws_documents_it(pairs: list[tuple[str, str]], signature: str) -> None:
    signed = authorization("GET", "/", sigv4.canonical_query(pairs), {"host": HOST})
    assert signed.endswith(f"Signature={signature}")


def test_a_presigned_query_is_the_one_that_aws_documents() -> None:
    query = sigv4.presigned_query(
        "GET",
        "/test.txt",
        (),
        {"host": HOST},
        credentials=KEYS,
        region="us-east-1",
        at=AT,
        expires_s=86400,
    )
    assert query == (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )


@pytest.mark.parametrize("expires_s", [0, -1, 604_801])
def test_a_presigned_query_lives_at_most_seven_days(expires_s: int) -> None:
    with pytest.raises(ValueError, match=r"^a presigned URL lives from one second to seven days"):
        sigv4.presigned_query(
            "GET", "/", (), {"host": HOST}, credentials=KEYS, region="us-east-1", at=AT, expires_s=expires_s
        )


CHUNKED_HEADERS = {
    "host": "s3.amazonaws.com",
    "x-amz-storage-class": "REDUCED_REDUNDANCY",
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": "66560",
}


def test_signed_chunks_are_those_that_aws_documents() -> None:
    seed = authorization(
        "PUT",
        "/examplebucket/chunkObject.txt",
        "",
        {**CHUNKED_HEADERS, "content-length": "66824"},
        sigv4.SIGNED_CHUNKS,
    )
    assert seed.endswith("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")
    signer = sigv4.ChunkSigner(seed, credentials=KEYS, region="us-east-1", at=AT)
    body = signer.chunk(b"a" * 65536) + signer.chunk(b"a" * 1024) + signer.end()
    assert body == (
        b"10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n"
        + b"a" * 65536
        + b"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n"
        + b"a" * 1024
        + b"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"
    )
    assert len(body) == 66824


def test_a_signed_trailer_is_the_one_that_aws_documents() -> None:
    seed = authorization(
        "PUT",
        "/examplebucket/chunkObject.txt",
        "",
        {**CHUNKED_HEADERS, "x-amz-trailer": "x-amz-checksum-crc32c"},
        sigv4.SIGNED_CHUNKS_AND_TRAILER,
    )
    assert seed.endswith("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e")
    signer = sigv4.ChunkSigner(seed, credentials=KEYS, region="us-east-1", at=AT)
    first, second = signer.chunk(b"a" * 65536), signer.chunk(b"a" * 1024)
    assert first.startswith(
        b"10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n"
    )
    assert second.startswith(
        b"400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n"
    )
    assert signer.end(("x-amz-checksum-crc32c", "sOO8/Q==")) == (
        b"0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n"
        b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
        b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
    )
