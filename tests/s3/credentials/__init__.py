"""Tests of the credential providers."""

from __future__ import annotations

from s3tui.s3.credentials import Credentials


def revealed(keys: Credentials) -> tuple[str, str, str | None]:
    """Return the access key, the secret and the token in plain text."""
    token = keys.session_token and keys.session_token.reveal()
    return keys.access_key, keys.secret_key.reveal(), token or None
