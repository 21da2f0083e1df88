"""What needs no server: links, and requests as they would be sent."""

from __future__ import annotations

import pytest

from s3tui.s3 import CustomerKey, Endpoint, S3Client
from s3tui.s3.errors import NotSupported, ProtocolError
from tests.s3.both_clients import KEYS, ours

MIB = bytes(1024 * 1024)


async def test_an_unsigned_url_is_for_what_everybody_may_read() -> None:
    async with S3Client(Endpoint.aws("eu-west-1"), None) as s3:
        assert s3.object_url("open-data", "a b/é", version_id="v+") == (
            "https://open-data.s3.eu-west-1.amazonaws.com/a%20b/%C3%A9?versionId=v%2B"
        )
        with pytest.raises(ValueError, match="cannot be a bucket's name"):
            s3.object_url("a/b", "k")


async def test_a_customers_key_goes_with_urls_and_forms() -> None:
    key = CustomerKey(bytes(32))
    async with S3Client(Endpoint.aws("eu-west-1"), KEYS) as s3:
        url = await s3.presign("PUT", "bucket", "k", customer_key=key)
        assert "x-amz-server-side-encryption-customer-key" in url.url
        assert dict(url.headers) == key.headers()
        with pytest.raises(ValueError, match="not of DELETE"):
            await s3.presign("DELETE", "bucket", "k", customer_key=key)
        form = await s3.presign_post("bucket", "k", customer_key=key, fields={"acl": "private"})
        assert form.fields["acl"] == "private"
        assert key.headers().items() <= form.fields.items()


@pytest.mark.parametrize(
    ("data", "options", "known", "asks"),
    [
        (MIB, {}, False, True),
        (MIB, {}, True, False),
        (MIB, {"if_none_match": "*"}, True, True),
        (MIB[1:], {"if_none_match": "*"}, False, False),
        (MIB, {"expect_continue": False}, False, False),
        (b"", {"expect_continue": True}, True, True),
    ],
)
async def test_a_server_is_asked_before_a_body_where_a_refusal_would_cost_more(
    data: bytes, options: dict[str, object], known: bool, asks: bool
) -> None:
    async def call(s3: S3Client) -> None:
        if known:
            await s3.head_bucket("bucket")
        await s3.put_object("bucket", "k", data, **options)  # type: ignore[arg-type]  # of the table

    assert ("expect" in (await ours(call))[-1][2]) is asks
    elsewhere = await ours(call, Endpoint.custom("http://127.0.0.1:9000"))
    assert ("expect" in elsewhere[-1][2]) is (options.get("expect_continue") is True)


async def test_an_accounts_settings_are_asked_of_s3_control() -> None:
    async def call(s3: S3Client) -> None:
        with pytest.raises(ProtocolError):  # nothing comes
            await s3.get_account_public_access_block("123456789012")

    (sent,) = await ours(call)
    assert sent[:2] == (
        "GET",
        "https://123456789012.s3-control.us-east-1.amazonaws.com/v20180820/configuration/publicAccessBlock",
    )
    assert sent[2]["x-amz-account-id"] == "123456789012"
    assert "/us-east-1/s3/aws4_request" in sent[2]["authorization"]

    async def unknown(s3: S3Client) -> None:
        with pytest.raises(NotSupported):
            await s3.get_account_public_access_block()

    assert await ours(unknown, Endpoint.custom("http://127.0.0.1:9000")) == []
