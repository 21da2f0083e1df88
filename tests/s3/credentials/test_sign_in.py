"""Signing in: device codes, the browser on this machine, renewal, sessions of `aws login`, slow processes."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import botocore.tokens
import httpx
import pytest

from s3tui.s3.credentials import process
from s3tui.s3.credentials.interaction import Interaction, SignInPage, SlowProcess
from s3tui.s3.credentials.profiles import profile_provider
from s3tui.s3.credentials.sso import Portal, SsoAccount
from s3tui.s3.credentials.sso_sign_in import _brought, can_open_browser
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret
from tests.patience import PATIENCE_S
from tests.s3.credentials.sign_in_server import START_URL, SignInServer, sign_in_server

ARN = "arn:aws:iam::111122223333:user/me"
CONFIG = f"""
[profile session]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Reader

[profile other]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Admin

[profile legacy]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_account_id = 111122223333
sso_role_name = Reader

[profile login]
login_session = {ARN}
region = eu-west-1

[sso-session corp]
sso_start_url = {START_URL}
sso_region = eu-west-1
sso_registration_scopes = sso:account:access
"""


@pytest.fixture
def server(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SignInServer]:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")  # no AWS CLI
    with sign_in_server() as server:
        for service in ("SSO_OIDC", "SSO", "SIGNIN"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", server.url)
        yield server


class User:
    """A user who looks at pages, and does there as told."""

    def __init__(self, server: SignInServer, *, wants_device: bool = False, leaves: bool = False) -> None:
        self.server, self.wants_device, self.leaves = server, wants_device, leaves
        self.pages: list[SignInPage] = []

    @property
    def ways(self) -> Interaction:
        return Interaction(sign_in=self.look)

    async def look(self, page: SignInPage) -> bool:
        self.pages.append(page)
        if self.leaves or (page.code is None and self.wants_device):
            return self.wants_device
        if page.code is None:
            async with httpx.AsyncClient(trust_env=False) as browser:
                stray = await browser.get(
                    self.server.authorize(page.url).partition("?")[0] + "?code=x&state=y"
                )
                assert stray.status_code == 404
                assert "signed in" in (await browser.get(self.server.authorize(page.url))).text
        await asyncio.Event().wait()
        raise AssertionError


def token_file(home: Path, name: str = "corp") -> Path:
    return home / ".aws" / "sso" / "cache" / f"{hashlib.sha1(name.encode()).hexdigest()}.json"


@pytest.mark.parametrize(("profile", "name"), [("session", "corp"), ("legacy", START_URL)])
async def test_a_code_signs_in_and_the_token_lies_where_the_aws_tools_look(
    server: SignInServer, home: Path, profile: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.pending, server.slow_down = 2, False
    user = User(server)
    keys = await profile_provider(profile, interaction=user.ways)()
    assert keys.access_key == "ASIAREADER0"
    [page] = user.pages
    assert (page.code, page.typed_url) == ("ABCD-EFGH", f"{server.url}/device")
    assert page.url == f"{server.url}/device?user_code=ABCD-EFGH"
    assert server.count("/token") == 3, "asked before it is shown, then polled"
    file = token_file(home, name)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = json.loads(file.read_text())
    assert said["startUrl"] == START_URL
    assert said["accessToken"] in server.tokens
    monkeypatch.setattr(botocore.tokens.SSOTokenProvider, "_SSO_TOKEN_CACHE_DIR", str(file.parent))
    if profile == "session":
        theirs = botocore.tokens.SSOTokenProvider(botocore.session.Session(profile=profile))
        assert theirs.load_token().get_frozen_token().token == said["accessToken"]
    await profile_provider(profile, interaction=user.ways)()
    assert len(user.pages) == 1, "the token is used again"


async def test_the_browser_on_this_machine_signs_in_and_nothing_else_is_let_in(
    server: SignInServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    user = User(server)
    assert (await profile_provider("session", interaction=user.ways)()).access_key == "ASIAREADER0"
    [page] = user.pages
    assert page.code is None
    assert server.count("/device_authorization") == 0
    assert "verifier" not in page.url


async def test_who_has_no_browser_here_takes_a_code_instead(
    server: SignInServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    user = User(server, wants_device=True)
    assert (await profile_provider("session", interaction=user.ways)()).access_key == "ASIAREADER0"
    assert [page.code for page in user.pages] == [None, "ABCD-EFGH"]


@pytest.mark.parametrize(
    ("environ", "can"),
    [
        ({}, False),
        ({"DISPLAY": ":0"}, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, False),
        ({"DISPLAY": ":0", "SSH_TTY": "/dev/pts/1"}, False),
    ],
)
def test_over_ssh_a_code_is_the_default(
    environ: dict[str, str], can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert can_open_browser(environ) is can


async def test_all_who_wait_for_one_session_share_one_sign_in(server: SignInServer) -> None:
    user = User(server)
    ways = user.ways
    providers = [profile_provider(name, interaction=ways) for name in ("session", "other", "session")]
    found = await asyncio.gather(*(provider() for provider in providers))
    assert len(user.pages) == 1
    assert {keys.access_key[:-1] for keys in found} == {"ASIAREADER", "ASIAADMIN"}


async def test_who_leaves_is_told_so_and_asked_again(server: SignInServer) -> None:
    server.confirmed = False
    user = User(server, leaves=True)
    provider = profile_provider("session", interaction=user.ways)
    for number in (1, 2):
        with pytest.raises(CredentialsError, match="the sign-in to corp was left"):
            await provider()
        assert len(user.pages) == number


async def test_who_is_refused_in_the_browser_reads_what_the_service_says(server: SignInServer) -> None:
    server.confirmed, server.refused = False, "access_denied"
    with pytest.raises(CredentialsError, match="sign-in service refuses: said: access_denied"):
        await profile_provider("session", interaction=User(server).ways)()


async def test_an_answer_that_is_lost_does_not_end_the_wait_for_the_user(server: SignInServer) -> None:
    server.broken = 2
    user = User(server)
    assert (await profile_provider("session", interaction=user.ways)()).access_key == "ASIAREADER0"
    assert (len(user.pages), server.broken) == (1, 0)


@pytest.mark.parametrize("page", ["file:///etc/passwd", "--help", "https://h/\x1b]2;x\x07", "https://h/\0"])
async def test_only_the_address_of_a_page_is_shown_and_opened(server: SignInServer, page: str) -> None:
    server.page = page
    user = User(server)
    with pytest.raises(CredentialsError, match="gave a verificationUriComplete that is no page"):
        await profile_provider("session", interaction=user.ways)()
    assert user.pages == []


@pytest.mark.parametrize("target", ["/oauth/callback?code=x&state=%C3%A9", "//[?code=x&state=s", "//["])
def test_a_stray_request_to_the_listener_is_none_of_ours(target: str) -> None:
    assert _brought(f"GET {target} HTTP/1.1\r\n\r\n".encode(), "s") is None


async def test_a_token_that_ends_is_renewed_without_the_user(server: SignInServer, home: Path) -> None:
    server.token_seconds = 600
    user = User(server)
    await profile_provider("session", interaction=user.ways)()
    first = json.loads(token_file(home).read_text())
    server.token_seconds = 28800
    await profile_provider("session", interaction=Interaction())()
    second = json.loads(token_file(home).read_text())
    assert second["accessToken"] != first["accessToken"]
    assert second["refreshToken"] != first["refreshToken"]
    assert len(user.pages) == 1
    file = token_file(home)
    file.write_text(json.dumps({**second, "expiresAt": "2020-01-01T00:00:00Z"}))
    assert (await profile_provider("session")()).access_key.startswith("ASIAREADER")


async def test_a_failed_renewal_leaves_the_old_token_in_use_until_it_ends(
    server: SignInServer, home: Path
) -> None:
    server.token_seconds = 600
    await profile_provider("session", interaction=User(server).ways)()
    server.refresh_tokens.clear()
    await profile_provider("session")()
    said = json.loads(token_file(home).read_text())
    token_file(home).write_text(json.dumps({**said, "expiresAt": "2020-01-01T00:00:00Z"}))
    with pytest.raises(CredentialsError, match="session of corp has ended: aws sso login --profile session"):
        await profile_provider("session")()


async def test_a_token_that_the_portal_does_not_take_any_more_is_signed_in_for_anew(
    server: SignInServer,
) -> None:
    user = User(server)
    ways = user.ways
    await profile_provider("session", interaction=ways)()
    server.tokens.clear()
    server.refresh_tokens.clear()
    server.pending = 1
    await profile_provider("session", interaction=ways)()
    assert len(user.pages) == 2


async def test_accounts_and_roles_are_listed_page_by_page(server: SignInServer) -> None:
    server.tokens.add("t")
    portal = Portal(server.url, "corp")
    assert await portal.accounts(Secret("t")) == [
        SsoAccount("111122223333", "team 0", "0@corp.test"),
        SsoAccount("444455556666", "team 1", "1@corp.test"),
    ]
    assert await portal.roles(Secret("t"), "111122223333") == ["Admin", "Reader"]
    with pytest.raises(CredentialsError, match="session of corp has ended"):
        await portal.accounts(Secret("another"))


def login_file(home: Path, server: SignInServer, left: timedelta) -> Path:
    file = home / ".aws" / "login" / "cache" / f"{hashlib.sha256(ARN.encode()).hexdigest()}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    end = datetime.now(UTC) + left
    keys = {
        "accessKeyId": "ASIALOGIN0",
        "secretAccessKey": "s",
        "sessionToken": "t",
        "accountId": "111122223333",
    }
    file.write_text(
        json.dumps(
            {
                "accessToken": {**keys, "expiresAt": f"{end:%Y-%m-%dT%H:%M:%SZ}"},
                "tokenType": "aws_sigv4",
                "clientId": "arn:aws:signin:::devtools/same-device",
                "refreshToken": "login-refresh-0",
                "idToken": "id",
                "dpopKey": server.dpop_pem(),
            }
        )
    )
    return file


async def test_a_login_session_is_used_and_renewed_with_its_proof(server: SignInServer, home: Path) -> None:
    login_file(home, server, timedelta(minutes=10))
    assert (await profile_provider("login")()).access_key == "ASIALOGIN0"
    assert server.count("/v1/token") == 0
    file = login_file(home, server, timedelta(minutes=4))
    keys = await profile_provider("login")()
    assert keys.access_key == "ASIALOGIN1"
    assert keys.expires_at is not None
    assert keys.expires_at - datetime.now(UTC) > timedelta(minutes=14)
    said = json.loads(file.read_text())
    assert said["refreshToken"] == "login-refresh-1", "the old one was used up"
    assert (said["idToken"], said["accessToken"]["accountId"]) == ("id", "111122223333")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (await profile_provider("login")()).access_key == "ASIALOGIN1"
    assert server.count("/v1/token") == 1


async def test_a_login_session_is_renewed_once_for_all_its_connections(
    server: SignInServer, home: Path
) -> None:
    login_file(home, server, timedelta(minutes=-1))
    ways = Interaction()
    both = (profile_provider("login", interaction=ways), profile_provider("login", interaction=ways))
    assert {keys.access_key for keys in await asyncio.gather(*(each() for each in both))} == {"ASIALOGIN1"}
    assert server.count("/v1/token") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("TOKEN_EXPIRED", "has ended: aws login --profile login"),
        ("USER_CREDENTIALS_CHANGED", "has ended: aws login --profile login"),
        ("INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token"),
        ("SOMETHING", "gives no keys: refused"),
    ],
)
async def test_a_login_session_that_is_over_says_what_to_do(
    server: SignInServer, home: Path, error: str, said: str
) -> None:
    login_file(home, server, timedelta(minutes=-1))
    server.login_error = error
    with pytest.raises(CredentialsError, match=said):
        await profile_provider("login")()


async def test_no_secret_of_a_sign_in_is_shown(server: SignInServer, home: Path) -> None:
    user = User(server)
    await profile_provider("session", interaction=user.ways)()
    said = json.loads(token_file(home).read_text())
    shown = repr(user.pages) + repr(server.url)
    for name in ("accessToken", "refreshToken", "clientSecret"):
        assert said[name] not in shown


PROCESS = """
import sys, time, os
open(os.environ["HOME"] + "/running", "w").write(str(os.getpid()))
sys.stderr.write("Code of your device: "); sys.stderr.flush()
time.sleep(300)
"""


async def test_a_process_that_hangs_is_shown_with_what_it_says_and_can_be_ended(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_SHOWN_AFTER_S", 0.05)
    (home / "keys.py").write_text(PROCESS)
    seen: list[str] = []

    async def look(slow: SlowProcess) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while "Code of your device:" not in slow.said():  # noqa: ASYNC110 - it is told of by nothing
                await asyncio.sleep(0.01)
        seen.append(slow.name)

    import sys

    command = f"{sys.executable} {home}/keys.py"
    with pytest.raises(CredentialsError, match="credential_process of profile 'p' was ended"):
        await process.from_process(command, "p", {**os.environ, "HOME": str(home)}, show=look)
    assert seen == ["the credential_process of profile 'p'"]
    with pytest.raises(ProcessLookupError):
        os.kill(int((home / "running").read_text()), 0)


async def test_a_process_that_ends_meanwhile_gives_its_keys_and_is_shown_no_more(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_SHOWN_AFTER_S", 0.05)
    go_on, closed = home / "go-on", asyncio.Event()

    async def look(slow: SlowProcess) -> None:
        go_on.touch()
        try:
            await asyncio.Event().wait()
        finally:
            closed.set()

    keys = '{"Version": 1, "AccessKeyId": "AKIASLOW", "SecretAccessKey": "s"}'
    command = f"sh -c 'while [ ! -e {go_on} ]; do sleep 0.02; done; echo {json.dumps(keys)}'"
    found = await process.from_process(command, "p", os.environ, show=look)
    assert found.access_key == "AKIASLOW"
    assert closed.is_set()
