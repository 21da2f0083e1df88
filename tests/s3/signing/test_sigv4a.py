"""Signature Version 4A: requests are botocore's, and both signatures verify over the same string to sign.

Signatures are random: no two are equal. The key pair is the one that aws-c-auth publishes for these keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from awscrt.crypto import EC

from s3tui.s3 import Credentials, S3Client
from tests.s3.both_clients import Wire, comparable, ours, theirs

MULTI_REGION = "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"
OUTPOST = "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-01234567890123456/accesspoint/reports"
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
TEMPORARY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "token+/=")
X = "b6618f6a65740a99e650b33b6b4b5bd0d43b176d721a3edfea7e7d2d56d936b1"
Y = "865ed22a7eadc9c5cb9d2cbaca1b3699139fedc5043dc6661864218330c8e518"
P_256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""The beginning of a public key of that curve (RFC 5480); the two coordinates follow."""
PUBLIC_KEY = EC.new_key_from_der_data(P_256 + bytes.fromhex(X + Y))
ALGORITHM = "AWS4-ECDSA-P256-SHA256"

Calls = dict[str, tuple[Callable[[S3Client, str], Awaitable[object]], Callable[[Any, str], object]]]
CALLS: Calls = {
    "get": (
        lambda s3, b: s3.get_object(b, "a b//../é", version_id="v/1+"),
        lambda c, b: c.get_object(Bucket=b, Key="a b//../é", VersionId="v/1+"),
    ),
    "put": (
        lambda s3, b: s3.put_object(b, "k", b"data", metadata={"a": "b  c"}),
        lambda c, b: c.put_object(
            Bucket=b, Key="k", Body=b"data", Metadata={"a": "b  c"}, ContentType="application/octet-stream"
        ),
    ),
    "delete": (lambda s3, b: s3.delete_object(b, "k"), lambda c, b: c.delete_object(Bucket=b, Key="k")),
}


def string_to_sign(method: str, target: str, headers: dict[str, str], names: list[str], payload: str) -> str:
    """Return what is signed, as *Create a signed AWS API request* has it."""
    path, _, query = target.partition("?")
    pairs = sorted((quote(n, safe="-_.~"), quote(v, safe="-_.~")) for n, v in parse_qsl(query, True))
    folded = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    canonical = "\n".join(
        (method, path, "&".join(f"{n}={v}" for n, v in pairs), folded, ";".join(names), payload)
    )
    scope = f"{headers['x-amz-date'][:8]}/{headers['service']}/aws4_request"
    return "\n".join(
        (ALGORITHM, headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest())
    )


def verifies(text: str, signature: str) -> bool:
    return PUBLIC_KEY.verify(hashlib.sha256(text.encode()).digest(), bytes.fromhex(signature))


def is_signed(wire: Wire, service: str) -> bool:
    """Say whether a request's signature verifies."""
    method, url, headers = wire
    parts = urlsplit(url)
    algorithm, _, rest = headers["authorization"].partition(" ")
    fields = dict(field.split("=", 1) for field in rest.split(", "))
    assert (algorithm, fields["Credential"]) == (ALGORITHM, f"AKIDEXAMPLE/20261120/{service}/aws4_request")
    given = {**headers, "host": parts.netloc, "service": service}
    names = fields["SignedHeaders"].split(";")
    assert {"host", "x-amz-date", "x-amz-region-set", "x-amz-content-sha256"} <= set(names)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    text = string_to_sign(method, target, given, names, headers["x-amz-content-sha256"])
    return verifies(text, fields["Signature"])


@pytest.mark.parametrize("keys", [KEYS, TEMPORARY], ids=["keys", "temporary"])
@pytest.mark.parametrize(("bucket", "service"), [(MULTI_REGION, "s3"), (OUTPOST, "s3-outposts")])
@pytest.mark.parametrize("name", CALLS)
async def test_requests_for_all_regions_are_botocores_and_verify(
    name: str, bucket: str, service: str, keys: Credentials
) -> None:
    our_call, their_call = CALLS[name]
    (mine,) = await ours(lambda s3: our_call(s3, bucket), keys=keys)
    (others,) = theirs(
        lambda client: their_call(client, bucket), keys=keys, s3={"payload_signing_enabled": True}
    )
    assert comparable(mine) == comparable(others)
    assert mine[2]["x-amz-region-set"] == "*"
    assert is_signed(others, service)
    assert is_signed(mine, service)


async def test_a_url_for_all_regions_is_botocores_and_verifies() -> None:
    links: list[str] = []

    async def link(s3: S3Client) -> None:
        links.append(str(await s3.presign("GET", MULTI_REGION, "a b", version_id="v+", expires_s=60)))

    def their_link(client: Any) -> None:
        asked = {"Bucket": MULTI_REGION, "Key": "a b", "VersionId": "v+"}
        links.append(client.generate_presigned_url("get_object", Params=asked, ExpiresIn=60))

    await ours(link, keys=TEMPORARY)
    theirs(their_link, keys=TEMPORARY)
    signatures = []
    for at, url in enumerate(links):
        links[at], _, signature = url.partition("&X-Amz-Signature=")
        parts = urlsplit(links[at])
        given = {"host": parts.netloc, "x-amz-date": "20261120T235959Z", "service": "s3"}
        text = string_to_sign("GET", f"{parts.path}?{parts.query}", given, ["host"], "UNSIGNED-PAYLOAD")
        assert verifies(text, signature)
        signatures.append(signature)
    assert sorted(parse_qsl(urlsplit(links[0]).query)) == sorted(parse_qsl(urlsplit(links[1]).query))
    assert "X-Amz-Region-Set=%2A" in links[0]
    assert urlsplit(links[0]).path == "/a%20b"


async def test_no_form_is_signed_for_all_regions() -> None:
    async def form(s3: S3Client) -> None:
        with pytest.raises(ValueError, match="no form can be signed"):
            await s3.presign_post(MULTI_REGION, "k")

    assert await ours(form) == []
