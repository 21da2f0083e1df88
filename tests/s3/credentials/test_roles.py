"""Roles, against the STS of a server that we did not write, and botocore on the same files."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import botocore.session
import pytest

from s3tui.s3 import Credentials, Endpoint, S3Client, default_provider, profile_provider
from s3tui.s3.credentials.interaction import Interaction, MfaPrompt
from s3tui.s3.errors import AccessDenied, CredentialsError
from s3tui.s3.secret import Secret
from tests.s3.credentials import revealed
from tests.s3.credentials.local_http import Asked, serving
from tests.servers import S3Server, make_user


@pytest.fixture
def assumer(ministack: S3Server) -> Credentials:
    """A user who may do nothing but assume roles."""
    may = {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}
    return make_user(ministack, f"assumer-{secrets.token_hex(4)}", may)


@pytest.fixture
def role_arn(ministack: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """A role that may only read and that every user may assume who knows the external id."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", ministack.endpoint_url)
    return make_role(ministack, {"StringEquals": {"sts:ExternalId": "agreed"}})


def make_role(server: S3Server, condition: Mapping[str, object] | None = None) -> str:
    iam = server.boto3(credentials=server.root, service="iam")
    name = f"reader-{secrets.token_hex(4)}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = dict(condition)
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "sts:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName=name, PolicyName="read", PolicyDocument=policy)
    return arn


def write(home: Path, config: str, keys: Credentials | None = None) -> None:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(config)
    if keys is not None:
        (home / ".aws" / "credentials").write_text(
            f"[base]\naws_access_key_id={keys.access_key}\naws_secret_access_key={keys.secret_key.reveal()}\n"
        )


async def test_a_role_by_way_of_another_profile_may_what_the_role_may(
    ministack: S3Server, assumer: Credentials, role_arn: str, home: Path
) -> None:
    write(
        home,
        f"[profile reader]\nrole_arn={role_arn}\nsource_profile=base\nexternal_id=agreed\n"
        "role_session_name=tests\nduration_seconds=900\nregion=us-east-1\n",
        assumer,
    )
    bucket = ministack.make_bucket()
    provider = profile_provider("reader")
    keys = await provider()
    assert keys.session_token
    assert keys.expires_at is not None
    assert timedelta(minutes=14) < keys.expires_at - datetime.now(UTC) <= timedelta(minutes=15)
    async with S3Client(ministack.endpoint, provider) as s3:
        assert await s3.bucket_exists(bucket)
        with pytest.raises(AccessDenied):
            await s3.put_object(bucket, "k", b"")
    theirs = botocore.session.Session(profile="reader").get_credentials().get_frozen_credentials()
    assert _identity(ministack, keys) == _identity(
        ministack, Credentials(theirs.access_key, theirs.secret_key, theirs.token)
    )


def _identity(server: S3Server, keys: Credentials) -> str:
    session = botocore.session.Session()
    session.set_credentials(*revealed(keys))
    client = session.create_client("sts", "us-east-1", endpoint_url=server.endpoint_url)
    arn: str = client.get_caller_identity()["Arn"]
    client.close()
    return arn


async def test_roles_are_assumed_one_after_the_other(
    ministack: S3Server, assumer: Credentials, role_arn: str, home: Path
) -> None:
    second = make_role(ministack)
    write(
        home,
        f"[profile first]\nrole_arn={role_arn}\nsource_profile=base\nexternal_id=agreed\n"
        f"[profile second]\nrole_arn={second}\nsource_profile=first\n",
        assumer,
    )
    keys = await profile_provider("second")()
    assert keys.source == f"role {second}"
    assert second.rpartition("/")[2] in _identity(ministack, keys)


async def test_a_role_is_assumed_with_the_profiles_own_keys_or_the_environments(
    assumer: Credentials, role_arn: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = f"aws_access_key_id={assumer.access_key}\naws_secret_access_key={assumer.secret_key.reveal()}\n"
    role = f"role_arn={role_arn}\nexternal_id=agreed\n"
    write(
        home,
        f"[profile own]\n{role}source_profile=own\n{pair}"
        f"[profile env]\n{role}credential_source=Environment\n",
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", assumer.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", assumer.secret_key.reveal())
    for name in ("own", "env"):
        assert (await profile_provider(name)()).source == f"role {role_arn}"


@pytest.mark.parametrize(
    ("external_id", "right_secret", "said"),
    [("wrong", True, "is not authorized to perform: sts:AssumeRole"), ("agreed", False, "signature")],
)
async def test_what_sts_refuses_is_told_with_the_role(
    assumer: Credentials, role_arn: str, home: Path, external_id: str, right_secret: bool, said: str
) -> None:
    keys = assumer if right_secret else replace(assumer, secret_key=Secret("not-the-secret"))
    write(home, f"[profile r]\nrole_arn={role_arn}\nsource_profile=base\nexternal_id={external_id}\n", keys)
    with pytest.raises(CredentialsError, match=rf"STS gives no keys of {role_arn}: .*{said}"):
        await profile_provider("r")()


LOOPS = """
[profile a]
role_arn = arn:aws:iam::1:role/a
source_profile = b
[profile b]
role_arn = arn:aws:iam::1:role/b
source_profile = c
[profile c]
role_arn = arn:aws:iam::1:role/c
source_profile = b
[profile self]
role_arn = arn:aws:iam::1:role/self
source_profile = self
[profile gone]
role_arn = arn:aws:iam::1:role/gone
source_profile = nobody
[profile none]
role_arn = arn:aws:iam::1:role/none
[profile both]
role_arn = arn:aws:iam::1:role/both
source_profile = base
credential_source = Environment
[profile odd]
role_arn = arn:aws:iam::1:role/odd
credential_source = Thin air
[profile long]
role_arn = arn:aws:iam::1:role/long
source_profile = base
duration_seconds = 1h
[profile device]
role_arn = arn:aws:iam::1:role/device
source_profile = base
mfa_serial = arn:aws:iam::1:mfa/me
"""


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a", "a → b → c → b point at one another"),
        ("self", "self → self point at one another"),
        ("gone", "no profile 'nobody'"),
        ("none", "neither of source_profile and credential_source"),
        ("both", "both source_profile and credential_source"),
        ("odd", "'Thin air': there are Environment, EcsContainer and Ec2InstanceMetadata"),
        ("long", "duration_seconds that is no number: '1h'"),
        ("device", "a code of the device arn:aws:iam::1:mfa/me, which cannot be asked for here"),
    ],
)
async def test_a_profile_that_leads_nowhere_says_why(home: Path, name: str, said: str) -> None:
    write(home, LOOPS, Credentials("AK", "SK"))
    with pytest.raises(CredentialsError, match=said):
        await profile_provider(name)()


async def test_the_code_of_a_device_is_asked_for_and_sent(home: Path) -> None:
    write(home, LOOPS, Credentials("AK", "SK"))
    with serving(lambda asked: (200, _keys_as_sts_writes_them("AssumeRole"))) as server:
        environ = {"HOME": str(home), "AWS_ENDPOINT_URL_STS": server.url}
        await profile_provider("device", environ, interaction=Interaction(mfa=_prompt("123456")))()
    fields = parse_qs(server.asked[0].body.decode())
    assert (fields["SerialNumber"], fields["TokenCode"]) == (["arn:aws:iam::1:mfa/me"], ["123456"])


def _prompt(code: str) -> MfaPrompt:
    async def prompt(serial: str) -> str:
        return code

    return prompt


def _keys_as_sts_writes_them(action: str) -> bytes:
    """As in the STS API Reference, *AssumeRole*, its sample response."""
    return f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <{action}Result>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW</SessionToken>
      <Expiration>2099-11-09T13:34:41Z</Expiration>
    </Credentials>
  </{action}Result>
</{action}Response>""".encode()


async def test_a_web_identitys_token_is_traded_for_keys(home: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("the-jwt\n")
    action = "AssumeRoleWithWebIdentity"
    with serving(lambda asked: (200, _keys_as_sts_writes_them(action))) as server:
        environ = {
            "HOME": str(home),
            "AWS_ENDPOINT_URL_STS": server.url,
            "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
            "AWS_ROLE_ARN": "arn:aws:iam::1:role/pod",
            "AWS_ROLE_SESSION_NAME": "me",
        }
        keys = await default_provider(environ)()
    assert keys.access_key == "ASIAIOSFODNN7EXAMPLE"
    assert keys.expires_at == datetime(2099, 11, 9, 13, 34, 41, tzinfo=UTC)
    [asked] = server.asked
    assert "authorization" not in asked.headers
    assert {name: value for name, [value] in parse_qs(asked.body.decode()).items()} == {
        "Action": action,
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::1:role/pod",
        "RoleSessionName": "me",
        "WebIdentityToken": "the-jwt",
    }


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("web_identity_token_file=/not/there\nrole_arn=r", "/not/there cannot be read"),
        ("web_identity_token_file=/not/there", "no role_arn"),
    ],
)
async def test_a_web_identity_says_what_it_lacks(home: Path, settings: str, said: str) -> None:
    write(home, f"[profile w]\n{settings}\n")
    with pytest.raises(CredentialsError, match=said):
        await profile_provider("w")()


@pytest.mark.parametrize("body", [b"", b"<html>", b"<AssumeRoleResponse/>", b"<!DOCTYPE x><x/>", b"{}"])
async def test_an_answer_that_is_not_of_sts_is_told_in_a_sentence(home: Path, body: bytes) -> None:
    write(home, "[profile r]\nrole_arn=arn:r\nsource_profile=base\n", Credentials("AK", "SK"))
    with (
        serving(lambda asked: (200, body)) as server,
        pytest.raises(CredentialsError, match="STS gave no keys of arn:r but something unreadable"),
    ):
        await profile_provider("r", {"HOME": str(home), "AWS_ENDPOINT_URL_STS": server.url})()


async def test_sts_is_asked_in_the_profiles_region(home: Path) -> None:
    def as_sts(asked: Asked) -> tuple[int, bytes]:
        return 200, _keys_as_sts_writes_them("AssumeRole")

    write(
        home, "[profile r]\nrole_arn=arn:r\nsource_profile=base\nregion=eu-west-3\n", Credentials("AK", "SK")
    )
    with serving(as_sts) as server:
        await profile_provider("r", {"HOME": str(home), "AWS_ENDPOINT_URL": server.url})()
    assert "/eu-west-3/sts/aws4_request" in server.asked[0].headers["authorization"]


async def test_an_unknown_profile_and_a_silent_sts_are_told(home: Path) -> None:
    write(home, "[profile r]\nrole_arn=arn:r\nsource_profile=base\n", Credentials("AK", "SK"))
    with pytest.raises(CredentialsError, match="no profile 'x'"):
        await profile_provider("x")()
    with pytest.raises(CredentialsError, match="no profile 'x'"):
        await default_provider({"HOME": str(home), "AWS_PROFILE": "x"})()
    environ = {"HOME": str(home), "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}
    with pytest.raises(CredentialsError, match=r"127\.0\.0\.1:1 gives no keys, it cannot be reached"):
        await profile_provider("r", environ)()
    environ |= {"AWS_CA_BUNDLE": "~nobody-of-that-name/ca.pem"}
    with pytest.raises(CredentialsError, match=r"CA bundle ~nobody-of-that-name/ca\.pem cannot be read"):
        await profile_provider("r", environ)()


async def test_the_environment_wins_over_the_profile(home: Path) -> None:
    write(home, "", Credentials("AKFILE", "SK"))
    environ = {"HOME": str(home), "AWS_PROFILE": "base"}
    assert (await default_provider(environ)()).access_key == "AKFILE"
    environ |= {"AWS_ACCESS_KEY_ID": "AKENV", "AWS_SECRET_ACCESS_KEY": "SK"}
    assert (await default_provider(environ)()).access_key == "AKENV"


async def test_a_session_that_the_server_calls_ended_is_opened_again() -> None:
    def as_s3(asked: Asked) -> tuple[int, bytes]:
        if "AKOLD" in asked.headers["authorization"]:
            return (
                400,
                b"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message></Error>",
            )
        return 200, b"<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"

    given = [Credentials("AKOLD", "SK"), Credentials("AKNEW", "SK")]

    async def provider() -> Credentials:
        return given.pop(0)

    with serving(as_s3) as server:
        async with S3Client(Endpoint.custom(server.url), provider) as s3:
            assert await s3.list_buckets() == []
    assert given == []
