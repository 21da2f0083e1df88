"""The cache of IAM Identity Center's tokens, `~/.aws/sso/cache`, shared with the AWS tools.

Files are replaced as a whole, and only their owner may read them. Source: the AWS CLI, version 2.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from s3tui.s3.credentials.web import iso_time, json_object
from s3tui.s3.errors import CredentialsError
from s3tui.s3.secret import Secret

_MARGIN = timedelta(minutes=15)
"""What is left of a registration less than this is not used any more."""


@dataclass(frozen=True, slots=True)
class Registration:
    """This program's registration at the sign-in service."""

    client_id: str
    client_secret: Secret
    expires_at: datetime
    takes_browser: bool = False
    """It was registered for the browser on this machine; else for device codes."""

    @property
    def is_usable(self) -> bool:
        return self.expires_at - datetime.now(UTC) > _MARGIN


@dataclass(frozen=True, slots=True)
class SsoToken:
    """A token of a session, and what it can be renewed with."""

    access_token: Secret
    expires_at: datetime
    start_url: str = ""
    region: str = ""
    registration: Registration | None = None
    refresh_token: Secret | None = None


def file_of(cache: Path, name: str) -> Path:
    """Return the file of a session's token: by its name, or the start URL where it has none."""
    return cache / f"{hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()}.json"


def read_token(file: Path) -> SsoToken | None:
    """Return the token in a file, ended or not; `None`: there is none.

    Raises: CredentialsError, where the file cannot be read.
    """
    said = _read(file)
    token = None if said is None else said.get("accessToken")
    if said is None or not isinstance(token, str) or not token:
        return None
    refresh = said.get("refreshToken")
    return SsoToken(
        Secret(token),
        iso_time(said.get("expiresAt"), str(file)),
        str(said.get("startUrl", "")),
        str(said.get("region", "")),
        _registration(said, "registrationExpiresAt"),
        Secret(refresh) if isinstance(refresh, str) and refresh else None,
    )


def write_token(file: Path, token: SsoToken) -> None:
    """Replace the token in a file.

    Raises: CredentialsError.
    """
    said: dict[str, object] = {
        "startUrl": token.start_url,
        "region": token.region,
        "accessToken": token.access_token.reveal(),
        "expiresAt": _text(token.expires_at),
    }
    if token.registration is not None:
        said["clientId"] = token.registration.client_id
        said["clientSecret"] = token.registration.client_secret.reveal()
        said["registrationExpiresAt"] = _text(token.registration.expires_at)
    if token.refresh_token is not None:
        said["refreshToken"] = token.refresh_token.reveal()
    replace_json(file, said)


def registration_file(
    cache: Path, *, start_url: str, region: str, scopes: Sequence[str] | None, session_name: str
) -> Path:
    """Return the file of a registration, named as the AWS CLI names it."""
    arguments = {
        "tool": "botocore",
        "startUrl": start_url,
        "region": region,
        "scopes": None if scopes is None else list(scopes),
        "session_name": session_name,
    }
    return file_of(cache, json.dumps(arguments, sort_keys=True))


def read_registration(file: Path) -> Registration | None:
    """Return the registration in a file; `None`: there is none that can be used."""
    with suppress(CredentialsError):
        said = _read(file)
        found = None if said is None else _registration(said, "expiresAt")
        return found if found is not None and found.is_usable else None
    return None


def write_registration(file: Path, registration: Registration, scopes: Sequence[str]) -> None:
    """Replace the registration in a file.

    Raises: CredentialsError.
    """
    said: dict[str, object] = {
        "clientId": registration.client_id,
        "clientSecret": registration.client_secret.reveal(),
        "expiresAt": _text(registration.expires_at),
        "scopes": list(scopes),
    }
    if registration.takes_browser:
        said["grantTypes"] = ["authorization_code", "refresh_token"]
    replace_json(file, said)


def replace_json(file: Path, said: Mapping[str, object]) -> None:
    """Replace a file that holds secrets, as a whole; only its owner may read it.

    Raises: CredentialsError.
    """
    temporary: str | None = None
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")  # with mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            json.dump(said, written)
            written.flush()
            os.fsync(written.fileno())
        os.replace(temporary, file)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise CredentialsError(f"{file} cannot be written: {error.strerror}") from error


def _read(file: Path) -> Mapping[str, object] | None:
    try:
        return json_object(file.read_bytes(), str(file))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise CredentialsError(f"{file} cannot be read: {error.strerror}") from error


def _registration(said: Mapping[str, object], end: str) -> Registration | None:
    client_id, secret = said.get("clientId"), said.get("clientSecret")
    if not (isinstance(client_id, str) and isinstance(secret, str) and said.get(end)):
        return None
    return Registration(client_id, Secret(secret), iso_time(said[end], "the cache"), "grantTypes" in said)


def _text(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
