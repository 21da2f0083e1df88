from __future__ import annotations

import json
import os
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import botocore.session
import pytest

from s3tui.s3.credentials import Credentials
from s3tui.s3.credentials.process import from_aws_cli, from_process
from s3tui.s3.credentials.profiles import profile_provider
from s3tui.s3.errors import CredentialsError
from tests.s3.credentials import revealed

KEYS = {
    "Version": 1,
    "AccessKeyId": "AKPROCESS",
    "SecretAccessKey": "very-secret",
    "SessionToken": "very-token",
    "Expiration": "2099-01-01T01:00:00+01:00",
}


def printing(text: str, *, code: int = 0, complaint: str = "") -> str:
    script = f"import sys; print({text!r}); print({complaint!r}, file=sys.stderr); sys.exit({code})"
    return shlex.join([sys.executable, "-c", script])


def write_profile(home: Path, **settings: str) -> None:
    (home / ".aws").mkdir()
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (home / ".aws" / "config").write_text(f"[profile p]\n{lines}")


async def test_a_processs_keys_are_those_that_botocore_reads(home: Path) -> None:
    write_profile(home, credential_process=printing(json.dumps(KEYS)).replace("%", "%%"))
    ours = await profile_provider("p")()
    theirs = botocore.session.Session(profile="p").get_credentials().get_frozen_credentials()
    assert revealed(ours) == (
        theirs.access_key,
        theirs.secret_key,
        theirs.token,
    )
    assert ours.expires_at == datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (printing("{"), "did not answer with a JSON object"),
        (printing('["very-secret"]'), "did not answer with a JSON object"),
        pytest.param(printing("[" * 100_000), "did not answer with a JSON object", id="deep"),
        (printing("{}"), "another version of the format than 1"),
        (printing(json.dumps({**KEYS, "Version": 2})), "another version of the format than 1"),
        (printing('{"Version": 1, "AccessKeyId": "AK"}'), "gave no SecretAccessKey"),
        (printing(json.dumps({**KEYS, "AccessKeyId": 7})), "gave no AccessKeyId"),
        (printing(json.dumps({**KEYS, "SessionToken": 7})), "SessionToken that is no text"),
        (printing(json.dumps({**KEYS, "Expiration": "soon"})), "not a time"),
        (printing("", code=3, complaint="your session\nhas ended"), "failed with 3: has ended"),
        (printing("", code=1), "failed with 1: it said nothing"),
        ("/not/there --x", "/not/there: No such file or directory"),
        ("'", "cannot be read as a command"),
        (" ", "is empty"),
    ],
)
async def test_a_process_that_gives_no_keys_is_told_in_a_sentence(command: str, said: str) -> None:
    with pytest.raises(CredentialsError, match=said) as failure:
        await from_process(command, "p", os.environ)
    assert str(failure.value).startswith("the credential_process of profile 'p'")
    assert "very-secret" not in str(failure.value)


async def test_no_shell_sees_the_command() -> None:
    with pytest.raises(CredentialsError, match=r"cannot be started|failed with"):
        await from_process("false; echo hello", "p", os.environ)


def install_aws(folder: Path, script: str) -> dict[str, str]:
    """Put an `aws` of our own into `folder`, and return an environment that finds only that."""
    executable = folder / "aws"
    executable.write_text(f"#!{sys.executable}\nimport json, os, sys\n{script}\n")
    executable.chmod(0o755)
    return {**os.environ, "PATH": str(folder)}


async def test_the_aws_cli_is_asked_for_what_only_it_can(home: Path, tmp_path: Path) -> None:
    write_profile(home, login_session="arn:aws:sts::123456789012:assumed-role/x")
    script = f"""
assert sys.argv[1:] == ["configure", "export-credentials", "--profile", "p", "--format", "process"]
assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
print(json.dumps({KEYS!r}))
"""
    keys = await profile_provider("p", install_aws(tmp_path, script))()
    assert keys == Credentials(
        "AKPROCESS",
        "very-secret",
        "very-token",
        datetime(2099, 1, 1, tzinfo=UTC),
        "aws configure export-credentials, profile p",
    )


async def test_without_the_aws_cli_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(CredentialsError, match="only the AWS CLI can, and it is not installed"):
        await from_aws_cli("p", {"PATH": str(tmp_path)})


async def test_an_aws_cli_that_is_too_old_is_told_from_a_failed_session(tmp_path: Path) -> None:
    # As version 1.45 says it, before pages of choices.
    complaint = "usage: aws\naws: error: argument subcommand: Invalid choice, valid choices are:\n\nset | get"
    environ = install_aws(tmp_path, f"print({complaint!r}, file=sys.stderr); sys.exit(2)")
    with pytest.raises(CredentialsError, match="needs version 2 of the AWS CLI, and an older one"):
        await from_aws_cli("p", environ)


async def test_what_the_aws_cli_complains_of_is_passed_on(tmp_path: Path) -> None:
    environ = install_aws(tmp_path, "sys.exit('Your session has expired. Please reauthenticate.')")
    with pytest.raises(CredentialsError, match="Your session has expired"):
        await from_aws_cli("p", environ)
