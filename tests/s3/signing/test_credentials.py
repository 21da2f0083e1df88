"""Keys: those of the environment, and those that no request can be signed with."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError

PAIR = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"}
CUT = "is empty or holds white space: it was cut or pasted wrongly"
NO_ASCII = "holds characters outside ASCII, which no request can carry: it was pasted wrongly"


def test_the_environment_gives_keys() -> None:
    keys = Credentials.from_environment(
        {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_SESSION_TOKEN": "TOKEN"}
    )
    assert keys == Credentials("AK", "SK", "TOKEN", source="environment")


def test_the_environment_is_that_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AK")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "SK")
    for name in ("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_CREDENTIAL_EXPIRATION"):
        monkeypatch.delenv(name, raising=False)
    assert Credentials.from_environment() == Credentials("AK", "SK", source="environment")


def test_the_older_name_of_the_secret_counts_too() -> None:
    keys = Credentials.from_environment({"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_KEY": "SK"})
    assert keys == Credentials("AK", "SK", source="environment")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        ({"AWS_ACCESS_KEY_ID": "AK"}, "AWS_SECRET_ACCESS_KEY"),
        ({"AWS_SECRET_ACCESS_KEY": "SK"}, "AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_missing_variable_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{said} not set in the environment$"):
        Credentials.from_environment(environ)


@pytest.mark.parametrize(
    ("said", "end"),
    [
        ("2099-01-02T03:04:05Z", datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2099-01-02T03:04:05+02:00", datetime(2099, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2099-01-02T03:04:05", datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("", None),
    ],
)
def test_the_environment_says_when_its_keys_end(said: str, end: datetime | None) -> None:
    assert Credentials.from_environment({**PAIR, "AWS_CREDENTIAL_EXPIRATION": said}).expires_at == end


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("soon", "AWS_CREDENTIAL_EXPIRATION is not a time: 'soon'"),
        ("2001-02-03T04:05:06+01:00", "the keys in the environment ended at 2001-02-03 03:05 UTC"),
    ],
)
def test_keys_of_the_environment_that_ended_are_refused(said: str, why: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{why}$"):
        Credentials.from_environment({**PAIR, "AWS_CREDENTIAL_EXPIRATION": said})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("", "SK", None), f"access key {CUT}"),
        (("AK ", "SK", None), f"access key {CUT}"),
        (("AK", "S\nK", None), f"secret key {CUT}"),
        (("AK", "SK", "TO\r\nKEN"), f"session token {CUT}"),
        (("AK", "SK", ""), f"session token {CUT}"),
        (("A€K", "SK", None), f"access key {NO_ASCII}"),
        (("AK", "SK", "TO€KEN"), f"session token {NO_ASCII}"),
    ],
)
def test_keys_that_were_pasted_wrongly_are_refused(keys: tuple[str, str, str | None], said: str) -> None:
    with pytest.raises(CredentialsError, match=f"^the {said}$"):
        Credentials(*keys)


def test_given_keys_are_renewable_unless_it_took_an_mfa_code() -> None:
    keys = Credentials("AK", "SK")
    assert (keys.source, keys.is_renewable, keys.session_token, keys.expires_at) == (
        "given",
        True,
        None,
        None,
    )
    assert not Credentials("AK", "SK", is_renewable=False).is_renewable


def test_neither_the_secret_nor_the_token_is_ever_shown() -> None:
    shown = repr(Credentials("AK", "very-secret", "very-token"))
    assert "AK" in shown
    assert "very" not in shown


def test_a_secret_outside_ascii_signs() -> None:
    assert Credentials("AK", "sëcret-€").secret_key.reveal() == "sëcret-€"


def test_the_older_name_of_the_token_wins_as_in_the_aws_tools() -> None:
    keys = Credentials.from_environment(PAIR | {"AWS_SESSION_TOKEN": "new", "AWS_SECURITY_TOKEN": "old"})
    assert keys == Credentials("AK", "SK", "old", source="environment")
