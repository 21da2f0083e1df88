"""A client from the environment has the endpoint and the keys that botocore's has there."""

from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest

from s3tui.s3 import S3Client, S3Uri, retry
from s3tui.s3.errors import CredentialsError, TransportError

FILES = """[default]
region = eu-west-3
[profile work]
region = ap-south-1
aws_access_key_id = AKIAWORK
aws_secret_access_key = s
s3 =
  addressing_style = path
[profile ours]
endpoint_url = http://127.0.0.1:9000
"""
KEYS = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}


class _Sent(Exception):
    pass


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "config").write_text(FILES)
    return {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "HOME": str(tmp_path),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@pytest.mark.parametrize(
    "more",
    [
        KEYS,
        {**KEYS, "AWS_DEFAULT_REGION": "us-west-2"},
        {"AWS_PROFILE": "work"},
        {**KEYS, "AWS_PROFILE": "ours", "AWS_DEFAULT_REGION": "eu-west-1"},
        {**KEYS, "AWS_ENDPOINT_URL_S3": "https://s3.example.com", "AWS_DEFAULT_REGION": "auto"},
    ],
    ids=lambda more: " ".join(more),
)
async def test_endpoint_and_keys_are_botocores(
    more: dict[str, str], environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    there = {**environ, **more}
    async with S3Client.from_environment(there, read_only=True) as s3:
        ours = await s3.presign("GET", "bucket", "k")
    for name, value in {**there, "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "regional"}.items():
        monkeypatch.setenv(name, value)
    sent: list[AWSPreparedRequest] = []

    def stop(request: AWSPreparedRequest, **_: object) -> None:
        sent.append(request)
        raise _Sent

    client = botocore.session.Session().create_client("s3")
    client.meta.events.register("before-send.s3", stop)
    with pytest.raises(_Sent):
        client.get_object(Bucket="bucket", Key="k")
    assert ours.url.partition("?")[0] == sent[0].url
    key, _, region = ours.url.partition("X-Amz-Credential=")[2].split("%2F")[:3]
    scope = sent[0].headers["Authorization"].decode().partition("Credential=")[2].split("/")
    assert (key, region) == (scope[0], scope[2])


def test_a_profile_that_is_not_there_is_said(environ: dict[str, str]) -> None:
    with pytest.raises(CredentialsError, match="gone"):
        S3Client.from_environment({**environ, "AWS_PROFILE": "gone"})


async def test_retry_is_there_for_steps_of_ones_own() -> None:
    tries = 0

    async def step() -> S3Uri:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise TransportError("the connection broke")
        return S3Uri("bucket")

    assert await retry(step) == S3Uri("bucket")
    assert tries == 2
