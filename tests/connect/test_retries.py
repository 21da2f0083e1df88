"""Retry settings and signed payloads of the AWS tools: what environment and profile say, against botocore."""

from __future__ import annotations

import hashlib
import io
import itertools
from pathlib import Path

import botocore.retries.standard
import botocore.session
import pytest

from s3tui.connect import Connection, FromKeyring, FromProfile
from s3tui.connect.checksums import call_defaults
from s3tui.connect.retries import retry_policy
from s3tui.s3 import CallDefaults, Endpoint, S3Client
from s3tui.s3.errors import CredentialsError
from s3tui.s3.retries import DEFAULT_POLICY
from s3tui.settings import Settings
from tests.s3.scripted import KEYS, Reply, scripted

OURS = Connection("aws:default", Endpoint.aws(), FromProfile("default"))
COUNTS, MODES = [None, "1", "7"], [None, "legacy", "standard", "adaptive"]


def a_machine(home: Path, text: str) -> dict[str, str]:
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws" / "config").write_text(f"[default]\nregion = eu-west-1\n{text}")
    return {"HOME": str(home), "AWS_CONFIG_FILE": str(home / ".aws" / "config")}


@pytest.mark.parametrize(("count", "mode"), itertools.product(COUNTS, MODES))
@pytest.mark.parametrize("in_environment", [False, True])
def test_a_request_is_tried_as_often_as_by_botocore(
    count: str | None, mode: str | None, in_environment: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {"max_attempts": count, "retry_mode": mode}
    lines = "" if in_environment else "".join(f"{name} = {value}\n" for name, value in said.items() if value)
    environ = a_machine(tmp_path, lines)
    if in_environment:
        environ |= {f"AWS_{name.upper()}": value for name, value in said.items() if value}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.Session().create_client("s3", aws_access_key_id="a", aws_secret_access_key="s")
    unsaid = 5 if mode in (None, "legacy") else botocore.retries.standard.DEFAULT_MAX_ATTEMPTS
    theirs = client.meta.config.retries.get("total_max_attempts", unsaid)
    ours = retry_policy(OURS, environ)
    assert ours.attempts == theirs


@pytest.mark.parametrize("line", ["max_attempts = 0", "max_attempts = many", "retry_mode = never"])
def test_what_cannot_be_is_named_and_asks_only_whom_it_concerns(line: str, tmp_path: Path) -> None:
    environ = a_machine(tmp_path, f"{line}\n")
    with pytest.raises(CredentialsError, match=line.partition(" ")[0]):
        retry_policy(OURS, environ)
    own = Connection("own", Endpoint.aws(), FromKeyring("AKIA"))
    assert retry_policy(own, environ) == DEFAULT_POLICY


@pytest.mark.parametrize("said", [True, False])
async def test_a_profile_has_the_hash_of_a_files_body_signed(said: bool, tmp_path: Path) -> None:
    environ = a_machine(tmp_path, f"s3 =\n  payload_signing_enabled = {str(said).lower()}\n")
    defaults = call_defaults(OURS, Settings(), environ)
    assert defaults == CallDefaults(signs_payload=said)
    async with scripted(lambda _: Reply(headers={"etag": '"e"'})) as server:
        async with S3Client(server.endpoint, KEYS, defaults=defaults) as s3:
            await s3.put_object("b", "k", io.BytesIO(b"content"))
        [seen] = server.requests
    signed = hashlib.sha256(b"content").hexdigest() if said else "UNSIGNED-PAYLOAD"
    assert (seen.headers["x-amz-content-sha256"], seen.body) == (signed, b"content")
