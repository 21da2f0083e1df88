"""The keys that sign a request, given or taken from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from s3tui.s3.errors import CredentialsError


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, its secret, and the session token that temporary ones need.

    `repr` and `str` never show the secret or the token.
    """

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    """When the session token ends; `None` where it does not, or nobody said."""
    source: str = "given"
    """Where they were found, in words for people: `environment`, `profile work in ~/.aws/credentials`."""

    def __post_init__(self) -> None:
        for name, value in (
            ("access key", self.access_key),
            ("secret key", self.secret_key),
            ("session token", self.session_token),
        ):
            if value is not None and (not value or value.strip() != value or not value.isprintable()):
                raise CredentialsError(
                    f"the {name} is empty or holds white space: it was cut or pasted wrongly"
                )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Credentials:
        """Read AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY (or AWS_SECRET_KEY) and AWS_SESSION_TOKEN.

        Raises: CredentialsError, naming the variable that is missing.
        """
        env = os.environ if environ is None else environ
        access_key = env.get("AWS_ACCESS_KEY_ID", "")
        secret_key = env.get("AWS_SECRET_ACCESS_KEY", "") or env.get("AWS_SECRET_KEY", "")
        missing = [
            name
            for name, value in (("AWS_ACCESS_KEY_ID", access_key), ("AWS_SECRET_ACCESS_KEY", secret_key))
            if not value
        ]
        if missing:
            raise CredentialsError(f"{' and '.join(missing)} not set in the environment")
        token = env.get("AWS_SESSION_TOKEN") or env.get("AWS_SECURITY_TOKEN")
        return cls(access_key, secret_key, token or None, source="environment")
