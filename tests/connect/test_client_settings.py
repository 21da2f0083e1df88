"""Settings of one connection: saved and read again, applied to its client, seen on the wire."""

from __future__ import annotations

import ssl
from dataclasses import fields, replace
from pathlib import Path

import pytest

from s3tui.config.options import CONNECTION_OPTIONS
from s3tui.config.reader import read_config
from s3tui.connect import Anonymous, Connection, Given
from s3tui.connect.client import open_client
from s3tui.connect.connection import ClientSettings
from s3tui.connect.store import ConnectionStore
from s3tui.s3 import Endpoint, S3Client
from s3tui.s3.address.endpoint import IpFamily
from s3tui.s3.errors import TransportError
from s3tui.settings import Settings
from tests.s3.certificates import Authority
from tests.s3.scripted import KEYS, Reply, Seen, scripted

FAR = ClientSettings(True, "http://proxy.test:3128", "~/me.pem", 2.5, 600.0, 8, "team/blue")


def ok(_: Seen) -> Reply:
    return Reply(body=b"hello", headers={"etag": '"e"'})


@pytest.mark.parametrize(
    "endpoint",
    [
        Endpoint.aws("eu-west-1", dual_stack=True, fips=True, family=IpFamily.V6),
        Endpoint.aws("eu-west-1", accelerate=True),
        Endpoint.custom("http://127.0.0.1:9000", family=IpFamily.V4),
    ],
)
@pytest.mark.parametrize("client", [FAR, ClientSettings(), ClientSettings(proxy="none")])
def test_what_was_saved_comes_back(endpoint: Endpoint, client: ClientSettings, tmp_path: Path) -> None:
    store = ConnectionStore(tmp_path / "config.toml")
    saved = Connection(
        "x", endpoint, Anonymous(), client=client, color="green", notes="ours", origin="config.toml"
    )
    store.save(saved)
    assert store.connections() == [saved]
    usual = replace(saved, endpoint=Endpoint.aws("eu-west-1"), client=ClientSettings(), color="", notes="")
    store.save(usual, replaces=True)
    assert store.connections() == [usual]
    assert (tmp_path / "config.toml").read_text().count("=") == 3, "what is as usual is not written"


def test_every_setting_of_a_client_is_an_option() -> None:
    keys = {option.key for option in CONNECTION_OPTIONS}
    assert {field.name.removesuffix("_s") for field in fields(ClientSettings)} <= keys


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('proxy = "http://me:secret@proxy:1"', "holds a user or a password"),
        ('proxy = "ftp://proxy"', "only http:// and https:// proxies"),
        ('connect_timeout = "0 s"', "must be more than nothing"),
        ('read_timeout = "unlimited"', "at most an hour"),
        ("read_timeout = 5", "A time is off"),
        ("max_connections = 0", "a number from 1 to"),
        ('ip = "5"', "any, 4 or 6"),
        ('color = "pink"', "red, yellow"),
        ('user_agent = "é"', "ASCII"),
        ('endpoint_url = "http://h"\nfips = true', "fips is for Amazon's own endpoint"),
    ],
)
def test_what_cannot_be_is_said_with_its_line(line: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"[connections.x]\nanonymous = true\n{line}\n")
    (problem,) = read_config(file).problems
    assert said in problem.sentence
    assert "secret" not in problem.sentence


async def test_a_client_sends_what_its_connection_says_and_through_its_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "my app")
    async with scripted(ok) as proxy, scripted(ok) as server:
        base = Connection("x", Endpoint.custom("http://s3.test:9000"), Given(KEYS))
        settings = replace(FAR, proxy=proxy.url, client_cert="")
        async with open_client(replace(base, client=settings), Settings(), lambda fact: None) as s3:
            assert await s3.get_object("b", "k") == b"hello"
        direct = replace(base, endpoint=server.endpoint, client=ClientSettings(proxy="none"))
        async with open_client(direct, Settings(), lambda fact: None) as s3:
            await s3.get_object("b", "k")
    [seen], [straight] = proxy.requests, server.requests
    assert seen.target == b"http://s3.test:9000/b/k"
    assert seen.headers["x-amz-request-payer"] == "requester"
    assert seen.headers["user-agent"].endswith(" team/blue")
    assert "x-amz-request-payer" not in straight.headers
    assert straight.headers["user-agent"].endswith(" app/my-app")


async def test_a_certificate_is_shown_to_a_server_that_wants_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.server()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    mine = tmp_path / "authority-127.0.0.1-False.pem"
    async with scripted(ok, tls=context) as server:
        async with S3Client(server.endpoint, KEYS, ca_file=authority.file, client_cert=mine) as s3:
            assert await s3.get_object("b", "k") == b"hello"
        for wrong in (authority.file, tmp_path / "none.pem"):
            async with S3Client(server.endpoint, KEYS, ca_file=authority.file, client_cert=wrong) as s3:
                with pytest.raises(TransportError, match=r"client certificate .* cannot be used") as failed:
                    await s3.get_object("b", "k")
                assert failed.value.is_final


def test_order_and_default_are_kept_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '# mine\ntheme = "nord"\n'
        + "".join(f"# about {name}\n[connections.{name}]\nanonymous = true\n" for name in "abc")
    )
    store = ConnectionStore(file)
    assert store.move("c", -1)
    assert [each.name for each in store.connections()] == ["a", "c", "b"]
    assert not store.move("a", -1)
    assert not store.move("none", 1)
    assert store.move("a", 1)
    assert [each.name for each in store.connections()] == ["c", "a", "b"]
    assert store.default() is None
    store.set_default("b")
    assert store.default() == "b"
    store.set_default(None)
    assert store.default() is None
    assert read_config(file).problems == ()
    assert "# mine" in file.read_text()
