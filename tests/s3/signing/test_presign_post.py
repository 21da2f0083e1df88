from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import botocore.auth
import httpx
import pytest
from botocore.config import Config

from s3tui.s3 import Credentials, Endpoint, S3Client
from s3tui.s3.errors import CredentialsError, ReadOnly
from s3tui.s3.request.options import CustomerKey
from s3tui.s3.signing.presign import presign
from s3tui.s3.signing.presign_post import FILE_NAME, PresignedForm, presign_post
from tests.patience import PATIENCE_S
from tests.servers import S3Server

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "token+/=")


MORE = {
    "acl": "private",
    "x-amz-meta-a": "b",
    "success_action_status": "201",
    **CustomerKey(bytes(32)).headers(),
}


@pytest.mark.parametrize(
    ("key", "ours", "fields", "conditions"),
    [
        ("a b/ü+.txt", {}, {}, []),
        ("k", {"content_type": "image/png"}, {"Content-Type": "image/png"}, [{"Content-Type": "image/png"}]),
        (f"in/{FILE_NAME}", {}, {}, []),
        ("k", {"max_size": 10}, {}, [["content-length-range", 0, 10]]),
        ("k", {"more_fields": MORE}, MORE, [{name: value} for name, value in MORE.items()]),
    ],
)
def test_a_form_says_and_signs_what_botocores_does(
    key: str, ours: Any, fields: dict[str, str], conditions: list[Any]
) -> None:
    form = presign_post(
        Endpoint.aws("eu-west-1"), "bucket", key, credentials=KEYS, at=AT, expires_s=600, **ours
    )
    theirs = _botocores(key, fields, conditions)
    policies = [json.loads(base64.b64decode(each["policy"])) for each in (form.fields, theirs["fields"])]
    assert sorted(map(str, policies[0]["conditions"])) == sorted(map(str, policies[1]["conditions"]))
    assert policies[0]["expiration"] == policies[1]["expiration"] == "2026-11-20T12:10:00Z"
    own = {"policy", "x-amz-signature"}
    assert {name: form.fields[name] for name in form.fields.keys() - own} == {
        name: theirs["fields"][name] for name in theirs["fields"].keys() - own
    }
    assert form.url == theirs["url"]
    again = sign_as_botocore(form.fields["policy"])
    assert form.fields["x-amz-signature"] == again


def sign_as_botocore(policy: str) -> str:
    keys = botocore.credentials.Credentials(KEYS.access_key, KEYS.secret_key.reveal())
    signer = botocore.auth.SigV4Auth(keys, "s3", "eu-west-1")
    request = mock.Mock(context={"timestamp": f"{AT:%Y%m%dT%H%M%SZ}"})
    return str(signer.signature(policy, request))


def _botocores(key: str, fields: dict[str, str], conditions: list[Any]) -> Any:
    client = boto3.client(
        "s3",
        "eu-west-1",
        aws_access_key_id=KEYS.access_key,
        aws_secret_access_key=KEYS.secret_key.reveal(),
        aws_session_token="token+/=",
        config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    )
    with (
        mock.patch.object(botocore.auth, "get_current_datetime", return_value=AT),
        mock.patch("botocore.signers.datetime") as clock,
        mock.patch("botocore.signers.get_current_datetime", return_value=AT, create=True),
    ):
        clock.datetime.utcnow.return_value = clock.datetime.now.return_value = AT
        clock.timedelta = timedelta
        form = client.generate_presigned_post("bucket", key, fields or None, conditions or None, 600)
    client.close()
    return form


async def test_whoever_holds_the_form_uploads_by_it_and_by_nothing_else(ministack: S3Server) -> None:
    bucket = ministack.make_bucket()
    async with S3Client(ministack.endpoint, ministack.credentials) as s3:
        one = await s3.presign_post(bucket, "a b/ü.txt", content_type="text/plain")
        below = await s3.presign_post(bucket, f"in/{FILE_NAME}", max_size=100)
    assert _post(one, "x.txt") in (200, 204)
    assert _post(below, "there.txt") in (200, 204)
    other = dict(one.fields) | {"key": "elsewhere"}
    assert _post(replace(one, fields=other), "x.txt") == 403
    found = ministack.boto3().list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in found] == ["a b/ü.txt", "in/there.txt"]
    head = ministack.boto3().head_object(Bucket=bucket, Key="a b/ü.txt")
    assert head["ContentType"] == "text/plain"


def _post(form: PresignedForm, name: str) -> int:
    files = {"file": (name, b"hello")}
    with httpx.Client(trust_env=False, timeout=PATIENCE_S) as client:
        return client.post(form.url, data=dict(form.fields), files=files).status_code


def test_a_form_ends_with_the_session_and_hides_its_fields() -> None:
    keys = replace(KEYS, expires_at=AT + timedelta(minutes=5))
    form = presign_post(Endpoint.aws(), "bucket", "k", credentials=keys, at=AT)
    assert form.expires_at == AT + timedelta(minutes=5)
    assert "Signature" not in repr(form)
    assert "token" not in repr(form)
    with pytest.raises(ValueError, match=r"^a presigned form lives at least one second$"):
        presign_post(Endpoint.aws(), "bucket", "k", credentials=keys, at=AT, expires_s=0)


async def test_neither_reading_alone_nor_anonymity_signs_a_form() -> None:
    async with S3Client(Endpoint.aws(), KEYS, read_only=True) as s3:
        with pytest.raises(ReadOnly):
            await s3.presign_post("bucket", "k")
    async with S3Client(Endpoint.aws(), None) as s3:
        with pytest.raises(CredentialsError):
            await s3.presign_post("bucket", "k")


def test_a_put_that_may_not_overwrite_has_its_condition_signed() -> None:
    url = presign("PUT", Endpoint.aws(), "bucket", "k", credentials=KEYS, at=AT, only_if_new=True)
    assert url.headers == {"if-none-match": "*"}
    assert "X-Amz-SignedHeaders=host%3Bif-none-match" in url.url
    with pytest.raises(ValueError, match=r"^only PUT can be kept from overwriting, not GET$"):
        presign("GET", Endpoint.aws(), "bucket", "k", credentials=KEYS, at=AT, only_if_new=True)
