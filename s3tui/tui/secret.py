"""The secret key of a saved connection, asked of the user where no keyring gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s3tui.connect.keychain import KeyringUnavailable, NoSecret
from s3tui.format import printable
from s3tui.s3.credentials import Credentials
from s3tui.s3.errors import CredentialsError
from s3tui.tui.asking import answer_to
from s3tui.tui.screens.dialogs import Prompt

if TYPE_CHECKING:
    from textual.app import App


async def ask_secret(app: App[None], name: str, access_key: str, missing: NoSecret) -> Credentials | None:
    """Await the keys in the S3 thread; `missing` says why they are not there."""
    secret = await answer_to(app, lambda: _question(name, access_key, missing))
    return None if secret is None else _keys(access_key, secret)


def _question(name: str, access_key: str, missing: NoSecret) -> Prompt:
    if isinstance(missing, KeyringUnavailable):
        why, then = missing.reason, "It stays in memory until s3tui ends."
    else:
        why, then = "the keyring has none", "It goes to the keyring as soon as the server took it."
    return Prompt(
        printable(f"Secret key of {name}"),
        f"{printable(why[:1].upper() + why[1:])}.\nThe secret key of {printable(access_key)} now:\n{then}",
        yes="Connect",
        check=lambda text: _wrong(access_key, text),
        masked=True,
    )


def _keys(access_key: str, secret: str) -> Credentials:
    """Raises: CredentialsError, for what no request can be signed with."""
    return Credentials(access_key, secret.strip(), source="entered")


def _wrong(access_key: str, secret: str) -> str | None:
    try:
        _keys(access_key, secret)
    except CredentialsError as error:
        return str(error)
    return None
