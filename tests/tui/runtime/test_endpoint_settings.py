"""Settings of endpoint and checksums reach the client, whatever way leads to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from s3tui.background import S3Thread
from s3tui.connect.connection import Anonymous, Connection, Given
from s3tui.connect.discover import choose
from s3tui.s3.address.endpoint import Endpoint
from s3tui.s3.checksum import ChecksumMode
from s3tui.s3.client import S3Client
from s3tui.s3.errors import CredentialsError
from s3tui.settings import Settings
from s3tui.tui.runtime.sessions import Sessions
from tests.servers import S3Server
from tests.tui.runtime.test_settings_everywhere import FROM_THE_START, LISTED, Place, Wish, sessions_of


@pytest.fixture
def thread() -> Iterator[S3Thread]:
    running = S3Thread()
    running.start()
    yield running
    running.stop()


KINDS: dict[str, tuple[Wish, Callable[[S3Client], bool]]] = {
    "AWS_USE_FIPS_ENDPOINT": (
        Wish(environ={"AWS_USE_FIPS_ENDPOINT": "true"}),
        lambda s3: s3.endpoint.target("abc").authority == "abc.s3-fips.eu-west-1.amazonaws.com",
    ),
    "AWS_USE_DUALSTACK_ENDPOINT": (
        Wish(environ={"AWS_USE_DUALSTACK_ENDPOINT": "true"}),
        lambda s3: s3.endpoint.target("abc").authority == "abc.s3.dualstack.eu-west-1.amazonaws.com",
    ),
    "both": (
        Wish(environ={"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"}),
        lambda s3: s3.endpoint.target("abc").authority == "abc.s3-fips.dualstack.eu-west-1.amazonaws.com",
    ),
    "--path-style": (
        Wish({"path_style": "always"}),
        lambda s3: s3.endpoint.target("abc").path == "/abc",
    ),
}
"""What is wished of Amazon's endpoint, and what then is so: hosts as in *Amazon S3 endpoints and quotas*."""
CHECKSUMS = {
    "AWS_REQUEST_CHECKSUM_CALCULATION": Wish(environ={"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required"}),
    "AWS_RESPONSE_CHECKSUM_VALIDATION": Wish(environ={"AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required"}),
    "checksums in config.toml": Wish(config='checksums = "when_required"\n'),
}
AT_AMAZON = [
    *(way for way in FROM_THE_START if way != "endpoint"),
    "env",
    "aws:work",
    "saved",
    "typed",
    "public",
]


@pytest.mark.parametrize("way", AT_AMAZON)
@pytest.mark.parametrize("kind", KINDS)
async def test_every_way_to_amazon_leads_to_the_hosts_that_are_wished(
    kind: str,
    way: str,
    home: Path,
    ministack: S3Server,
    thread: S3Thread,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish, is_so = KINDS[kind]
    place = Place(home, ministack, wish, monkeypatch, at_amazon=True)
    client = await client_by(way, place, thread, Endpoint.aws("eu-west-1"))
    assert is_so(client), client.endpoint
    config = await client.config()
    assert config is not None
    there = S3Client.from_config(config)
    assert is_so(there)
    await there.aclose()


@pytest.mark.parametrize("way", [*FROM_THE_START, *LISTED, "typed", "public"])
@pytest.mark.parametrize("kind", CHECKSUMS)
async def test_every_way_obeys_what_is_wished_of_checksums(
    kind: str,
    way: str,
    home: Path,
    ministack: S3Server,
    thread: S3Thread,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place = Place(home, ministack, CHECKSUMS[kind], monkeypatch)
    client = await client_by(way, place, thread, ministack.endpoint)
    config = await client.config()
    assert config is not None
    defaults = config.options.defaults
    assert (defaults.checksums is ChecksumMode.WHEN_REQUIRED) is ("RESPONSE" not in kind)
    assert defaults.verifies is ("REQUEST" in kind)


async def client_by(way: str, place: Place, thread: S3Thread, endpoint: Endpoint) -> S3Client:
    """Return a client by a way from the start, of a connection that is listed or typed into a form."""
    flags, features = FROM_THE_START.get(way, ({}, ("AWS_ACCESS_KEY_ID",)))
    if way == "anonymous" and endpoint.is_aws:
        flags = {"no_sign_request": True}
    place.use(*features)
    settings = place.settings(flags)
    sessions = sessions_of(thread, settings)
    connection: Connection | None = None
    if way in ("typed", "public"):
        keys = Given(place.server.credentials) if way == "typed" else Anonymous()
        connection = Connection(way, endpoint, keys)
    elif way in FROM_THE_START:
        connection = choose(settings)
        assert connection is not None
    try:
        if connection is not None:
            return await thread.run(sessions.of(connection).open())
        return await thread.run(client_of_handle(sessions, way))
    finally:
        await thread.run(sessions.aclose())


async def client_of_handle(sessions: Sessions, name: str) -> S3Client:
    return await sessions.client_for((await sessions.whose(name)).handle)


async def test_what_amazon_has_no_host_for_is_refused_with_a_sentence(thread: S3Thread) -> None:
    china = Connection("cn", Endpoint.aws("cn-north-1"), Anonymous())
    sessions = sessions_of(thread, Settings(fips=True))
    with pytest.raises(CredentialsError, match="AWS China has no FIPS endpoints"):
        await sessions.of(china).run(lambda s3: s3.list_buckets())
