"""Identities: one for an endpoint and account, however it is written, and another for every other."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from s3tui.connect.connection import (
    Anonymous,
    Connection,
    CredentialsSource,
    FromChain,
    FromEnvironment,
    FromKeyring,
    FromProfile,
    Given,
)
from s3tui.connect.identity import Handle, Identity, identity_of
from s3tui.s3.address.endpoint import Addressing, Endpoint
from s3tui.s3.credentials import Credentials

STATIC, TEMPORARY = "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"
KEY = FromKeyring(STATIC)


def of(endpoint: Endpoint, source: CredentialsSource = KEY, **environ: str) -> Identity:
    return identity_of(Connection("env", endpoint, source), environ)


@pytest.mark.parametrize(
    "same",
    [
        [
            Endpoint.aws("us-east-1"),
            Endpoint.aws("eu-west-1"),
            Endpoint.aws("eu-west-1", fips=False, dual_stack=True),
            Endpoint.aws("us-east-1", fips=True),
            Endpoint.aws("us-west-2", accelerate=True),
            Endpoint.aws("us-east-1", addressing=Addressing.PATH),
            Endpoint.custom("https://s3.amazonaws.com"),
            Endpoint.custom("https://s3.eu-west-1.amazonaws.com"),
            Endpoint.custom("https://s3.dualstack.eu-west-1.amazonaws.com/"),
        ],
        [
            Endpoint.custom("http://minio.example:9000"),
            Endpoint.custom("HTTP://MinIO.example:9000/"),
            Endpoint.custom("http://minio.example.:9000"),
            Endpoint.custom("http://minio.example:9000", region="eu-west-1"),
            Endpoint.custom("http://minio.example:9000", addressing=Addressing.VIRTUAL),
        ],
        [Endpoint.custom("https://s3.example"), Endpoint.custom("https://s3.example:443")],
        [Endpoint.custom("http://[::1]:9000"), Endpoint.custom("http://[0:0:0:0:0:0:0:1]:9000")],
        [Endpoint.aws("cn-north-1"), Endpoint.custom("https://s3.cn-northwest-1.amazonaws.com.cn")],
    ],
)
def test_one_endpoint_is_one_however_it_is_written(same: list[Endpoint]) -> None:
    assert len({of(endpoint) for endpoint in same}) == 1


def test_every_other_endpoint_is_another() -> None:
    different = [
        Endpoint.aws(),
        Endpoint.aws("cn-north-1"),
        Endpoint.aws("us-gov-west-1"),
        *(
            Endpoint.custom(f"{scheme}://{host}{port}{path}")
            for scheme, host, port, path in product(
                ("http", "https"), ("a.example", "b.example", "127.0.0.1", "[::1]"), ("", ":81"), ("", "/x")
            )
        ),
    ]
    assert len({of(endpoint) for endpoint in different}) == len(different)


CONFIG = f"""
[profile role]
role_arn = arn:aws:iam::111122223333:role/reader
source_profile = static
[profile other-role]
role_arn = arn:aws:iam::444455556666:role/reader
source_profile = static
[profile sso]
sso_account_id = 111122223333
sso_role_name = admin
[profile static]
aws_access_key_id = {STATIC}
aws_secret_access_key = x
[profile exported]
aws_access_key_id = {TEMPORARY}
aws_secret_access_key = x
aws_session_token = x
[profile process]
credential_process = /bin/true
"""


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(CONFIG)
    return {"HOME": str(home)}


def test_every_other_account_is_another(environ: dict[str, str]) -> None:
    names = ("role", "other-role", "sso", "exported", "process", "static", "nowhere")
    sources: list[CredentialsSource] = [
        *map(FromProfile, names),
        FromKeyring("AKIAOTHER"),
        Given(Credentials(TEMPORARY, "x", "token")),
        FromEnvironment(),
        Anonymous(),
    ]
    assert len({of(Endpoint.aws(), source, **environ) for source in sources}) == len(sources)


def test_a_key_is_the_same_account_wherever_it_lies(environ: dict[str, str]) -> None:
    there: list[CredentialsSource] = [FromProfile("static"), KEY, Given(Credentials(STATIC, "y"))]
    found = {of(Endpoint.aws(), source, **environ) for source in there}
    found.add(of(Endpoint.aws(), FromEnvironment(), AWS_ACCESS_KEY_ID=STATIC))
    assert found == {Identity("https://s3.amazonaws.com", f"key {STATIC}")}


@pytest.mark.parametrize("name", ["role", "sso", "exported", "process"])
def test_a_renewal_is_no_other_account(name: str, environ: dict[str, str], home: Path) -> None:
    before = of(Endpoint.aws(), FromProfile(name), **environ)
    (home / ".aws" / "config").write_text(CONFIG.replace(TEMPORARY, "ASIARENEWED"))
    assert of(Endpoint.aws(), FromProfile(name), **environ) == before


def test_only_temporary_keys_of_one_endpoint_may_be_one_account() -> None:
    first, renewed = (Identity("https://s3.amazonaws.com", f"key ASIA{n}") for n in "12")
    assert first.may_be(renewed)
    for other in (
        Identity("http://127.0.0.1:9000", "key ASIA2"),
        Identity("https://s3.amazonaws.com", "key AKIA2"),
        Identity("https://s3.amazonaws.com", "profile ASIA"),
    ):
        assert not first.may_be(other)
        assert not other.may_be(first)


AMAZON, ELSEWHERE = "https://s3.amazonaws.com", "http://127.0.0.1:9000"


@pytest.mark.parametrize(
    ("account", "at_amazon", "elsewhere"),
    [
        (f"key {STATIC}", True, True),
        (f"key {TEMPORARY}", True, True),
        ("anonymous", True, True),
        ("role arn:aws:iam::111122223333:role/reader", True, False),
        ("role admin of 111122223333", True, False),
        ("role arn:r", False, False),
        ("role ", False, False),
        ("profile work", False, False),
        ("this machine's keys", False, False),
        ("this container's keys", False, False),
        ("environment", False, False),
    ],
)
def test_an_identity_tells_the_account_where_it_is_always_the_same(
    account: str, at_amazon: bool, elsewhere: bool
) -> None:
    assert Identity(AMAZON, account).tells_account is at_amazon
    assert Identity("https://s3.amazonaws.com.cn", account).tells_account is at_amazon
    assert Identity(ELSEWHERE, account).tells_account is elsewhere


def test_two_handles_are_one_account_only_where_that_is_known() -> None:
    for endpoint, account in product((AMAZON, ELSEWHERE), ("profile work", f"key {STATIC}")):
        identity = Identity(endpoint, account)
        owners, clients = (None, "ours", "theirs"), (None, "1", "2")
        for ours, theirs, mine, its in product(owners, owners, clients, clients):
            one, other = Handle("a", identity, ours, mine), Handle("b", identity, theirs, its)
            is_known_owner = endpoint == AMAZON and None is not ours == theirs
            is_known = "key" in account or is_known_owner or None is not mine == its
            is_another = None not in (ours, theirs) and ours != theirs
            assert one.is_surely(other) is (is_known and not is_another), (one, other)
        renewed = Identity(endpoint, "profile other"), Identity(endpoint, "key AKIAOTHER")
        for another in (None, *renewed):
            assert not Handle("a", identity, "ours", "1").is_surely(Handle("a", another, "ours", "1"))


def test_a_renewed_temporary_key_is_the_same_account_where_amazon_names_its_owner() -> None:
    for endpoint, is_one in ((AMAZON, True), (ELSEWHERE, False)):
        first, renewed = (Identity(endpoint, f"key ASIA{n}") for n in "12")
        assert Handle("env", first, "ours").is_surely(Handle("env", renewed, "ours")) is is_one
        for owner in (None, "theirs"):
            assert not Handle("env", first, "ours").is_surely(Handle("env", renewed, owner))


@pytest.mark.parametrize("name", ["env", "aws:default", "two words", "ключ", ""])
def test_a_handle_comes_back_from_text(name: str) -> None:
    for identity in (None, of(Endpoint.aws()), of(Endpoint.custom("http://[::1]:9000/a%20b"), Anonymous())):
        for owner, client in product((None, "0a1b"), (None, "2c3d")) if identity else ((None, None),):
            handle = Handle(name, identity, owner, client)
            assert Handle.parse(str(handle)) == handle


def test_a_name_in_somebodys_file_brings_no_identity_of_its_own() -> None:
    ours, theirs = of(Endpoint.aws()), Identity("https://h", "anonymous")
    for identity in (ours, None):
        read = Handle.parse(str(Handle(f"a\x1f{theirs}\x1fowner", identity)))
        assert (read.identity, read.owner, read.client) == (identity, None, None)


@pytest.mark.parametrize(
    ("config", "environ", "account"),
    [
        ("", {}, "this machine's keys"),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/x"}, "this container's keys"),
        ("", {"AWS_WEB_IDENTITY_TOKEN_FILE": "t", "AWS_ROLE_ARN": "arn:r"}, "role arn:r"),
        (
            "[default]\nweb_identity_token_file = t\nrole_arn = arn:p\n",
            {"AWS_ROLE_ARN": "arn:e"},
            "role arn:e",
        ),
        (
            "[default]\nrole_arn = arn:p\nsource_profile = x\n",
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "t", "AWS_ROLE_ARN": "arn:e"},
            "role arn:p",
        ),
        ("[profile p]\nrole_arn = arn:p\nsource_profile = x\n", {"AWS_PROFILE": "p"}, "role arn:p"),
        ("nonsense", {}, "this machine's keys"),
        ("", {"AWS_ACCESS_KEY_ID": "AKIAENV", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "u"}, "key AKIAENV"),
    ],
)
def test_who_is_found_by_the_chain_is_told_without_asking_anybody(
    home: Path, config: str, environ: dict[str, str], account: str
) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text(config)
    connection = Connection("aws", Endpoint.aws(), FromChain())
    assert identity_of(connection, {"HOME": str(home), **environ}).account == account
