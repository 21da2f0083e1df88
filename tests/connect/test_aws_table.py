"""Precedence of the AWS tools' settings, against botocore over generated configurations.

AWS CLI v2 differs from botocore in four things, and there we do as the CLI does, which is what people compare
a terminal program with: AWS_PROFILE comes before AWS_DEFAULT_PROFILE, AWS_REGION before AWS_DEFAULT_REGION
(botocore knows the second of each pair only, or first), a region that nobody names is us-east-1 at its
regional host, and on EC2 it is the instance's (`test_discover`). The oracle is asked accordingly.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore
import botocore.credentials
import botocore.loaders
import botocore.session
import botocore.tokens
import pytest
from botocore.exceptions import BotoCoreError, ClientError

from s3tui.connect.discover import choose
from s3tui.connect.store import resolve
from s3tui.s3.address.target import SignedWith
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Flags, load_settings
from tests.long import SEED, rng, share
from tests.s3.credentials.local_http import Asked, LocalServer, serving

pytestmark = pytest.mark.long

ASKS, NOTHING, ERROR = "asks", "nothing", "error"
ROLES = "/latest/meta-data/iam/security-credentials/"
END = "2099-01-01T00:00:00Z"


def as_everybody(asked: Asked) -> tuple[int, bytes]:
    """STS, the Identity Center's portal, a container's agent and EC2's metadata, at one address."""
    path = urlsplit(asked.path).path
    if path.startswith("/latest"):
        found = {"/latest/api/token": "TOKEN", ROLES: "box", f"{ROLES}box": _keys("AKIAIMDS")}
        return (200, found[path].encode()) if path in found else (404, b"")
    if path == "/container":
        return 200, _keys("AKIACONTAINER").encode()
    if path.endswith("/federation/credentials"):
        role = {
            "accessKeyId": "AKIASSO",
            "secretAccessKey": "s",
            "sessionToken": "t",
            "expiration": 4070908800000,
        }
        return 200, json.dumps({"roleCredentials": role}).encode()
    fields = {name: value for name, [value] in parse_qs(asked.body.decode()).items()}
    role_name = fields["RoleArn"].rpartition("/")[2]
    if fields["Action"] == "AssumeRole":
        by = asked.headers["authorization"].partition("Credential=")[2].partition("/")[0]
        return 200, _sts("AssumeRole", f"ASIA.{role_name}.by.{by}")
    return 200, _sts("AssumeRoleWithWebIdentity", f"ASIA.{role_name}.for.{fields['WebIdentityToken']}")


def _keys(access_key: str) -> str:
    keys = {"AccessKeyId": access_key, "SecretAccessKey": "s", "Token": "t", "Expiration": END}
    return json.dumps({"Code": "Success", "Version": 1, **keys})


def _sts(action: str, access_key: str) -> bytes:
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        f"<AccessKeyId>{access_key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        f"<SessionToken>t</SessionToken><Expiration>{END}</Expiration></Credentials>"
        f"</{action}Result></{action}Response>"
    ).encode()


@pytest.fixture(scope="module")
def services() -> Iterator[LocalServer]:
    with serving(as_everybody) as server:
        yield server


@dataclass(frozen=True, slots=True)
class Case:
    """One machine: its files, its environment, and what is asked for on the command line."""

    config: str = ""
    credentials: str = ""
    environ: tuple[tuple[str, str], ...] = ()
    flag: str | None = None
    """The profile that `--profile` names."""


PAIR = "aws_access_key_id = {0}\naws_secret_access_key = s\n"
ROLE = "role_arn = arn:aws:iam::1:role/{0}\n"
START = "sso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
SSO = f"sso_account_id = 1\nsso_role_name = r\n{START}"
WEB = "web_identity_token_file = {home}/token\n"
PROCESS = "credential_process = cat {home}/printed\n"
# What the config file and the credentials file say of the profile in question.
PROFILES = {
    "region only": ("region = eu-west-1\n", ""),
    "not there": (None, None),
    "keys": ("", PAIR.format("AKIAFILE")),
    "keys in config": (PAIR.format("AKIACONFIG"), ""),
    "keys in both": (PAIR.format("AKIACONFIG"), PAIR.format("AKIAFILE")),
    "half in credentials": ("", "aws_access_key_id = AKIAHALF\n"),
    "half, whole in config": (PAIR.format("AKIACONFIG"), "aws_access_key_id = AKIAHALF\n"),
    "a secret only": ("", "aws_secret_access_key = s\n"),
    "a secret, whole in config": (PAIR.format("AKIACONFIG"), "aws_secret_access_key = s\n"),
    "process": (PROCESS, ""),
    "process and keys": (PROCESS, PAIR.format("AKIAFILE")),
    "process and keys in config": (PROCESS + PAIR.format("AKIACONFIG"), ""),
    "process that fails": ("credential_process = false\n", ""),
    "role of a source": (ROLE.format("r") + "source_profile = base\n", ""),
    "role of itself": (ROLE.format("r") + "source_profile = {name}\n", PAIR.format("AKIASELF")),
    "role of a role": (ROLE.format("r") + "source_profile = hop\n", ""),
    "role of a role with keys": (ROLE.format("r") + "source_profile = hopkeys\n", ""),
    "role of a process": (ROLE.format("r") + "source_profile = printing\n", ""),
    "role of a web identity": (ROLE.format("r") + "source_profile = web\n", ""),
    "role in a loop": (ROLE.format("r") + "source_profile = loop\n", ""),
    "role of nobody": (ROLE.format("r") + "source_profile = gone\n", ""),
    "role of an empty profile": (ROLE.format("r") + "source_profile = bare\n", ""),
    "role without a source": (ROLE.format("r"), PAIR.format("AKIAFILE")),
    "role with two sources": (
        ROLE.format("r") + "source_profile = base\ncredential_source = Environment\n",
        "",
    ),
    "role of the environment": (ROLE.format("r") + "credential_source = Environment\n", ""),
    "role of the container": (ROLE.format("r") + "credential_source = EcsContainer\n", ""),
    "role of the instance": (ROLE.format("r") + "credential_source = Ec2InstanceMetadata\n", ""),
    "role of a wrong source": (ROLE.format("r") + "credential_source = Nowhere\n", ""),
    "web identity": (WEB + ROLE.format("w"), ""),
    "web identity without role": (WEB, ""),
    "web identity and keys": (WEB + ROLE.format("w"), PAIR.format("AKIAFILE")),
    "web identity and source": (WEB + ROLE.format("w") + "source_profile = base\n", ""),
    "sso": (SSO, ""),
    "sso and keys": (SSO, PAIR.format("AKIAFILE")),
    "sso and process": (SSO + PROCESS, ""),
    "sso without account": (SSO.replace("sso_account_id = 1\n", ""), PAIR.format("AKIAFILE")),
    "sso session alone and keys": ("sso_session = corp\n" + PAIR.format("AKIACONFIG"), ""),
    "sso session": ("sso_session = corp\nsso_account_id = 1\nsso_role_name = r\n", ""),
    "web identity of the variables' role": (WEB, ""),
    "a token of the older name": (
        "",
        PAIR.format("AKIAFILE") + "aws_security_token = older\naws_session_token = newer\n",
    ),
    "an sso session's token only": ("sso_session = corp\n", ""),
    "sso with a time in UTC": (SSO.replace("/start", "/older"), ""),
    "sso session that is not there": ("sso_session = gone\nsso_account_id = 1\nsso_role_name = r\n", ""),
}  # fmt: skip
OTHERS = (
    "[profile bare]\nregion = eu-west-1\n"
    f"[profile hop]\n{ROLE.format('hop')}source_profile = base\n"
    f"[profile hopkeys]\n{ROLE.format('hop')}source_profile = base\n{PAIR.format('AKIAHOP')}"
    f"[profile loop]\n{ROLE.format('loop')}source_profile = {{name}}\n"
    f"[profile printing]\n{PROCESS}"
    f"[profile web]\n{WEB}{ROLE.format('w')}"
    "[sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n"
)
ENVIRONMENTS = {
    "empty": {},
    "keys": {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"},
    "key only": {"AWS_ACCESS_KEY_ID": "AKIAENV"},
    "secret only": {"AWS_SECRET_ACCESS_KEY": "s"},
    "web": {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/e"},
    "web without role": {"AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token"},
    "role only": {"AWS_ROLE_ARN": "arn:aws:iam::1:role/e"},
    "container": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container"},
    "instance": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}/", "AWS_EC2_METADATA_DISABLED": "false"},
    "container, instance": {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "{url}/container",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": "{url}/",
        "AWS_EC2_METADATA_DISABLED": "false",
    },
    "keys, web": {
        "AWS_ACCESS_KEY_ID": "AKIAENV",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "{home}/token",
        "AWS_ROLE_ARN": "arn:aws:iam::1:role/e",
    },
}  # fmt: skip
ASKED = {
    "default": (None, {}),
    "AWS_PROFILE": (None, {"AWS_PROFILE": "p"}),
    "AWS_DEFAULT_PROFILE": (None, {"AWS_DEFAULT_PROFILE": "p"}),
    "both variables": (None, {"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "bare"}),
    "--profile": ("p", {}),
}


def test_the_oracle_is_the_version_that_the_exceptions_are_written_for() -> None:
    assert botocore.__version__ == "1.43.106"


BESIDE_WEB = ("sso session that is not there", "web")
"""A profile that is of no use beside a web identity: its cases are always among those that are drawn."""


def cases() -> list[tuple[str, str, str]]:
    every = list(product(PROFILES, ENVIRONMENTS, ASKED))
    rng("aws table").shuffle(every)
    every.sort(key=lambda case: case[:2] != BESIDE_WEB)
    return every[: share(150, len(every))]


@pytest.mark.parametrize(("profile", "environment", "asked"), cases())
async def test_the_keys_are_those_that_botocore_finds(
    profile: str,
    environment: str,
    asked: str,
    home: Path,
    services: LocalServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flag, variables = ASKED[asked]
    _write(home, "default" if asked == "default" else "p", *PROFILES[profile])
    environ = {
        "AWS_ENDPOINT_URL_STS": services.url,
        "AWS_ENDPOINT_URL_SSO": services.url,
        "AWS_REGION": "eu-west-1",
        **ENVIRONMENTS[environment],
        **variables,
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value.format(home=home, url=services.url))
    ours = await _ours(flag)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for provider in (botocore.credentials.SSOProvider, botocore.tokens.SSOTokenProvider):
        # botocore finds that folder when it is imported
        monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(home / ".aws" / "sso" / "cache"))
    if "AWS_PROFILE" in environ:
        monkeypatch.delenv("AWS_DEFAULT_PROFILE", raising=False)
    theirs = _theirs(flag)
    if ours == ASKS:
        # Nobody named it: the list of connections is shown, and says there what is wrong with it.
        assert asked == "default"
        assert theirs in (NOTHING, ERROR)
    else:
        assert ours == theirs, f"seed {SEED}"


def _write(home: Path, name: str, config: str | None, credentials: str | None) -> None:
    (home / "token").write_text("a-jwt")
    (home / "printed").write_text(
        json.dumps({"Version": 1, "AccessKeyId": "AKIAPRINTED", "SecretAccessKey": "s"})
    )
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    start = "https://corp.awsapps.com/"
    for key, end in ((f"{start}start", END), ("corp", END), (f"{start}older", END.replace("Z", "UTC"))):
        file = cache / f"{hashlib.sha1(key.encode()).hexdigest()}.json"
        page = key if key.startswith(start) else f"{start}start"
        file.write_text(
            json.dumps({"accessToken": "sso", "expiresAt": end, "region": "eu-west-1", "startUrl": page})
        )
    head = "[default]" if name == "default" else f"[profile\t{name}]"
    text = OTHERS if config is None else f"{head}\n{config}{OTHERS}"
    (home / ".aws" / "config").write_text(text.format(home=home, name=name))
    text = f"[base]\n{PAIR.format('AKIABASE')}" + ("" if not credentials else f"[{name}]\n{credentials}")
    (home / ".aws" / "credentials").write_text(text)


async def _ours(flag: str | None) -> str:
    file = Path("/nonexistent")
    try:
        connection = choose(load_settings(Flags(profile=flag), os.environ, file), os.environ, file)
        if connection is None:
            return ASKS
        keys = resolve(connection)
        if keys is not None and not isinstance(keys, Credentials):
            keys = await keys()
    except CredentialsError as error:
        none = (
            "no keys were found",
            "'p' cannot sign requests: it holds no keys",
            "has no aws_access_key_id",
            "does not say sso_account_id, sso_role_name",  # a session for its token only
        )
        return NOTHING if any(words in error.message for words in none) else ERROR
    if keys is None:
        return NOTHING
    return f"{keys.access_key} {'' if keys.session_token is None else keys.session_token.reveal()}"


def _theirs(flag: str | None) -> str:
    session = botocore.session.Session(profile=flag)
    session.register_component("data_loader", LOADER)
    session.register_component("token_provider", NoTokens())
    try:
        session.get_scoped_config()  # as every client does first: a profile that is not there is an error
        keys = session.get_credentials()
        frozen = None if keys is None else keys.get_frozen_credentials()
        return NOTHING if frozen is None else f"{frozen.access_key} {frozen.token or ''}"
    except (BotoCoreError, ClientError):
        return ERROR


LOADER = botocore.loaders.create_loader()


class NoTokens:
    """No bearer token: else botocore's STS client, which needs none, fails of an `sso_session` that is gone.

    It does so also where a web identity comes before that profile, whose role is then assumed with no token.
    """

    def load_token(self, **_: object) -> None:
        return None


URLS: dict[str, tuple[str | None, Mapping[str, str], str]] = {
    "none": (None, {}, ""),
    "flag": ("http://flag.test:1", {}, ""),
    "AWS_ENDPOINT_URL": (None, {"AWS_ENDPOINT_URL": "http://any.test:1"}, ""),
    "AWS_ENDPOINT_URL_S3": (
        None,
        {"AWS_ENDPOINT_URL": "http://any.test:1", "AWS_ENDPOINT_URL_S3": "https://s3.test"},
        "",
    ),
    "profile": (None, {}, "endpoint_url = http://profile.test:9000\n"),
    "services": (None, {}, "endpoint_url = http://profile.test:9000\nservices = local\n"),
    "all": (
        "http://flag.test:1",
        {"AWS_ENDPOINT_URL_S3": "https://s3.test"},
        "endpoint_url = http://profile.test:9000\nservices = local\n",
    ),
}
IGNORES: dict[str, tuple[Mapping[str, str], str]] = {
    "no": ({}, ""),
    "by variable": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, ""),
    "by profile": ({}, "ignore_configured_endpoint_urls = true\n"),
    "variable says no": (
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"},
        "ignore_configured_endpoint_urls = true\n",
    ),
}
KINDS: dict[str, tuple[Mapping[str, str], str, str]] = {
    "plain": ({}, "", ""),
    "fips by variable": ({"AWS_USE_FIPS_ENDPOINT": "true"}, "", ""),
    "fips by profile": ({}, "use_fips_endpoint = true\n", ""),
    "fips refused": ({"AWS_USE_FIPS_ENDPOINT": "false"}, "use_fips_endpoint = true\n", ""),
    "dual stack by variable": ({"AWS_USE_DUALSTACK_ENDPOINT": "True"}, "", ""),
    "dual stack by profile": ({}, "use_dualstack_endpoint = true\n", ""),
    "dual stack by s3": ({}, "", "  use_dualstack_endpoint = true\n"),
    "dual stack refused": ({"AWS_USE_DUALSTACK_ENDPOINT": "false"}, "use_dualstack_endpoint = true\n", ""),
    "both": ({"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"}, "", ""),
    "accelerate": ({}, "", "  use_accelerate_endpoint = true\n"),
    "no boolean": ({"AWS_USE_FIPS_ENDPOINT": "yes"}, "use_dualstack_endpoint = 1\n", ""),
}
STYLES = {"": "", "path": "  addressing_style = path\n", "virtual": "  addressing_style = virtual\n"}
REGIONS: dict[str, tuple[str | None, Mapping[str, str], str]] = {
    "nobody": (None, {}, ""),
    "profile": (None, {}, "region = eu-west-1\n"),
    "AWS_REGION": (None, {"AWS_REGION": "ap-south-1"}, "region = eu-west-1\n"),
    "AWS_DEFAULT_REGION": (None, {"AWS_DEFAULT_REGION": "us-gov-west-1"}, "region = eu-west-1\n"),
    "both variables": (None, {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "eu-west-3"}, ""),
    "flag": ("us-east-1", {"AWS_REGION": "ap-south-1"}, "region = eu-west-1\n"),
}


def endpoint_cases() -> list[tuple[str, str, str, str, str]]:
    every = list(product(URLS, IGNORES, KINDS, STYLES, REGIONS))
    rng("endpoint table").shuffle(every)
    return every[: share(60, 1500)]


@pytest.mark.parametrize(("url", "ignore", "kind", "style", "region"), endpoint_cases())
def test_the_endpoint_is_the_one_that_botocore_uses(
    url: str, ignore: str, kind: str, style: str, region: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url_flag, url_env, url_profile = URLS[url]
    ignore_env, ignore_profile = IGNORES[ignore]
    kind_env, kind_profile, kind_s3 = KINDS[kind]
    region_flag, region_env, region_profile = REGIONS[region]
    nested = kind_s3 + STYLES[style]
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(
        f"[default]\n{url_profile}{ignore_profile}{kind_profile}{region_profile}"
        + (f"s3 =\n{nested}" if nested else "")
        + "[services local]\ns3 =\n  endpoint_url = http://services.test:9000\n"
    )
    keys = {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s"}
    for name, value in {**keys, **url_env, **ignore_env, **kind_env, **region_env}.items():
        monkeypatch.setenv(name, value)
    flags = Flags(endpoint_url=url_flag, region=region_flag)
    ours = _our_target(flags)
    monkeypatch.setenv("AWS_S3_US_EAST_1_REGIONAL_ENDPOINT", "regional")
    if "AWS_REGION" in region_env:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region_env["AWS_REGION"])
    assert ours == _their_target(flags, "us-east-1" if region == "nobody" else region_flag), f"seed {SEED}"


def _our_target(flags: Flags) -> tuple[str, ...]:
    none = Path("/nonexistent")
    try:
        connection = choose(load_settings(flags, os.environ, none), os.environ, none)
        assert connection is not None
        endpoint = connection.endpoint
        target = endpoint.target("my-bucket", "k")
        return f"{target.scheme}://{target.authority}{target.path}", endpoint.region
    except ValueError:
        return (ERROR,)


class _Sent(Exception):
    pass


def _their_target(flags: Flags, region: str | None, bucket: str = "my-bucket") -> tuple[str, ...]:
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    sent: list[str] = []

    def stop(request: Any, **_: object) -> None:
        signed_for = request.headers["Authorization"].decode().partition("Credential=")[2].split("/")[2]
        sent.extend((request.url, signed_for))
        raise _Sent

    try:
        client = session.create_client("s3", region, endpoint_url=flags.endpoint_url)
        client.meta.events.register("before-send.s3", stop)
        client.get_object(Bucket=bucket, Key="k")
    except _Sent:
        return tuple(sent)
    except (BotoCoreError, ValueError):
        return (ERROR,)
    raise AssertionError("unreachable: nothing is sent")


POINT = "arn:aws:s3:eu-west-1:123456789012:accesspoint/finance"
MULTI = "arn:aws:s3::123456789012:accesspoint/a.mrap"
DIRECTORY = "logs--use1-az4--x-s3"


@pytest.mark.parametrize("kind", [POINT, MULTI, DIRECTORY])
@pytest.mark.parametrize(
    ("environ", "profile"),
    [
        ({}, ""),
        ({"AWS_S3_USE_ARN_REGION": "false"}, "s3_use_arn_region = true\n"),
        ({}, "s3_use_arn_region = false\n"),
        ({}, "s3 =\n  use_arn_region = false\n  s3_disable_multiregion_access_points = true\n"),
        ({"AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "true"}, "s3_disable_express_session_auth = true\n"),
        ({"AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true"}, "s3 =\n  use_arn_region = true\n"),
    ],
)
def test_settings_of_special_buckets_are_botocores(
    environ: Mapping[str, str], profile: str, kind: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(f"[default]\nregion = us-east-1\n{profile}")
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_SECRET_ACCESS_KEY": "s", **environ}.items():
        monkeypatch.setenv(name, value)
    connection = choose(load_settings(Flags(), os.environ, home / "none"), os.environ, home / "none")
    assert connection is not None
    try:
        target = connection.endpoint.target(kind, "k")
        with_session = target.signed_with is SignedWith.SESSION
        ours = f"https://{target.authority}/" + ("?session" if with_session else "k")
    except ValueError:
        ours = ERROR
    assert ours == _their_target(Flags(), None, bucket=kind)[0]
