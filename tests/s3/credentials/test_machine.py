from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import pytest

from s3tui.s3.credentials.machine import from_container, from_instance
from s3tui.s3.credentials.profiles import default_provider
from s3tui.s3.errors import CredentialsError
from tests.s3.credentials import revealed
from tests.s3.credentials.local_http import Asked, LocalServer, serving
from tests.servers import free_port

KEYS = {
    "Code": "Success",
    "AccessKeyId": "AKMACHINE",
    "SecretAccessKey": "very-secret",
    "Token": "very-token",
    "Expiration": "2099-01-01T00:00:00Z",
}
ROLES = "/latest/meta-data/iam/security-credentials/"


def as_imds(asked: Asked) -> tuple[int, bytes]:
    if asked.method == "PUT" and asked.path == "/latest/api/token":
        return (200, b"TOKEN") if "x-aws-ec2-metadata-token-ttl-seconds" in asked.headers else (400, b"")
    if asked.headers.get("x-aws-ec2-metadata-token") != "TOKEN":
        return 401, b""
    answers = {ROLES: b"my-role\n", f"{ROLES}my-role": json.dumps(KEYS).encode()}
    return (200, answers[asked.path]) if asked.path in answers else (404, b"")


@pytest.fixture
def imds() -> Iterator[LocalServer]:
    with serving(as_imds) as server:
        yield server


async def test_an_instance_gives_the_keys_that_botocore_gets(
    imds: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", imds.url)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    ours = await default_provider()()
    theirs = botocore.session.Session().get_credentials().get_frozen_credentials()
    assert revealed(ours) == (
        theirs.access_key,
        theirs.secret_key,
        theirs.token,
    )
    assert ours.source == "instance role my-role"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"", "knows no role of this instance"),
        (403, b"", "HTTP 403"),
        (200, b"", "HTTP 200"),
        (200, b"\x00\xff", "HTTP 200"),
    ],
)
async def test_an_instance_without_a_role_says_so(status: int, body: bytes, said: str) -> None:
    with (
        serving(lambda asked: (200, b"TOKEN") if asked.method == "PUT" else (status, body)) as server,
        pytest.raises(CredentialsError, match=said),
    ):
        await from_instance({"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url})


async def test_a_failed_role_is_told_by_its_code() -> None:
    def failed(asked: Asked) -> tuple[int, bytes]:
        return (
            (200, b'{"Code": "AssumeRoleUnauthorizedAccess"}')
            if asked.path.endswith("my-role")
            else as_imds(asked)
        )

    with (
        serving(failed) as server,
        pytest.raises(CredentialsError, match="role my-role: AssumeRoleUnauthorizedAccess"),
    ):
        await from_instance({"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url})


async def test_when_nothing_has_keys_every_place_is_named(home: Path) -> None:
    environ = {
        "HOME": str(home),
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{free_port()}",
    }
    with pytest.raises(CredentialsError) as failure:
        await default_provider(environ)()
    for place in ("AWS_ACCESS_KEY_ID", ".aws/config", ".aws/credentials", "container", "EC2 instance"):
        assert place in str(failure.value)


async def test_a_container_gives_keys_for_the_token_in_its_file(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("the-token")
    with serving(lambda asked: (200, json.dumps(KEYS).encode())) as server:
        keys = await from_container(
            {
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/get?x=%20y",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
                "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
                "HTTP_PROXY": f"http://127.0.0.1:{free_port()}",
            }
        )
    assert revealed(keys)[::2] == ("AKMACHINE", "very-token")
    assert keys.expires_at == datetime(2099, 1, 1, tzinfo=UTC)
    [asked] = server.asked
    assert asked.path == "/get?x=%20y"
    assert asked.headers["authorization"] == "the-token"


async def test_a_container_is_asked_before_the_instance_as_botocore_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving(lambda asked: (200, json.dumps(KEYS).encode())) as server:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.url)
        ours = await default_provider()()
        theirs = botocore.session.Session().get_credentials().get_frozen_credentials()
    assert revealed(ours) == (
        theirs.access_key,
        theirs.secret_key,
        theirs.token,
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.com/keys", "names example.com"),
        ("http://169.254.169.254/keys", "names 169.254.169.254"),
        ("ftp://localhost/keys", "only https"),
        ("http://[::1", "is not a URL"),
    ],
)
async def test_a_foreign_host_is_not_asked_for_keys(url: str, said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        await from_container({"AWS_CONTAINER_CREDENTIALS_FULL_URI": url})


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b"very-secret", "HTTP 403"),
        (200, b"<html>very-secret", "JSON object"),
        (200, b"{}", "gave no AccessKeyId"),
        pytest.param(200, b" " * 300_000, "too long", id="too long"),
    ],
)
async def test_an_agent_without_keys_is_told_in_a_sentence(status: int, body: bytes, said: str) -> None:
    with (
        serving(lambda asked: (status, body)) as server,
        pytest.raises(CredentialsError, match=said) as failure,
    ):
        await from_container({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url})
    assert "very-secret" not in str(failure.value)


async def test_an_agent_that_stumbles_is_asked_again() -> None:
    statuses = [500, 429, 200]
    with serving(lambda asked: (statuses.pop(0), json.dumps(KEYS).encode())) as server:
        await from_container({"AWS_CONTAINER_CREDENTIALS_FULL_URI": server.url})
    assert len(server.asked) == 3


@pytest.mark.parametrize("token", ["a\r\nb", "ü"])
async def test_a_token_that_would_break_the_header_is_refused(token: str) -> None:
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
    }
    with pytest.raises(CredentialsError, match="characters that a header cannot carry"):
        await from_container(environ)


async def test_a_token_file_that_is_not_there_is_named() -> None:
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/not/there",
    }
    with pytest.raises(CredentialsError, match="/not/there cannot be read"):
        await from_container(environ)
