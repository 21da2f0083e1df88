"""Credentials: the keys that sign a request, given or taken from the environment."""

from __future__ import annotations

import os
import re
from base64 import b32decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret

_OF_AMAZON = re.compile(r"A[KS]IA[A-Z2-7]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, init=False)
class Credentials:
    """An access key, its secret, and the session token that temporary ones need.

    `repr` and `str` never show the secret or the token.
    """

    access_key: str
    secret_key: Secret
    session_token: Secret | None
    expires_at: datetime | None
    """When the session token expires; `None` where it does not, or that is unknown."""
    source: str
    """The place they were found in, in words: `environment`, `profile work in ~/.aws/credentials`."""
    is_renewable: bool
    """New ones can be fetched without the user: not those that took an MFA code."""

    def __init__(
        self,
        access_key: str,
        secret_key: str | Secret,
        session_token: str | Secret | None = None,
        expires_at: datetime | None = None,
        source: str = "given",
        is_renewable: bool = True,
    ) -> None:
        """Make credentials.

        Raises: CredentialsError, for keys that no request can be signed with.
        """
        put = object.__setattr__  # the way of a frozen class
        put(self, "access_key", access_key)
        put(self, "secret_key", Secret.of(secret_key))
        put(self, "session_token", None if session_token is None else Secret.of(session_token))
        put(self, "expires_at", expires_at)
        put(self, "source", source)
        put(self, "is_renewable", is_renewable)
        self._check()

    @property
    def account(self) -> str | None:
        """The number of the account that Amazon made the access key for, which the key itself encodes.

        `None` of what is no such key; a key of before 2019 gives a number that is nobody's.
        """
        if not _OF_AMAZON.fullmatch(self.access_key):
            return None
        bits = int.from_bytes(b32decode(self.access_key[4:])[:6])
        return f"{bits >> 7 & 0xFF_FFFF_FFFF:012}"

    def _check(self) -> None:
        _check("access key", self.access_key, in_header=True)
        _check("secret key", self.secret_key.reveal(), in_header=False)
        if self.session_token is not None:
            _check("session token", self.session_token.reveal(), in_header=True)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Credentials:
        """Read AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (or AWS_SECRET_KEY) and AWS_SESSION_TOKEN.

        Raises: CredentialsError, naming the variable that is missing.
        """
        env = os.environ if environ is None else environ
        access_key = env.get("AWS_ACCESS_KEY_ID", "")
        secret_key = Secret(env.get("AWS_SECRET_ACCESS_KEY", "") or env.get("AWS_SECRET_KEY", ""))
        missing = [
            name
            for name, value in (("AWS_ACCESS_KEY_ID", access_key), ("AWS_SECRET_ACCESS_KEY", secret_key))
            if not value
        ]
        if missing:
            raise CredentialsError(f"{' and '.join(missing)} not set in the environment")
        # The older name of the token wins in the AWS tools, too.
        token = Secret(env.get("AWS_SECURITY_TOKEN") or env.get("AWS_SESSION_TOKEN", ""))
        return cls(access_key, secret_key, token or None, _expiration(env), "environment")


def _expiration(env: Mapping[str, str]) -> datetime | None:
    text = env.get("AWS_CREDENTIAL_EXPIRATION")
    if not text:
        return None
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        raise CredentialsError(f"AWS_CREDENTIAL_EXPIRATION is not a time: {text!r}") from None
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    if end <= datetime.now(UTC):
        raise CredentialsError(
            f"the keys in the environment ended at {end.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        )
    return end


def _check(name: str, value: str, *, in_header: bool) -> None:
    if not value or value.strip() != value or not value.isprintable():
        raise CredentialsError(f"the {name} is empty or holds white space: it was cut or pasted wrongly")
    if in_header and not value.isascii():
        raise CredentialsError(
            f"the {name} holds characters outside ASCII, which no request can carry: it was pasted wrongly"
        )
