"""The code of a device: asked for in a dialog, once for as long as the keys hold."""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from s3tui.connect.connection import Connection, FromProfile
from s3tui.settings import Settings
from s3tui.tui.app import S3TuiApp
from s3tui.tui.screens.common.prompt import Prompt
from tests.s3.credentials.local_http import Asked, LocalServer, serving
from tests.servers import S3Server
from tests.tui.harness import lists_bucket, press, screen_text, until

SERIAL = "arn:aws:iam::111122223333:mfa/me"
CODE = "123456"
REFUSED = b"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code.
</Message></Error></ErrorResponse>"""


@pytest.fixture
def sts(ministack: S3Server, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """An STS that checks the code, as no server here does, and passes on the keys of one that does not."""
    iam = ministack.boto3(credentials=ministack.root, service="iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    name = f"coded-{secrets.token_hex(4)}"
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    may = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy)
    theirs = ministack.boto3(credentials=ministack.root, service="sts")

    def respond(asked: Asked) -> tuple[int, bytes]:
        fields = {name: value for name, [value] in parse_qs(asked.body.decode()).items()}
        if (fields["SerialNumber"], fields["TokenCode"]) != (SERIAL, CODE):
            return 403, REFUSED
        keys = theirs.assume_role(RoleArn=fields["RoleArn"], RoleSessionName="test")["Credentials"]
        named = {
            "AccessKeyId": keys["AccessKeyId"],
            "SecretAccessKey": keys["SecretAccessKey"],
            "SessionToken": keys["SessionToken"],
            "Expiration": "2099-01-01T00:00:00Z",
        }
        text = "".join(f"<{key}>{value}</{key}>" for key, value in named.items())
        result = f"<AssumeRoleResult><Credentials>{text}</Credentials></AssumeRoleResult>"
        return 200, f"<AssumeRoleResponse>{result}</AssumeRoleResponse>".encode()

    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[profile coded]\nrole_arn = {arn}\nsource_profile = base\nmfa_serial = {SERIAL}\n"
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = s\n"
    )
    with serving(respond) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", server.url)
        yield server


@asynccontextmanager
async def coded(ministack: S3Server) -> AsyncIterator[Pilot[Any]]:
    connection = Connection("aws:coded", ministack.endpoint, FromProfile("coded"))
    async with S3TuiApp(Settings(), connection).run_test(size=(120, 30)) as pilot:
        await the_question(pilot)
        yield pilot


async def the_question(pilot: Pilot[Any]) -> None:
    await until(
        pilot, lambda: isinstance(pilot.app.screen, Prompt) and pilot.app.screen.query(Input), "the question"
    )


async def answer(pilot: Pilot[Any], code: str) -> None:
    pilot.app.screen.query_one(Input).value = code
    await pilot.press("enter")


async def test_the_code_is_asked_for_once_and_opens_the_role(ministack: S3Server, sts: LocalServer) -> None:
    bucket = f"coded-{secrets.token_hex(4)}"
    ministack.make_bucket(bucket)
    async with coded(ministack) as pilot:
        assert SERIAL in screen_text(pilot)
        await answer(pilot, "12345")
        await until(pilot, lambda: "six digits" in screen_text(pilot), "what is wrong with it")
        await answer(pilot, CODE)
        await until(pilot, lambda: lists_bucket(pilot, bucket), "the buckets")
        await pilot.press("r")
        await until(pilot, lambda: lists_bucket(pilot, bucket), "the buckets again")
        assert len(sts.asked) == 1


async def test_a_wrong_code_is_told_in_the_words_of_sts_and_asked_for_again(
    ministack: S3Server, sts: LocalServer
) -> None:
    async with coded(ministack) as pilot:
        await answer(pilot, "000000")
        await until(pilot, lambda: "MultiFactorAuthentication failed" in screen_text(pilot), "STS's words")
        await pilot.press("r")
        await the_question(pilot)


async def test_who_walks_away_is_told_that_no_code_was_given(ministack: S3Server, sts: LocalServer) -> None:
    async with coded(ministack) as pilot:
        await pilot.press("escape")
        await until(pilot, lambda: "no code of the device" in screen_text(pilot), "the sentence")
        for key in ("b", "ctrl+l", "escape"):  # what is kept of an account asks whose it is
            await press(pilot, key)
        assert not isinstance(pilot.app.screen, Prompt), "it is not asked for again"
        assert sts.asked == []
        await pilot.press("r")
        await the_question(pilot)


async def test_the_app_ends_while_the_code_is_asked_for(ministack: S3Server, sts: LocalServer) -> None:
    async with coded(ministack) as pilot:
        pilot.app.exit()
