from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.credentials
import botocore.session
import botocore.tokens
import pytest

from s3tui.connect.connection import FromSso
from s3tui.s3.credentials.profiles import profile_provider, sso_provider
from s3tui.s3.credentials.sso import SignInEnded
from s3tui.s3.errors import CredentialsError
from tests.s3.credentials import revealed
from tests.s3.credentials.local_http import Asked, LocalServer, serving
from tests.s3.credentials.test_process import KEYS as CLI_KEYS
from tests.s3.credentials.test_process import install_aws

START_URL = "https://corp.awsapps.com/start"
CONFIG = f"""
[profile session]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Some Reader

[profile legacy]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Some Reader

[sso-session corp]
sso_start_url = {START_URL}
sso_region = eu-west-1
"""
NAMES = {"session": "corp", "legacy": START_URL}
END = datetime(2099, 1, 1, tzinfo=UTC)
ANSWER = {
    "roleCredentials": {
        "accessKeyId": "AKSSO",
        "secretAccessKey": "very-secret",
        "sessionToken": "very-token",
        "expiration": int(END.timestamp() * 1000),
    }
}


@pytest.fixture
def portal(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[LocalServer]:
    def respond(asked: Asked) -> tuple[int, bytes]:
        if asked.headers.get("x-amz-sso_bearer_token") != "the-token":
            return 401, b'{"message": "Session token not found or invalid"}'
        return 200, json.dumps(ANSWER).encode()

    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    monkeypatch.setenv("PATH", "/nowhere")  # no AWS CLI
    with serving(respond) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", server.url)
        yield server


def sign_in(home: Path, profile: str, **changes: object) -> Path:
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    file = cache / f"{hashlib.sha1(NAMES[profile].encode()).hexdigest()}.json"
    token = {
        "accessToken": "the-token",
        "expiresAt": (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "startUrl": START_URL,
        "region": "eu-west-1",
    }
    file.write_text(json.dumps({**token, **changes}))
    return file


@pytest.mark.parametrize("profile", NAMES)
async def test_a_session_opens_the_role_that_botocore_opens(
    portal: LocalServer, home: Path, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = str(sign_in(home, profile).parent)
    for provider in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", cache)  # found when it was imported
    ours = await profile_provider(profile)()
    assert (*revealed(ours), ours.expires_at) == (
        "AKSSO",
        "very-secret",
        "very-token",
        END,
    )
    session = botocore.session.Session(profile=profile)
    theirs = session.get_credentials().get_frozen_credentials()
    assert (theirs.access_key, theirs.secret_key, theirs.token) == (
        ours.access_key,
        *revealed(ours)[1:],
    )
    mine, botocores = portal.asked
    assert sorted(mine.path.partition("?")[2].split("&")) == sorted(
        botocores.path.partition("?")[2].replace("+", "%20").split("&")
    )
    assert mine.path.partition("?")[0] == botocores.path.partition("?")[0]


async def test_a_time_that_ends_in_utc_is_read_as_older_tools_wrote_it(
    portal: LocalServer, home: Path
) -> None:
    sign_in(home, "session", expiresAt=END.strftime("%Y-%m-%dT%H:%M:%SUTC"))
    assert (await profile_provider("session")()).access_key == "AKSSO"
    sign_in(home, "session", expiresAt="2020-01-01T00:00:00UTC")
    with pytest.raises(CredentialsError, match="has ended"):
        await profile_provider("session")()


@pytest.mark.parametrize("profile", NAMES)
async def test_who_is_not_signed_in_is_told_the_command(portal: LocalServer, profile: str) -> None:
    with pytest.raises(CredentialsError, match=f"not signed in .*: aws sso login --profile {profile}"):
        await profile_provider(profile)()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "has ended: aws sso login"),
        ({"accessToken": "an-old-one"}, "has ended: aws sso login"),
        ({"accessToken": None}, "is not signed in .*: aws sso login"),
        ({"expiresAt": "soon"}, "not a time"),
        ({"expiresAt": "0001-01-01T00:00:00+01:00"}, "not a time"),
    ],
)
async def test_a_session_that_is_over_is_told_with_the_command(
    portal: LocalServer, home: Path, changes: dict[str, object], said: str
) -> None:
    sign_in(home, "session", **changes)
    with pytest.raises(CredentialsError, match=said):
        await profile_provider("session")()


async def test_a_cache_that_is_no_json_is_named(portal: LocalServer, home: Path) -> None:
    file = sign_in(home, "session")
    file.write_text("the-token")
    with pytest.raises(CredentialsError, match=rf"{file} did not answer with a JSON object") as failure:
        await profile_provider("session")()
    assert "the-token" not in str(failure.value)


async def test_the_aws_cli_renews_a_session_that_is_over(
    portal: LocalServer, home: Path, tmp_path: Path
) -> None:
    sign_in(home, "session", expiresAt="2020-01-01T00:00:00Z")
    environ = install_aws(tmp_path, f"print(json.dumps({CLI_KEYS!r}))")
    assert (await profile_provider("session", environ)()).access_key == "AKPROCESS"


async def test_no_profile_of_the_aws_cli_stands_in_for_a_connections_own_session(
    portal: LocalServer, home: Path, tmp_path: Path
) -> None:
    sign_in(home, "legacy", expiresAt="2020-01-01T00:00:00Z")
    environ = install_aws(tmp_path, f"print(json.dumps({CLI_KEYS!r}))")
    source = FromSso(START_URL, "eu-west-1", "123456789012", "Some Reader")
    with pytest.raises(SignInEnded, match=r"the session of .* has ended"):
        await sso_provider(source.settings, environ)()


async def test_the_token_of_another_start_page_is_not_used(portal: LocalServer, home: Path) -> None:
    sign_in(home, "session", startUrl=f"{START_URL}/#/")
    assert (await profile_provider("session")()).access_key == "AKSSO"
    sign_in(home, "session", startUrl="https://others.awsapps.com/start")
    with pytest.raises(CredentialsError, match="corp is not signed in"):
        await profile_provider("session")()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (403, b'{"message": "No access"}', "role Reader in account 1 gives no keys: No access"),
        (404, b"{}", "gives no keys: HTTP 404"),
        (200, b"{}", "gave no roleCredentials"),
        (200, b'{"roleCredentials": {"expiration": "x"}}', "not a time"),
        (200, b'{"roleCredentials": {"expiration": 1e400}}', "not a time"),
        (200, b'{"roleCredentials": {"expiration": 99999999999999999999}}', "not a time"),
        (200, b'{"roleCredentials": {"expiration": 1}}', "gave no accessKeyId"),
        (200, b"<html>", "JSON object"),
    ],
)
async def test_a_portal_that_gives_no_keys_is_told_in_a_sentence(
    home: Path, status: int, body: bytes, said: str
) -> None:
    sign_in(home, "legacy")
    (home / ".aws" / "config").write_text(
        f"[profile legacy]\nsso_start_url={START_URL}\nsso_region=eu-west-1\n"
        "sso_account_id=1\nsso_role_name=Reader\n"
    )
    with serving(lambda asked: (status, body)) as server, pytest.raises(CredentialsError, match=said):
        await profile_provider("legacy", {**os.environ, "AWS_ENDPOINT_URL_SSO": server.url})()
