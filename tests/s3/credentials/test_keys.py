from __future__ import annotations

import pytest

from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError


def test_the_environment_gives_keys() -> None:
    keys = Credentials.from_environment(
        {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK", "AWS_SESSION_TOKEN": "TOKEN"}
    )
    assert keys == Credentials("AK", "SK", "TOKEN", source="environment")


def test_the_older_name_of_the_secret_counts_too() -> None:
    keys = Credentials.from_environment({"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_KEY": "SK"})
    assert keys == Credentials("AK", "SK", source="environment")


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY not set"),
        ({"AWS_ACCESS_KEY_ID": "AK"}, "^AWS_SECRET_ACCESS_KEY not set"),
        ({"AWS_SECRET_ACCESS_KEY": "SK"}, "^AWS_ACCESS_KEY_ID not set"),
    ],
)
def test_a_missing_variable_is_named(environ: dict[str, str], said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        Credentials.from_environment(environ)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        (("", "SK", None), "access key"),
        (("AK ", "SK", None), "access key"),
        (("AK", "S\nK", None), "secret key"),
        (("AK", "SK", "TO\r\nKEN"), "session token"),
        (("AK", "SK", ""), "session token"),
        (("A€K", "SK", None), "access key holds characters outside ASCII"),
        (("AK", "SK", "TO€KEN"), "session token holds characters outside ASCII"),
    ],
)
def test_keys_that_were_pasted_wrongly_are_refused(keys: tuple[str, str, str | None], said: str) -> None:
    with pytest.raises(CredentialsError, match=said):
        Credentials(*keys)


def test_neither_the_secret_nor_the_token_is_ever_shown() -> None:
    shown = repr(Credentials("AK", "very-secret", "very-token"))
    assert "AK" in shown
    assert "very" not in shown


def test_a_secret_outside_ascii_signs() -> None:
    assert Credentials("AK", "sëcret-€").secret_key.reveal() == "sëcret-€"


def test_the_older_name_of_the_token_wins_as_in_the_aws_tools() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"}
    keys = Credentials.from_environment(environ | {"AWS_SESSION_TOKEN": "new", "AWS_SECURITY_TOKEN": "old"})
    assert keys == Credentials("AK", "SK", "old", source="environment")
