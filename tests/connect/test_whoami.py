"""Whose keys a connection has: by STS, by the owner's id, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from s3tui.connect.client import open_client
from s3tui.connect.connection import Anonymous, Connection, FromEnvironment, Given
from s3tui.connect.whoami import WhoAmI, who_am_i
from s3tui.s3 import Credentials, Endpoint
from s3tui.settings import Settings
from s3tui.tui.text.whoami import keys_left, whoami_fields
from tests.fault_proxy import FaultProxy
from tests.servers import S3Server

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


async def asked(connection: Connection, environ: dict[str, str]) -> WhoAmI:
    async with open_client(connection, Settings(), lambda fact: None) as s3:
        return await who_am_i(s3, connection, environ)


@pytest.fixture
def theirs(ministack: S3Server, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """A connection with the keys of the environment."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ministack.credentials.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ministack.credentials.secret_key.reveal())
    return Connection("x", ministack.endpoint, FromEnvironment())


async def test_sts_tells_the_user(ministack: S3Server, theirs: Connection, home: Path) -> None:
    told = ministack.boto3(service="sts").get_caller_identity()
    known = await asked(theirs, {"HOME": str(home), "AWS_ENDPOINT_URL_STS": ministack.endpoint_url})
    assert (known.account, known.arn) == (told["Account"], told["Arn"])
    assert known.access_key == ministack.credentials.access_key
    assert known.why_unknown == ""


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])
async def test_keys_of_another_source_are_not_shown_to_the_environments_sts(
    ministack: S3Server, home: Path, variable: str
) -> None:
    connection = Connection("x", ministack.endpoint, Given(ministack.credentials))
    with FaultProxy(ministack.endpoint_url) as proxy:
        known = await asked(connection, {"HOME": str(home), variable: proxy.url})
        assert proxy.requests == []
    assert (known.owner != "", known.why_unknown) == (True, "")


async def test_elsewhere_it_is_the_owners_id(ministack: S3Server, theirs: Connection, home: Path) -> None:
    connection = Connection("x", ministack.endpoint, Given(ministack.credentials))
    known = await asked(connection, {"HOME": str(home)})
    assert known.owner == ministack.boto3().list_buckets()["Owner"]["ID"]
    assert known.arn == ""
    known = await asked(theirs, {"HOME": str(home), "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"})
    assert known.owner
    assert "127.0.0.1:1" in known.why_unknown


async def test_nobody_is_asked_without_keys(home: Path) -> None:
    known = await asked(
        Connection("x", Endpoint.custom("http://127.0.0.1:1"), Anonymous()), {"HOME": str(home)}
    )
    assert known == WhoAmI()


@pytest.mark.parametrize(
    ("left", "is_renewable", "said"),
    [
        (None, True, ("", False)),
        (timedelta(minutes=52), True, ("keys 52m", False)),
        (timedelta(minutes=5), True, ("keys 5m", False)),
        (timedelta(minutes=5), False, ("keys 5m", True)),
        (timedelta(seconds=59), True, ("keys < 1m", False)),
        (timedelta(hours=1, seconds=359), True, ("keys 1h 05m", False)),
        (timedelta(0), True, ("keys ended", False)),
        (timedelta(0), False, ("keys ended", True)),
    ],
)
def test_the_time_that_is_left_is_told(
    left: timedelta | None, is_renewable: bool, said: tuple[str, bool]
) -> None:
    keys = Credentials("AKIA", "s", "t", None if left is None else NOW + left, is_renewable=is_renewable)
    assert keys_left(keys, NOW) == said
    assert keys_left(None, NOW) == ("", False)


def fields_of(connection: Connection, known: WhoAmI) -> dict[str, str]:
    sections = whoami_fields(connection, known, NOW)
    return {field.label: field.value for section in sections for field in section.fields}


def test_the_dialog_says_what_becomes_of_the_keys() -> None:
    connection = Connection("x\x1b", Endpoint.aws("eu-west-1"), Anonymous())
    known = WhoAmI("AKIA", "role r", NOW + timedelta(hours=1), False, "1", "arn:aws:iam::1:role/r")
    text = {
        field.label: field.value
        for section in whoami_fields(connection, known, NOW)
        for field in section.fields
    }
    assert text["Who"] == "arn:aws:iam::1:role/r"
    assert text["Ends"] == "2026-11-29 13:00 UTC, in 1h 00m; then you are asked again"
    assert "\x1b" not in text["Connection"]
    unknown = WhoAmI("AKIA", "x", why_unknown="nobody tells")
    text = {
        field.label: field.value
        for section in whoami_fields(connection, unknown, NOW)
        for field in section.fields
    }
    assert text["Who"] == "unknown: nobody tells"
