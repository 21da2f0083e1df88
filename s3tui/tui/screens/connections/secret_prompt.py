"""Asks the user for the secret key of a saved connection if the keyring does not have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.connect.identity import is_temporary
from s3tui.connect.keychain import KeyringUnavailable, NoSecret
from s3tui.format import printable
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError
from s3tui.tui.screens.common.ask_user import answer_to
from s3tui.tui.screens.common.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import App


async def ask_secret(app: App[None], name: str, access_key: str, missing: NoSecret) -> Credentials | None:
    """Return the completed keys; to be awaited in the S3 thread. `missing`: why they are incomplete.

    For a temporary key the session token is asked for, too: without it no server accepts the secret.
    """
    secret = await answer_to(app, lambda: _question(name, access_key, missing))
    if secret is None or not is_temporary(access_key):
        return None if secret is None else _keys(access_key, secret)
    token = await answer_to(app, lambda: _token_question(name, access_key, secret))
    return None if token is None else _keys(access_key, secret, token)


def _question(name: str, access_key: str, missing: NoSecret) -> Prompt:
    if isinstance(missing, KeyringUnavailable):
        why, then = missing.reason, "It stays in memory until s3tui ends."
    else:
        why, then = "the keyring has none", "It goes to the keyring as soon as the server took it."
    if is_temporary(access_key):
        then += "\nThe key is a temporary one: its session token is asked for next."
    return Prompt(
        printable(f"Secret key of {name}"),
        f"{printable(why[:1].upper() + why[1:])}.\nThe secret key of {printable(access_key)} now:\n{then}",
        yes="Next" if is_temporary(access_key) else "Connect",
        check=lambda text: _wrong(access_key, text),
        masked=True,
    )


def _token_question(name: str, access_key: str, secret: str) -> Prompt:
    return Prompt(
        printable(f"Session token of {name}"),
        f"The session token that came with {printable(access_key)} and its secret key:\n"
        "If they have ended, press esc, and enter the new ones as a new connection (^o).",
        yes="Connect",
        check=lambda text: _wrong(access_key, secret, text),
        masked=True,
    )


def _keys(access_key: str, secret: str, token: str | None = None) -> Credentials:
    """Build credentials.

    Raises: CredentialsError, if no request can be signed with them.
    """
    return Credentials(access_key, secret.strip(), None if token is None else token.strip(), source="entered")


def _wrong(access_key: str, secret: str, token: str | None = None) -> str | None:
    try:
        _keys(access_key, secret, token)
    except CredentialsError as error:
        return str(error)
    return None
