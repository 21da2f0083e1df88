from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest

from s3tui.s3.credentials import Credentials, SharedFiles
from s3tui.s3.errors import CredentialsError
from tests.s3.credentials import revealed

CONFIG = """
[default]
region = eu-west-1
services = local

[profile work]
region=us-west-2
aws_access_key_id = AKCONFIG
aws_secret_access_key = from-config

[profile "two words"]
region = eu-north-1
credential_process = /bin/keys

[profile empty]
region = eu-south-1

[profile half]
aws_access_key_id = AKHALF

[profile people]
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader

[profile stranger]
sso_session = nobody
sso_account_id = 123456789012
sso_role_name = Reader

[profile contrary]
sso_session = corp
sso_region = us-east-1
sso_account_id = 123456789012
sso_role_name = Reader

[profile vague]
sso_account_id = 123456789012

[profile elsewhere]
endpoint_url = http://127.0.0.1:4566
ignore_configured_endpoint_urls = true

[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1

[services local]
s3 =
  endpoint_url = http://127.0.0.1:9000
  addressing_style = path
sts =
  endpoint_url = http://127.0.0.1:9001
"""
CREDENTIALS = """\ufeff[default]
aws_access_key_id = AKDEFAULT
aws_secret_access_key = se/cr+et=
aws_session_token = token

[work]
aws_access_key_id = AKWORK
aws_secret_access_key = from-credentials
"""


@pytest.fixture
def files(home: Path) -> SharedFiles:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    (home / ".aws" / "credentials").write_text(CREDENTIALS)
    return SharedFiles.read()


@pytest.mark.parametrize("name", ["default", "work"])
def test_keys_are_those_that_botocore_reads(files: SharedFiles, name: str, home: Path) -> None:
    (home / ".aws" / "credentials").write_text(CREDENTIALS.removeprefix("\ufeff"))  # which botocore refuses
    theirs = botocore.session.Session(profile=name).get_credentials()
    ours = files.profile(name).credentials()
    assert revealed(ours) == (
        theirs.access_key,
        theirs.secret_key,
        theirs.token,
    )


def test_both_files_tell_of_one_profile(files: SharedFiles) -> None:
    assert files.profile("work").region == "us-west-2"
    assert files.profile("work").credentials() == Credentials(
        "AKWORK", "from-credentials", source="profile work"
    )
    assert files.profile("two words").region == "eu-north-1"


def test_a_profiles_services_have_urls_of_their_own(files: SharedFiles) -> None:
    default = files.profile("default")
    assert default.endpoint_url == "http://127.0.0.1:9000"
    assert default.url_of("sts") == "http://127.0.0.1:9001"
    assert default.url_of("sso") is None
    assert files.profile("elsewhere").endpoint_url is None


def test_a_profile_says_by_what_it_signs_in(files: SharedFiles) -> None:
    assert {name: profile.signs_by for name, profile in files.profiles.items()} == {
        "default": "keys",
        "work": "keys",
        "two words": "credential_process",
        "empty": None,
        "half": "keys",
        "people": "sso",
        "stranger": "sso",
        "contrary": "sso",
        "vague": "sso",
        "elsewhere": None,
    }


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "empty",
            r"profile 'empty' cannot sign requests: it holds no keys in .*/\.aws/config or .*credentials",
        ),
        ("half", "it has no aws_secret_access_key"),
        ("people", "it holds no keys of its own, and signs in by sso"),
    ],
)
def test_a_profile_without_keys_says_what_it_has_instead(files: SharedFiles, name: str, said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        files.profile(name).credentials()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("stranger", "names the sso-session 'nobody', which is not in the file"),
        ("contrary", "disagree about sso_region"),
        ("vague", "does not say sso_role_name, sso_start_url, sso_region"),
    ],
)
def test_an_sso_profile_says_what_is_wrong_with_it(files: SharedFiles, name: str, said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        files.check(files.profile(name))


def test_an_sso_profile_has_the_settings_of_its_session(files: SharedFiles) -> None:
    settings = files.sso_settings(files.profile("people"))
    assert settings["sso_start_url"] == "https://corp.awsapps.com/start"


def test_a_profile_that_could_sign_is_not_complained_of(files: SharedFiles) -> None:
    for name in ("default", "work", "two words", "people"):
        files.check(files.profile(name))
    with pytest.raises(CredentialsError, match="holds no keys"):
        files.check(files.profile("empty"))


def test_a_missing_profile_is_told_with_those_that_are_there(files: SharedFiles) -> None:
    with pytest.raises(CredentialsError, match=r"no profile 'wrok' in .*config and .*credentials; .* work"):
        files.profile("wrok")


def test_no_files_are_no_profiles(home: Path) -> None:
    assert SharedFiles.read().profiles == {}


@pytest.mark.parametrize("text", ["aws_secret_access_key = very-secret\n", "[a]\nvery-secret\n", "[a\nb=c"])
def test_a_malformed_file_is_refused_without_quoting_it(home: Path, text: str) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text(text)
    with pytest.raises(CredentialsError, match=r"credentials is not a valid AWS file") as refusal:
        SharedFiles.read()
    assert "very-secret" not in str(refusal.value)


def test_a_file_that_is_no_text_is_refused(home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_bytes(b"\xff\xfe\x00[")
    with pytest.raises(CredentialsError, match="cannot be read"):
        SharedFiles.read()
